using System.Buffers;
using System.IO.Pipelines;

namespace Starling.Transports;

/// <summary>Output through a pipe: what any carrier offers. Ending the pipe is its owner's business.</summary>
/// <param name="pipe">Where the bytes go.</param>
/// <param name="abort">Drops the connection; <see langword="null"/>: completing the pipe with an error is all that can be done.</param>
internal sealed class PipeOutput(PipeWriter pipe, Action? abort = null) : ByteOutput
{
    /// <summary>Bytes handed on at a time: a flush completes as a whole, and a slow peer that reads must show progress.</summary>
    private const int PartBytesMax = 32 * 1024;

    private long _accepted;

    public override long BytesAccepted => Volatile.Read(ref _accepted);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        do
        {
            var part = bytes[..Math.Min(PartBytesMax, bytes.Length)];
            bytes = bytes[part.Length..];
            var flush = FlushAsync(part.Span);
            if (!flush.IsCompletedSuccessfully) return FinishAsync(flush, part.Length, bytes);
            Take(flush.GetAwaiter().GetResult(), part.Length);
        }
        while (bytes.Length > 0);
        return default;
    }

    /// <summary>A pipe cannot tell when its last byte has left; the carrier sends the FIN when the connection ends.</summary>
    public override bool TryShutdownSend() => false;

    public override void Abort()
    {
        if (abort is not null) abort();
        else pipe.CancelPendingFlush();
    }

    private ValueTask<FlushResult> FlushAsync(ReadOnlySpan<byte> part)
    {
        pipe.Write(part);   // in the pipe's own block size: asking for one large span would allocate it
        return pipe.FlushAsync();
    }

    /// <summary>The rest waits in a rented copy, so that the caller's memory is free at once.</summary>
    private ValueTask FinishAsync(ValueTask<FlushResult> flush, int length, ReadOnlyMemory<byte> rest)
    {
        var copy = rest.IsEmpty ? [] : ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(copy);
        return FinishAsync(flush, length, copy, rest.Length);
    }

    private async ValueTask FinishAsync(ValueTask<FlushResult> flush, int length, byte[] copy, int copied)
    {
        try
        {
            Take(await flush, length);
            for (var done = 0; done < copied; done += length)
            {
                length = Math.Min(PartBytesMax, copied - done);
                Take(await FlushAsync(copy.AsSpan(done, length)), length);
            }
        }
        finally
        {
            if (copy.Length > 0) ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private void Take(FlushResult result, int length)
    {
        if (result.IsCompleted) throw new IOException("The peer has gone: nobody reads the pipe any more.");
        if (result.IsCanceled) throw new IOException("The connection was dropped while bytes waited for the peer.");
        Volatile.Write(ref _accepted, _accepted + length);
    }
}
