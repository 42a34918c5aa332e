namespace Starling;

/// <summary>A back end that is asked over HTTP; bound from <c>client.proxy</c>, <c>channel.proxy</c>, <c>rpc.proxy</c> and an item
/// of <c>proxies</c>.</summary>
/// <remarks>The address comes from the configuration alone, so it may be one of your private network; nothing a client sends
/// and no redirect leads anywhere else.</remarks>
public class ProxyOptions
{
    /// <summary>Key <c>endpoint</c>: where the request is sent, an absolute <c>http</c> or <c>https</c> URL. Default: empty, no
    /// back end.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Key <c>timeout</c>: time for the whole answer, waiting for its turn included. More than 0, at most 30 s; default 1 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Key <c>http_headers</c>: headers of the client's HTTP request that go along, such as <c>Cookie</c>. Default: none.</summary>
    public List<string> HttpHeaders { get; set; } = [];

    /// <summary>Key <c>emulated_headers</c>: headers the client writes into its connect command that go along. A client can
    /// write anything there. Default: none.</summary>
    public List<string> EmulatedHeaders { get; set; } = [];

    /// <summary>Key <c>binary_encoding</c>: payloads travel in base64 (<c>b64data</c>). Needed for payloads that are not JSON.
    /// Default: false.</summary>
    public bool BinaryEncoding { get; set; }

    /// <summary>Key <c>include_connection_meta</c>: the connection's <c>meta</c> goes along. Default: false.</summary>
    public bool IncludeConnectionMeta { get; set; }

    /// <summary>Key <c>http</c>: what else is sent and how statuses are read.</summary>
    public ProxyHttpOptions Http { get; set; } = new();

    /// <summary>Key <c>concurrency</c> (Starling's own): requests in work at once. 1 to 4096; default 128.</summary>
    public int Concurrency { get; set; } = 128;

    /// <summary>Key <c>queue_size</c> (Starling's own): requests that wait for their turn; one more is answered with error 100 at
    /// once. 0 or more; default 1024.</summary>
    public int QueueSize { get; set; } = 1024;

    /// <summary>Key <c>response_size_max</c> (Starling's own): bytes of an answer; a longer one is no answer. 256 to 64 MiB;
    /// default 1 MiB.</summary>
    public int ResponseSizeMax { get; set; } = 1024 * 1024;
}

/// <summary>The HTTP of a back end's endpoint; bound from <c>http</c> of a proxy.</summary>
public sealed class ProxyHttpOptions
{
    /// <summary>Key <c>http_headers</c>: the same as <c>http_headers</c> of the proxy; both lists count. Default: none.</summary>
    public List<string> HttpHeaders { get; set; } = [];

    /// <summary>Key <c>static_headers</c>: headers every request has; a client's of the same name wins. Default: none.</summary>
    public Dictionary<string, string> StaticHeaders { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Key <c>status_to_code_transforms</c>: answers for statuses other than 200. Default: none, error 100 for all.</summary>
    public List<StatusTransformOptions> StatusToCodeTransforms { get; set; } = [];
}

/// <summary>What a client is told for one HTTP status; exactly one of the two is set.</summary>
public sealed class StatusTransformOptions
{
    /// <summary>Key <c>status_code</c>: the status. 201 to 599.</summary>
    public int StatusCode { get; set; }

    /// <summary>Key <c>to_error</c>: the error to answer with.</summary>
    public StatusErrorOptions ToError { get; set; } = new();

    /// <summary>Key <c>to_disconnect</c>: the code to close with.</summary>
    public StatusDisconnectOptions ToDisconnect { get; set; } = new();
}

/// <summary>An error a status stands for.</summary>
public sealed class StatusErrorOptions
{
    /// <summary>Key <c>code</c>: 400 to 1999; 0 = none.</summary>
    public int Code { get; set; }

    /// <summary>Key <c>message</c>: a text for developers.</summary>
    public string Message { get; set; } = "";

    /// <summary>Key <c>temporary</c>: the client may try again. Default: false.</summary>
    public bool Temporary { get; set; }
}

/// <summary>A disconnect a status stands for.</summary>
public sealed class StatusDisconnectOptions
{
    /// <summary>Key <c>code</c>: 4000 to 4999, terminal from 4500 on; 0 = none.</summary>
    public int Code { get; set; }

    /// <summary>Key <c>reason</c>: a text for developers.</summary>
    public string Reason { get; set; } = "";
}

/// <summary>A back end with a name, for namespaces to refer to; bound from <c>proxies</c>.</summary>
public sealed class NamedProxyOptions : ProxyOptions
{
    /// <summary>Key <c>name</c>: what <c>…_proxy_name</c> refers to. At least two characters of <c>-a-zA-Z0-9_.</c>, unique, not
    /// <c>default</c>.</summary>
    public string Name { get; set; } = "";
}

/// <summary>A back end that is asked once it is switched on.</summary>
public sealed class SwitchedProxyOptions : ProxyOptions
{
    /// <summary>Key <c>enabled</c>: the back end is asked. Default: false.</summary>
    public bool Enabled { get; set; }
}

/// <summary>Back ends that decide over connections; bound from <c>client.proxy</c>.</summary>
public sealed class ClientProxyOptions
{
    /// <summary>Key <c>connect</c>: asked who a client without a token is.</summary>
    public SwitchedProxyOptions Connect { get; set; } = new();

    /// <summary>Key <c>refresh</c>: asked whether a connection that expires may stay.</summary>
    public SwitchedProxyOptions Refresh { get; set; } = new();
}

/// <summary>Back ends that decide over channels, under the name <c>default</c>; bound from <c>channel.proxy</c>.</summary>
public sealed class ChannelProxyOptions
{
    /// <summary>Key <c>subscribe</c>: asked whether a client may subscribe.</summary>
    public ProxyOptions Subscribe { get; set; } = new();

    /// <summary>Key <c>publish</c>: asked whether a client may publish.</summary>
    public ProxyOptions Publish { get; set; } = new();

    /// <summary>Key <c>sub_refresh</c>: asked whether a subscription that expires may stay.</summary>
    public ProxyOptions SubRefresh { get; set; } = new();

    /// <summary>Key <c>map_publish</c>: asked whether a client may write a key.</summary>
    public ProxyOptions MapPublish { get; set; } = new();

    /// <summary>Key <c>map_remove</c>: asked whether a client may remove a key.</summary>
    public ProxyOptions MapRemove { get; set; } = new();

    /// <summary>Key <c>shared_poll_refresh</c>: asked for the values of tracked keys.</summary>
    public ProxyOptions SharedPollRefresh { get; set; } = new();
}
