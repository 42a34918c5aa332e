using System.Text;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>What is held for peers that give nothing back. Runs alone: it looks at the memory of the process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A24_Five_hundred_messages_of_one_byte_fragments_hold_little_more_than_their_bytes(bool text)
    {
        const int Connections = 500, Bytes = 3_000;   // a masked fragment of one byte has seven on the wire
        var (held, connections) = await MeasureAsync(async () =>
        {
            var opened = new List<TestConnection>();
            for (var i = 0; i < Connections; i++)
            {
                var connection = new TestConnection(new WebSocketSettings { FragmentsMax = int.MaxValue });
                opened.Add(connection);
                await connection.FeedAsync(new TestFrame { Opcode = text ? 1 : 2, Fin = false });
                var fragment = TestFrame.Continuation("x"u8.ToArray()).NotFinal().Encode();
                await connection.FeedAsync([.. Enumerable.Repeat(fragment, Bytes).SelectMany(bytes => bytes)]);
            }
            return opened;
        });
        Assert.InRange(held / Connections, 0, 2 * 7 * Bytes + 4 * 1024);
        foreach (var connection in connections) await connection.EndAsync();
    }

    [Fact]
    public async Task A32_A_hundred_bombs_at_once_hold_their_limit_each()
    {
        var bomb = TestFrame.Binary(Deflated.Message(new byte[60_000_000])).Compressed();
        Assert.InRange(bomb.Payload.Length, 30_000, 64 * 1024);
        var (held, connections) = await MeasureAsync(async () =>
        {
            var opened = new List<TestConnection>();
            for (var i = 0; i < 100; i++)
            {
                // All but the last bytes that would pass the limit: everything inflated so far is held.
                var connection = new TestConnection(TestConnection.WithDeflate);
                await connection.FeedAsync(bomb.Encode()[..600]);
                opened.Add(connection);
            }
            return opened;
        });
        Assert.InRange(held, 0, 100L * (640 + 64) * 1024);
        var rest = bomb.Encode()[600..];
        foreach (var connection in connections)
        {
            await connection.FeedAsync(rest);
            connection.AssertFailed(1009);
            await connection.EndAsync();
        }
    }

    [Fact]
    public async Task A35_An_idle_connection_holds_no_window_whatever_was_agreed()
    {
        var frame = TestFrame.Text(Deflated.Message(Encoding.ASCII.GetBytes(new string('x', 50_000)))).Compressed();
        var (held, connections) = await MeasureAsync(async () =>
        {
            var opened = new List<TestConnection>();
            for (var i = 0; i < 500; i++)
            {
                var connection = new TestConnection(TestConnection.WithDeflate, new RecordingHandler { OnMessage = (_, _) => default });
                await connection.FeedAsync(frame);
                Assert.Single(connection.Handler.Events);
                connection.Handler.Events.Clear();
                opened.Add(connection);
            }
            return opened;
        });
        Assert.InRange(held / connections.Count, 0, 8 * 1024);   // most of it is the test's own pipe
        GC.KeepAlive(connections);
    }

    /// <summary>The memory that what was opened holds. When less than nothing comes out, something of other tests was given back
    /// meanwhile: the measurement is made again.</summary>
    private static async Task<(long Held, List<TestConnection> Connections)> MeasureAsync(Func<Task<List<TestConnection>>> open)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = SettledMemory();
            var connections = await open();
            var held = GC.GetTotalMemory(forceFullCollection: true) - before;
            if (held >= 0 || attempt == 5) return (held, connections);
            foreach (var connection in connections) await connection.EndAsync();
        }
    }

    /// <summary>What other tests left behind is given back over time; it must not be taken for memory that these peers give back.</summary>
    private static long SettledMemory()
    {
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        for (var round = 0; round < 50; round++)
        {
            GC.WaitForPendingFinalizers();
            Thread.Yield();
            var now = GC.GetTotalMemory(forceFullCollection: true);
            if (Math.Abs(now - memory) < 16 * 1024) return now;
            memory = now;
        }
        return memory;
    }
}
