using System.ComponentModel;
using System.Text.Json;

namespace Starling.Server.Bench.Compare;

/// <summary>Brings the peers into a state in which they can be started: built, packages installed.</summary>
internal sealed class PeerSetup(string root)
{
    private const string SignalRProject = "bench/peers/signalr/SignalRPeer.csproj";
    private const string NodeFolder = "bench/peers/node";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>The version of Node.js, once it was asked for.</summary>
    public string? NodeVersion { get; private set; }

    /// <summary>The repository's folder: this one or one above it.</summary>
    public static string? FindRoot(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, SignalRProject))) return at.FullName;
        }
        return null;
    }

    /// <returns>Why the peer cannot take part; null when it can.</returns>
    public async Task<string?> PrepareAsync(Peer peer, CancellationToken cancellationToken)
    {
        try
        {
            return peer.Runtime switch
            {
                PeerRuntime.DotNet => await RunAsync(["dotnet", "build", SignalRProject, "-c", "Release", "-v", "q", "-nologo"], root, cancellationToken),
                PeerRuntime.Node => await PrepareNodeAsync(cancellationToken),
                _ => null,
            };
        }
        catch (Win32Exception error)
        {
            return error.Message;   // the program is not there
        }
    }

    /// <summary>The version of a peer's package or framework.</summary>
    public string VersionOf(Peer peer) => peer.Runtime switch
    {
        PeerRuntime.Self => Hosting.StarlingVersion.Text,
        PeerRuntime.DotNet => Environment.Version.ToString(),
        _ => PackageVersion(peer.Name == "socketio" ? "socket.io" : peer.Name),
    };

    private async Task<string?> PrepareNodeAsync(CancellationToken cancellationToken)
    {
        using (var node = ChildProcess.Start(["node", "--version"], null, root))
        {
            NodeVersion = (await node.WaitAsync(s_patience, cancellationToken))?.Text.Trim().TrimStart('v');
        }
        var folder = Path.Combine(root, NodeFolder);
        var installed = new FileInfo(Path.Combine(folder, "node_modules/.package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json"))) return null;
        return await RunAsync(["npm", "ci", "--silent", "--no-audit", "--no-fund"], folder, cancellationToken);
    }

    private static async Task<string?> RunAsync(string[] command, string folder, CancellationToken cancellationToken)
    {
        using var process = ChildProcess.Start(command, null, folder);
        return await process.WaitAsync(s_patience, cancellationToken) switch
        {
            null => $"{string.Join(' ', command)} did not end in time",
            { Code: 0 } => null,
            { Text: var text } => $"{string.Join(' ', command)} failed: {text.Trim()}",
        };
    }

    private string PackageVersion(string package)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, NodeFolder, "package.json")));
        return json.RootElement.GetProperty("dependencies").GetProperty(package).GetString() ?? "";
    }
}
