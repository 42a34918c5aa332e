using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Starling.TestKit;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>Our inflate against the framework's deflate.</summary>
public sealed class InflaterTests
{
    private const int BytesMax = 64 * 1024 * 1024;

    private static InflateStatus Inflate(IEnumerable<byte[]> pieces, out byte[] plain, out bool isAtEnd, int bytesMax = BytesMax)
    {
        var inflater = Inflater.Rent();
        var output = new MessageBuffer();
        var status = InflateStatus.NeedMore;
        foreach (var piece in pieces)
        {
            status = inflater.Inflate(piece, ref output, bytesMax);
            if (status != InflateStatus.NeedMore) break;
        }
        plain = output.Written.ToArray();
        isAtEnd = inflater.IsAtEnd;
        output.Release();
        inflater.Return();
        return status;
    }

    private static byte[] Sample(Random random)
    {
        var length = random.Next(5) == 0 ? random.Next(200_000) : random.Next(2_000);
        var bytes = new byte[length];
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(bytes);
                break;
            case 1:
                Array.Fill(bytes, (byte)random.Next(256));
                break;
            case 2:
                var letters = random.Next(2, 40);
                for (var i = 0; i < length; i++) bytes[i] = (byte)('a' + random.Next(letters));
                break;
            case 3:   // long and far repetitions
                for (var i = 0; i < length; i++) bytes[i] = i < 40_000 && random.Next(50) != 0 && i > 300 ? bytes[i - 300] : i >= 40_000 ? bytes[i - 32_000] : (byte)random.Next(256);
                break;
            default:
                var json = Encoding.UTF8.GetBytes("{\"id\":12,\"push\":{\"channel\":\"chat:lobby\",\"pub\":{\"data\":{\"text\":\"hello\"}}}}\n");
                for (var i = 0; i < length; i++) bytes[i] = (byte)(json[i % json.Length] + (random.Next(30) == 0 ? 1 : 0));
                break;
        }
        return bytes;
    }

    [Fact]
    public void What_the_framework_deflates_in_any_way_is_inflated_however_it_is_cut()
    {
        var inputs = FuzzBudget.Inputs(3_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(seed);
            var plain = Sample(random);
            using var sink = new MemoryStream();
            var options = new ZLibCompressionOptions
            {
                CompressionLevel = random.Next(10),
                CompressionStrategy = (ZLibCompressionStrategy)random.Next(5),
            };
            using (var deflate = new DeflateStream(sink, options, leaveOpen: true))
            {
                var middle = random.Next(plain.Length + 1);
                deflate.Write(plain, 0, middle);
                if (random.Next(2) == 0) deflate.Flush();
                deflate.Write(plain, middle, plain.Length - middle);
            }
            var compressed = sink.ToArray();
            var step = random.Next(3) switch { 0 => int.MaxValue, 1 => random.Next(1, 10), _ => random.Next(1, 5_000) };
            var status = Inflate(compressed.Chunk(step), out var inflated, out var isAtEnd);
            if (status != InflateStatus.NeedMore || !isAtEnd || !inflated.AsSpan().SequenceEqual(plain)) Assert.Fail($"Seed {seed}: {status}, at end: {isAtEnd}");
        }
    }

    [Fact]
    public void Damaged_data_ends_in_a_status_within_the_limit_and_the_same_way_however_it_is_cut()
    {
        var inputs = FuzzBudget.Inputs(3_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(seed);
            var compressed = Deflated.Message(Sample(random), (CompressionLevel)random.Next(4));
            for (var damages = random.Next(1, 5); damages > 0; damages--) compressed[random.Next(Math.Min(compressed.Length, 200))] ^= (byte)(1 << random.Next(8));
            var whole = Inflate([compressed], out var plain, out var isAtEnd, bytesMax: 300_000);
            var cut = Inflate(compressed.Chunk(random.Next(1, 7)), out var plainOfCut, out var isAtEndOfCut, bytesMax: 300_000);
            if (whole != cut || isAtEnd != isAtEndOfCut || plain.Length > 300_000 || !plain.AsSpan().SequenceEqual(plainOfCut)) Assert.Fail($"Seed {seed}: {whole} and {cut}");
        }
    }

    [Fact]
    public void Random_bytes_always_come_to_an_end()
    {
        var inputs = FuzzBudget.Inputs(20_000);
        for (var seed = 0; seed < inputs; seed++)
        {
            var random = FuzzBudget.For(seed);
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            Inflate([bytes], out var plain, out _, bytesMax: 10_000);
            Assert.InRange(plain.Length, 0, 10_000);
        }
    }

    [Fact]
    public void A32_A_bomb_is_stopped_at_its_limit_in_less_than_50_milliseconds()
    {
        var bomb = Deflated.Message(new byte[60_000_000]);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(InflateStatus.TooLarge, Inflate([bomb], out var plain, out _, bytesMax: 640 * 1024));
            if (watch.Elapsed < best) best = watch.Elapsed;
            Assert.InRange(plain.Length, 640 * 1024 - 258, 640 * 1024);
        }
        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void What_we_deflate_the_framework_inflates()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var plain = Sample(FuzzBudget.For(seed));
            using var deflated = MessageDeflater.TryDeflate(plain);
            if (deflated.IsEmpty) continue;
            Assert.True(deflated.Bytes.Length < plain.Length);
            Assert.Equal(plain, Deflated.Inflate(deflated.Bytes.ToArray()));
        }
    }

    [Fact]
    public void What_does_not_become_shorter_is_not_compressed()
    {
        var noise = new byte[10_000];
        FuzzBudget.For(1).NextBytes(noise);
        Assert.Null(FrameWriter.PrepareCompressed(Opcode.Binary, noise));
        Assert.Null(FrameWriter.PrepareCompressed(Opcode.Binary, []));
        Assert.Null(FrameWriter.PrepareMaskedCompressed(Opcode.Binary, noise, 1));
    }
}
