using System.Collections.Concurrent;

namespace Starling.Connections;

/// <summary>All connections of this node, by id and by user.</summary>
internal sealed class ConnectionRegistry
{
    private readonly ConcurrentDictionary<ConnectionId, Connection> _connections = new();
    private readonly Lock _usersGate = new();
    private readonly Dictionary<string, HashSet<Connection>> _users = [];
    private long _entered;

    public int Count => _connections.Count;

    /// <summary>Distinct users with a name.</summary>
    public int UserCount
    {
        get
        {
            lock (_usersGate) return _users.Count;
        }
    }

    public IEnumerable<Connection> All => _connections.Select(static pair => pair.Value);

    public void Add(Connection connection) => _connections[connection.Id] = connection;

    /// <summary>Enters an authenticated connection under its user; anonymous ones are found by a walk over all.</summary>
    /// <param name="connection">Authenticated.</param>
    /// <param name="limit">Connections the user may have; 0 for any number.</param>
    /// <returns><see langword="false"/> when the limit is reached (3504).</returns>
    public bool TryAddUser(Connection connection, int limit)
    {
        if (connection.User.Length == 0) return true;
        lock (_usersGate)
        {
            if (!_users.TryGetValue(connection.User, out var connections)) _users[connection.User] = connections = [];
            if (limit > 0 && connections.Count >= limit) return false;
            connections.Add(connection);
            connection.EntryNumber = ++_entered;
            return true;
        }
    }

    public void Remove(Connection connection)
    {
        _connections.TryRemove(connection.Id, out _);
        if (connection.User.Length == 0) return;
        lock (_usersGate)
        {
            if (!_users.TryGetValue(connection.User, out var connections) || !connections.Remove(connection)) return;
            if (connections.Count == 0) _users.Remove(connection.User);
        }
    }

    /// <summary>The connections of a user that have their connect reply; the empty name means the anonymous ones.</summary>
    /// <param name="user">Matched exactly.</param>
    /// <param name="client">Only this connection; empty for all.</param>
    public Connection[] Find(string user, string client)
    {
        if (client.Length > 0)
        {
            return ConnectionId.TryParse(client, out var id) && _connections.TryGetValue(id, out var connection) && IsOf(connection, user)
                ? [connection]
                : [];
        }
        if (user.Length == 0) return [.. All.Where(static connection => IsOf(connection, ""))];
        lock (_usersGate)
        {
            return _users.TryGetValue(user, out var connections)
                ? [.. connections.Where(static connection => connection.Phase == ConnectionPhase.Connected)]
                : [];
        }
    }

    /// <summary>Every connection that was found to be of the user, connected or about to be.</summary>
    public Connection[] FindAll(string user)
    {
        lock (_usersGate) return _users.TryGetValue(user, out var connections) ? [.. connections] : [];
    }

    private static bool IsOf(Connection connection, string user) =>
        connection.Phase == ConnectionPhase.Connected && connection.User == user;
}
