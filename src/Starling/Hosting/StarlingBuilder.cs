using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Starling.Handlers;
using Starling.Protocol;
using Starling.Validation;

namespace Starling;

/// <summary>Registers what an application decides: who connects, subscribes and publishes, and which methods can be called.</summary>
/// <remarks>A handler that is registered decides alone; without one the options of the namespace decide. There is one of each kind:
/// a second one throws. Handlers of one connection run one at a time, in the order of its commands; those of different connections
/// run at once.</remarks>
public sealed class StarlingBuilder
{
    private readonly HandlerTable _handlers;

    internal StarlingBuilder(IServiceCollection services, HandlerTable handlers)
    {
        Services = services;
        _handlers = handlers;
    }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Lets clients in as whom ASP.NET Core authenticated their request: by a cookie, for instance. The user is the claim
    /// <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>, else <c>sub</c>, else the name. Requests that nobody
    /// authenticated may still come with a token.</summary>
    /// <remarks>Browsers send cookies along with requests of any page. Requests of pages are judged by
    /// <see cref="ClientOptions.AllowedOrigins"/> before; here a cookie without an <c>Origin</c> is refused too (403). When the
    /// cookie has expired the connection is closed with 3005.</remarks>
    public StarlingBuilder UseHttpContextUser()
    {
        _handlers.TakesHttpUser = true;
        return this;
    }

    /// <summary>Decides who connects.</summary>
    public StarlingBuilder OnConnecting(Func<ConnectingContext, ValueTask<ConnectingResult>> handler)
    {
        _handlers.Connecting = Once(_handlers.Connecting, handler);
        return this;
    }

    /// <summary>Decides who may stay: asked when the client of a connection that expires sends a new token.</summary>
    public StarlingBuilder OnRefreshing(Func<RefreshingContext, ValueTask<RefreshingResult>> handler)
    {
        _handlers.Refreshing = Once(_handlers.Refreshing, handler);
        return this;
    }

    /// <summary>Decides who subscribes to what.</summary>
    public StarlingBuilder OnSubscribing(Func<SubscribingContext, ValueTask<SubscribingResult>> handler)
    {
        _handlers.Subscribing = Once(_handlers.Subscribing, handler);
        return this;
    }

    /// <summary>Decides what clients publish, and may change it.</summary>
    public StarlingBuilder OnPublishing(Func<PublishingContext, ValueTask<PublishingResult>> handler)
    {
        _handlers.Publishing = Once(_handlers.Publishing, handler);
        return this;
    }

    /// <summary>Decides who reads the history of which channel; without it the options of the namespace decide.</summary>
    public StarlingBuilder OnReadingHistory(Func<ReadingContext, ValueTask<ReadingResult>> handler)
    {
        _handlers.ReadingHistory = Once(_handlers.ReadingHistory, handler);
        return this;
    }

    /// <summary>Decides who sees who is in which channel, and how many are; without it the options of the namespace decide.</summary>
    public StarlingBuilder OnReadingPresence(Func<ReadingContext, ValueTask<ReadingResult>> handler)
    {
        _handlers.ReadingPresence = Once(_handlers.ReadingPresence, handler);
        return this;
    }

    /// <summary>Gives the values of the keys clients track in shared poll channels; without it, subscriptions to such channels are
    /// refused with 108.</summary>
    /// <remarks>Called once per cycle, channel and batch of keys, whatever the number of clients. A handler that fails or takes
    /// longer than 30 s changes nothing.</remarks>
    public StarlingBuilder OnPolling(Func<PollingContext, ValueTask<PollingResult>> handler)
    {
        _handlers.Polling = Once(_handlers.Polling, handler);
        return this;
    }

    /// <summary>Decides which methods who may call, before whoever answers is asked: a handler of <c>MapRpc</c> or a back end, also
    /// by <c>starling.call</c>. Without it everybody who is connected may call what there is.</summary>
    /// <remarks>Not asked about methods nobody answers, nor about the server's own: its ping, and <c>starling.publish</c>, which
    /// <see cref="OnPublishing"/> decides.</remarks>
    public StarlingBuilder OnCalling(Func<CallingContext, ValueTask<CallingResult>> handler)
    {
        _handlers.Calling = Once(_handlers.Calling, handler);
        return this;
    }

    /// <summary>Takes asynchronous messages of clients; without it, sending one closes the connection with 3508.</summary>
    public StarlingBuilder OnMessage(Func<MessageContext, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handlers.Message = Once(_handlers.Message, async context =>
        {
            await handler(context);
            return null;
        });
        return this;
    }

    /// <summary>Takes asynchronous messages of clients, and may close the connection of whoever sends what it must not.</summary>
    [OverloadResolutionPriority(-1)]   // what fits both, such as "return default", goes on meaning the one without an answer
    public StarlingBuilder OnMessage(Func<MessageContext, ValueTask<MessageResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handlers.Message = Once(_handlers.Message, async context => (MessageResult?)await handler(context));
        return this;
    }

    /// <summary>Lets clients publish a message of a type. From the first one on, a namespace takes from its clients only messages of
    /// its types: JSON objects with a member <c>type</c>, perhaps a member <c>version</c>, that can be read and pass the check. Others
    /// get error 107 with the reason. What the server publishes is not judged.</summary>
    /// <param name="channelNamespace">Name of the namespace; empty for channels without one.</param>
    /// <param name="type">The value of <c>type</c>.</param>
    /// <param name="json">How to read it (from a <c>JsonSerializerContext</c>). A type that disallows unmapped members refuses unknown
    /// ones, required members must be there.</param>
    /// <param name="check">What is wrong with a message, told to the client; <see langword="null"/> when nothing is.</param>
    /// <param name="version">The value of <c>version</c>; messages without one are of version 1.</param>
    public StarlingBuilder AllowMessage<T>(
        string channelNamespace, string type, JsonTypeInfo<T> json, Func<T, string?>? check = null, int version = 1)
    {
        ArgumentNullException.ThrowIfNull(channelNamespace);
        ArgumentException.ThrowIfNullOrEmpty(type);
        _handlers.Messages.Add(channelNamespace, type, version, new MessageType<T>(json, check));
        return this;
    }

    /// <summary>Answers calls of a method with the bytes it is given.</summary>
    /// <param name="method">Exact name.</param>
    /// <param name="handler">The method.</param>
    public StarlingBuilder MapRpc(string method, Func<RpcContext, ValueTask<RpcResult>> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Rpc.TryAdd(method, handler)
            ? this
            : throw new InvalidOperationException($"MapRpc was called before for the method '{method}'; only one handler can answer it.");
    }

    /// <summary>Answers calls of a method with typed JSON. An argument that does not fit is answered with error 107.</summary>
    /// <param name="method">Exact name.</param>
    /// <param name="request">How to read the argument (from a <c>JsonSerializerContext</c>).</param>
    /// <param name="response">How to write the result.</param>
    /// <param name="handler">The method.</param>
    public StarlingBuilder MapRpc<TRequest, TResponse>(
        string method,
        JsonTypeInfo<TRequest> request,
        JsonTypeInfo<TResponse> response,
        Func<RpcContext, TRequest, ValueTask<TResponse>> handler) =>
        MapRpc(method, async context =>
        {
            TRequest? argument;
            try
            {
                argument = JsonSerializer.Deserialize(context.Data.Span, request);
            }
            catch (JsonException)
            {
                return RpcResult.Fail(ProtocolErrors.BadRequest);
            }
            if (argument is null) return RpcResult.Fail(ProtocolErrors.BadRequest);
            return RpcResult.Ok(JsonSerializer.SerializeToUtf8Bytes(await handler(context, argument), response));
        });

    /// <summary>Answers calls of a method with typed JSON, read and written by reflection with web defaults (camel case).</summary>
    [RequiresUnreferencedCode("Reads and writes JSON by reflection; pass JsonTypeInfo in trimmed applications.")]
    [RequiresDynamicCode("Reads and writes JSON by reflection; pass JsonTypeInfo in ahead-of-time compiled applications.")]
    public StarlingBuilder MapRpc<TRequest, TResponse>(string method, Func<RpcContext, TRequest, ValueTask<TResponse>> handler)
    {
        var options = JsonSerializerOptions.Web;
        return MapRpc(
            method,
            (JsonTypeInfo<TRequest>)options.GetTypeInfo(typeof(TRequest)),
            (JsonTypeInfo<TResponse>)options.GetTypeInfo(typeof(TResponse)),
            handler);
    }

    /// <summary>A second handler would silently take the first one's place, and with it what the first one forbids.</summary>
    private static T Once<T>(T? registered, T handler, [CallerMemberName] string registration = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(handler);
        return registered is null
            ? handler
            : throw new InvalidOperationException($"{registration} was called before; a second handler would take the place of the first. Decide in one.");
    }
}
