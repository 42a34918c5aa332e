using Starling.Handlers;
using Starling.Protocol;

namespace Starling;

/// <summary>A handler's answer to a request: accepted, an error reply, or the end of the connection.</summary>
/// <remarks>Error codes for applications are 400 to 1999, disconnect codes 4000 to 4999 (terminal from 4500 on).</remarks>
public abstract class HandlerResult
{
    private protected HandlerResult(ProtocolError? error, Disconnect? disconnect)
    {
        Error = error;
        Disconnect = disconnect;
    }

    /// <summary>The error to answer with; <see langword="null"/> when there is none.</summary>
    public ProtocolError? Error { get; }

    /// <summary>Ends the connection with this code; wins over <see cref="Error"/>.</summary>
    public Disconnect? Disconnect { get; }
}

/// <summary>Answer to <see cref="ConnectingContext"/>.</summary>
public sealed class ConnectingResult : HandlerResult
{
    private ConnectingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>The user of the connection; empty for an anonymous one.</summary>
    public string User { get; private init; } = "";

    /// <summary>Goes with everything this client publishes (`conn_info`).</summary>
    public ReadOnlyMemory<byte> Info { get; private init; }

    /// <summary>Data of the connect reply.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>When the connection expires; <see langword="null"/>: never. The client is told to renew it in time with a token; a
    /// connection that is not renewed is closed with 3005.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>The client gets in as what proved it; <see cref="User"/> says nothing.</summary>
    internal bool IsAsProved { get; private init; }

    /// <summary>Who was asked does not know the client; it is let in if anybody is.</summary>
    internal bool IsNobody { get; private init; }

    /// <summary>For back ends; never sent to clients.</summary>
    internal ReadOnlyMemory<byte> Meta { get; init; }

    /// <summary>Channels the client is subscribed to without asking, with what each subscription has of its own.</summary>
    public IReadOnlyDictionary<string, ServerSubscription> Subscriptions { get; private init; } = new Dictionary<string, ServerSubscription>();

    /// <summary>Lets the client in.</summary>
    /// <param name="user">Who it is; empty for an anonymous client.</param>
    /// <param name="info">Shown to others with everything it publishes.</param>
    /// <param name="data">Sent back in the connect reply.</param>
    /// <param name="subscriptions">Channels to subscribe it to (protocol 4.4); no permission is asked for.</param>
    /// <param name="expiresAt">When the connection expires; <see langword="null"/>: never.</param>
    public static ConnectingResult Accept(
        string user,
        ReadOnlyMemory<byte> info = default,
        ReadOnlyMemory<byte> data = default,
        IReadOnlyDictionary<string, ServerSubscription>? subscriptions = null,
        DateTimeOffset? expiresAt = null) =>
        new()
        {
            User = user,
            Info = info,
            Data = data,
            Subscriptions = subscriptions ?? new Dictionary<string, ServerSubscription>(),
            ExpiresAt = expiresAt,
        };

    /// <summary>Lets the client in as what proved it (<see cref="ConnectingContext.Identity"/>): with the user, the information,
    /// the subscriptions and the expiry of its token. Nobody gets in this way whom nothing proved.</summary>
    /// <param name="data">Sent back in the connect reply.</param>
    public static ConnectingResult AcceptIdentity(ReadOnlyMemory<byte> data = default) => new() { IsAsProved = true, Data = data };

    /// <summary>Lets the client in as a back end says.</summary>
    internal static ConnectingResult AcceptByHook(
        string user, ReadOnlyMemory<byte> info, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, ServerSubscription> subscriptions, long expiresAt, ReadOnlyMemory<byte> meta) =>
        new() { User = user, Info = info, Data = data, Subscriptions = subscriptions, ExpiresAt = TimeOf(expiresAt), Meta = meta };

    /// <summary>Does not know the client.</summary>
    internal static ConnectingResult Nobody() => new() { IsNobody = true };

    /// <summary>Answers with an error; the client does not connect.</summary>
    public static ConnectingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection.</summary>
    public static ConnectingResult Close(Disconnect disconnect) => new(disconnect: disconnect);

    private static DateTimeOffset? TimeOf(long seconds) =>
        seconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 1, 253_402_300_799));
}

/// <summary>Answer to <see cref="RefreshingContext"/>.</summary>
public sealed class RefreshingResult : HandlerResult
{
    private RefreshingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>When the connection expires; <see langword="null"/>: never.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>What others see of the connection from now on; <see langword="null"/>: as before.</summary>
    public ReadOnlyMemory<byte>? Info { get; private init; }

    /// <summary>As the verified token says; <see cref="ExpiresAt"/> says nothing.</summary>
    internal bool IsAsProved { get; private init; }

    /// <summary>Lets the client stay.</summary>
    /// <param name="expiresAt">Until when; <see langword="null"/>: for ever.</param>
    /// <param name="info">What others see of it from now on; <see langword="null"/>: as before.</param>
    public static RefreshingResult Accept(DateTimeOffset? expiresAt, ReadOnlyMemory<byte>? info = null) => new() { ExpiresAt = expiresAt, Info = info };

    /// <summary>Lets the client stay as its token says (<see cref="RefreshingContext.Identity"/>).</summary>
    public static RefreshingResult AcceptIdentity() => new() { IsAsProved = true };

    /// <summary>Answers with an error. A temporary one is tried again by the client; after others it stays away.</summary>
    public static RefreshingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection.</summary>
    public static RefreshingResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}

/// <summary>Answer to <see cref="SubscribingContext"/>.</summary>
public sealed class SubscribingResult : HandlerResult
{
    private SubscribingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>Goes with what this client publishes into the channel (`chan_info`).</summary>
    public ReadOnlyMemory<byte> Info { get; private init; }

    /// <summary>Data of the subscribe reply.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>Options this subscription has otherwise than its namespace.</summary>
    public SubscriptionOverride? Override { get; private init; }

    /// <summary>When the subscription expires; <see langword="null"/>: never, or as its token says.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>Lets the client subscribe.</summary>
    /// <param name="info">Shown to others as the subscriber's <c>chan_info</c>.</param>
    /// <param name="data">Goes to the client with the reply.</param>
    /// <param name="options">What this subscription has otherwise than its namespace.</param>
    /// <param name="expiresAt">When the subscription expires; the client is told to renew it in time with a token.</param>
    public static SubscribingResult Accept(
        ReadOnlyMemory<byte> info = default,
        ReadOnlyMemory<byte> data = default,
        SubscriptionOverride? options = null,
        DateTimeOffset? expiresAt = null) =>
        new() { Info = info, Data = data, Override = options, ExpiresAt = expiresAt };

    /// <summary>Answers with an error.</summary>
    public static SubscribingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection.</summary>
    public static SubscribingResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}

/// <summary>Answer to <see cref="PublishingContext"/>.</summary>
public sealed class PublishingResult : HandlerResult
{
    private PublishingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>Replaces the payload; <see langword="null"/> keeps the client's.</summary>
    public ReadOnlyMemory<byte>? Data { get; private init; }

    /// <summary>Tags of the publication.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; private init; }

    /// <summary>How it is stored otherwise than its channel says; <see langword="null"/>: not at all otherwise.</summary>
    internal PublishTerms? Terms { get; init; }

    /// <summary>Lets the message through as it is.</summary>
    public static PublishingResult Accept() => new();

    /// <summary>Lets it through with another payload or with tags.</summary>
    /// <param name="data">The payload to publish; <see langword="null"/> keeps the client's.</param>
    /// <param name="tags">Tags to publish with it.</param>
    public static PublishingResult Accept(ReadOnlyMemory<byte>? data, IReadOnlyDictionary<string, string>? tags = null) =>
        new() { Data = data, Tags = tags };

    /// <summary>Lets it through as a back end says.</summary>
    internal static PublishingResult AcceptByHook(ReadOnlyMemory<byte>? data, Dictionary<string, string>? tags, PublishTerms terms) =>
        new() { Data = data, Tags = tags, Terms = terms };

    /// <summary>Answers with an error; nothing is published.</summary>
    public static PublishingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection; nothing is published.</summary>
    public static PublishingResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}

/// <summary>Answer to <see cref="ReadingContext"/>.</summary>
public sealed class ReadingResult : HandlerResult
{
    private ReadingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>Lets the client read.</summary>
    public static ReadingResult Accept() => new();

    /// <summary>Answers with an error.</summary>
    public static ReadingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection.</summary>
    public static ReadingResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}

/// <summary>Answer to <see cref="CallingContext"/>.</summary>
public sealed class CallingResult : HandlerResult
{
    private CallingResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>Lets the client call.</summary>
    public static CallingResult Accept() => new();

    /// <summary>Answers with an error; nobody is called.</summary>
    public static CallingResult Refuse(ProtocolError error) => new(error);

    /// <summary>Closes the connection; nobody is called.</summary>
    public static CallingResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}

/// <summary>Answer to <see cref="MessageContext"/>. A message has no reply, so there is no error to answer with.</summary>
public sealed class MessageResult : HandlerResult
{
    private MessageResult(Disconnect? disconnect = null)
        : base(error: null, disconnect)
    {
    }

    /// <summary>The message was taken.</summary>
    public static MessageResult Accept() => new();

    /// <summary>Closes the connection.</summary>
    public static MessageResult Close(Disconnect disconnect) => new(disconnect);
}

/// <summary>Answer to <see cref="RpcContext"/>.</summary>
public sealed class RpcResult : HandlerResult
{
    private RpcResult(ProtocolError? error = null, Disconnect? disconnect = null)
        : base(error, disconnect)
    {
    }

    /// <summary>What the caller gets; for a JSON connection it must be JSON.</summary>
    public ReadOnlyMemory<byte> Data { get; private init; }

    /// <summary>Answers the call.</summary>
    public static RpcResult Ok(ReadOnlyMemory<byte> data = default) => new() { Data = data };

    /// <summary>Answers with an error.</summary>
    public static RpcResult Fail(ProtocolError error) => new(error);

    /// <summary>Closes the connection.</summary>
    public static RpcResult Close(Disconnect disconnect) => new(disconnect: disconnect);
}
