using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>The subscriptions a connection gets with its connect reply (protocol 3.5, 4.4).</summary>
internal sealed class ServerSubscriptions
{
    private static readonly SubscribeRequest s_nothingAsked = new();

    private readonly Dictionary<string, (ChannelRules Rules, SubscriptionTerms Terms, SubscribeRequest Request)> _wanted = [];
    private readonly List<Subscription> _opened = [];
    private readonly Dictionary<string, SubscribeResult> _results = [];

    private ServerSubscriptions()
    {
    }

    public int Count => _wanted.Count;

    /// <summary>The subscriptions that wait for the connect reply.</summary>
    public IReadOnlyList<Subscription> Opened => _opened;

    /// <summary>What the connect reply says of them; <see langword="null"/> when there are none.</summary>
    public Dictionary<string, SubscribeResult>? Results => _results.Count > 0 ? _results : null;

    /// <summary>Gathers what the application gives, the personal channel, and what the client asks for and may have.</summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">Authenticated.</param>
    /// <param name="request">Positions of channels it had before, and channels it asks for.</param>
    /// <param name="given">By the application, token or back end.</param>
    /// <param name="refusal">Why the connection ends instead: an unknown namespace among those asked for (3501).</param>
    /// <returns><see langword="null"/> when there is a refusal, or an error: a given channel's namespace does not exist (102).</returns>
    public static ServerSubscriptions? TryGather(
        Node node, Connection connection, ConnectRequest request, IReadOnlyDictionary<string, ServerSubscription> given, out Disconnect? refusal)
    {
        refusal = null;
        var gathered = new ServerSubscriptions();
        foreach (var (channel, grant) in given)
        {
            if (!gathered.TryWant(node, connection, request, channel, grant)) return null;
        }
        if (node.Access.PersonalChannelOf(connection.User) is { } personal)
        {
            if (!gathered.TryWant(node, connection, request, personal, new ServerSubscription())) return null;
        }
        else if (node.Access.Personal.Enabled && connection.User.Length > 0 && node.Unnamed.Take() is > 0 and var count)
        {
            ConnectionLog.NoPersonalChannel(node.Log, count);
        }
        foreach (var channel in request.Subs?.Keys ?? Enumerable.Empty<string>())
        {
            if (gathered._wanted.ContainsKey(channel)) continue;
            var unfit = node.Namespaces.TryFindForClient(channel, out var rules);
            if (unfit?.Code == ProtocolErrors.UnknownChannel.Code)
            {
                refusal = Disconnects.BadRequest;
                return null;
            }
            if (unfit is null && MayHave(node, connection, channel, rules)) gathered.TryWant(node, connection, request, channel, new ServerSubscription());
        }
        return gathered;
    }

    /// <summary>Opens them one after the other; the first that fails ends all.</summary>
    public async ValueTask<SubscribeOutcome?> OpenAsync(Node node, Connection connection)
    {
        var room = connection.ReplyRoom / Math.Max(1, _wanted.Count);   // all of them are told in one reply
        foreach (var (channel, (rules, terms, request)) in _wanted)
        {
            var result = new SubscribeResult();
            var outcome = await SubscriptionOpening.OpenAsync(
                node, connection, channel, rules, terms with { RecoveredBytesMax = room }, request, result);
            if (outcome.Subscription is not { } subscription)
            {
                foreach (var opened in _opened) connection.Withdraw(opened);
                return outcome;
            }
            _opened.Add(subscription);
            _results[channel] = result;
        }
        return null;
    }

    private bool TryWant(Node node, Connection connection, ConnectRequest request, string channel, ServerSubscription grant)
    {
        if (channel.Length == 0 || node.Namespaces.Find(channel) is not { SubscriptionType: ChannelSubscriptionType.Stream } rules) return false;
        var asked = request.Subs?.GetValueOrDefault(channel) ?? s_nothingAsked;
        _wanted[channel] = (rules, node.TermsFor(connection, channel, rules, asked, SubscriptionSide.Server, grant.Override) with
        {
            Info = grant.Info,
            Data = grant.Data,
            Grant = connection.GrantOf(stamp: null, grant.ExpiresAt?.ToUnixTimeSeconds() ?? 0),
            RecoveredMax = node.Limits.RecoveryPublicationsMax,
        }, asked);
        return true;
    }

    /// <summary>Only what it could subscribe to without a token of that channel and without anybody being asked (protocol 4.4).</summary>
    private static bool MayHave(Node node, Connection connection, string channel, ChannelRules rules)
    {
        if (rules.SubscriptionType != ChannelSubscriptionType.Stream) return false;
        if (node.Handlers.Subscribing is not null || rules.SubscribeProxy is not null) return false;   // the application decides each subscribe itself
        if (node.Access.Insecure && !NamespaceTable.IsPrivate(channel)) return true;
        return ClientAccess.MaySubscribe(connection, channel, rules, token: "") is null;
    }
}
