using Starling.Transports;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>Takes what a session writes; can refuse to take any more, like a peer that does not read.</summary>
internal sealed class TestOutput(bool canHalfClose) : ByteOutput
{
    private readonly Lock _gate = new();
    private readonly List<byte> _bytes = [];
    private TaskCompletionSource? _blocked;

    public bool IsShutDown { get; private set; }

    public bool IsAborted { get; private set; }

    public int Writes { get; private set; }

    public byte[] Bytes
    {
        get
        {
            lock (_gate) return [.. _bytes];
        }
    }

    public override long BytesAccepted => Bytes.Length;

    /// <summary>From here on writes stay pending; the first one takes its bytes all the same, as a socket buffer would.</summary>
    public void Block() => _blocked = new TaskCompletionSource();

    public void Unblock()
    {
        var blocked = _blocked!;
        _blocked = null;
        blocked.SetResult();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Assert.False(IsShutDown, "A write came after the FIN.");
        lock (_gate) _bytes.AddRange(bytes.Span);
        Writes++;
        return _blocked is null ? default : new ValueTask(_blocked.Task);
    }

    public override bool TryShutdownSend()
    {
        if (canHalfClose) IsShutDown = true;
        return canHalfClose;
    }

    public override void Abort()
    {
        IsAborted = true;
        _blocked?.TrySetException(new IOException("aborted"));
    }
}
