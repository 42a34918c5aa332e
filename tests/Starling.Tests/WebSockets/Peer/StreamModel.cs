using System.Text;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>Random streams of frames, and what a receiver must make of them, told by plain code over the finished stream.</summary>
internal static class StreamModel
{
    private static readonly string[] s_texts =
    [
        "", "a", "hello", "Grüße", "€uro", "日本語のテキスト", "😀😃", "\0", "{\"id\":1}", new string('x', 125), new string('y', 126),
        new string('ß', 300), string.Concat(Enumerable.Repeat("chat ", 2000)),
    ];

    /// <summary>A valid stream: messages whole, fragmented, compressed, with control frames in between; half of them end with a
    /// Close, the others may stop anywhere between frames.</summary>
    public static byte[] Valid(Random random)
    {
        var frames = new List<TestFrame>();
        var messages = random.Next(1, 6);
        for (var i = 0; i < messages; i++)
        {
            AddControl(random, frames);
            AddMessage(random, frames);
        }
        if (random.Next(2) == 0) frames.Add(random.Next(3) == 0 ? TestFrame.EmptyClose() : TestFrame.Close(random.Next(3000, 5000), "bye €"));
        else if (frames.Count > 1 && random.Next(4) == 0) frames.RemoveAt(frames.Count - 1);
        return TestConnection.Concat([.. frames.Select(frame => frame with { Mask = Bytes(random, 4) })]);
    }

    /// <summary>What a handler is told, in the words of <see cref="RecordingHandler.Events"/>.</summary>
    public static List<string> Events(byte[] stream)
    {
        var events = new List<string>();
        var message = new List<byte>();
        ParsedFrame? first = null;
        foreach (var frame in SimpleParser.Parse(stream, out _))
        {
            switch (frame.Opcode)
            {
                case 8:
                    return events;
                case 9:
                    events.Add("Ping");
                    continue;
                case 10:
                    events.Add("Pong");
                    continue;
                case 1 or 2:
                    first = frame;
                    message.Clear();
                    break;
            }
            message.AddRange(frame.Payload);
            if (!frame.Fin) continue;
            var payload = first!.Rsv == 4 ? Deflated.Inflate([.. message]) : [.. message];
            events.Add(first.Opcode == 1 ? "Text:" + Encoding.UTF8.GetString(payload) : "Binary:" + Convert.ToHexString(payload));
        }
        return events;
    }

    /// <summary>Where a stream is cut: nowhere, everywhere, or at random.</summary>
    public static IEnumerable<int> Cuts(Random random, int length) => random.Next(4) switch
    {
        0 => length <= 3000 ? Enumerable.Range(1, length) : [length / 2],
        1 => [random.Next(length + 1)],
        _ => Enumerable.Range(0, random.Next(2, 20)).Select(_ => random.Next(length + 1)).Order(),
    };

    private static void AddMessage(Random random, List<TestFrame> frames)
    {
        var isText = random.Next(2) == 0;
        var payload = isText ? Encoding.UTF8.GetBytes(s_texts[random.Next(s_texts.Length)]) : Bytes(random, random.Next(4) == 0 ? random.Next(70_000 / 16) : random.Next(300));
        var compressed = random.Next(3) == 0;
        if (compressed) payload = Deflated.Message(payload, (System.IO.Compression.CompressionLevel)random.Next(4));
        var fragments = random.Next(2) == 0 ? 1 : random.Next(1, 6);
        var from = 0;
        for (var i = 0; i < fragments; i++)
        {
            var to = i == fragments - 1 ? payload.Length : random.Next(from, payload.Length + 1);
            frames.Add(new TestFrame
            {
                Opcode = i > 0 ? 0 : isText ? 1 : 2,
                Rsv = i == 0 && compressed ? 4 : 0,
                Fin = i == fragments - 1,
                Payload = payload[from..to],
            });
            from = to;
            if (i < fragments - 1) AddControl(random, frames);
        }
    }

    private static void AddControl(Random random, List<TestFrame> frames)
    {
        if (random.Next(4) > 0) return;
        frames.Add(new TestFrame { Opcode = random.Next(9, 11), Payload = Bytes(random, random.Next(126)) });
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
