using Microsoft.AspNetCore.Http;

namespace Starling.WebSockets;

/// <summary>The server's half of the opening handshake: RFC 6455 §4.2 over HTTP/1.1, RFC 8441 over HTTP/2.</summary>
internal static class WebSocketHandshake
{
    /// <summary>Checks an upgrade request and accepts it, or answers it with 400, 405 or 426.</summary>
    /// <remarks>Says nothing about who may connect: check origin and credentials before.</remarks>
    /// <returns>The carrier; <see langword="null"/> when the request was answered with an error.</returns>
    public static Task<WebSocketUpgrade?> AcceptAsync(HttpContext context, WebSocketHandshakeOptions options) =>
        throw new NotSupportedException("Comes with the next step.");
}
