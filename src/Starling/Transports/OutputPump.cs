namespace Starling.Transports;

/// <summary>What a connection has to write, asked for when it can write.</summary>
internal interface IOutputSource
{
    /// <summary>Adds what is waiting, oldest first, until nothing is left or the batch is full. Called by one thread at a
    /// time. Leaving the batch empty means: nothing to write.</summary>
    void Fill(OutputBatch batch);

    /// <summary>A write failed: the peer is gone. Called once; nothing is asked for afterwards.</summary>
    void OnOutputFailed(Exception error);
}

/// <summary>Moves bytes from a source to an output whenever the output can take them; any thread may signal.</summary>
/// <remarks>The first signal takes the right to write and keeps it until the source has nothing left, so writes never
/// overlap and no signal is lost. While a write is pending nothing is gathered: what waits, waits in the source.</remarks>
internal sealed class OutputPump(ByteOutput output, IOutputSource source)
{
    [ThreadStatic] private static OutputBatch? t_batch;

    private int _signals;   // 0: idle; more: someone holds the right to write, the count tells it that there is news
    private volatile bool _failed;
    private volatile bool _blocked;

    public ByteOutput Output => output;

    /// <summary>A write is pending: the peer has not taken the last bytes yet.</summary>
    public bool IsBlocked => _blocked;

    /// <summary>There may be something to write. Writes on this thread when the output is free.</summary>
    public void Signal()
    {
        if (Interlocked.Increment(ref _signals) == 1) Run();
    }

    private void Run()
    {
        var batch = t_batch ?? new OutputBatch();
        t_batch = null;   // a nested pump on this thread (an inline completion) takes another one
        try
        {
            while (true)
            {
                var seen = Volatile.Read(ref _signals);
                if (!_failed) source.Fill(batch);
                if (batch.IsEmpty)
                {
                    if (Interlocked.CompareExchange(ref _signals, 0, seen) == seen) return;
                    continue;
                }
                var write = output.WriteAsync(batch.Bytes);
                batch.Clear();
                if (!write.IsCompletedSuccessfully)
                {
                    _ = ResumeAsync(write);   // observes every outcome itself
                    return;
                }
            }
        }
        catch (Exception error)   // edge of the write loop: a bug while gathering ends this connection, not its thread
        {
            batch.Clear();
            Fail(error);
        }
        finally
        {
            t_batch = batch;
        }
    }

    private async Task ResumeAsync(ValueTask write)
    {
        _blocked = true;
        try
        {
            await write;
        }
        catch (Exception error)   // edge of the write loop: whatever the carrier throws, the connection is over
        {
            _blocked = false;
            Fail(error);
            return;
        }
        _blocked = false;
        Run();
    }

    private void Fail(Exception error)
    {
        _failed = true;   // the right to write is kept for ever: nothing is written after a failure
        source.OnOutputFailed(error);
    }
}
