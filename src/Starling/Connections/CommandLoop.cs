using Starling.Cluster;
using Starling.Connections.Commands;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>Takes frames of commands and runs the commands one after the other.</summary>
/// <remarks>A command that completes at once costs nothing more than itself. One that does not (a handler that waits, a
/// distant broker) lets the read loop go on: what comes meanwhile is copied into a bounded queue, so that liveness and
/// the transport's own frames are still served; when the queue is full, reading pauses. Nor is a command run while the client
/// has not taken what was answered before, or while a client that has just had many commands run keeps others waiting.</remarks>
internal sealed class CommandLoop(Connection connection, Node node)
{
    private readonly Turn _turn = new(node);
    private readonly Lock _gate = new();
    private Queue<(byte[] Bytes, bool IsRepeat)>? _waiting;   // not null while a command is in work
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _turns;

    /// <summary>A command is in work.</summary>
    public bool IsBusy => Volatile.Read(ref _waiting) is not null;

    /// <summary>Runs the commands of one frame. Called by the transport's read loop, one frame at a time.</summary>
    /// <param name="frame">Valid until the task completes.</param>
    /// <param name="isRepeat">It has come before: it is answered in its turn, so behind the answers to the first one, and not run.</param>
    public ValueTask OnFrameAsync(ReadOnlyMemory<byte> frame, bool isRepeat = false)
    {
        connection.LastSeenMs = node.Wheel.NowMs;
        if (IsBusy && TryPostpone(frame, isRepeat, out var room)) return room;
        try
        {
            var reader = new CommandReader(connection.Wire, frame);
            while (true)
            {
                if (reader.Consumed < frame.Length && !_turn.TryGoOn())
                {
                    // Nothing is read meanwhile: what comes next, a Close too, is behind these commands.
                    var turns = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    GoOnBehind(_turn.NextAsync(), frame[reader.Consumed..], isRepeat, turns);
                    return new ValueTask(turns.Task);
                }
                var work = connection.ReplyRoomAsync();
                if (work.IsCompletedSuccessfully)
                {
                    if (!TryRead(ref reader, out var command, out var bytes)) break;
                    work = ExecuteAsync(command, bytes, isRepeat);
                }
                if (work.IsCompletedSuccessfully) continue;
                GoOnBehind(work, frame[reader.Consumed..], isRepeat, turns: null);
                break;
            }
        }
        catch (Exception error)   // edge of the loop: a bug ends this connection, not the node
        {
            Fail(error);
        }
        return default;
    }

    /// <summary>Runs the rest of a frame when the work is done; when nothing is read meanwhile, <paramref name="turns"/> tells how long.</summary>
    private void GoOnBehind(ValueTask work, ReadOnlyMemory<byte> rest, bool isRepeat, TaskCompletionSource? turns)
    {
        lock (_gate)   // the work before may not have told yet that reading goes on
        {
            _turns = turns;
            _waiting = new Queue<(byte[], bool)>();
            if (!rest.IsEmpty) _waiting.Enqueue((rest.ToArray(), isRepeat));
        }
        if (turns is not null) connection.Flush();
        _ = WorkAsync(work);   // observes every outcome itself
    }

    private ValueTask ExecuteAsync(Command command, int bytes, bool isRepeat)
    {
        _turn.Begin();
        var work = isRepeat ? CommandTable.AnswerRepeatAsync(node, connection, command, bytes) : CommandTable.ExecuteAsync(node, connection, command, bytes);
        _turn.End();
        return work;
    }

    private bool TryRead(ref CommandReader reader, out Command command, out int bytes)
    {
        command = null!;
        bytes = -reader.Consumed;
        if (connection.IsClosing) return false;   // what follows a violation is not looked at
        var status = reader.Read(out var read);
        command = read!;
        bytes += reader.Consumed;
        if (status == ReadStatus.Malformed) connection.Disconnect(Disconnects.BadRequest);
        return status == ReadStatus.Unit;
    }

    /// <returns><see langword="false"/> when the work has just ended: the frame can be run at once.</returns>
    private bool TryPostpone(ReadOnlyMemory<byte> frame, bool isRepeat, out ValueTask room)
    {
        room = default;
        lock (_gate)
        {
            if (_waiting is null) return false;
            _waiting.Enqueue((frame.ToArray(), isRepeat));
            // For somebody who is not let in yet little is held.
            if (_waiting.Count >= (connection.Phase == ConnectionPhase.Connected ? node.Limits.CommandsInWorkMax : 1))
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = new ValueTask(_room.Task);
            }
            return true;
        }
    }

    /// <summary>Waits for a command, then runs what was postponed, until nothing is left.</summary>
    private async Task WorkAsync(ValueTask work)
    {
        try
        {
            await work;
            while (TryTakePostponed(out var frame)) await RunAsync(frame.Bytes, frame.IsRepeat);
        }
        catch (Exception error)   // edge of the loop, as above
        {
            Fail(error);
            lock (_gate) End();
        }
        connection.Flush();
    }

    private async ValueTask RunAsync(byte[] frame, bool isRepeat)
    {
        var reader = new CommandReader(connection.Wire, frame);
        while (true)
        {
            if (reader.Consumed < frame.Length && !_turn.TryGoOn())
            {
                connection.Flush();
                await _turn.NextAsync();
            }
            await ReadOnWhileAsync(connection.ReplyRoomAsync());
            if (!TryRead(ref reader, out var command, out var bytes)) break;
            await ReadOnWhileAsync(ExecuteAsync(command, bytes, isRepeat));
        }
        connection.Flush();
    }

    /// <summary>What has to wait for more than its turn lets the read loop go on.</summary>
    private ValueTask ReadOnWhileAsync(ValueTask work)
    {
        if (work.IsCompletedSuccessfully) return work;
        connection.Flush();   // what is answered does not wait for it
        lock (_gate) ReadOn();
        return work;
    }

    /// <summary>Under the gate: nothing is in work any more.</summary>
    private void End()
    {
        _waiting = null;
        MakeRoom();
        ReadOn();
    }

    private void MakeRoom()
    {
        _room?.TrySetResult();
        _room = null;
    }

    private void ReadOn()
    {
        _turns?.TrySetResult();
        _turns = null;
    }

    private bool TryTakePostponed(out (byte[] Bytes, bool IsRepeat) frame)
    {
        lock (_gate)
        {
            if (_waiting!.TryDequeue(out frame))
            {
                if (_waiting.Count < node.Limits.CommandsInWorkMax / 2) MakeRoom();
                return true;
            }
            End();
            return false;
        }
    }

    private void Fail(Exception error)
    {
        ConnectionLog.CommandFailed(node.Log, connection.Id, error);
        connection.Disconnect(Disconnects.ServerError);
    }
}
