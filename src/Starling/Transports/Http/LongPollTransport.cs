using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>A connection that lasts for one request: it subscribes at given positions, gathers what is newer, and is over. So
/// every rule of connections holds for long polling too: credentials, handlers, permissions, limits, recovery.</summary>
internal sealed class LongPollTransport : Transport, IOutputSource
{
    private readonly Node _node;
    private readonly Connection _connection;
    private readonly OutputPump _pump;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LongPollAnswer _answer;
    private readonly long _deadline;
    private bool _isWaitOver;
    private bool _isDone;

    public LongPollTransport(Node node, HttpContext context, LongPollAnswer answer, TimeSpan wait)
    {
        _node = node;
        _answer = answer;
        _deadline = node.Time.GetTimestamp() + (long)(wait.TotalSeconds * node.Time.TimestampFrequency);
        _pump = new OutputPump(new Gatherer(answer), this);
        _connection = new Connection(node, this, context);
    }

    public override string Name => "long_poll";

    public override Framing Framing => StreamFraming.Lines;

    /// <summary>There is no time for pings: the request ends before one would be answered.</summary>
    public override bool HasOwnPings => true;

    public override bool AnswersPings => false;

    public override bool IsWriteBlocked => false;

    public override long BytesAccepted => 0;

    /// <summary>Runs the commands and waits until there is an answer, or nobody to take it.</summary>
    public async Task RunAsync(ReadOnlyMemory<byte> commands, CancellationToken aborted)
    {
        if (!_node.TryAdmit(_connection)) _connection.Disconnect(Disconnects.Shutdown);
        await _connection.Commands.OnFrameAsync(commands);   // the first frame never has to wait for others
        _connection.Flush();
        await using (aborted.UnsafeRegister(static transport => ((LongPollTransport)transport!).EndWait(), this))
        {
            await _finished.Task;
        }
        _connection.OnClosed();
    }

    public override void Signal() => _pump.Signal();

    public override void SendPing()
    {
        // See HasOwnPings.
    }

    public override void Close(Disconnect disconnect)
    {
        _answer.Disconnect ??= disconnect;
        EndWait();
    }

    public override void Abort() => EndWait();

    public override int Tick()
    {
        var now = _node.Time.GetTimestamp();
        if (now < _deadline) return (int)_node.Time.GetElapsedTime(now, _deadline).TotalMilliseconds + 1;
        EndWait();
        return int.MaxValue;
    }

    public void Fill(OutputBatch batch)
    {
        if (_isDone) return;
        if (!_answer.IsFull) _connection.Fill(batch);
        if (!batch.IsEmpty || !(_answer.IsComplete || Volatile.Read(ref _isWaitOver))) return;
        _isDone = true;
        _finished.TrySetResult();
    }

    public void OnOutputFailed(Exception error)
    {
        ConnectionLog.WriteFailed(_node.Log, _connection.Id, error);
        _answer.Disconnect ??= Disconnects.ServerError;
        _finished.TrySetResult();
    }

    private void EndWait()
    {
        Volatile.Write(ref _isWaitOver, true);
        _pump.Signal();
    }

    /// <summary>Takes everything at once.</summary>
    private sealed class Gatherer(LongPollAnswer answer) : ByteOutput
    {
        public override long BytesAccepted => answer.Bytes;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            answer.Add(bytes);
            return default;
        }

        public override bool TryShutdownSend() => false;

        public override void Abort()
        {
            // There is no carrier: the answer is written when the connection is over.
        }
    }
}
