using System.IO.Compression;
using System.Text;
using static Starling.Server.Bench.Siege.HostilePeer;

namespace Starling.Server.Bench.Siege;

/// <summary>One way to be hostile.</summary>
/// <param name="Number">As in docs/attack-coverage.md.</param>
/// <param name="Words">What it does.</param>
/// <param name="Play">Does it, and says what came of it: the code of the close, the status of the answer.</param>
/// <param name="Answers">What should come of it.</param>
internal sealed record HostileAct(string Number, string Words, Func<HostilePeer, Task<string>> Play, params string[] Answers);

/// <summary>The attacks of a siege.</summary>
internal static class AttackList
{
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static readonly byte[] s_bomb = Bomb();

    public static readonly HostileAct[] All = [.. Requests, .. Frames, .. Commands, .. Identities, .. Manners];

    private static IEnumerable<HostileAct> Requests =>
    [
        new("A01", "a page of another origin", static peer => peer.AskAsync($"GET /connection/websocket HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\nSec-WebSocket-Version: 13\r\n{Upgrade}\r\n"), "403"),
        new("A04", "an upgrade of HTTP/1.0", static peer => peer.AskAsync($"GET /connection/websocket HTTP/1.0\r\nHost: a\r\nSec-WebSocket-Version: 13\r\n{Upgrade}\r\n"), "400"),
        new("A05", "version 8", static peer => peer.AskAsync($"GET /connection/websocket HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 8\r\n{Upgrade}\r\n"), "426"),
        new("A06", "lines that end with a line feed", static peer => peer.AskAsync("GET /health HTTP/1.1\nHost: a\n\n"), "400"),
        new("A06", "two lengths", static peer => peer.AskAsync("POST /api/info HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400", "401"),
        new("A07", "a header of 40 KB", static peer => peer.AskAsync($"GET /health HTTP/1.1\r\nHost: a\r\nX: {new string('x', 40_000)}\r\n\r\n"), "431", "reset"),
        new("A09", "headers that never end", static peer => peer.AskAsync("GET /connection/websocket HTTP/1.1\r\nHost: a\r\nX: "), "408", "end"),
        new("A09", "a peer that says nothing", static peer => peer.EndAsync(), "end"),
        new("A70", "a wrong key of the API", static peer => peer.AskAsync("POST /api/info HTTP/1.1\r\nHost: a\r\nX-API-Key: guess\r\nContent-Length: 2\r\n\r\n{}"), "401"),
        new("A84", "a body of 100 KB", static peer => peer.AskAsync($"POST /connection/http_stream HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{new string(' ', 100_000)}"), "413", "reset"),
        new("A85", "operators' pages", static peer => peer.AskAsync("GET /debug/pprof HTTP/1.1\r\nHost: a\r\n\r\n"), "404"),
    ];

    private static IEnumerable<HostileAct> Frames =>
    [
        Sent("A12", "a reserved bit", Frame(0xC1, "{}"u8), "1002"),
        Sent("A13", "no mask", [0x81, 0x02, 0x7B, 0x7D], "1002"),
        Sent("A14", "a length in the long form", [0x81, 0xFE, 0x00, 0x02, 0, 0, 0, 0, 0x7B, 0x7D], "1002"),
        Sent("A15", "a length of 2^62", [0x81, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "1009"),
        Sent("A16", "a message over the limit", Frame(0x81, new byte[70_000]), "1009"),
        Sent("A18", "broken UTF-8", Frame(0x81, [0xC3, 0x28]), "1007"),
        Sent("A19", "a long ping", Frame(0x89, new byte[126]), "1002"),
        Sent("A20", "a reserved opcode", Frame(0x83, "{}"u8), "1002"),
        Sent("A21", "a fragment of nothing", Frame(0x80, "{}"u8), "1002"),
        Sent("A22", "a close with 1005", Frame(0x88, [0x03, 0xED]), "1002"),
        Sent("A23", "empty fragments", [.. Frame(0x01, []), .. Enumerable.Range(0, 1200).SelectMany(static _ => Frame(0x00, []))], "1008"),
        Sent("A25", "a thousand pings", [.. Enumerable.Range(0, 1000).SelectMany(static _ => Frame(0x89, "ping"u8))], "1008"),
        Sent("A26", "data behind a close", [.. Frame(0x88, [0x03, 0xE8]), .. Frame(0x81, "{}"u8)], "1000"),
        new("A32", "a bomb", static peer => DeflatedAsync(peer, s_bomb), "1009"),
        new("A37", "garbage to inflate", static peer => DeflatedAsync(peer, [0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x12, 0x34]), "1007"),
    ];

    private static IEnumerable<HostileAct> Commands =>
    [
        Said("A38", "deep nesting", $$"""{"id":1,"connect":{"data":{{new string('[', 10_000)}}{{new string(']', 10_000)}}} }""", "3501"),
        Said("A40", "a command without sense", """{"id":1,"connect":{"subs":[1,2,3]}}""", "3501"),
        Inside("A40", "a channel that is a number", static peer => peer.SayAsync("""{"id":2,"subscribe":{"channel":5}}"""), "", "3501"),
        Inside("A43", "a name of 10 KB", static peer => peer.SayAsync($$"""{"id":2,"subscribe":{"channel":"{{new string('x', 10_000)}}"} }"""), Code(107), Heard),
        Inside("A45", "channels without end", static peer => RepeatAsync(peer, 400, i => $$"""{"id":{{i + 2}},"subscribe":{"channel":"x{{peer.Random.Next()}}"} }"""), Code(106), Heard, "3013"),
        Inside("A46", "subscribe and unsubscribe", static peer => RepeatAsync(peer, 2000, i => i % 2 == 0 ? $$"""{"id":{{i + 2}},"subscribe":{"channel":"churn"} }""" : $$"""{"id":{{i + 2}},"unsubscribe":{"channel":"churn"} }"""), "", "3013"),
        Inside("A47", "a flood of publications", static peer => RepeatAsync(peer, 2000, static i => $$"""{"id":{{i + 2}},"publish":{"channel":"flood","data":{{i}}} }"""), "", "3013"),
        Inside("A48", "recovery of everything", static peer => peer.SayAsync($$"""{"id":2,"subscribe":{"channel":"room{{peer.Random.Next(20)}}","recover":true,"epoch":"none","offset":1} }"""), "\"id\":2,", Heard),
        Inside("A75", "history without permission", static peer => peer.SayAsync("""{"id":2,"history":{"channel":"room0","limit":100} }"""), Code(103), Heard),
    ];

    private static IEnumerable<HostileAct> Identities =>
    [
        Said("A56", "a token without signature", """{"id":1,"connect":{"token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9."} }""", "3500"),
        Said("A58", "a token of somebody else", """{"id":1,"connect":{"token":"eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiI0MiJ9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} }""", "3500"),
        Said("A66", "a token of 20 KB", $$"""{"id":1,"connect":{"token":"{{new string('x', 20_000)}}"} }""", "3500"),
        Said("A63", "no token", """{"id":1,"connect":{} }""", "3501"),
    ];

    private static IEnumerable<HostileAct> Manners =>
    [
        new("A10", "open, and silent", static async peer =>
        {
            await peer.UpgradeAsync();
            return await peer.EndAsync();
        }, "3502"),
        new("A24", "fragments never finished", static async peer =>
        {
            await peer.EnterAsync();
            await peer.SendAsync(Frame(0x01, "x"u8));
            for (var i = 0; i < 500; i++) await peer.SendAsync(Frame(0x00, "x"u8));
            return await peer.EndAsync();
        }, "1008", "3012"),   // whichever comes first: it answers no pings either
        new("A77", "in and out", static async peer =>
        {
            await peer.EnterAsync();
            peer.Reset();
            return "left";
        }, "left"),
        new("A79", "a reader that stops", static async peer =>
        {
            await peer.EnterAsync();
            for (var i = 0; i < 30; i++) await peer.SayAsync($$"""{"id":{{i + 2}},"subscribe":{"channel":"room{{i}}"} }""");
            await peer.WaitAsync(TimeSpan.FromSeconds(15));
            peer.Reset();
            return "left";
        }, "left"),
    ];

    private static HostileAct Sent(string number, string words, byte[] bytes, params string[] answers) => new(number, words, async peer =>
    {
        await peer.UpgradeAsync();
        return await SendToEndAsync(peer, bytes);
    }, answers);

    private static HostileAct Said(string number, string words, string text, params string[] answers) =>
        Sent(number, words, Frame(0x81, Encoding.UTF8.GetBytes(text)), answers);

    /// <summary>As somebody who may.</summary>
    /// <param name="number">Of the attack.</param>
    /// <param name="words">What it does.</param>
    /// <param name="play">Does it.</param>
    /// <param name="soughtFor">What a message must hold to be the answer; empty: only a close is one.</param>
    /// <param name="answers">What should come of it.</param>
    private static HostileAct Inside(string number, string words, Func<HostilePeer, Task> play, string soughtFor, params string[] answers) => new(number, words, async peer =>
    {
        await peer.EnterAsync();
        try
        {
            await play(peer);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Closed while it still sent; the close may be there.
        }
        return await peer.ListenAsync(text => soughtFor.Length > 0 && text.Contains(soughtFor, StringComparison.Ordinal));
    }, answers);

    private static string Code(int code) => $"\"code\":{code},";

    private static async Task<string> SendToEndAsync(HostilePeer peer, byte[] bytes)
    {
        try
        {
            await peer.SendAsync(bytes);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Closed while it still sent.
        }
        return await peer.EndAsync();
    }

    private static async Task<string> DeflatedAsync(HostilePeer peer, byte[] deflated)
    {
        await peer.UpgradeAsync("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        return await SendToEndAsync(peer, Frame(0xC1, deflated));
    }

    private static async Task RepeatAsync(HostilePeer peer, int count, Func<int, string> text)
    {
        for (var i = 0; i < count; i++) await peer.SayAsync(text(i));
    }

    /// <summary>Eight megabytes in eight kilobytes.</summary>
    private static byte[] Bomb()
    {
        using var bytes = new MemoryStream();
        using (var deflate = new DeflateStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true)) deflate.Write(new byte[8 * 1024 * 1024]);
        return bytes.ToArray();
    }
}
