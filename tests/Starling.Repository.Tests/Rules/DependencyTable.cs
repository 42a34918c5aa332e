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
