using Starling.Connections;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Cluster;

/// <summary>Takes back what clients stay by: their connections end at once, and what they came in with is refused from then on.</summary>
/// <remarks>Order is what makes it sure: first the revocation is in the table, then every connection is looked at. A client
/// that is just being let in is in the list of connections before it looks into the table, so one of the two finds it. The same
/// holds for a subscription that begins and for what is renewed: first it stays by the new token, then it looks.</remarks>
internal sealed class Revocations : IDisposable
{
    private readonly Node _node;
    private readonly RevocationTable _table;
    private readonly long _ttlSeconds;
    private readonly RevocationFile? _file;

    /// <exception cref="IOException">The file cannot be read or written: a server that forgot revocations must not start.</exception>
    public Revocations(Node node, RevocationOptions options)
    {
        _node = node;
        _table = new RevocationTable(node.Time, options.Limit);
        _ttlSeconds = (long)options.Ttl.TotalSeconds;
        if (options.File.Length > 0) _file = RevocationFile.Open(options.File, _table);
    }

    /// <summary>Rises with every revocation.</summary>
    public long Version => _table.Version;

    /// <summary>Whether a token was taken back. Who was given something by it asks before, and once more when a revocation would
    /// find it: others may have been waited for in between.</summary>
    public bool IsRevoked(string user, TokenStamp stamp) => _table.IsRevoked(user, stamp);

    /// <summary>Whether a connection must not stay although it was let in: something was taken back meanwhile.</summary>
    /// <param name="connection">In the list of connections.</param>
    /// <param name="version">As it was when the decision about it began.</param>
    public bool Affects(Connection connection, long version)
    {
        if (_table.Version == version) return false;
        // What it came in with was made before, whatever a clock that is ahead has written into it.
        return _table.IsRevokedSince(connection.User, version) || (connection.Grant?.Stamp is { } stamp && _table.IsRevoked(connection.User, stamp));
    }

    /// <summary>Takes back one thing. Connections end whatever the answer is.</summary>
    /// <param name="kind">What is meant.</param>
    /// <param name="name">User, <c>jti</c> or <c>sid</c>.</param>
    /// <param name="until">Unix seconds until which it is remembered; 0: as long as the options say.</param>
    /// <returns><see langword="null"/>, or the error: 107 no name, 106 as many are remembered as may be, 100 it could not be written down.</returns>
    public ProtocolError? Revoke(RevocationKind kind, string name, long until)
    {
        if (name.Length == 0) return ProtocolErrors.BadRequest;
        var now = _node.Time.GetUtcNow().ToUnixTimeSeconds();
        var revocation = new Revocation(kind, name, now, until == 0 ? now + _ttlSeconds : until);
        var isKept = _table.TryAdd(revocation);
        // Whoever makes tokens may have a clock that is ahead. What somebody is here by was made before now: it is taken back, and
        // with it what was made before it. Who logs in again gets a later one.
        for (var latest = EndConnections(kind, name); latest > revocation.At; latest = EndConnections(kind, name))
        {
            revocation = revocation with { At = latest };
            _table.TryAdd(revocation);
        }
        if (!isKept)
        {
            NodeLog.RevocationNotKept(_node.Log);
            return ProtocolErrors.LimitExceeded;
        }
        try
        {
            _file?.Append(revocation);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            NodeLog.RevocationNotWritten(_node.Log, error);
            return ProtocolErrors.Internal;
        }
    }

    /// <summary>Revocations that are remembered.</summary>
    public int Count => _table.Count;

    public void Purge() => _table.Purge();

    public void Dispose() => _file?.Dispose();

    /// <returns>When the newest token was made by which a revoked user was here, in Unix seconds; 0 without one.</returns>
    private long EndConnections(RevocationKind kind, string name)
    {
        var latest = 0L;
        if (kind == RevocationKind.User)
        {
            foreach (var connection in _node.Connections.FindAll(name))
            {
                latest = Math.Max(latest, NewestOf(connection));
                connection.Evict(Disconnects.InvalidToken);
            }
            return latest;
        }
        foreach (var connection in _node.Connections.All)
        {
            if (IsMeant(connection.Grant, kind, name)) connection.Evict(Disconnects.InvalidToken);
            else EndSubscriptions(connection, kind, name);
        }
        return latest;
    }

    private static long NewestOf(Connection connection)
    {
        var newest = connection.Grant?.Stamp?.IssuedAt ?? 0;
        foreach (var subscription in connection.Subscriptions()) newest = Math.Max(newest, subscription.Grant?.Stamp?.IssuedAt ?? 0);
        return newest;
    }

    private static void EndSubscriptions(Connection connection, RevocationKind kind, string name)
    {
        foreach (var subscription in connection.Subscriptions())
        {
            if (IsMeant(subscription.Grant, kind, name)) connection.EndSubscription(subscription, Unsubscribes.Server);
        }
    }

    private static bool IsMeant(Grant? grant, RevocationKind kind, string name) =>
        grant?.Stamp is { } stamp && name == (kind == RevocationKind.Token ? stamp.Id : stamp.Session);
}
