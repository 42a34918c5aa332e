using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;
using Starling.Limits;

namespace Starling.Server.Hosting;

/// <summary>What a connection receives, with pauses. A peer that never stops sending would never leave the thread that polls the sockets, where
/// everything it sends is worked through (<see cref="RuntimeSettings"/>), and everybody else of that thread would wait. After a
/// millisecond of work it goes on in the thread pool, behind whoever waits there, whatever it sends: requests, frames, or what is ignored (attacks A45, A82).</summary>
/// <remarks>Nothing is allocated for a read. One reader at a time, as for every pipe.</remarks>
internal sealed class FairInput(PipeReader inner, TimeProvider time) : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem
{
    private TurnBudget _budget = new(int.MaxValue, time.TimestampFrequency);
    private ManualResetValueTaskSourceCore<ReadResult> _read;
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _pending;
    private Action? _onRead;
    private CancellationToken _cancellationToken;

    /// <summary>To be the last before the web server, behind encryption.</summary>
    public static ConnectionDelegate Before(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Pair(new FairInput(connection.Transport.Input, TimeProvider.System), connection.Transport.Output);
        return next(connection);
    };

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var now = time.GetTimestamp();
        _budget.End(now);
        if (_budget.TryGoOn(now))
        {
            var read = inner.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                _budget.Begin(now);
                return read;
            }
            _read.Reset();
            Await(read);
        }
        else
        {
            _read.Reset();
            _cancellationToken = cancellationToken;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        return new ValueTask<ReadResult>(this, _read.Version);
    }

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>Its turn has come.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Await(inner.ReadAsync(_cancellationToken));
        }
        catch (Exception error)   // told to whoever reads
        {
            _read.SetException(error);
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void Await(ValueTask<ReadResult> read)
    {
        _pending = read.ConfigureAwait(false).GetAwaiter();
        if (_pending.IsCompleted) OnRead();
        else _pending.UnsafeOnCompleted(_onRead ??= OnRead);
    }

    private void OnRead()
    {
        ReadResult result;
        try
        {
#pragma warning disable VSTHRD002   // it is complete
            result = _pending.GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception error)   // told to whoever reads
        {
            _read.SetException(error);
            return;
        }
        _budget.Begin(time.GetTimestamp());
        _read.SetResult(result);
    }

    private sealed class Pair(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
