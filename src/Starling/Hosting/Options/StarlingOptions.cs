namespace Starling;

/// <summary>Everything a Starling server can be told; one property per section of the configuration.</summary>
/// <remarks>Mutable until the server starts: then it is validated once, every failure is reported with the name of its
/// configuration key, and the server works with what it read. Later changes have no effect; keys of tokens are changed with
/// <see cref="ClientTokenKeys"/>.</remarks>
public sealed class StarlingOptions
{
    /// <summary>Section <c>engine</c>: what carries publications between nodes and keeps history and presence.</summary>
    public EngineOptions Engine { get; set; } = new();

    /// <summary>Section <c>client</c>: who may connect, heartbeat and limits of a connection.</summary>
    public ClientOptions Client { get; set; } = new();

    /// <summary>Section <c>channel</c>: channels, their namespaces and what they keep.</summary>
    public ChannelSectionOptions Channel { get; set; } = new();

    /// <summary>Section <c>rpc</c>: the calls of clients.</summary>
    public RpcSectionOptions Rpc { get; set; } = new();

    /// <summary>List <c>proxies</c>: back ends that namespaces refer to by name. Default: none.</summary>
    public List<NamedProxyOptions> Proxies { get; set; } = [];

    /// <summary>Section <c>hooks</c>: what back ends are told after the fact.</summary>
    public HookSectionOptions Hooks { get; set; } = new();

    /// <summary>Section <c>http_api</c>: the API for backends.</summary>
    public HttpApiOptions HttpApi { get; set; } = new();

    /// <summary>Section <c>websocket</c>: the WebSocket transport.</summary>
    public WebSocketOptions WebSocket { get; set; } = new();

    /// <summary>Section <c>http_stream</c>: HTTP streaming, for clients whose network blocks WebSockets.</summary>
    public StreamTransportOptions HttpStream { get; set; } = new("/connection/http_stream");

    /// <summary>Section <c>sse</c>: server-sent events, for the same.</summary>
    public StreamTransportOptions Sse { get; set; } = new("/connection/sse");

    /// <summary>Section <c>emulation</c>: what clients of these two send.</summary>
    public EmulationOptions Emulation { get; set; } = new();

    /// <summary>Section <c>uni_websocket</c>: the one-way WebSocket.</summary>
    public UniWebSocketOptions UniWebSocket { get; set; } = new();

    /// <summary>Section <c>uni_http_stream</c>: one-way HTTP streaming.</summary>
    public StreamTransportOptions UniHttpStream { get; set; } = new("/connection/uni_http_stream");

    /// <summary>Section <c>uni_sse</c>: one-way server-sent events.</summary>
    public StreamTransportOptions UniSse { get; set; } = new("/connection/uni_sse");

    /// <summary>Section <c>long_poll</c>: long polling.</summary>
    public LongPollOptions LongPoll { get; set; } = new();

    /// <summary>Section <c>shared_poll</c>: signatures of tracked keys.</summary>
    public SharedPollSectionOptions SharedPoll { get; set; } = new();

    /// <summary>Section <c>health</c>: the health endpoint.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>Section <c>prometheus</c>: the metrics endpoint.</summary>
    public PrometheusOptions Prometheus { get; set; } = new();

    /// <summary>Section <c>shutdown</c>: how the server ends.</summary>
    public ShutdownOptions Shutdown { get; set; } = new();

    /// <summary>Section <c>node</c>: how this process calls itself.</summary>
    public NodeOptions Node { get; set; } = new();
}
