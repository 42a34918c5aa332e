using Starling.Cluster;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Connections.Commands;

/// <summary>Opens a session (protocol 3.5).</summary>
internal static class ConnectCommand
{
    /// <summary>An emulated header by which a client asks for advice at the server's end (decision 0014).</summary>
    private const string AdviceHeader = "starling-advice";

    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, ConnectRequest request)
    {
        if (connection.Phase != ConnectionPhase.New) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        connection.TakesAdvice = request.Headers?.ContainsKey(AdviceHeader) == true;
        connection.DecidedFrom = node.Revocations.Version;
        node.Hooks.NoteEmulated(connection, request.Headers);
        if (HttpAdmission.Of(node, connection.HttpContext) is { } proved) return ProceedAsync(node, connection, id, request, proved);
        if (request.Token.Length > 0 && node.Tokens.Connections is { IsConfigured: true } tokens) return VerifyAsync(node, connection, id, request, tokens);
        if (node.Handlers.Connecting is { } handler) return AskAsync(node, connection, id, request, proved: null, handler);
        if (request.Token.Length == 0 && node.Hooks.DecidesConnects) return AskAsync(node, connection, id, request, proved: null, node.Hooks.ConnectAsync);
        if (!node.Access.Insecure)
        {
            // Nothing here can verify a token: it is as good as a forged one.
            if (request.Token.Length > 0) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
            if (!node.Access.AllowAnonymous) return CloseStrangerAsync(node, connection);
        }
        return AcceptAsync(node, connection, id, request, Admission.Anonymous);
    }

    /// <summary>A token was sent: it decides, before the application is asked, and nothing makes up for a bad one.</summary>
    private static ValueTask VerifyAsync(Node node, Connection connection, uint id, ConnectRequest request, TokenVerifier tokens)
    {
        var verifying = tokens.VerifyConnectionAsync(request.Token);
        if (verifying.IsCompletedSuccessfully) return JudgeAsync(node, connection, id, request, verifying.Result);
        connection.EnterPhase(ConnectionPhase.Connecting);
        request.Data = request.Data.ToArray();   // the frame is gone when the keys are there
        return AwaitAsync(node, connection, id, request, verifying);
    }

    private static async ValueTask AwaitAsync(
        Node node, Connection connection, uint id, ConnectRequest request, ValueTask<TokenVerdict<ConnectionToken>> verifying) =>
        await JudgeAsync(node, connection, id, request, await verifying);

    private static ValueTask JudgeAsync(Node node, Connection connection, uint id, ConnectRequest request, TokenVerdict<ConnectionToken> verdict)
    {
        switch (verdict.Status)
        {
            case TokenStatus.Expired:
                return RefuseAsync(node, connection, id, ProtocolErrors.TokenExpired);
            case TokenStatus.Unavailable:
                return RefuseAsync(node, connection, id, ProtocolErrors.Internal);
            case TokenStatus.Invalid:
                return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        }
        var proved = Admission.Of(verdict.Token!);
        if (node.Revocations.IsRevoked(proved.User, verdict.Token!.Stamp)) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        if (proved.User.Length == 0 && node.Access.DisallowAnonymousTokens)
        {
            return CommandTable.CloseAsync(connection, Disconnects.PermissionDenied);
        }
        return ProceedAsync(node, connection, id, request, proved);
    }

    private static ValueTask ProceedAsync(Node node, Connection connection, uint id, ConnectRequest request, Admission proved) =>
        node.Handlers.Connecting is { } handler
            ? AskAsync(node, connection, id, request, proved, handler)
            : AcceptAsync(node, connection, id, request, proved);

    /// <summary>The application decides: a handler of its own, or a back end.</summary>
    private static async ValueTask AskAsync(
        Node node, Connection connection, uint id, ConnectRequest request, Admission? proved, Func<ConnectingContext, ValueTask<ConnectingResult>> decide)
    {
        connection.EnterPhase(ConnectionPhase.Connecting);
        request.Data = request.Data.ToArray();   // the frame is gone when the handler goes on
        ConnectingResult result;
        try
        {
            result = await decide(new ConnectingContext(connection, request, proved?.Identity));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "connecting", connection.Id, error);
            result = ConnectingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        else if (result.Error is { } refusal) await RefuseAsync(node, connection, id, refusal);
        else if (result.IsNobody && node.Access is { AllowAnonymous: false, Insecure: false }) await CloseStrangerAsync(node, connection);
        else if (!result.IsAsProved) await AcceptAsync(node, connection, id, request, Admission.Of(result, proved));
        else if (proved is not null) await AcceptAsync(node, connection, id, request, proved with { Data = result.Data });
        else connection.Disconnect(Disconnects.BadRequest);   // no credentials
    }

    /// <summary>Nobody vouches for it. The client hears no more than that it broke the rules; what would let it in is for the operator.</summary>
    private static ValueTask CloseStrangerAsync(Node node, Connection connection)
    {
        var count = node.Strangers.Take();
        if (count > 0) ConnectionLog.NoCredentials(node.Log, count);
        return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
    }

    /// <summary>After an error reply to connect nothing more is processed (protocol 3.5).</summary>
    private static ValueTask RefuseAsync(Node node, Connection connection, uint id, ProtocolError error)
    {
        if (connection.IsOneWay) return CommandTable.CloseAsync(connection, OneWayPush.DisconnectOf(error));
        connection.EnterPhase(ConnectionPhase.Refused);
        return CommandTable.RefuseAsync(node, connection, id, error);
    }

    private static ValueTask AcceptAsync(Node node, Connection connection, uint id, ConnectRequest request, Admission admission)
    {
        if (admission.ExpiresAt != 0 && Grant.TtlOf(admission.ExpiresAt, node.Time) == 0)
        {
            return RefuseAsync(node, connection, id, ProtocolErrors.Expired);
        }
        if (connection.EnterUserLimits(admission.User) is { } tooMany) return RefuseAsync(node, connection, id, tooMany);
        if (!connection.TryAuthenticate(admission)) return default;
        if (!node.Connections.TryAddUser(connection, node.Limits.UserConnectionLimit))
        {
            return CommandTable.CloseAsync(connection, Disconnects.ConnectionLimit);
        }
        if (connection.IsClosed) node.Connections.Remove(connection);   // gone while the handler decided: it must not stay listed
        // From here on a revocation finds it; one that came while it was decided about is found here, before anything is shown.
        if (node.Revocations.Affects(connection, connection.DecidedFrom))
        {
            connection.Evict(Disconnects.InvalidToken);
            return default;
        }
        var subscriptions = ServerSubscriptions.TryGather(node, connection, request, admission.Subscriptions, out var refusal);
        if (refusal is { } reason) return CommandTable.CloseAsync(connection, reason);
        if (subscriptions is null) return RefuseAsync(node, connection, id, ProtocolErrors.UnknownChannel);
        if (subscriptions.Count > node.Limits.ChannelLimit) return CommandTable.CloseAsync(connection, Disconnects.ChannelLimit);
        if (subscriptions.Count > 0) return SubscribeAsync(node, connection, id, admission, subscriptions);
        Answer(node, connection, id, admission, subscriptions);
        return default;
    }

    private static async ValueTask SubscribeAsync(
        Node node, Connection connection, uint id, Admission admission, ServerSubscriptions subscriptions)
    {
        connection.EnterPhase(ConnectionPhase.Connecting);
        if (await subscriptions.OpenAsync(node, connection) is not { } failure) Answer(node, connection, id, admission, subscriptions);
        else if (failure.Error is { } error) await RefuseAsync(node, connection, id, error);
    }

    private static void Answer(Node node, Connection connection, uint id, Admission admission, ServerSubscriptions subscriptions)
    {
        var isTold = admission.TellsExpiry && !node.Hooks.RenewsConnections;   // others renew it without the client
        connection.SendConnected(
            new Reply
            {
                Id = id,
                Connect = new ConnectResult
                {
                    Client = connection.Id.ToString(),
                    Version = node.Version,
                    Expires = admission.ExpiresAt != 0 && isTold,
                    Ttl = isTold ? Grant.TtlOf(admission.ExpiresAt, node.Time) : 0,
                    Data = admission.Data,
                    Subs = subscriptions.Results,
                    Ping = connection.HasOwnPings ? 0 : (uint)(node.Limits.PingIntervalMs / 1000),
                    Pong = !connection.HasOwnPings && node.Limits.PingIntervalMs > 0,
                    Session = connection.Session,
                    Node = connection.Session.Length > 0 ? node.Id : "",
                    Time = node.Limits.IncludeServerTime ? node.Time.GetUtcNow().ToUnixTimeMilliseconds() : 0,
                },
            },
            subscriptions.Opened);
        connection.StartPinging();
        if (node.Access.SingleConnection) KeepNewest(node, connection);
        ConnectionLog.Connected(node.Log, connection.Id, connection.TransportName, connection.Wire);
    }

    /// <summary>One connection per user: the newest stays (protocol 5.1, personal channel).</summary>
    /// <remarks>Two that come at once both look, and each may find the other: by their numbers they come to the same verdict.
    /// Otherwise each would end the other, for good.</remarks>
    private static void KeepNewest(Node node, Connection connection)
    {
        if (connection.User.Length == 0 || connection.IsClosing) return;   // who does not stay takes nobody's place
        foreach (var other in node.Connections.Find(connection.User, client: ""))
        {
            if (other.EntryNumber < connection.EntryNumber) other.Disconnect(Disconnects.ConnectionLimit);
            else if (other.EntryNumber > connection.EntryNumber && !other.IsClosing) connection.Disconnect(Disconnects.ConnectionLimit);
        }
    }
}
