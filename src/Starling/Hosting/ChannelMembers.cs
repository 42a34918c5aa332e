using Starling.Cluster;
using Starling.Protocol;

namespace Starling;

/// <summary>Tells who is in a channel, from anywhere in the application. A singleton of its services; thread-safe.</summary>
/// <remarks>Of channels whose namespace has <see cref="ChannelOptions.Presence"/>. The limits of clients do not apply.</remarks>
public sealed class ChannelMembers
{
    private readonly Node _node;

    internal ChannelMembers(Node node) => _node = node;

    /// <summary>Everybody who is subscribed to a channel, each connection for itself.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <remarks>A list of 200 and more is up to a second old.</remarks>
    public async ValueTask<ChannelMemberList> ListAsync(string channel, CancellationToken cancellationToken = default)
    {
        if (Judge(channel) is { } error) return new ChannelMemberList(error, []);
        var snapshot = await _node.Presence.Reader.ListAsync(channel, int.MaxValue, cancellationToken);
        return snapshot.List.IsAvailable
            ? new ChannelMemberList(null, snapshot.List.Clients)
            : new ChannelMemberList(ProtocolErrors.Internal, []);
    }

    /// <summary>How many are subscribed to a channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<ChannelMemberCount> CountAsync(string channel, CancellationToken cancellationToken = default)
    {
        if (Judge(channel) is { } error) return new ChannelMemberCount(error, 0, 0);
        var count = await _node.Presence.Reader.CountAsync(channel, cancellationToken);
        return count.IsAvailable
            ? new ChannelMemberCount(null, count.Clients, count.Users)
            : new ChannelMemberCount(ProtocolErrors.Internal, 0, 0);
    }

    private ProtocolError? Judge(string channel)
    {
        if (string.IsNullOrEmpty(channel)) return ProtocolErrors.BadRequest;
        if (_node.Namespaces.Find(channel) is not { } rules) return ProtocolErrors.UnknownChannel;
        return rules.Presence ? null : ProtocolErrors.NotAvailable;
    }
}

/// <summary>Who is in a channel.</summary>
/// <param name="Error"><see langword="null"/> when it could be told, else 102 unknown namespace, 107 no channel, 108 the namespace
/// keeps no presence, 100 the broker cannot be reached (temporary).</param>
/// <param name="Clients">One entry for each connection; not to be changed.</param>
public readonly record struct ChannelMemberList(ProtocolError? Error, IReadOnlyList<ClientInfo> Clients);

/// <summary>How many are in a channel.</summary>
/// <param name="Error">As of <see cref="ChannelMemberList"/>.</param>
/// <param name="Clients">Connections.</param>
/// <param name="Users">Different users; all anonymous ones together are one.</param>
public readonly record struct ChannelMemberCount(ProtocolError? Error, int Clients, int Users);
