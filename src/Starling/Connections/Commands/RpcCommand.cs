using Starling.Cluster;
using Starling.Hooks;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Calls a method of the application (protocol 3.7).</summary>
internal static class RpcCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, RpcRequest request)
    {
        switch (request.Method)
        {
            case RepeatableCalls.Publish:
                return AwaitAsync(node, connection, id, RepeatableCalls.PublishAsync(node, connection, request.Data.ToArray()));
            case RepeatableCalls.Call:
                return AwaitAsync(node, connection, id, RepeatableCalls.CallAsync(node, connection, request.Data.ToArray()));
        }
        if (node.Handlers.Rpc.TryGetValue(request.Method, out var handler)) return CallAsync(node, connection, id, request, handler);
        if (node.Access.PingMethod is { } ping && ping == request.Method)
        {
            return CommandTable.AnswerAsync(connection, new Reply { Id = id, Rpc = new Protocol.RpcResult() });
        }
        return Find(node, request.Method, out var refusal) is { } called
            ? CallAsync(node, connection, id, request, called)
            : CommandTable.RefuseAsync(node, connection, id, refusal);
    }

    /// <summary>Who answers a method: a handler of the application, or a back end.</summary>
    /// <param name="node">The node.</param>
    /// <param name="method">Its name.</param>
    /// <param name="refusal">What the client is told when nobody does.</param>
    public static Func<RpcContext, ValueTask<RpcResult>>? Find(Node node, string method, out ProtocolError refusal)
    {
        refusal = ProtocolErrors.MethodNotFound;
        if (node.Handlers.Rpc.TryGetValue(method, out var handler)) return handler;
        if (node.Hooks.FindRpc(method, out var isKnown) is { } backEnd) return context => NodeHooks.CallAsync(context, backEnd);
        var isOff = node.Hooks.AnswersCalls ? isKnown : node.Handlers.Rpc.Count == 0 && node.Access.PingMethod is null;
        if (isOff) refusal = ProtocolErrors.NotAvailable;
        return null;
    }

    private static ValueTask CallAsync(
        Node node, Connection connection, uint id, RpcRequest request, Func<RpcContext, ValueTask<RpcResult>> handler)
    {
        ValueTask<RpcResult> call;
        try
        {
            call = handler(new RpcContext(connection, request.Method, request.Data.ToArray()));   // the handler may keep the data
        }
        catch (Exception error)   // edge of user code
        {
            call = ValueTask.FromResult(Failed(node, connection, error));
        }
        return call.IsCompletedSuccessfully ? AnswerAsync(node, connection, id, call.Result) : AwaitAsync(node, connection, id, call);
    }

    private static async ValueTask AwaitAsync(Node node, Connection connection, uint id, ValueTask<RpcResult> call)
    {
        RpcResult result;
        try
        {
            result = await call;
        }
        catch (Exception error)   // edge of user code
        {
            result = Failed(node, connection, error);
        }
        await AnswerAsync(node, connection, id, result);
    }

    private static RpcResult Failed(Node node, Connection connection, Exception error)
    {
        ConnectionLog.HandlerFailed(node.Log, "rpc", connection.Id, error);
        return RpcResult.Fail(ProtocolErrors.Internal);
    }

    private static ValueTask AnswerAsync(Node node, Connection connection, uint id, RpcResult result)
    {
        if (result.Disconnect is { } disconnect) return CommandTable.CloseAsync(connection, disconnect);
        if (result.Error is { } refusal) return CommandTable.RefuseAsync(node, connection, id, refusal);
        return CommandTable.AnswerAsync(connection, new Reply { Id = id, Rpc = new Protocol.RpcResult { Data = result.Data } });
    }
}
