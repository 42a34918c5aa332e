using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Starling.Cluster;

namespace Starling.Connections;

/// <summary>Lets clients in by the request they came with (protocol 3.5): by what a proxy in front wrote into a header, or by
/// whom ASP.NET Core found it to be. The origin of the request was judged before.</summary>
internal static class HttpAdmission
{
    private const string SubjectClaim = "sub";

    /// <returns><see langword="null"/> when the request proves nobody.</returns>
    public static Admission? Of(Node node, HttpContext? context)
    {
        if (context is null || !node.TakesHttpIdentity) return null;
        var header = node.Options.Client.UserIdHttpHeader;
        // Two values, in two lines or joined by a comma (RFC 9110 §5.3), mean that somebody added one: then neither counts.
        if (header.Length > 0 && context.Request.Headers[header] is [{ Length: > 0 } user] && !user.Contains(',')) return new Admission { User = user };
        return node.Handlers.TakesHttpUser && context.User.Identity is { IsAuthenticated: true } ? OfUser(context) : null;
    }

    private static Admission? OfUser(HttpContext context)
    {
        var user = context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? context.User.FindFirstValue(SubjectClaim) ?? context.User.Identity!.Name;
        if (string.IsNullOrEmpty(user)) return null;
        var expires = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;
        // The client cannot renew a cookie over the connection: it is closed when the cookie has expired, and comes back with a new one.
        return new Admission { User = user, ExpiresAt = expires?.ToUnixTimeSeconds() ?? 0, TellsExpiry = false };
    }
}
