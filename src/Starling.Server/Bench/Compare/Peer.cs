using Starling.Server.Bench.Drivers;

namespace Starling.Server.Bench.Compare;

/// <summary>A server that takes part: how to start it and how to speak to it.</summary>
/// <param name="Name">As on the command line and in the results.</param>
/// <param name="Title">As in the table.</param>
/// <param name="Protocol">What the generator speaks to it.</param>
/// <param name="Runtime">What must be there to run it.</param>
/// <param name="Command">Program and arguments from the repository's folder and a port.</param>
internal sealed record Peer(string Name, string Title, BenchProtocol Protocol, PeerRuntime Runtime, Func<string, int, string[]> Command)
{
    /// <summary>The server every ratio refers to.</summary>
    public const string Own = "starling";

    public static readonly Peer[] All =
    [
        new(Own, "Starling", BenchProtocol.Json, PeerRuntime.Self, Target),
        new("starling-protobuf", "Starling, Protobuf", BenchProtocol.Protobuf, PeerRuntime.Self, Target),
        new("starling-history", "Starling, with history", BenchProtocol.Json, PeerRuntime.Self, (root, port) =>
            [.. Target(root, port), "--history", "100"]),
        new("starling-guarded", "Starling, with tokens, permissions and limits", BenchProtocol.JsonToken, PeerRuntime.Self, (root, port) =>
            [.. Target(root, port), "--guarded", "--limits"]),
        new("signalr", "SignalR", BenchProtocol.SignalR, PeerRuntime.DotNet, (root, port) =>
            ["dotnet", Path.Combine(root, "artifacts/bin/SignalRPeer/release/SignalRPeer.dll"), Invariant(port)]),
        new("ws", "ws", BenchProtocol.Plain, PeerRuntime.Node, (root, port) =>
            ["node", Path.Combine(root, "bench/peers/node/ws.js"), Invariant(port)]),
        new("socketio", "Socket.IO", BenchProtocol.SocketIo, PeerRuntime.Node, (root, port) =>
            ["node", Path.Combine(root, "bench/peers/node/socket-io.js"), Invariant(port)]),
    ];

    /// <summary>Another build of this server, to see what a change costs.</summary>
    /// <param name="library">Its <c>Starling.Server.dll</c>.</param>
    public static Peer Before(string library) => new("starling-before", "Starling, other build", BenchProtocol.Json, PeerRuntime.Self, (_, port) =>
        ["dotnet", library, "bench", "target", "--port", Invariant(port)]);

    /// <summary>Those that take part when nobody says otherwise.</summary>
    public static readonly string[] Usual = [Own, "signalr", "ws", "socketio"];

    /// <summary>This program again, with these arguments.</summary>
    public static string[] Self(params string[] arguments)
    {
        var program = Environment.ProcessPath ?? "starling";
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Path.Combine(AppContext.BaseDirectory, "Starling.Server.dll"), .. arguments]
            : [program, .. arguments];
    }

    private static string[] Target(string root, int port) => Self("bench", "target", "--port", Invariant(port));

    private static string Invariant(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What a server needs beside this program.</summary>
internal enum PeerRuntime { Self, DotNet, Node }
