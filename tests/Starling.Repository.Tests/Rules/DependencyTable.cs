namespace Starling.Repository.Tests.Rules;

/// <summary>What one part of the sources may know about the others.</summary>
/// <param name="Folder">Its folder; the longest folder that fits a file decides.</param>
/// <param name="MayUse">Slices of src/Starling it may use besides itself; <c>*</c> stands for all of them.</param>
/// <param name="MayUseAspNet">It may use ASP.NET Core.</param>
internal sealed record Slice(string Folder, string[] MayUse, bool MayUseAspNet = false);

/// <summary>Which project and which slice may use which. A new folder or project gets its row here, with its reason.</summary>
internal static class DependencyTable
{
    /// <summary>References of each project that ships; packages count too.</summary>
    public static readonly (string Project, string[] References)[] Projects =
    [
        ("src/Starling.Protocol/Starling.Protocol.csproj", []),   // used by server and client alike: nothing comes along with it
        ("src/Starling/Starling.csproj", ["Starling.Protocol", "Microsoft.AspNetCore.App"]),
        ("src/Starling.Server/Starling.Server.csproj", ["Starling", "System.CommandLine", "Spectre.Console"]),
    ];

    /// <summary>The slices of the engine, from the bottom up. Types in the namespace <c>Starling</c> itself are the public face;
    /// they belong to the folder they lie in.</summary>
    public static readonly Slice[] Slices =
    [
        // Bytes out: knows neither frames nor channels.
        new("src/Starling/Transports/", []),
        // RFC 6455 over a duplex pipe; it also runs in the load generator and in the client, without ASP.NET.
        new("src/Starling/WebSockets/", ["Transports"]),
        // The one file that meets an HTTP request.
        new("src/Starling/WebSockets/WebSocketHandshake.cs", ["Transports"], MayUseAspNet: true),
        // The form of a publication on a transport is the channel log's, so that it is encoded once.
        new("src/Starling/Transports/Transport.cs", ["Channels"]),
        // Where bytes meet connections.
        new("src/Starling/Transports/WebSocketTransport.cs", ["Channels", "Cluster", "Connections", "WebSockets"], MayUseAspNet: true),
        new("src/Starling/Transports/WebSocketEndpoint.cs", ["Access", "Cluster", "WebSockets"], MayUseAspNet: true),
        // Time, randomness, counters: know nobody; the instruments look at the node.
        new("src/Starling/Operations/", []),
        new("src/Starling/Operations/StarlingMetrics.cs", ["Cluster"]),
        // Who may what: pure decisions. The one about origins reads an HTTP request.
        new("src/Starling/Access/", ["Options"]),
        new("src/Starling/Access/OriginPolicy.cs", [], MayUseAspNet: true),
        // The contract brokers fulfil.
        new("src/Starling/Brokers/", []),
        // Logs and cursors: know connections to wake them, frames to encode them once; never a transport.
        new("src/Starling/Channels/", ["Access", "Connections", "WebSockets"]),
        // Sessions and commands: know the node, never a particular transport.
        new("src/Starling/Connections/", ["Access", "Brokers", "Channels", "Cluster", "Handlers", "Operations", "Options", "Transports"], MayUseAspNet: true),
        // What applications register.
        new("src/Starling/Handlers/", ["Connections"], MayUseAspNet: true),
        // One node: everything of the engine below transports.
        new("src/Starling/Cluster/", ["Access", "Brokers", "Channels", "Connections", "Handlers", "Operations", "Options"]),
        // What an operator sets: read by all, knows nobody.
        new("src/Starling/Hosting/Options/", []),
        // Where everything meets.
        new("src/Starling/Hosting/", ["*"], MayUseAspNet: true),
    ];

    /// <summary>What Starling.Protocol must not do: it turns bytes into messages and back, nothing else.</summary>
    public static readonly string[] ProtocolMustNotName =
    [
        "async", "await", "Task", "ValueTask", "Stream", "File", "Directory", "Socket", "HttpClient", "Console", "Thread", "PipeReader",
        "PipeWriter", "TimeProvider", "ILogger",
    ];
}
