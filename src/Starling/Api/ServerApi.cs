using Starling.Cluster;
using Starling.Protocol;
using Starling.State;

namespace Starling.Api;

/// <summary>What the calls of the API work on: the node, the orders to its connections.</summary>
internal sealed class ServerApi(Node node)
{
    public Node Node => node;

    public UserOrders Orders { get; } = new(node);

    public StateOperations State => node.State;

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

    /// <summary>Whether a channel's namespace takes publications without data.</summary>
    public bool TakesEmptyData(string channel) => node.Namespaces.Find(channel)?.DataFormat == PublicationDataFormat.Binary;
}
