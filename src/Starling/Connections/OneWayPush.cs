using Starling.Protocol;

namespace Starling.Connections;

/// <summary>How a reply looks to a client that only listens: pushes travel bare, and the connect reply is one of them
/// (protocol 1.7).</summary>
internal static class OneWayPush
{
    /// <returns><see langword="null"/> for an answer nobody has asked for.</returns>
    public static Push? Of(Reply reply) => reply.Push ?? (reply.Connect is { } result ? new Push { Connect = Connected(result) } : null);

    /// <summary>A connect error ends the connection, as there is nobody to answer.</summary>
    public static Disconnect DisconnectOf(ProtocolError error)
    {
        if (error == ProtocolErrors.TokenExpired || error == ProtocolErrors.Expired) return Disconnects.Expired;
        if (error == ProtocolErrors.TooManyRequests) return Disconnects.TooManyRequests;
        return error == ProtocolErrors.PermissionDenied ? Disconnects.PermissionDenied : Disconnects.ServerError;
    }

    private static ConnectPush Connected(ConnectResult result) => new()
    {
        Client = result.Client,
        Version = result.Version,
        Data = result.Data,
        Subs = result.Subs,
        Expires = result.Expires,
        Ttl = result.Ttl,
        Ping = result.Ping,
        Time = result.Time,
    };
}
