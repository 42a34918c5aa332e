using Starling.Validation;

namespace Starling.Handlers;

/// <summary>The handlers an application registered; empty for a server that stands alone.</summary>
internal sealed class HandlerTable
{
    /// <summary>Who ASP.NET Core found the request to be counts.</summary>
    public bool TakesHttpUser { get; set; }

    public Func<ConnectingContext, ValueTask<ConnectingResult>>? Connecting { get; set; }

    public Func<RefreshingContext, ValueTask<RefreshingResult>>? Refreshing { get; set; }

    public Func<SubscribingContext, ValueTask<SubscribingResult>>? Subscribing { get; set; }

    public Func<PublishingContext, ValueTask<PublishingResult>>? Publishing { get; set; }

    public Func<ReadingContext, ValueTask<ReadingResult>>? ReadingHistory { get; set; }

    public Func<ReadingContext, ValueTask<ReadingResult>>? ReadingPresence { get; set; }

    public Func<PollingContext, ValueTask<PollingResult>>? Polling { get; set; }

    /// <summary>Asked before every call of a client, whoever answers it.</summary>
    public Func<CallingContext, ValueTask<CallingResult>>? Calling { get; set; }

    /// <summary>An answer of <see langword="null"/> is none: the message was taken.</summary>
    public Func<MessageContext, ValueTask<MessageResult?>>? Message { get; set; }

    /// <summary>The messages clients may publish.</summary>
    public MessageTypes Messages { get; } = new();

    public Dictionary<string, Func<RpcContext, ValueTask<RpcResult>>> Rpc { get; } = [];
}
