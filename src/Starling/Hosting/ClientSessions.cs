using Starling.Cluster;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling;

/// <summary>Decides from anywhere in the application how long clients stay. A singleton of its services; thread-safe.</summary>
public sealed class ClientSessions
{
    private readonly Node _node;
    private readonly UserOrders _orders;

    internal ClientSessions(Node node)
    {
        _node = node;
        _orders = new UserOrders(node);
    }

    /// <summary>Ends all connections of a user at once and refuses every token made for them up to now. Tokens made later are good.</summary>
    /// <param name="user">Not empty.</param>
    /// <param name="until">Until when tokens made up to now may be good; <see langword="null"/>: as <see cref="RevocationOptions.Ttl"/> says.</param>
    /// <returns><see langword="null"/>, or the error: 106 the connections are gone but as many revocations are remembered as may be
    /// (<see cref="RevocationOptions.Limit"/>), 100 it is remembered but not over a restart.</returns>
    public ProtocolError? RevokeUser(string user, DateTimeOffset? until = null) => Revoke(RevocationKind.User, user, until);

    /// <summary>Ends what was opened with one token (claim <c>jti</c>), and refuses the token.</summary>
    /// <inheritdoc cref="RevokeUser"/>
    /// <param name="tokenId">The claim's value; not empty.</param>
    /// <param name="until">Until when the token is good; <see langword="null"/>: as <see cref="RevocationOptions.Ttl"/> says.</param>
    public ProtocolError? RevokeToken(string tokenId, DateTimeOffset? until = null) => Revoke(RevocationKind.Token, tokenId, until);

    /// <summary>Logs out: ends what was opened with any token of one login (claim <c>sid</c>), and refuses these tokens.</summary>
    /// <inheritdoc cref="RevokeUser"/>
    /// <param name="session">The claim's value; not empty.</param>
    /// <param name="until">Until when its tokens may be good; <see langword="null"/>: as <see cref="RevocationOptions.Ttl"/> says.</param>
    public ProtocolError? RevokeSession(string session, DateTimeOffset? until = null) => Revoke(RevocationKind.Session, session, until);

    /// <summary>Ends all connections of a user. What was published before is still delivered, and their tokens stay good.</summary>
    /// <param name="user">Empty: the anonymous ones.</param>
    /// <param name="reason">What clients are told; <see langword="null"/>: 3503, after which they stay away.</param>
    public void Disconnect(string user, Disconnect? reason = null) =>
        _orders.Disconnect(new OrderTarget(user, "", ""), [], reason ?? Disconnects.ForceNoReconnect);

    /// <summary>Gives all connections of a user another expiry, which their clients are told.</summary>
    /// <param name="user">Empty: the anonymous ones.</param>
    /// <param name="expiresAt">A time that has passed ends them with 3005; <see langword="null"/>: they never expire.</param>
    public void Refresh(string user, DateTimeOffset? expiresAt) =>
        _orders.Refresh(new OrderTarget(user, "", ""), expiresAt?.ToUnixTimeSeconds() ?? 0, info: null);

    private ProtocolError? Revoke(RevocationKind kind, string name, DateTimeOffset? until)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _node.Revocations.Revoke(kind, name, until?.ToUnixTimeSeconds() ?? 0);
    }
}
