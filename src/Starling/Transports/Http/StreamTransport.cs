using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>A connection that is written to through the endless body of an HTTP response. What ends it is said by a
/// <c>disconnect</c> push as the last unit; then the response ends (protocol 1.4, 1.5, 1.7).</summary>
/// <remarks>The response's pipe may be touched only while the request lasts: the server gives it to the next request. So the end
/// is always declared inside <see cref="Fill"/> or <see cref="OnOutputFailed"/>, where the right to write is ours and no write
/// is under way; from then on nothing is written.</remarks>
internal sealed class StreamTransport : Transport, IOutputSource
{
    /// <summary>Time for the peer to take what waits and our last words, and then for the response to end.</summary>
    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(5);

    private readonly Node _node;
    private readonly StreamForm _form;
    private readonly Framing _framing;
    private readonly HttpContext _context;
    private readonly Connection _connection;
    private readonly OutputPump _pump;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ReadOnlyMemory<byte> _opening;
    private object? _farewell;   // a boxed Disconnect
    private long _deadline = long.MaxValue;
    private bool _isFarewellSent;
    private bool _isGone;
    private bool _isOver;

    public StreamTransport(Node node, HttpContext context, StreamForm form, Framing framing, string session, ReadOnlyMemory<byte> opening)
    {
        _node = node;
        _context = context;
        _form = form;
        _framing = framing;
        _opening = opening;
        Session = session;
        _pump = new OutputPump(new PipeOutput(context.Response.BodyWriter, Abort), this);
        _connection = new Connection(node, this, context);
    }

    public Connection Connection => _connection;

    public override string Name => _form.Name;

    public override Framing Framing => _framing;

    public override bool HasOwnPings => false;

    public override bool AnswersPings => !_form.IsOneWay;

    public override string Session { get; }

    public override bool IsWriteBlocked => _pump.IsBlocked;

    public override long BytesAccepted => _pump.Output.BytesAccepted;

    /// <summary>Runs the commands the client came with and serves the connection until it is over.</summary>
    /// <param name="commands">The first frame; free for others when the task is first awaited.</param>
    public Task RunAsync(ReadOnlyMemory<byte> commands)
    {
        if (!_node.TryAdmit(_connection)) _connection.Disconnect(Disconnects.Shutdown);
        var taken = _connection.Commands.OnFrameAsync(commands);   // the first frame never has to wait for others
        _connection.Flush();
        return ServeAsync(taken);
    }

    public override void Signal() => _pump.Signal();

    public override void SendPing()
    {
        // HTTP has none; those of the protocol go down the stream.
    }

    public override void Close(Disconnect disconnect)
    {
        if (Interlocked.CompareExchange(ref _farewell, disconnect, comparand: null) is not null) return;
        Volatile.Write(ref _deadline, After(s_closeTimeout));
        _pump.Signal();
    }

    public override void Abort()
    {
        lock (_gate)
        {
            if (!_isOver) _context.Abort();   // later it is somebody else's
        }
    }

    public override int Tick()
    {
        var deadline = Volatile.Read(ref _deadline);
        if (deadline == long.MaxValue) return int.MaxValue;
        var now = _node.Time.GetTimestamp();
        if (now < deadline) return (int)_node.Time.GetElapsedTime(now, deadline).TotalMilliseconds + 1;
        Volatile.Write(ref _deadline, long.MaxValue);
        Abort();
        return int.MaxValue;
    }

    public void Fill(OutputBatch batch)
    {
        if (_isGone || _isFarewellSent)   // asked again after the write that ended with it: all is with the server
        {
            _written.TrySetResult();
            return;
        }
        if (!_opening.IsEmpty)
        {
            batch.TryAdd(_opening);
            _opening = default;
            return;
        }
        _connection.Fill(batch);
        if (!batch.IsEmpty || Volatile.Read(ref _farewell) is not Disconnect disconnect) return;
        batch.TryAdd(Farewell.Prepare(_framing, disconnect));
        _isFarewellSent = true;
    }

    public void OnOutputFailed(Exception error)
    {
        // A carrier that breaks is daily life; anything else thrown here is ours.
        if (error is not (IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException))
        {
            ConnectionLog.WriteFailed(_node.Log, _connection.Id, error);
        }
        _isGone = true;
        _written.TrySetResult();
    }

    private async Task ServeAsync(ValueTask taken)
    {
        await using var watch = _context.RequestAborted.UnsafeRegister(static transport => ((StreamTransport)transport!).OnPeerGone(), this);
        await taken;
        await _written.Task;
        if (!_isGone) await EndResponseAsync();
        lock (_gate) _isOver = true;
        _connection.OnClosed();
    }

    private void OnPeerGone()
    {
        Volatile.Write(ref _isGone, true);
        _pump.Signal();
    }

    /// <summary>Lets the response end in order; a peer that does not take the rest is dropped by <see cref="Tick"/>.</summary>
    private async Task EndResponseAsync()
    {
        Volatile.Write(ref _deadline, After(s_closeTimeout));
        try
        {
            await _context.Response.CompleteAsync();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer went while it was told.
        }
    }

    private long After(TimeSpan span) => _node.Time.GetTimestamp() + (long)(span.TotalSeconds * _node.Time.TimestampFrequency);
}
