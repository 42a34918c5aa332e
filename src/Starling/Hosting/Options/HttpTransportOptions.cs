namespace Starling;

/// <summary>One of the transports that write into the endless body of an HTTP response: HTTP streaming and server-sent events,
/// in both directions or one; bound from the sections <c>http_stream</c>, <c>sse</c>, <c>uni_http_stream</c> and
/// <c>uni_sse</c>.</summary>
public sealed class StreamTransportOptions
{
    internal StreamTransportOptions(string handlerPrefix) => HandlerPrefix = handlerPrefix;

    /// <summary>Key <c>enabled</c>: whether there is such an endpoint. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/connection/</c> and the section's name.</summary>
    public string HandlerPrefix { get; set; }

    /// <summary>Key <c>max_request_body_size</c>: bytes of the request that opens a connection; a longer one is refused with
    /// HTTP 413. 128 to 67108864; default 65536.</summary>
    public int MaxRequestBodySize { get; set; } = 65_536;

    /// <summary>Key <c>padding_size</c> (Starling's own): bytes without meaning at the start of each response, for proxies and
    /// scanners that hold a response back until enough of it has come; 2048 helps with most. Not on the Protobuf wire.
    /// 0 to 65536; default 0.</summary>
    public int PaddingSize { get; set; }
}

/// <summary>What clients of HTTP streaming and server-sent events send, beside their stream; bound from the section
/// <c>emulation</c>. The endpoint exists when one of the two does.</summary>
public sealed class EmulationOptions
{
    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/emulation</c>.</summary>
    public string HandlerPrefix { get; set; } = "/emulation";

    /// <summary>Key <c>max_request_body_size</c>: bytes of one request; a longer one is refused with HTTP 413.
    /// 128 to 67108864; default 65536.</summary>
    public int MaxRequestBodySize { get; set; } = 65_536;
}

/// <summary>The one-way WebSocket; bound from the section <c>uni_websocket</c>.</summary>
public sealed class UniWebSocketOptions
{
    /// <summary>Key <c>enabled</c>: whether there is such an endpoint. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/connection/uni_websocket</c>.</summary>
    public string HandlerPrefix { get; set; } = "/connection/uni_websocket";

    /// <summary>Key <c>max_request_body_size</c>: bytes of the connect request, and of any message after it, which is not
    /// read; a longer one closes with 1009. 128 to 67108864; default 65536.</summary>
    public int MaxRequestBodySize { get; set; } = 65_536;
}

/// <summary>Long polling, Starling's own transport of last resort; bound from the section <c>long_poll</c>.</summary>
public sealed class LongPollOptions
{
    /// <summary>Key <c>enabled</c>: whether there is such an endpoint. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/connection/long_poll</c>.</summary>
    public string HandlerPrefix { get; set; } = "/connection/long_poll";

    /// <summary>Key <c>wait</c>: the longest time a request waits for something newer. 1 s to 55 s, as proxies give up on what
    /// is silent for a minute; default 25 s.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Key <c>channel_limit</c>: channels one request may ask for. 1 to 128; default 16.</summary>
    public int ChannelLimit { get; set; } = 16;
}
