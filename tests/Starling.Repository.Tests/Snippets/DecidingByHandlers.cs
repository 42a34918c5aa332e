using System.Text.Json;
using System.Text.Json.Serialization;
using Starling.Protocol;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/handlers.md, compiled; a test keeps the two equal.</summary>
internal static class DecidingByHandlers
{
    private interface IAccounts
    {
        Task<bool> IsOpenAsync(string user, CancellationToken cancellationToken);

        Task<int> CountOrdersAsync(string user, string state, CancellationToken cancellationToken);

        Task NoteAsync(string user, ReadOnlyMemory<byte> note);
    }

    private static void Stay(StarlingBuilder starling, IAccounts accounts)
    {
        // snippet
        starling.OnRefreshing(async context => await accounts.IsOpenAsync(context.User, context.ConnectionClosed)
            ? RefreshingResult.AcceptIdentity()
            : RefreshingResult.Close(new Disconnect(4500, "account closed")));
        // end
    }

    private static void Publish(StarlingBuilder starling)
    {
        // snippet
        starling.OnPublishing(context => ValueTask.FromResult(context switch
        {
            { IsSubscribed: false } => PublishingResult.Refuse(ProtocolErrors.PermissionDenied),
            { Data.Length: > 2000 } => PublishingResult.Refuse(new ProtocolError(1000, "too long")),
            _ => PublishingResult.Accept(data: null, tags: new Dictionary<string, string> { ["by"] = context.User }),
        }));
        // end
    }

    private static void Read(StarlingBuilder starling)
    {
        // snippet
        starling
            .OnReadingHistory(context => ValueTask.FromResult(context.IsSubscribed
                ? ReadingResult.Accept()
                : ReadingResult.Refuse(ProtocolErrors.PermissionDenied)))
            .OnReadingPresence(context => ValueTask.FromResult(context.Channel.StartsWith("team:", StringComparison.Ordinal)
                ? ReadingResult.Accept()
                : ReadingResult.Refuse(ProtocolErrors.PermissionDenied)));
        // end
    }

    private static void Answer(StarlingBuilder starling, IAccounts accounts)
    {
        // snippet
        starling
            .MapRpc("time", _ => ValueTask.FromResult(RpcResult.Ok(JsonSerializer.SerializeToUtf8Bytes(DateTimeOffset.UtcNow))))
            .MapRpc("orders.count", OrderJson.Default.OrderQuery, OrderJson.Default.Int32, async (context, query) =>
                await accounts.CountOrdersAsync(context.User, query.State, context.ConnectionClosed));
        // end
    }

    private static void Call(StarlingBuilder starling)
    {
        // snippet
        starling.OnCalling(context => ValueTask.FromResult(context.User.Length > 0 || context.Method == "time"
            ? CallingResult.Accept()
            : CallingResult.Refuse(ProtocolErrors.PermissionDenied)));
        // end
    }

    private static void Take(StarlingBuilder starling, IAccounts accounts)
    {
        // snippet
        starling.OnMessage(async context =>
        {
            if (context.Data.Length > 1000) return MessageResult.Close(new Disconnect(4500, "too long"));
            await accounts.NoteAsync(context.User, context.Data);
            return MessageResult.Accept();
        });
        // end
    }
}

internal sealed record OrderQuery([property: JsonRequired] string State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OrderQuery))]
[JsonSerializable(typeof(int))]
internal sealed partial class OrderJson : JsonSerializerContext;
