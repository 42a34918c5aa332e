using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Starling.Cluster;

namespace Starling.Hosting;

/// <summary>Says at the start what makes cookies dangerous that let clients in (attacks A03, A69).</summary>
internal static class CookieCautions
{
    public static async Task TellAsync(IServiceProvider services, StarlingOptions options, ILogger log)
    {
        if (options.Client.AllowedOrigins.Contains("*"))
        {
            NodeLog.Caution(log, "client.allowed_origins", "every page may connect as whoever visits it: cookies let clients in, name your own origins");
        }
        if (services.GetService<IAuthenticationSchemeProvider>() is not { } schemes) return;
        var cookies = services.GetService<IOptionsMonitor<CookieAuthenticationOptions>>();
        foreach (var scheme in await schemes.GetAllSchemesAsync())
        {
            if (scheme.HandlerType != typeof(CookieAuthenticationHandler) || cookies?.Get(scheme.Name).Cookie is not { } cookie) continue;
            if (cookie.SameSite is SameSiteMode.None or SameSiteMode.Unspecified)
            {
                NodeLog.Caution(log, scheme.Name, "the cookie of this scheme goes along with requests of foreign pages; set Cookie.SameSite to Lax or Strict");
            }
        }
    }
}
