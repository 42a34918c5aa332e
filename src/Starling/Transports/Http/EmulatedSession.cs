using System.Buffers.Binary;
using System.Security.Cryptography;
using Starling.Cluster;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>The way up of a connection whose transport only flows down: batches of commands, each in a request of its own
/// (protocol 1.6). They run one after the other, in the order in which they arrived.</summary>
/// <param name="node">The node.</param>
/// <param name="connection">Whose commands.</param>
/// <param name="opening">Ends when the frame the connection came with is out of the way of others.</param>
internal sealed class EmulatedSession(Node node, Connection connection, Task opening)
{
    /// <summary>Requests that may wait for earlier ones; their bytes are bounded by the connection's queue limit.</summary>
    private const int WaitingMax = 1024;

    /// <summary>Requests that are recognised when they come again: more than a browser has under way on one connection.</summary>
    private const int RememberedMax = 32;

    /// <summary>Whoever sends a request again does so as soon as its answer is missed. Later, and once everything is answered, the client
    /// itself has used the numbers again, which it may (protocol 1.9).</summary>
    private const long RememberedMs = 30_000;

    private readonly Lock _gate = new();
    private Task _last = opening;
    private int _waiting;
    private int _waitingBytes;
    private (ulong Mark, long TakenMs)[]? _remembered;   // in a ring; guarded by the turn of a batch
    private int _rememberedNext;

    /// <summary>Takes one batch. Completed when its commands have run or are waiting in the connection's own queue.</summary>
    /// <param name="commands">Stays unchanged for as long as anyone may look at it.</param>
    public async Task TakeAsync(ReadOnlyMemory<byte> commands)
    {
        if (!TryQueue(commands.Length, out var previous, out var turn))
        {
            connection.Disconnect(Disconnects.TooManyRequests);
            return;
        }
        try
        {
            await previous;
            var taken = connection.Commands.OnFrameAsync(commands, IsRepeat(commands));
            connection.Flush();
            // A command that hangs must not keep the requests of a connection that is over.
            if (!taken.IsCompletedSuccessfully) await taken.AsTask().WaitAsync(connection.Closed);
        }
        catch (OperationCanceledException) when (connection.IsClosed)
        {
            // Nobody is left to be answered.
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
                _waitingBytes -= commands.Length;
            }
            turn.SetResult();
        }
    }

    private bool TryQueue(int bytes, out Task previous, out TaskCompletionSource turn)
    {
        lock (_gate)
        {
            previous = _last;
            turn = null!;
            if (_waiting > 0 && (_waiting == WaitingMax || bytes > node.Limits.QueueBytesMax - _waitingBytes)) return false;
            _waiting++;
            _waitingBytes += bytes;
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _last = turn.Task;
            return true;
        }
    }

    /// <summary>Browsers and proxies may send a request again when its answer got lost. What is the same to the last byte, and has a
    /// numbered command in it, has been run (attack A84). Whoever meant it is told by an error that it was not run again; to the
    /// others the number is one that has been answered. Messages and pongs alone have no number and pass.</summary>
    private bool IsRepeat(ReadOnlyMemory<byte> commands)
    {
        var reader = new CommandReader(connection.Wire, commands);
        var isNumbered = false;
        ReadStatus status;
        while ((status = reader.Read(out var command)) == ReadStatus.Unit) isNumbered |= command!.Id > 0;
        if (!isNumbered || status == ReadStatus.Malformed) return false;   // the command loop says what is wrong
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(commands.Span, digest);
        var mark = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        var nowMs = node.Wheel.ReadMs();
        var oldestMs = connection.Commands.IsBusy ? long.MinValue : nowMs - RememberedMs;   // perhaps with these very commands
        _remembered ??= new (ulong, long)[RememberedMax];
        if (Array.Exists(_remembered, one => one.Mark == mark && one.TakenMs > oldestMs)) return true;
        _remembered[_rememberedNext++ % RememberedMax] = (mark, nowMs);
        return false;
    }
}
