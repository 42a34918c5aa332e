using Microsoft.AspNetCore.Http;
using Starling.Access;
using Starling.Cluster;
using Starling.Protocol;
using Starling.Transports.Http;
using Starling.WebSockets;

namespace Starling.Transports;

/// <summary>The door for WebSockets: origin, room, handshake, then the connection.</summary>
internal sealed class WebSocketEndpoint
{
    private const string JsonSubprotocol = "centrifuge-json";
    private const string ProtobufSubprotocol = "centrifuge-protobuf";

    /// <summary>The protocol bounds an inflated message by ten times the plain limit (protocol 1.3).</summary>
    private const int InflatedFactor = 10;

    private readonly Node _node;
    private readonly OriginPolicy _origins;
    private readonly WebSocketHandshakeOptions _handshake;
    private readonly WebSocketSettings _plain;
    private readonly WebSocketSettings _compressed;
    private readonly WebSocketFraming _json = new(Wire.Json);
    private readonly WebSocketFraming _protobuf = new(Wire.Protobuf);
    private readonly WebSocketFraming _compressedJson;
    private readonly WebSocketFraming _compressedProtobuf;

    public WebSocketEndpoint(Node node)
    {
        var options = node.Options.WebSocket;
        _node = node;
        _origins = new OriginPolicy(node.Options.Client.AllowedOrigins, node.TakesHttpIdentity);
        _handshake = new WebSocketHandshakeOptions
        {
            Subprotocols = [ProtobufSubprotocol, JsonSubprotocol],
            Compression = options.Compression,
            DirectSocketWrites = options.DirectSocketWrites,
        };
        _plain = new WebSocketSettings
        {
            MessageBytesMax = options.MessageSizeLimit,
            InflatedBytesMax = (int)Math.Min(Array.MaxLength, (long)options.MessageSizeLimit * InflatedFactor),
        };
        _compressed = _plain with { Deflate = new DeflateParameters() };
        _compressedJson = new WebSocketFraming(Wire.Json) { CompressionBytesMin = options.CompressionMinSize };
        _compressedProtobuf = new WebSocketFraming(Wire.Protobuf) { CompressionBytesMin = options.CompressionMinSize };
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (!_origins.Allows(context.Request))
        {
            OriginRefusal.Answer(_node, context);
            context.Response.Headers.Connection = "close";
            return;
        }
        if (!HttpDoor.TryTakeRoom(_node, context, out var answering))
        {
            await answering;
            return;
        }
        if (await WebSocketHandshake.AcceptAsync(context, _handshake) is { } upgrade)
        {
            await CreateTransport(upgrade, context).RunAsync();
        }
    }

    private WebSocketTransport CreateTransport(WebSocketUpgrade upgrade, HttpContext context)
    {
        var query = context.Request.Query;
        var wire = upgrade.Subprotocol == ProtobufSubprotocol || query["cf_protocol"] == "protobuf" || query["format"] == "protobuf"
            ? Wire.Protobuf
            : Wire.Json;
        var settings = upgrade.Deflate switch
        {
            null => _plain,
            { SendWindowBits: 15 } => _compressed,
            { } agreed => _plain with { Deflate = agreed },
        };
        // A client that shrank the window could not read every shared compressed frame: it gets plain ones.
        var isCompressed = settings.Deflate is { SendWindowBits: 15 };
        var framing = wire == Wire.Json ? (isCompressed ? _compressedJson : _json) : (isCompressed ? _compressedProtobuf : _protobuf);
        return new WebSocketTransport(_node, upgrade, settings, framing, query["cf_ws_frame_ping_pong"] == "true", context);
    }
}
