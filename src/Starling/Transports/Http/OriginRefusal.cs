using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Starling.Cluster;

namespace Starling.Transports.Http;

/// <summary>What the page of an origin that may not connect is answered, and what the operator hears of it: most often it is a page
/// of their own that nobody has named.</summary>
internal static partial class OriginRefusal
{
    private const int ShownLengthMax = 100;

    /// <summary>Answers with 403.</summary>
    public static void Answer(Node node, HttpContext context)
    {
        node.Metrics.OnOriginRefused();
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        var count = node.ForeignPages.Take();
        if (count > 0) Refused(node.Log, count, Shown(context.Request.Headers.Origin.ToString()));
    }

    /// <summary>An origin as it may stand in a log: anybody can send any text as one.</summary>
    private static string Shown(string origin)
    {
        if (origin.Length == 0) return "(none, but a cookie)";
        var isCut = origin.Length > ShownLengthMax;
        var shown = string.Create(isCut ? ShownLengthMax : origin.Length, origin, static (text, from) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = from[i] is > ' ' and <= '~' ? from[i] : '?';
        });
        return isCut ? shown + "…" : shown;
    }

    [LoggerMessage(1301, LogLevel.Information,
        "{Count} requests were refused with 403 since the last line of this kind: pages of their origin may not connect, last {Origin}. " +
        "If it is a page of yours, name its origin in client.allowed_origins.")]
    private static partial void Refused(ILogger logger, long count, string origin);
}
