using System.Globalization;
using System.Text;
using Starling.Server.Bench.Load;

namespace Starling.Server.Tests.Bench;

public sealed class StreamBodyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Lines_come_whole_however_they_were_cut_into_chunks_and_reads(int chunkBytes)
    {
        const string Text = "\r\ndata: {\"id\":1}\n\ndata: {}\n\n{\"plain\":\"line\"}\n";
        var wire = new StringBuilder();
        for (var at = 0; at < Text.Length; at += chunkBytes)
        {
            var chunk = Text[at..Math.Min(at + chunkBytes, Text.Length)];
            wire.Append(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{chunk}\r\n");
        }
        var bytes = Encoding.ASCII.GetBytes(wire.ToString());
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            var body = new StreamBody();
            var lines = new List<string>();
            var (from, to) = (0, 0);
            while (to < bytes.Length)
            {
                to = Math.Min(to + piece, bytes.Length);
                from += body.Read(bytes.AsSpan(from, to - from), line => lines.Add(Encoding.ASCII.GetString(line)));
            }
            Assert.Equal(["{\"id\":1}", "{}", "{\"plain\":\"line\"}"], lines);
        }
    }

    [Theory]
    [InlineData("0\r\n\r\n")]
    [InlineData("no chunk\r\n")]
    public void The_last_chunk_and_what_is_none_end_it(string bytes) =>
        Assert.Equal(-1, new StreamBody().Read(Encoding.ASCII.GetBytes(bytes), static _ => { }));
}
