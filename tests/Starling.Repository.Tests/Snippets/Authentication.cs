using System.Text;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Starling.Protocol;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/authentication.md, compiled; a test keeps the two equal.</summary>
internal static class Authentication
{
    public static string CreateToken(string secret, string user)
    {
        // snippet
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret));
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["sub"] = user, ["jti"] = Guid.NewGuid().ToString() },
            Expires = DateTime.UtcNow.AddMinutes(10),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
        // end
        return token;
    }

    public static void Cookies(WebApplicationBuilder builder)
    {
        // snippet
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        builder.Services.AddStarling(options => options.Client.AllowedOrigins = ["https://app.example.com"]).UseHttpContextUser();
        // end
    }

    public static void Decide(WebApplicationBuilder builder, string secret)
    {
        // snippet
        builder.Services
            .AddStarling(options => options.Client.Token.HmacSecretKey = secret)
            .OnConnecting(context => ValueTask.FromResult(context.Identity is { User: "42" }
                ? ConnectingResult.Close(Disconnects.PermissionDenied)
                : ConnectingResult.AcceptIdentity()))
            .OnSubscribing(context => ValueTask.FromResult(context.IsTokenVerified || context.Channel == $"user:{context.User}"
                ? SubscribingResult.Accept()
                : SubscribingResult.Refuse(ProtocolErrors.PermissionDenied)));
        // end
    }
}
