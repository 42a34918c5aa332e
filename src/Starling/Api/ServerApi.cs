using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;
using Starling.State;

namespace Starling.Api;

/// <summary>What the calls of the API work on: the node, the orders to its connections, what is remembered between calls.</summary>
internal sealed class ServerApi(Node node)
{
    private readonly IdempotencyTable _published = new(node.Time);

    public Node Node => node;

    public UserOrders Orders { get; } = new(node);

    public StateOperations State { get; } = new(node);

    public ProcessUsage Usage { get; } = new(node.Time);

    /// <summary>Runs a call. It is carried out even if the caller has gone meanwhile.</summary>
    public async ValueTask<ApiReply> RunAsync(ApiCall call)
    {
        ApiReply reply;
        try
        {
            reply = await call.RunAsync(this);
        }
        catch (Exception error)   // edge of the API: a broker that fails, or a bug, ends this call and nothing else
        {
            ApiLog.CallFailed(node.Log, call.Method, error);
            reply = ApiReply.Fail(ProtocolErrors.Internal);
        }
        node.Metrics.OnApiCall(call.Method, reply.Error);
        return reply;
    }

    /// <summary>Publishes, or answers again what the first publish with the same key was answered.</summary>
    /// <param name="channel">The channel; anything is allowed to the server.</param>
    /// <param name="publication">Handed on to the broker.</param>
    /// <param name="conditions">Adds to how the namespace stores it.</param>
    /// <param name="idempotencyKey">Empty for none.</param>
    public async ValueTask<PublishOutcome> PublishAsync(
        string channel, Publication publication, Func<PublishOptions, PublishOptions> conditions, string idempotencyKey)
    {
        if (idempotencyKey.Length == 0) return await node.PublishAsync(channel, publication, conditions, node.Stopping);
        if (!_published.TryBegin(channel, idempotencyKey, out var attempt)) return await attempt.Outcome;
        var outcome = new PublishOutcome(ProtocolErrors.Internal);
        try
        {
            outcome = await node.PublishAsync(channel, publication, conditions, node.Stopping);
        }
        finally
        {
            _published.End(attempt, outcome);
        }
        return outcome;
    }

    /// <summary>Whether a channel's namespace takes publications without data.</summary>
    public bool TakesEmptyData(string channel) => node.Namespaces.Find(channel)?.DataFormat == PublicationDataFormat.Binary;
}
