namespace Starling.Repository.Tests.Rules;

/// <summary>What one part of the engine may know about the others.</summary>
/// <param name="Path">Its folder or file; the longest path that fits a file decides.</param>
/// <param name="MayUse">Slices it may use besides itself, Starling.Protocol and the base library; <c>*</c> stands for all.</param>
/// <param name="MayUseAspNet">It may use ASP.NET Core.</param>
/// <param name="MustNotName">Types it must not use although their slice is allowed.</param>
internal sealed record Slice(string Path, string[] MayUse, bool MayUseAspNet = false, params string[] MustNotName);

/// <summary>Which project and which slice may use which. A new folder or project gets its row here, with its reason.</summary>
internal static class DependencyTable
{
    /// <summary>References of each project that ships; packages count too.</summary>
    public static readonly (string Project, string[] References)[] Projects =
    [
        ("src/Starling.Protocol/Starling.Protocol.csproj", []),   // used by server and client alike: nothing comes along with it
        ("src/Starling/Starling.csproj", ["Starling.Protocol", "Microsoft.AspNetCore.App", "Microsoft.IdentityModel.JsonWebTokens"]),
        ("src/Starling.Server/Starling.Server.csproj", ["Starling", "System.CommandLine", "Spectre.Console"]),
    ];

    /// <summary>The slices of the engine, from the bottom up. Types in the namespace <c>Starling</c> itself are the public face;
    /// they belong to the folder they lie in.</summary>
    public static readonly Slice[] Slices =
    [
        // Bytes out: knows neither frames nor channels.
        new("src/Starling/Transports/ByteOutput.cs", []),
        new("src/Starling/Transports/OutputBatch.cs", []),
        new("src/Starling/Transports/OutputPump.cs", []),
        new("src/Starling/Transports/PipeOutput.cs", []),
        new("src/Starling/Transports/SocketOutput.cs", []),
        // What a connection sees of any transport.
        new("src/Starling/Transports/Framing.cs", []),
        new("src/Starling/Transports/Transport.cs", []),

        // RFC 6455 over a duplex pipe; it also runs in the load generator, without the engine and without ASP.NET.
        new("src/Starling/WebSockets/", ["Transports"], MustNotName: ["Transport", "WebSocketTransport", "WebSocketEndpoint"]),
        // The two files that meet an HTTP request.
        new("src/Starling/WebSockets/WebSocketHandshake.cs", ["Transports"], MayUseAspNet: true),
        new("src/Starling/WebSockets/UpgradeRequest.cs", [], MayUseAspNet: true),

        // What an operator sets: read by all, knows nobody.
        new("src/Starling/Hosting/Options/", []),

        // Rules about names, payloads and origins: judges what it is given.
        new("src/Starling/Access/", ["Brokers", "Options"]),
        new("src/Starling/Access/OriginPolicy.cs", ["Options"], MayUseAspNet: true),

        // Who a client is, proved by a token: keys and claims; knows neither connections nor channels.
        new("src/Starling/Tokens/", ["Access", "Options"]),

        // The contract and its implementations carry publications; they know neither channels nor connections.
        new("src/Starling/Brokers/", ["Operations"]),

        // Logs and cursors: who is behind, not how bytes leave.
        new("src/Starling/Channels/", ["Access", "Brokers", "Connections", "History", "Operations", "Presence", "SharedPoll", "State"]),
        // An entry holds its frame ready to be written, prepared once for all.
        new("src/Starling/Channels/LogEntry.cs", ["Brokers", "Deltas", "Transports"], MustNotName: ["Transport", "WebSocketTransport", "WebSocketEndpoint"]),
        new("src/Starling/Channels/FrameVariant.cs", ["Transports"], MustNotName: ["Transport", "WebSocketTransport", "WebSocketEndpoint"]),

        // Patches between payloads: bytes in, bytes out.
        new("src/Starling/Deltas/", []),

        // Sessions and commands, on any transport; a connection keeps the request it came with for the application.
        new("src/Starling/Connections/", ["Access", "Brokers", "Channels", "Cluster", "Handlers", "History", "Hooks", "Limits", "Operations", "Options", "Presence", "SharedPoll", "State", "Tokens", "Transports", "Validation"],
            MayUseAspNet: true, MustNotName: ["WebSocketTransport", "WebSocketEndpoint"]),
        // Who is there: lists members with the broker, tells joins and leaves; knows channels, never connections.
        new("src/Starling/Presence/", ["Access", "Brokers", "Channels", "Operations"]),
        // What applications register.
        new("src/Starling/History/", ["Access", "Brokers", "Channels", "Operations"]),
        // Keyed state: what the server and its clients do with it.
        new("src/Starling/State/", ["Access", "Brokers", "Channels", "Cluster", "Connections", "Deltas", "Handlers", "Operations", "Options"]),
        // Keys of a back end, asked for once for all who track them.
        new("src/Starling/SharedPoll/", ["Access", "Brokers", "Channels", "Cluster", "Connections", "Deltas", "Handlers", "Operations", "Options"]),
        new("src/Starling/SharedPoll/TrackSignature.cs", []),
        new("src/Starling/Handlers/", ["Access", "Brokers", "Connections", "Validation"], MayUseAspNet: true),
        // Whether a message is one of those an application knows: bytes in, a verdict out.
        new("src/Starling/Validation/", []),

        // Back ends that decide: asks over HTTP in the words of the application's handlers; copies headers while their request is there.
        new("src/Starling/Hooks/", ["Access", "Brokers", "Channels", "Connections", "Handlers", "Operations", "Options", "Tokens"]),
        new("src/Starling/Hooks/CallerHeaders.cs", [], MayUseAspNet: true),
        new("src/Starling/Hooks/NodeHooks.cs", ["Access", "Channels", "Connections", "Handlers", "Operations", "Options"], MayUseAspNet: true),

        // Clock, randomness, instruments.
        new("src/Starling/Operations/", []),
        new("src/Starling/Operations/StarlingMetrics.cs", ["Cluster", "Hooks", "Limits", "Presence"]),

        // One node: holds the parts together.
        new("src/Starling/Cluster/", ["Access", "Brokers", "Channels", "Connections", "Handlers", "History", "Hooks", "Limits", "Operations", "Options", "Presence", "SharedPoll", "State", "Tokens"]),

        // How a connection meets the network.
        new("src/Starling/Transports/WebSocketFraming.cs", ["WebSockets"]),
        new("src/Starling/Transports/WebSocketTransport.cs", ["Cluster", "Connections", "WebSockets", "Presence"], MayUseAspNet: true),
        new("src/Starling/Transports/WebSocketEndpoint.cs", ["Access", "Cluster", "WebSockets"], MayUseAspNet: true),
        new("src/Starling/Transports/OneWayWebSocketEndpoint.cs", ["Access", "Cluster", "WebSockets"], MayUseAspNet: true),
        // The transports over plain HTTP, which need no frame layer.
        new("src/Starling/Transports/Http/", ["Access", "Cluster", "Connections", "Limits", "Operations", "Options"],
            MayUseAspNet: true, MustNotName: ["WebSocketTransport", "WebSocketEndpoint"]),

        // How much: bodies, rates, connections; counts, and knows nobody it counts.
        new("src/Starling/Limits/", ["Operations", "Options"]),

        // Calls of back ends: reads and answers HTTP, orders the node about; never a transport, never a channel's log.
        new("src/Starling/Api/", ["Access", "Brokers", "Channels", "Cluster", "Connections", "Limits", "Options", "State", "Presence", "Tokens"], MayUseAspNet: true),

        // Where everything meets.
        new("src/Starling/Hosting/", ["*"], MayUseAspNet: true),
    ];

    /// <summary>What the stand-alone server may use of the engine beside its public face (decision 0001).</summary>
    public static readonly Slice[] ServerSlices =
    [
        // Reads the configuration file by the same table of keys.
        new("src/Starling.Server/", ["Hosting"]),
        // Meets connections before the engine does.
        new("src/Starling.Server/Hosting/", ["Hosting", "Limits"]),
        // Says what the server would make of a token.
        new("src/Starling.Server/Commands/TokenCommands.cs", ["Hosting", "Tokens"]),
        // The load generator and the echo server stand on the frame layer itself.
        new("src/Starling.Server/Bench/", ["Hosting", "Transports", "WebSockets"]),
    ];

    /// <summary>What Starling.Protocol must not do: it turns bytes into messages and back, nothing else.</summary>
    public static readonly string[] ProtocolMustNotName =
    [
        "async", "await", "Task", "ValueTask", "Stream", "File", "Directory", "Socket", "HttpClient", "Console", "Thread", "PipeReader",
        "PipeWriter", "TimeProvider", "ILogger",
    ];
}
