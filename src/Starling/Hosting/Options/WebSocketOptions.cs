namespace Starling;

/// <summary>The WebSocket transport; bound from the section <c>websocket</c>.</summary>
public sealed class WebSocketOptions
{
    /// <summary>Key <c>disabled</c>: there is no WebSocket endpoint. Default: false.</summary>
    public bool Disabled { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/connection/websocket</c>.</summary>
    public string HandlerPrefix { get; set; } = "/connection/websocket";

    /// <summary>Key <c>compression</c>: permessage-deflate is offered to clients that ask for it; a frame is compressed once
    /// for all its receivers. Default: false.</summary>
    public bool Compression { get; set; }

    /// <summary>Key <c>compression_min_size</c>: bytes of a frame from which on it is compressed. Not negative; default 0.</summary>
    public int CompressionMinSize { get; set; }

    /// <summary>Key <c>message_size_limit</c>: bytes of one message of a client; a larger one closes with 1009.
    /// 128 to 67108864; default 65536.</summary>
    public int MessageSizeLimit { get; set; } = 65_536;

    /// <summary>Key <c>direct_socket_writes</c> (Starling's own): frames go from the engine to the socket itself where the
    /// connection has no TLS and is HTTP/1.1, instead of through the web server's pipe. Saves processor time; turn it off
    /// to rule it out when looking for a fault. Default: true.</summary>
    public bool DirectSocketWrites { get; set; } = true;
}
