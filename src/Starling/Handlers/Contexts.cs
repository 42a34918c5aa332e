using Microsoft.AspNetCore.Http;
using Starling.Connections;
using Starling.Protocol;

namespace Starling;

/// <summary>The connection a handler is asked about.</summary>
public abstract class ConnectionContext
{
    private readonly Connection _connection;

    private protected ConnectionContext(Connection connection) => _connection = connection;

    internal Connection Connection => _connection;

    /// <summary>Id of the connection: a version 4 UUID in text form.</summary>
    public string Client => _connection.Id.ToString();

    /// <summary>The user of the connection; empty while connecting and for an anonymous one.</summary>
    public string User => _connection.User;

    /// <summary>A JSON object the connection token carried for back ends (claim <c>meta</c>); empty when there is none. Clients never see it.</summary>
    public ReadOnlyMemory<byte> Meta => _connection.Grant?.Meta ?? default;

    /// <summary>Name of the transport, such as <c>websocket</c>.</summary>
    public string Transport => _connection.TransportName;

    /// <summary>The encoding the connection agreed on.</summary>
    public Wire Wire => _connection.Wire;

    /// <summary>The HTTP request the connection came with: headers, cookies, the user ASP.NET Core authenticated, services.
    /// <see langword="null"/> for a connection that did not come over HTTP.</summary>
    /// <remarks>Lives as long as the connection; do not use it from several handlers at once.</remarks>
    public HttpContext? HttpContext => _connection.HttpContext;

    /// <summary>Is cancelled when the connection is over.</summary>
    public CancellationToken ConnectionClosed => _connection.Closed;
}

/// <summary>A client asks to connect.</summary>
public sealed class ConnectingContext : ConnectionContext
{
    internal ConnectingContext(Connection connection, ConnectRequest request, ConnectionIdentity? identity)
        : base(connection)
    {
        Identity = identity;
        Token = request.Token;
        Data = request.Data;
        Name = request.Name;
        Version = request.Version;
        Headers = request.Headers ?? new Dictionary<string, string>();
        AskedChannels = request.Subs?.Keys;
    }

    /// <summary>Channels the client had before or asks for; <see langword="null"/> when it names none.</summary>
    internal IReadOnlyCollection<string>? AskedChannels { get; }

    /// <summary>The connection token as sent; empty when none was sent. Verified if <see cref="Identity"/> is there.</summary>
    public string Token { get; }

    /// <summary>Who it is, proved by a connection token or by the request; <see langword="null"/> when nothing proved it.
    /// <see cref="ConnectingResult.AcceptIdentity"/> lets it in as that.</summary>
    public ConnectionIdentity? Identity { get; }

    /// <summary>What the client sent along: JSON on the JSON wire, anything on Protobuf.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Name of the SDK or application, as it says itself.</summary>
    public string Name { get; }

    /// <summary>Version of the SDK or application, as it says itself.</summary>
    public string Version { get; }

    /// <summary>Headers emulated by the client inside the connect command. Under the client's control: never proof of anything.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }
}

/// <summary>A client renews an expiring connection.</summary>
public sealed class RefreshingContext : ConnectionContext
{
    internal RefreshingContext(Connection connection, string token, ConnectionIdentity? identity)
        : base(connection)
    {
        Token = token;
        Identity = identity;
    }

    /// <summary>The new connection token as sent. Verified if <see cref="Identity"/> is there.</summary>
    public string Token { get; }

    /// <summary>What the token proves: the user of the connection, and until when; <see langword="null"/> when no keys for
    /// tokens are configured and the handler has to verify it.</summary>
    public ConnectionIdentity? Identity { get; }
}

/// <summary>A client asks to subscribe to a channel.</summary>
public sealed class SubscribingContext : ConnectionContext
{
    internal SubscribingContext(Connection connection, SubscribeRequest request, bool isTokenVerified)
        : base(connection)
    {
        IsTokenVerified = isTokenVerified;
        Channel = request.Channel;
        Token = request.Token;
        Data = request.Data;
    }

    /// <summary>The channel's name; its namespace exists and the name is well formed.</summary>
    public string Channel { get; }

    /// <summary>The subscription token as sent; empty when none was sent.</summary>
    public string Token { get; }

    /// <summary>The token was verified and is for this channel and user. What it grants is kept where the handler's answer
    /// does not say otherwise.</summary>
    public bool IsTokenVerified { get; }

    /// <summary>What the client sent along.</summary>
    public ReadOnlyMemory<byte> Data { get; }
}

/// <summary>A client asks to publish.</summary>
public sealed class PublishingContext : ConnectionContext
{
    internal PublishingContext(
        Connection connection, string channel, ReadOnlyMemory<byte> data, bool isSubscribed, string key = "", bool isRemoval = false)
        : base(connection)
    {
        Key = key;
        IsRemoval = isRemoval;
        Channel = channel;
        Data = data;
        IsSubscribed = isSubscribed;
    }

    /// <summary>The channel's name.</summary>
    public string Channel { get; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the publisher is subscribed to the channel.</summary>
    public bool IsSubscribed { get; }

    /// <summary>In a keyed channel, the key to write or remove, as the namespace's <c>map.client_key</c> chooses it; empty
    /// otherwise.</summary>
    public string Key { get; }

    /// <summary>The key is to be removed; there is no payload then.</summary>
    public bool IsRemoval { get; }
}

/// <summary>A client asks for what a channel kept, or for who is in it.</summary>
public sealed class ReadingContext : ConnectionContext
{
    internal ReadingContext(Connection connection, string channel, bool isSubscribed)
        : base(connection)
    {
        Channel = channel;
        IsSubscribed = isSubscribed;
    }

    /// <summary>The channel's name; its namespace exists and keeps what is asked for.</summary>
    public string Channel { get; }

    /// <summary>Whether the client is subscribed to the channel, which alone allows nothing.</summary>
    public bool IsSubscribed { get; }
}

/// <summary>A client is about to call a method, whoever answers it.</summary>
public sealed class CallingContext : ConnectionContext
{
    internal CallingContext(Connection connection, string method, ReadOnlyMemory<byte> data)
        : base(connection)
    {
        Method = method;
        Data = data;
    }

    /// <summary>The method's name; somebody answers it.</summary>
    public string Method { get; }

    /// <summary>The argument: JSON on the JSON wire, anything on Protobuf.</summary>
    public ReadOnlyMemory<byte> Data { get; }
}

/// <summary>A client calls a method.</summary>
public sealed class RpcContext : ConnectionContext
{
    internal RpcContext(Connection connection, string method, ReadOnlyMemory<byte> data)
        : base(connection)
    {
        Method = method;
        Data = data;
    }

    /// <summary>The method's name.</summary>
    public string Method { get; }

    /// <summary>The argument: JSON on the JSON wire, anything on Protobuf.</summary>
    public ReadOnlyMemory<byte> Data { get; }
}

/// <summary>A client sent an asynchronous message, which has no answer.</summary>
public sealed class MessageContext : ConnectionContext
{
    internal MessageContext(Connection connection, ReadOnlyMemory<byte> data)
        : base(connection) => Data = data;

    /// <summary>The message.</summary>
    public ReadOnlyMemory<byte> Data { get; }
}

/// <summary>Who a connection is, as something proved it.</summary>
/// <param name="User">The user; empty for an anonymous one.</param>
/// <param name="ExpiresAt">Until when; <see langword="null"/>: without end.</param>
public sealed record ConnectionIdentity(string User, DateTimeOffset? ExpiresAt);
