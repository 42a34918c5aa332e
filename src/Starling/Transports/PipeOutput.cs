using System.Buffers;
using System.IO.Pipelines;

namespace Starling.Transports;

/// <summary>Output through a pipe: what any carrier offers. Ending the pipe is its owner's business.</summary>
/// <param name="pipe">Where the bytes go.</param>
/// <param name="abort">Drops the connection; <see langword="null"/>: completing the pipe with an error is all that can be done.</param>
internal sealed class PipeOutput(PipeWriter pipe, Action? abort = null) : ByteOutput
{
    private long _accepted;
    private int _pending;

    public override long BytesAccepted => Volatile.Read(ref _accepted);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        pipe.Write(bytes.Span);   // in the pipe's own block size: asking for one large span would allocate it
        var flush = pipe.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            _pending = bytes.Length;
            return FinishAsync(flush);
        }
        Finish(flush.GetAwaiter().GetResult(), bytes.Length);
        return default;
    }

    /// <summary>A pipe cannot tell when its last byte has left; the carrier sends the FIN when the connection ends.</summary>
    public override bool TryShutdownSend() => false;

    public override void Abort()
    {
        if (abort is not null) abort();
        else pipe.CancelPendingFlush();
    }

    private async ValueTask FinishAsync(ValueTask<FlushResult> flush) => Finish(await flush, _pending);

    private void Finish(FlushResult result, int length)
    {
        if (result.IsCompleted) throw new IOException("The peer has gone: nobody reads the pipe any more.");
        if (result.IsCanceled) throw new IOException("The connection was dropped while bytes waited for the peer.");
        Volatile.Write(ref _accepted, _accepted + length);
    }
}
