namespace Starling.Simulation.Checks;

/// <summary>What the broker stored in one channel, as the log tells it.</summary>
internal sealed class ChannelTruth(string channel, int historySize)
{
    private readonly Dictionary<string, List<SimEvent>> _streams = [];
    private readonly List<SimEvent> _unpositioned = [];
    private readonly Dictionary<string, List<SimEvent>> _byMessage = [];
    private readonly HashSet<string> _forgotten = [];
    private ulong _removedUpTo;
    private TimeSpan _forgottenAt;

    public string Channel => channel;

    /// <summary>Epoch of the stream as it is; empty: nothing was stored since it began.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>What the broker said last of its position.</summary>
    public string ToldEpoch { get; set; } = "";

    /// <summary>Publications without a position so far.</summary>
    public int Count => _unpositioned.Count;

    /// <summary>Takes a publication.</summary>
    /// <returns>What is wrong with it; <see langword="null"/>: nothing.</returns>
    public string? Store(SimEvent stored)
    {
        if (!_byMessage.TryGetValue(stored.Message, out var same)) _byMessage[stored.Message] = same = [];
        var twice = same.Find(each => each.Epoch == stored.Epoch && each.At >= _forgottenAt);
        same.Add(stored);
        if (twice is not null) return $"I4: '{stored.Message}' was stored twice, at {twice.Offset} and {stored.Offset}";
        if (stored.Offset == 0)
        {
            _unpositioned.Add(stored);
            return null;
        }
        if (!_streams.TryGetValue(stored.Epoch, out var stream)) _streams[stored.Epoch] = stream = [];
        if (_forgotten.Contains(stored.Epoch)) return $"I5: epoch {stored.Epoch} is used again after its stream was lost";
        Epoch = stored.Epoch;
        stream.Add(stored);
        return stored.Offset == (ulong)stream.Count ? null : $"I3: offset {stored.Offset} was given where {stream.Count} was due";
    }

    public void Forget(TimeSpan at)
    {
        _forgottenAt = at;   // with the streams go the keys of what was published: a repeat is a new message then
        foreach (var epoch in _streams.Keys) _forgotten.Add(epoch);
        (Epoch, _removedUpTo) = ("", 0);
    }

    public void Remove() => _removedUpTo = Top(Epoch);

    public ulong Top(string epoch) => (ulong)(_streams.GetValueOrDefault(epoch)?.Count ?? 0);

    public SimEvent? At(string epoch, ulong offset) =>
        _streams.TryGetValue(epoch, out var stream) && offset > 0 && offset <= (ulong)stream.Count ? stream[(int)offset - 1] : null;

    /// <summary>The next publication behind an offset that a subscription with this tag gets; <see langword="null"/>: there is none.</summary>
    public SimEvent? NextAfter(string epoch, ulong offset, string tag)
    {
        if (!_streams.TryGetValue(epoch, out var stream)) return null;
        for (var i = (int)offset; i < stream.Count; i++)
        {
            if (Passes(stream[i], tag)) return stream[i];
        }
        return null;
    }

    /// <summary>The same for a channel without positions: index of the next one at or behind an index; -1: there is none.</summary>
    public int NextFrom(int index, string tag)
    {
        for (var i = index; i < _unpositioned.Count; i++)
        {
            if (Passes(_unpositioned[i], tag)) return i;
        }
        return -1;
    }

    /// <summary>Where a message stands: from the first of these indices on, from the next one on, or anywhere; -1: nowhere. A message
    /// that was published again after the broker forgot its key stands in two places.</summary>
    public int IndexOf(string message, params ReadOnlySpan<int> from)
    {
        foreach (var start in from)
        {
            if (_unpositioned.FindIndex(start, each => each.Message == message) is var index and >= 0) return index;
        }
        return _unpositioned.FindIndex(each => each.Message == message);
    }

    public bool WasStored(string message) => _byMessage.ContainsKey(message);

    public bool WasStoredAt(string message, string epoch, ulong offset) =>
        _byMessage.TryGetValue(message, out var all) && all.Exists(each => each.Epoch == epoch && each.Offset == offset);

    /// <summary>The history still has everything behind an offset.</summary>
    public bool Keeps(string epoch, ulong offset)
    {
        var top = Top(epoch);
        var kept = top > (ulong)historySize ? top - (ulong)historySize : 0;
        return epoch == Epoch && offset <= top && offset >= Math.Max(kept, _removedUpTo);
    }

    private static bool Passes(SimEvent stored, string tag) => tag.Length == 0 || stored.Tag == tag;
}
