using System.Text;
using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>The small parts against the plainest way to say the same.</summary>
public sealed class PartsTests
{
    [Fact]
    public void Masking_in_any_pieces_and_at_any_place_is_the_plain_XOR()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = FuzzBudget.For(seed);
            var data = new byte[random.Next(200)];
            random.NextBytes(data);
            byte[] key = [1, 0xFF, (byte)random.Next(256), (byte)random.Next(256)];
            var expected = data.Select((b, i) => (byte)(b ^ key[i % 4])).ToArray();
            var number = BitConverter.ToUInt32(key);
            var position = 0;
            while (position < data.Length)
            {
                var count = random.Next(1, data.Length - position + 1);
                Mask.Apply(data.AsSpan(position, count), number, position);
                position += count;
            }
            Assert.Equal(expected, data);
        }
    }

    [Fact]
    public void UTF8_in_any_pieces_is_judged_like_the_framework_judges_the_whole()
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        string[] alphabet = ["a", "ß", "€", "\uD7FF", "\uE000", "😀", "\U0010FFFF"];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = FuzzBudget.For(seed);
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => alphabet[random.Next(alphabet.Length)])));
            if (bytes.Length > 0 && random.Next(2) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(128, 256);
            Assert.Equal(IsValid(bytes), Check(bytes, random));
        }

        bool IsValid(byte[] bytes)
        {
            try
            {
                strict.GetCharCount(bytes);
                return true;
            }
            catch (DecoderFallbackException)
            {
                return false;
            }
        }

        static bool Check(byte[] bytes, Random random)
        {
            var check = new Utf8Check();
            var from = 0;
            while (from < bytes.Length)
            {
                var count = random.Next(1, Math.Min(bytes.Length - from, 40) + 1);
                if (!check.Push(bytes.AsSpan(from, count))) return false;
                from += count;
            }
            return check.IsComplete;
        }
    }

    [Fact]
    public void UTF8_is_refused_at_the_first_byte_that_cannot_go_on()
    {
        for (var first = 0; first < 256; first++)
        {
            for (var second = 0; second < 256; second++)
            {
                var check = new Utf8Check();
                var ok = check.Push([(byte)first]) && check.Push([(byte)second]);
                Assert.Equal(CanGoOn((byte)first, (byte)second), ok);
            }
        }

        // Some text begins with these two bytes: ask the framework about every way to go on.
        static bool CanGoOn(byte first, byte second)
        {
            byte[][] tails = [[], [0x80], [0xBF], [0x80, 0x80], [0xBF, 0xBF], [0xA0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80]];
            return tails.Any(tail => System.Text.Unicode.Utf8.IsValid([first, second, .. tail]));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 125)]
    [InlineData(1, 126)]
    [InlineData(2, 65535)]
    [InlineData(1, 65536)]
    public void Frames_are_written_as_an_independent_parser_reads_them(int code, int length)
    {
        var opcode = (Opcode)code;
        var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var plain = Assert.Single(SimpleParser.ParseAll(FrameWriter.Prepare(opcode, payload)));
        Assert.Equal((true, 0, (int)opcode, false), (plain.Fin, plain.Rsv, plain.Opcode, plain.Masked));
        Assert.Equal(payload, plain.Payload);
        var masked = Assert.Single(SimpleParser.ParseAll(FrameWriter.PrepareMasked(opcode, payload, 0xDEADBEEF)));
        Assert.Equal((true, 0, (int)opcode, true), (masked.Fin, masked.Rsv, masked.Opcode, masked.Masked));
        Assert.Equal(payload, masked.Payload);
        Assert.Equal(new TestFrame { Opcode = (int)opcode, Payload = payload, Mask = null }.Encode(), FrameWriter.Prepare(opcode, payload));
    }

    [Fact]
    public void A24_A_message_buffer_holds_at_most_twice_what_arrived_or_256_bytes()
    {
        var buffer = new MessageBuffer();
        for (var length = 1; length <= 100_000; length++)
        {
            buffer.Append(7, bytesMax: 100_000);
            Assert.InRange(buffer.Capacity, length, Math.Max(256, 2 * length));
        }
        buffer.Release();
        Assert.Equal(0, buffer.Capacity);
    }
}
