using System.Runtime.InteropServices;

namespace Starling.Tokens;

/// <summary>What a revocation takes back.</summary>
internal enum RevocationKind : byte
{
    /// <summary>Everything a user was given up to now.</summary>
    User,

    /// <summary>One token, by its <c>jti</c>.</summary>
    Token,

    /// <summary>Every token of one login, by its <c>sid</c>.</summary>
    Session,
}

/// <summary>One revocation.</summary>
/// <param name="Kind">What is meant.</param>
/// <param name="Name">User, <c>jti</c> or <c>sid</c>.</param>
/// <param name="At">When, in Unix seconds, by the clock of whoever made the tokens if that is ahead; tokens of a user that are newer
/// stay good.</param>
/// <param name="Until">In Unix seconds; no token it is about is good any more by then.</param>
internal readonly record struct Revocation(RevocationKind Kind, string Name, long At, long Until);

/// <summary>The tokens that were taken back before their time. Bounded: an entry is held until the tokens it is about have
/// expired, and when the table is full a revocation is not remembered, which its caller is told.</summary>
internal sealed class RevocationTable(TimeProvider time, int entriesMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(RevocationKind Kind, string Name), Entry> _entries = [];
    private long _version;
    private int _count;

    /// <summary>Rises with every revocation: who decides while one comes looks again.</summary>
    public long Version => Volatile.Read(ref _version);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Remembers a revocation. One that lasts longer than an older one of the same name replaces it.</summary>
    /// <returns><see langword="false"/> when the table is full.</returns>
    public bool TryAdd(Revocation revocation)
    {
        lock (_gate)
        {
            Volatile.Write(ref _version, _version + 1);
            var key = (revocation.Kind, revocation.Name);
            var known = _entries.GetValueOrDefault(key);
            if (known.Until == 0 && _entries.Count >= entriesMax && !TryMakeRoom()) return false;
            _entries[key] = new Entry(Math.Max(known.At, revocation.At), Math.Max(known.Until, revocation.Until), _version);
            Volatile.Write(ref _count, _entries.Count);
            return true;
        }
    }

    /// <summary>Whether a token was taken back.</summary>
    /// <param name="user">Whose it is.</param>
    /// <param name="stamp">What marks it.</param>
    public bool IsRevoked(string user, TokenStamp stamp)
    {
        if (Count == 0) return false;   // nearly always
        lock (_gate)
        {
            return (Find(RevocationKind.Token, stamp.Id) is not null)
                || (Find(RevocationKind.Session, stamp.Session) is not null)
                // A token that does not say when it was made may be as old as any.
                || (Find(RevocationKind.User, user) is { } entry && stamp.IssuedAt <= entry.At);
        }
    }

    /// <summary>Whether a user was revoked after the given <see cref="Version"/>.</summary>
    public bool IsRevokedSince(string user, long version)
    {
        if (Version == version) return false;
        lock (_gate) return Find(RevocationKind.User, user) is { } entry && entry.Version > version;
    }

    /// <summary>Forgets what has had its time.</summary>
    public void Purge()
    {
        if (Count == 0) return;
        lock (_gate) TryMakeRoom();
    }

    /// <summary>All that still counts.</summary>
    public IReadOnlyList<Revocation> Snapshot()
    {
        lock (_gate)
        {
            TryMakeRoom();
            return [.. _entries.Select(static pair => new Revocation(pair.Key.Kind, pair.Key.Name, pair.Value.At, pair.Value.Until))];
        }
    }

    private Entry? Find(RevocationKind kind, string name) =>
        name.Length > 0 && _entries.TryGetValue((kind, name), out var entry) && entry.Until > Now() ? entry : null;

    private bool TryMakeRoom()
    {
        var now = Now();
        foreach (var (key, entry) in _entries)
        {
            if (entry.Until <= now) _entries.Remove(key);   // allowed while walking
        }
        Volatile.Write(ref _count, _entries.Count);
        return _entries.Count < entriesMax;
    }

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(long At, long Until, long Version);
}
