using Starling.Brokers;

namespace Starling.Handlers;

/// <summary>What a back end says about storing a publication or a key beside its payload (protocol 7.2).</summary>
internal sealed record PublishTerms
{
    public bool SkipsHistory { get; init; }

    public string IdempotencyKey { get; init; } = "";

    public bool IsDelta { get; init; }

    public ulong Version { get; init; }

    public string VersionEpoch { get; init; } = "";

    /// <summary>The key to write or remove instead of the client's; empty: the client's.</summary>
    public string Key { get; init; } = "";

    public long Score { get; init; }

    public KeyCondition Condition { get; init; }

    /// <summary>What subscribers are given in place of the value; empty: the value.</summary>
    public ReadOnlyMemory<byte> StreamData { get; init; }

    public PublishOptions Apply(PublishOptions storage) => storage with
    {
        HistorySize = SkipsHistory ? 0 : storage.HistorySize,
        IdempotencyKey = IdempotencyKey.Length > 0 ? IdempotencyKey : storage.IdempotencyKey,
        IsDeltaCandidate = IsDelta || storage.IsDeltaCandidate,
        Version = Version,
        VersionEpoch = VersionEpoch,
    };

    public StateWrite Apply(StateWrite write) => write with
    {
        Key = Key.Length > 0 ? Key : write.Key,
        IdempotencyKey = IdempotencyKey.Length > 0 ? IdempotencyKey : write.IdempotencyKey,
        IsDeltaCandidate = IsDelta,
        Version = Version,
        VersionEpoch = VersionEpoch,
        Condition = Condition,
        StreamData = StreamData,
    };
}
