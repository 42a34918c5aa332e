using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>However the bytes of a peer are cut, the same happens.</summary>
public sealed class SplitPropertyTests
{
    private static readonly WebSocketSettings s_settings = new() { Deflate = new DeflateParameters(), ControlFramesPerSecondMax = int.MaxValue };

    [Fact]
    public async Task A30_A_valid_stream_cut_anywhere_gives_what_an_independent_parser_finds()
    {
        var inputs = FuzzBudget.Inputs(20_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(seed);
            var stream = StreamModel.Valid(random);
            var expected = StreamModel.Events(stream);
            var seen = await FeedAsync(stream, StreamModel.Cuts(random, stream.Length));
            if (!expected.SequenceEqual(seen.Events)) Assert.Fail($"Seed {seed}: expected {string.Join(" | ", expected)}; got {string.Join(" | ", seen.Events)}");
            if (seen.CloseCode is >= 1002 and < 3000 and not 1005) Assert.Fail($"Seed {seed}: a valid stream was closed with {seen.CloseCode}.");
        }
    }

    [Fact]
    public async Task A30_A_damaged_stream_ends_the_same_way_however_it_is_cut()
    {
        var inputs = FuzzBudget.Inputs(10_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(-1 - seed);
            var stream = Damage(random, StreamModel.Valid(random));
            var whole = await FeedAsync(stream, []);
            var cut = await FeedAsync(stream, StreamModel.Cuts(random, stream.Length));
            if (!whole.Events.SequenceEqual(cut.Events) || whole.CloseCode != cut.CloseCode || whole.Reason != cut.Reason)
            {
                Assert.Fail($"Seed {seed}: whole gave {whole}, cut gave {cut}.");
            }
        }
    }

    [Fact]
    public async Task Random_bytes_never_break_the_session()
    {
        var inputs = FuzzBudget.Inputs(20_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(seed);
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = (byte)(bytes[0] & 0x8F | random.Next(2) << 6);   // else the reserved bits end nearly all of them
            if (bytes.Length > 1) bytes[1] |= 0x80;
            var seen = await FeedAsync(bytes, StreamModel.Cuts(random, bytes.Length));
            if (seen.Error is not null) Assert.Fail($"Seed {seed}: {seen.Error}");
        }
    }

    private static byte[] Damage(Random random, byte[] stream)
    {
        for (var damages = random.Next(1, 4); damages > 0; damages--)
        {
            var at = random.Next(stream.Length);
            switch (random.Next(4))
            {
                case 0: stream[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: stream[at] = (byte)random.Next(256); break;
                case 2: stream = [.. stream[..at], .. stream[Math.Min(stream.Length, at + random.Next(1, 5))..], 0x81]; break;
                default: stream = [.. stream[..at], (byte)random.Next(256), .. stream[at..]]; break;
            }
        }
        return stream;
    }

    private static async Task<Seen> FeedAsync(byte[] stream, IEnumerable<int> cuts)
    {
        var connection = new TestConnection(s_settings);
        await connection.FeedAsync(stream, cuts);
        var info = await connection.EndAsync();
        var sent = SimpleParser.ParseAll(connection.Output.Bytes);
        var close = sent.Find(frame => frame.Opcode == 8);
        return new Seen(connection.Handler.Events, close?.CloseCode ?? 0, close?.CloseReason ?? "", info.Error);
    }

    private sealed record Seen(List<string> Events, int CloseCode, string Reason, Exception? Error);
}
