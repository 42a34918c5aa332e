using System.Text;
using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>How the keys of a channel are stored (protocol 4.12).</summary>
/// <param name="KeyTtl">Life of a key after its last write; zero: keys stay.</param>
/// <param name="StreamSize">Changes kept for those who come back; 0: none, and the channel has no positions.</param>
/// <param name="StreamTtl">Time after the last change at which the kept ones go.</param>
/// <param name="MetaTtl">Time after its last use at which the position goes; <see cref="TimeSpan.MaxValue"/>: never, once
/// something was written.</param>
internal sealed record StateStorage(TimeSpan KeyTtl, int StreamSize, TimeSpan StreamTtl, TimeSpan MetaTtl)
{
    /// <summary>Keys a channel may have; 0: any number.</summary>
    public int KeysMax { get; init; }

    public bool HasStream => StreamSize > 0;
}

/// <summary>What must be true of a key for a write to it.</summary>
internal enum KeyCondition
{
    None,

    /// <summary>The key does not exist.</summary>
    IfNew,

    /// <summary>The key exists.</summary>
    IfExists,
}

/// <summary>Where the last write of a key must be for the next one to be taken.</summary>
/// <param name="Offset">Offset of the key's last write; 0: the key does not exist.</param>
/// <param name="Epoch">Epoch of that offset.</param>
internal readonly record struct ExpectedPosition(ulong Offset, string Epoch);

/// <summary>A write of one key: a new value, or its removal. Conditions are judged in the order of the properties.</summary>
/// <param name="Key">See <see cref="IsKey"/>.</param>
/// <param name="Publication">The value with its tags, score and publisher; the broker owns it from here on and sets key and
/// offset. <see langword="null"/>: the key is removed.</param>
internal sealed record StateWrite(string Key, Publication? Publication)
{
    /// <summary>Bytes of a key, the same as of a channel's name.</summary>
    public const int KeyBytesMax = 255;

    /// <summary>A repeat within <see cref="PublishOptions.IdempotencyWindow"/> is not written and returns the first result.</summary>
    public string IdempotencyKey { get; init; } = "";

    /// <summary>Not written unless higher than the key's version of the same <see cref="VersionEpoch"/>; 0: no version.</summary>
    public ulong Version { get; init; }

    /// <summary>Scope of <see cref="Version"/>; empty: compared with whatever the key has.</summary>
    public string VersionEpoch { get; init; } = "";

    public KeyCondition Condition { get; init; }

    /// <summary>A key that exists keeps its value and lives on as if it were written, when <see cref="KeyCondition.IfNew"/>
    /// refuses the write. Nothing is announced.</summary>
    public bool RenewsExisting { get; init; }

    /// <summary><see langword="null"/>: written wherever the key stands.</summary>
    public ExpectedPosition? Expected { get; init; }

    /// <summary>What subscribers and the stream are given in place of the value; empty: the value. Such a change says how to
    /// get from one value to the next and cannot stand for those before it.</summary>
    public ReadOnlyMemory<byte> StreamData { get; init; }

    /// <summary>As <see cref="PublishOptions.IsDeltaCandidate"/>.</summary>
    public bool IsDeltaCandidate { get; init; }

    /// <summary>Whether a text can be a key: everybody who loads the channel is sent it, so whoever writes must not make it long.</summary>
    public static bool IsKey(string key) => key.Length is > 0 and <= KeyBytesMax && Encoding.UTF8.GetByteCount(key) <= KeyBytesMax;

    /// <summary>What nodes are told along with the change.</summary>
    public PublicationTraits Traits =>
        (IsDeltaCandidate ? PublicationTraits.DeltaCandidate : PublicationTraits.None)
        | (StreamData.IsEmpty || Publication is null ? PublicationTraits.None : PublicationTraits.Increment);
}

/// <summary>Outcome of a write.</summary>
internal enum StateWriteStatus
{
    /// <summary>The broker has it, and has announced it.</summary>
    Written,

    /// <summary>A repeat of an idempotency key; the position is the first one's.</summary>
    Duplicate,

    /// <summary>Its version is not above the key's.</summary>
    Superseded,

    /// <summary>The key exists.</summary>
    KeyExists,

    /// <summary>The key does not exist: a write asked for it, or there is nothing to remove.</summary>
    KeyNotFound,

    /// <summary>The key's last write is elsewhere.</summary>
    PositionMismatch,

    /// <summary>The channel has as many keys as it may have (error 106).</summary>
    Full,

    /// <summary>The broker cannot be reached or failed (error 100, temporary).</summary>
    Unavailable,
}

/// <param name="Status">What became of it.</param>
/// <param name="Offset">Position of the write, or the stream's top when it was not written; 0 without a stream.</param>
/// <param name="Epoch">Epoch of the position; empty without a stream.</param>
internal readonly record struct StateWriteResult(StateWriteStatus Status, ulong Offset = 0, string Epoch = "")
{
    /// <summary>Why nothing was written, as the API says it; empty when something was.</summary>
    public string SuppressReason => Status switch
    {
        StateWriteStatus.Duplicate => "idempotency",
        StateWriteStatus.Superseded => "version",
        StateWriteStatus.KeyExists => "key_exists",
        StateWriteStatus.KeyNotFound => "key_not_found",
        StateWriteStatus.PositionMismatch => "position_mismatch",
        _ => "",
    };
}

/// <summary>What to read of the keys of a channel.</summary>
/// <param name="Limit">Entries at most; 0: the position only; negative: all.</param>
internal readonly record struct StateQuery(int Limit)
{
    /// <summary>Where the page before ended; empty for the first. Only a broker makes one.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>Only this key; empty: all.</summary>
    public string Key { get; init; } = "";

    /// <summary>Entries written behind this offset are left out; <see langword="null"/>: none is.</summary>
    public ulong? RevisionOffset { get; init; }

    /// <summary>A page ends early rather than hold more than this, by <see cref="PublicationSize"/>; it holds one entry at least.</summary>
    public int BytesMax { get; init; } = int.MaxValue;
}

/// <summary>A key and its value.</summary>
/// <param name="Publication">With key, data, tags, score, publisher, offset; shared: not to be changed.</param>
/// <param name="TimeMs">When it was written, in Unix milliseconds.</param>
internal readonly record struct StateEntry(Publication Publication, long TimeMs);

/// <param name="IsAvailable">The broker answered.</param>
/// <param name="Entries">Each key once, in an order that stays while pages are read.</param>
/// <param name="Offset">Top of the stream; 0 without one.</param>
/// <param name="Epoch">Its epoch; empty without one.</param>
/// <param name="Cursor">Where the next page begins; empty when there is none.</param>
internal readonly record struct StatePage(bool IsAvailable, IReadOnlyList<StateEntry> Entries, ulong Offset, string Epoch, string Cursor)
{
    public static StatePage Unavailable { get; } = new(IsAvailable: false, [], 0, "", "");
}
