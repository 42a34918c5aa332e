using System.Collections.Concurrent;
using Starling.Connections;

namespace Starling.Channels;

/// <summary>Has subscriptions with something to read.</summary>
internal interface IFlushSource
{
    /// <summary>Marks every subscription that has something to read.</summary>
    /// <param name="ready">Takes the connections that were not waiting to be written to yet.</param>
    void MarkBehind(List<Connection> ready);
}

/// <summary>Carries publications from channels to connections: first marks every cursor that is behind, then lets each
/// such connection write once.</summary>
/// <remarks>Runs on the pool while there is work and not at all otherwise. What is published while it walks is found in
/// the next round, so under load many publications become one write by themselves.</remarks>
/// <param name="schedule">Runs a work item soon, on another stack.</param>
internal sealed class Flusher(Action<IThreadPoolWorkItem> schedule) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<IFlushSource> _dirty = new();
    private readonly List<Connection> _ready = [];
    private int _scheduled;

    /// <summary>The source has news. Called once until the flusher has looked.</summary>
    public void Enqueue(IFlushSource source)
    {
        _dirty.Enqueue(source);
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) schedule(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            while (_dirty.TryDequeue(out var source)) source.MarkBehind(_ready);
            foreach (var connection in _ready) connection.Flush();
            _ready.Clear();
            if (!_dirty.IsEmpty) continue;
            Volatile.Write(ref _scheduled, 0);
            Interlocked.MemoryBarrier();
            if (_dirty.IsEmpty || Interlocked.Exchange(ref _scheduled, 1) != 0) return;
        }
    }
}
