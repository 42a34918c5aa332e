using System.Buffers;
using System.IO.Pipelines;
using Starling.Transports;

namespace Starling.Simulation.World;

/// <summary>One TCP connection: two lanes that carry bytes with delay, in pieces, until someone cuts it.</summary>
internal sealed class Link
{
    public Link(Process network, Dice dice)
    {
        ToServer = new Lane(this, network, dice);
        ToClient = new Lane(this, network, dice);
    }

    public Lane ToServer { get; }

    public Lane ToClient { get; }

    /// <summary>It ended with an error, for both sides.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Nothing passes any more and nobody is told (F20, F30).</summary>
    public bool IsBlackHole { get; private set; }

    public void Reset()
    {
        if (IsReset) return;
        IsReset = true;
        ToServer.Break();
        ToClient.Break();
    }

    public void Swallow() => IsBlackHole = true;
}

/// <summary>One direction of a link: the sender writes to it, the receiver reads its pipe.</summary>
/// <remarks>What the window takes counts as sent; a writer whose window is full waits, as with a socket's send buffer.</remarks>
internal sealed class Lane(Link link, Process network, Dice dice) : ByteOutput
{
    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0));

    private readonly Queue<byte[]> _inFlight = new();
    private readonly TimeSpan _latency = dice.UpTo(dice.Chance(0.2) ? 150 : 20);
    private readonly int _windowBytes = dice.From(1_000, 20_000);
    private TaskCompletionSource? _room;
    private TimeSpan _arrival;
    private int _firstUsed;
    private int _waiting;
    private long _delivered;
    private bool _isMoving;
    private bool _isFinished;
    private bool _isBroken;
    private bool _isDone;
    private bool _isReaderClosed;

    public PipeReader Reader => _pipe.Reader;

    /// <summary>The receiver reads nothing until then.</summary>
    public TimeSpan StoppedUntil { get; set; }

    /// <summary>Bytes of one piece at most, for a slow receiver; 0: as they come.</summary>
    public int PieceBytesMax { get; set; }

    public override long BytesAccepted => _delivered;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_isBroken) return ValueTask.FromException(new IOException("The peer has gone."));
        if (_isFinished) throw new InvalidOperationException("A write after the end of this direction.");
        _inFlight.Enqueue(bytes.ToArray());
        _waiting += bytes.Length;
        Move();
        if (_waiting <= _windowBytes) return default;
        _room = new TaskCompletionSource();
        return new ValueTask(_room.Task);
    }

    public override bool TryShutdownSend()
    {
        _isFinished = true;
        Move();
        return true;
    }

    public override void Abort() => link.Reset();

    /// <summary>The sender closes the connection: what it has written still arrives, if the sender lives.</summary>
    public void End()
    {
        if (!_isBroken) TryShutdownSend();
    }

    /// <summary>The receiver's end is closed: whoever still writes learns it.</summary>
    public void CloseReader()
    {
        _isReaderClosed = true;
        _pipe.Reader.Complete();
    }

    /// <summary>The link was reset.</summary>
    public void Break()
    {
        if (_isBroken) return;
        _isBroken = true;
        _inFlight.Clear();
        Done(new IOException("Connection reset by peer."));
        Release(new IOException("Connection reset by peer."));
    }

    /// <summary>Sets the next piece on its way, unless one is.</summary>
    private void Move()
    {
        if (_isMoving || _isDone || link.IsBlackHole) return;
        if (_inFlight.Count == 0 && !_isFinished) return;
        _isMoving = true;
        var now = network.Scheduler.Now;
        var delay = _latency + (dice.Chance(0.1) ? dice.UpTo(100) : TimeSpan.Zero);
        if (StoppedUntil > now) delay = StoppedUntil - now;
        else if (PieceBytesMax > 0) delay = TimeSpan.FromMilliseconds(100);
        else if (now + delay < _arrival) delay = _arrival - now;   // bytes do not overtake each other
        _arrival = now + delay;
        network.After(delay, Arrive);
    }

    private void Arrive()
    {
        _isMoving = false;
        if (_isBroken || link.IsBlackHole) return;
        if (StoppedUntil > network.Scheduler.Now)
        {
            Move();
            return;
        }
        var most = PieceBytesMax > 0 ? PieceBytesMax : dice.Chance(0.15) ? dice.From(1, 200) : int.MaxValue;
        var taken = Take(most);
        _waiting -= taken;
        _delivered += taken;
        if (taken > 0 && _isReaderClosed)
        {
            link.Reset();
            return;
        }
        if (taken > 0) _ = _pipe.Writer.FlushAsync();   // the pipe has no bound: it completes at once
        if (_inFlight.Count == 0 && _isFinished) Done(null);
        if (_waiting <= _windowBytes) Release(null);
        Move();
    }

    private int Take(int most)
    {
        var taken = 0;
        while (taken < most && _inFlight.TryPeek(out var bytes))
        {
            var part = bytes.AsSpan(_firstUsed, Math.Min(bytes.Length - _firstUsed, most - taken));
            _pipe.Writer.Write(part);
            taken += part.Length;
            _firstUsed += part.Length;
            if (_firstUsed < bytes.Length) continue;
            _firstUsed = 0;
            _inFlight.Dequeue();
        }
        return taken;
    }

    private void Done(Exception? error)
    {
        if (_isDone) return;
        _isDone = true;
        _pipe.Writer.Complete(error);
    }

    private void Release(Exception? error)
    {
        var room = _room;
        _room = null;
        if (error is null) room?.SetResult();
        else room?.SetException(error);
    }
}
