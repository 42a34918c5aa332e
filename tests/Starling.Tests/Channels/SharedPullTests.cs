using Starling.Channels;
using Starling.Protocol;
using Starling.Transports;

namespace Starling.Tests.Channels;

/// <summary>What subscriptions with the same rate are given together.</summary>
public sealed class SharedPullTests
{
    private static LogEntry Entry(int number) => new("room", 1, new Publication { Data = new[] { (byte)('0' + (number % 10)) } });

    [Fact]
    public void I2_A_piece_ends_where_the_log_went_on_while_it_was_made()
    {
        var log = new RingLog(128, 1 << 20, keepsLast: false);
        for (var i = 0; i < 100; i++) log.Append(Entry(i), "");
        // The log drops everything that is not read yet while the first entries become frames.
        var framing = new HurryingFraming(() =>
        {
            for (var i = 0; i < 400; i++) log.Append(Entry(i), "");
        });
        var pull = new SharedPull(log, 0, 100);

        var piece = pull.Find(0, new FrameVariant(framing, PayloadForm.Plain, false))!;

        Assert.True(piece.Count < 100);   // the log is read in parts
        Assert.Equal((ulong)piece.Count, piece.Next);
        Assert.Null(pull.Find(piece.Next, new FrameVariant(framing, PayloadForm.Plain, false)));
        Assert.Equal(CursorStatus.FellOff, log.Read(piece.Next, new LogEntry[8], out _));   // so it is told
    }

    /// <summary>Frames without a header; does something once, before the first.</summary>
    private sealed class HurryingFraming(Action once) : Framing(Wire.Json)
    {
        private Action? _once = once;

        public override int FrameLength(int unitLength) => unitLength;

        public override void WriteFrame(ReadOnlySpan<byte> unit, Span<byte> target)
        {
            var act = _once;
            _once = null;
            act?.Invoke();
            unit.CopyTo(target);
        }
    }
}
