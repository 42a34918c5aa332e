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
        if (node.Handlers.Rpc.TryGetValue(request.Method, out var handler)) return BeginAsync(node, connection, id, request, handler);
        if (node.Access.PingMethod is { } ping && ping == request.Method)
        {
            return CommandTable.AnswerAsync(connection, new Reply { Id = id, Rpc = new Protocol.RpcResult() });
        }
        return Find(node, request.Method, out var refusal) is { } called
            ? BeginAsync(node, connection, id, request, called)
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

    /// <summary>Asks the application whether a client may call a method, if it wants to be asked.</summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">Who calls.</param>
    /// <param name="method">A method somebody answers.</param>
    /// <param name="data">The argument; the application may keep it.</param>
    /// <returns><see langword="null"/> when it may, else what the call is answered with.</returns>
    public static async ValueTask<RpcResult?> JudgeAsync(Node node, Connection connection, string method, ReadOnlyMemory<byte> data)
    {
        if (node.Handlers.Calling is not { } policy) return null;
        CallingResult result;
        try
        {
            result = await policy(new CallingContext(connection, method, data));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "calling", connection.Id, error);
            result = CallingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) return RpcResult.Close(disconnect);
        if (result.Error is { } refusal) return RpcResult.Fail(refusal);
        return connection.IsEvicted ? RpcResult.Fail(ProtocolErrors.PermissionDenied) : null;   // the server's last word holds (attack A74)
    }

    private static ValueTask BeginAsync(
        Node node, Connection connection, uint id, RpcRequest request, Func<RpcContext, ValueTask<RpcResult>> handler)
    {
        var context = new RpcContext(connection, request.Method, request.Data.ToArray());   // the handler may keep the data
        return node.Handlers.Calling is null
            ? CallAsync(node, connection, id, context, handler)
            : AskAsync(node, connection, id, context, handler);
    }

    private static async ValueTask AskAsync(
        Node node, Connection connection, uint id, RpcContext context, Func<RpcContext, ValueTask<RpcResult>> handler)
    {
        var refusal = await JudgeAsync(node, connection, context.Method, context.Data);
        await (refusal is null ? CallAsync(node, connection, id, context, handler) : AnswerAsync(node, connection, id, refusal));
    }

    private static ValueTask CallAsync(
        Node node, Connection connection, uint id, RpcContext context, Func<RpcContext, ValueTask<RpcResult>> handler)
    {
        ValueTask<RpcResult> call;
        try
        {
            call = handler(context);
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
