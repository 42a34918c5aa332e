using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Starling.WebSockets;

/// <summary>An opening handshake as a client sent it, checked to the letter (RFC 6455 §4.2.1, RFC 8441 §4 and §5).</summary>
/// <param name="Key">Sec-WebSocket-Key; <see langword="null"/> over HTTP/2, which has none.</param>
/// <param name="Subprotocol">The chosen one.</param>
/// <param name="Deflate">The agreed compression.</param>
internal readonly record struct UpgradeRequest(string? Key, string? Subprotocol, DeflateParameters? Deflate)
{
    private const string Version = "13";
    private const int SubprotocolsMax = 8;

    /// <summary>Checks the request.</summary>
    /// <returns>Null when it is in order, else the refusal.</returns>
    public static UpgradeRefusal? Read(HttpContext context, WebSocketHandshakeOptions options, out UpgradeRequest upgrade)
    {
        upgrade = default;
        var request = context.Request;
        string? key = null;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            if (!string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase))
            {
                return new(StatusCodes.Status501NotImplemented, "Only the protocol websocket is served here.");
            }
        }
        else if (CheckHttp11(context, out key) is { } refusal)
        {
            return refusal;
        }
        if (request.Headers.SecWebSocketVersion is not [Version])
        {
            return new(StatusCodes.Status426UpgradeRequired, "Sec-WebSocket-Version must be 13, once.");
        }
        if (!TryChooseSubprotocol(request.Headers.SecWebSocketProtocol, options.Subprotocols, out var subprotocol))
        {
            return new(StatusCodes.Status400BadRequest, "Sec-WebSocket-Protocol must be a list of tokens.");
        }
        DeflateParameters? deflate = null;
        if (options.Compression)
        {
            var answer = DeflateNegotiation.Choose(Join(request.Headers.SecWebSocketExtensions), out var parameters);
            if (answer == DeflateAnswer.Invalid)
            {
                return new(StatusCodes.Status400BadRequest, "Sec-WebSocket-Extensions breaks its grammar.");
            }
            if (answer == DeflateAnswer.Agreed) deflate = parameters;
        }
        upgrade = new UpgradeRequest(key, subprotocol, deflate);
        return null;
    }

    private static UpgradeRefusal? CheckHttp11(HttpContext context, out string? key)
    {
        key = null;
        var request = context.Request;
        var headers = request.Headers;
        if (!HasToken(headers.Upgrade, "websocket"))
        {
            return HttpMethods.IsGet(request.Method)
                ? new(StatusCodes.Status426UpgradeRequired, "This address speaks WebSocket only.")
                : new(StatusCodes.Status405MethodNotAllowed, "This address speaks WebSocket only.");
        }
        if (!HttpMethods.IsGet(request.Method)) return new(StatusCodes.Status400BadRequest, "A WebSocket opens with GET.");
        if (!HttpProtocol.IsHttp11(request.Protocol)) return new(StatusCodes.Status400BadRequest, "A WebSocket needs HTTP/1.1.");
        if (!HasToken(headers.Connection, "upgrade") || HasToken(headers.Connection, "close"))
        {
            return new(StatusCodes.Status400BadRequest, "Connection must be Upgrade.");
        }
        if (headers.ContentLength is not (null or 0) || headers.TransferEncoding.Count > 0)
        {
            return new(StatusCodes.Status400BadRequest, "An opening handshake has no body.");
        }
        if (headers.SecWebSocketKey is not [{ } only] || !HandshakeKey.IsValid(only))
        {
            return new(StatusCodes.Status400BadRequest, "Sec-WebSocket-Key must be 16 bytes in base64, once.");
        }
        key = only;
        return context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            ? null
            : new(StatusCodes.Status400BadRequest, "The connection cannot be upgraded.");
    }

    /// <summary>Chooses the first subprotocol of the client's list that the endpoint has; looks at the first eight.</summary>
    /// <returns><see langword="false"/> when something in the list is no token.</returns>
    private static bool TryChooseSubprotocol(StringValues header, IReadOnlyList<string> served, out string? chosen)
    {
        chosen = null;
        var seen = 0;
        foreach (var line in header)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var offer = line.AsSpan(range).Trim(" \t");
                if (offer.IsEmpty) continue;
                if (++seen > SubprotocolsMax) return true;
                if (offer.ContainsAnyExcept(ExtensionList.TokenCharacters)) return false;
                for (var i = 0; chosen is null && i < served.Count; i++)
                {
                    if (offer.SequenceEqual(served[i])) chosen = served[i];
                }
            }
        }
        return true;
    }

    private static bool HasToken(StringValues header, string token)
    {
        foreach (var line in header)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (line.AsSpan(range).Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }
        return false;
    }

    private static string Join(StringValues lines) => lines.Count <= 1 ? lines.ToString() : string.Join(',', lines.ToArray());
}

/// <summary>The answer to a request that cannot become a WebSocket.</summary>
internal readonly record struct UpgradeRefusal(int Status, string Reason)
{
    /// <summary>Answers, and ends the connection: bytes that follow a refused upgrade must never be read as a request.</summary>
    public Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        if (Status == StatusCodes.Status405MethodNotAllowed) response.Headers.Allow = HttpMethods.Get;
        if (HttpProtocol.IsHttp11(response.HttpContext.Request.Protocol) || HttpProtocol.IsHttp10(response.HttpContext.Request.Protocol))
        {
            response.Headers.Connection = "close";
        }
        if (Status == StatusCodes.Status426UpgradeRequired)
        {
            response.Headers.SecWebSocketVersion = "13";
            response.Headers.Upgrade = "websocket";       // RFC 9110 §15.5.22
            response.Headers.Connection = "Upgrade, close";
        }
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = Reason.Length;
        return response.WriteAsync(Reason);
    }
}
