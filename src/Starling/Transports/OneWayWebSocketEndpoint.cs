using System.Text;
using Microsoft.AspNetCore.Http;
using Starling.Access;
using Starling.Cluster;
using Starling.Transports.Http;
using Starling.WebSockets;

namespace Starling.Transports;

/// <summary>The door for WebSockets on which the client only listens (protocol 1.7).</summary>
internal sealed class OneWayWebSocketEndpoint(Node node)
{
    private readonly OriginPolicy _origins = new(node.Options.Client.AllowedOrigins, node.TakesHttpIdentity);
    private readonly WebSocketHandshakeOptions _handshake = new() { DirectSocketWrites = node.Options.WebSocket.DirectSocketWrites };
    private readonly WebSocketSettings _settings = new() { MessageBytesMax = node.Options.UniWebSocket.MaxRequestBodySize };

    public async Task HandleAsync(HttpContext context)
    {
        if (!_origins.Allows(context.Request))
        {
            OriginRefusal.Answer(node, context);
            context.Response.Headers.Connection = "close";
            return;
        }
        ReadOnlyMemory<byte> first = default;
        if (context.Request.Query[StreamEndpoint.ConnectParameter] is [{ Length: > 0 } text])
        {
            if (OneWayConnect.TryRead(Encoding.UTF8.GetBytes(text)) is not { } command)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            first = command;
        }
        if (!HttpDoor.TryTakeRoom(node, context, out var answering))
        {
            await answering;
            return;
        }
        if (await WebSocketHandshake.AcceptAsync(context, _handshake) is not { } upgrade) return;
        var transport = new WebSocketTransport(node, upgrade, _settings, WebSocketFraming.Bare, hasOwnPings: false, context);
        await transport.RunAsync(first);
    }
}
