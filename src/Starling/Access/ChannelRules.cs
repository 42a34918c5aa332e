using System.Text.RegularExpressions;
using Starling.Brokers;

namespace Starling.Access;

/// <summary>The options of one namespace, read once and never changed.</summary>
internal sealed class ChannelRules
{
    /// <summary>Bound on matching a configured expression; the engine is linear, so only an absurd name comes near.</summary>
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The one kind of delta there is.</summary>
    public const string DeltaFossil = "fossil";

    private readonly Regex? _name;

    /// <param name="prefix">The namespace's name, or the empty string for channels without one.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="historyMetaTtl">Life of a stream's position where the namespace does not say another.</param>
    public ChannelRules(string prefix, ChannelOptions options, TimeSpan historyMetaTtl)
    {
        Namespace = prefix;
        RingEntriesMax = options.RingEntriesMax;
        RingBytesMax = options.RingBytesMax;
        SubscribeProxy = options.SubscribeProxyEnabled ? options.SubscribeProxyName : null;
        PublishProxy = options.PublishProxyEnabled ? options.PublishProxyName : null;
        SubRefreshProxy = options.SubRefreshProxyEnabled ? options.SubRefreshProxyName : null;
        // Where a back end decides, the options do not. One that feeds subscriptions nothing here can ask: what it might refuse is refused.
        SubscribeForClient = options.AllowSubscribeForClient && !options.SubscribeProxyEnabled && !options.SubscribeStreamProxyEnabled;
        SubscribeForAnonymous = options.AllowSubscribeForAnonymous;
        PublishForClient = options.AllowPublishForClient && !options.PublishProxyEnabled;
        PublishForSubscriber = options.AllowPublishForSubscriber && !options.PublishProxyEnabled;
        PublishForAnonymous = options.AllowPublishForAnonymous;
        UserLimited = options.AllowUserLimitedChannels;
        DataFormat = options.PublicationDataFormat;
        SubscriptionType = options.SubscriptionType;
        if (options.SubscriptionType == ChannelSubscriptionType.SharedPoll)
        {
            Poll = new PollRules(options.SharedPoll);
        }
        else if (IsKeyed(options.SubscriptionType))
        {
            State = new StateRules(options.Map);   // its changes are its stream; history_size means nothing here
        }
        else
        {
            Storage = new PublishOptions(
                options.HistorySize, options.HistoryTtl, options.HistoryMetaTtl > TimeSpan.Zero ? options.HistoryMetaTtl : historyMetaTtl);
        }
        ForcePositioning = options.ForcePositioning;
        AllowPositioning = options.AllowPositioning;
        ForceRecovery = options.ForceRecovery;
        AllowRecovery = options.AllowRecovery;
        RecoversFromCache = options.ForceRecoveryMode == ChannelRecoveryMode.Cache;
        RecoversByItself = options.AutoCacheRecover;
        AllowsTagsFilter = options.AllowTagsFilter;
        RateMax = options.RateMax;
        AllowsDelta = options.AllowedDeltaTypes.Contains(DeltaFossil);
        PublishesDeltas = options.DeltaPublish;
        Presence = options.Presence;
        JoinLeave = options.JoinLeave;
        ForcePushJoinLeave = options.ForcePushJoinLeave;
        LeaveGraceMs = (long)options.LeaveGrace.TotalMilliseconds;
        JoinLeaveRate = options.JoinLeaveRate;
        PresenceListMax = options.PresenceListMax;
        PresenceForClient = options.AllowPresenceForClient;
        PresenceForSubscriber = options.AllowPresenceForSubscriber;
        PresenceForAnonymous = options.AllowPresenceForAnonymous;
        HistoryForClient = options.AllowHistoryForClient;
        HistoryForSubscriber = options.AllowHistoryForSubscriber;
        HistoryForAnonymous = options.AllowHistoryForAnonymous;
        ClientsPresencePrefix = options.MapClientsPresenceChannelPrefix;
        UsersPresencePrefix = options.MapUsersPresenceChannelPrefix;
        if (options.ChannelRegex.Length > 0)
        {
            _name = new Regex(options.ChannelRegex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_matchTimeout);
        }
    }

    public string Namespace { get; }

    public int RingEntriesMax { get; }

    public int RingBytesMax { get; }

    /// <summary>The back end that decides over subscriptions; <see langword="null"/>: none does.</summary>
    public string? SubscribeProxy { get; }

    /// <summary>The back end that decides over publications of clients; <see langword="null"/>: none does.</summary>
    public string? PublishProxy { get; }

    /// <summary>The back end that renews subscriptions; <see langword="null"/>: clients do.</summary>
    public string? SubRefreshProxy { get; }

    public bool SubscribeForClient { get; }

    public bool SubscribeForAnonymous { get; }

    public bool PublishForClient { get; }

    public bool PublishForSubscriber { get; }

    public bool PublishForAnonymous { get; }

    public bool UserLimited { get; }

    public PublicationDataFormat DataFormat { get; }

    public ChannelSubscriptionType SubscriptionType { get; }

    /// <summary>How publications are stored; nothing is in a keyed channel.</summary>
    public PublishOptions Storage { get; } = new(HistorySize: 0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>The rules of a keyed channel (protocol 4.12); <see langword="null"/> for the other kinds.</summary>
    public StateRules? State { get; }

    /// <summary>Subscribers' connections are keys of the channel of this prefix and the channel's name; empty: nowhere.</summary>
    public string ClientsPresencePrefix { get; }

    /// <summary>The same for users.</summary>
    public string UsersPresencePrefix { get; }

    public bool HasStatePresence => ClientsPresencePrefix.Length > 0 || UsersPresencePrefix.Length > 0;

    /// <summary>The rules of a shared poll channel (protocol 4.10); <see langword="null"/> for the other kinds.</summary>
    public PollRules? Poll { get; }

    /// <summary>Values belong to keys, and only the newest of each counts.</summary>
    public bool HasKeys => State is not null || Poll is not null;

    /// <summary>The channel has a stream, and what happens in it has a position.</summary>
    public bool HasPositions => Storage.HasHistory || State is { Storage.HasStream: true };

    /// <summary>Life of a position after its last use.</summary>
    public TimeSpan PositionTtl => State?.Storage.MetaTtl ?? Storage.MetaTtl;

    public bool ForcePositioning { get; }

    public bool AllowPositioning { get; }

    public bool ForceRecovery { get; }

    public bool AllowRecovery { get; }

    /// <summary>Only the newest publication matters (protocol 4.5, cache mode).</summary>
    public bool RecoversFromCache { get; }

    /// <summary>Every subscribe gets the newest publication, asked for or not.</summary>
    public bool RecoversByItself { get; }

    public bool AllowsTagsFilter { get; }

    /// <summary>Writes of a subscription per second at most; 0: no bound.</summary>
    public int RateMax { get; }

    /// <summary>Subscribers may have patches (protocol 4.9).</summary>
    public bool AllowsDelta { get; }

    /// <summary>Every publication may go out as a patch, asked for or not.</summary>
    public bool PublishesDeltas { get; }

    /// <summary>Who is subscribed is listed.</summary>
    public bool Presence { get; }

    /// <summary>Coming and going is announced.</summary>
    public bool JoinLeave { get; }

    /// <summary>Every subscriber is told of it, asked for or not.</summary>
    public bool ForcePushJoinLeave { get; }

    /// <summary>How long a leave is held back when a connection was lost.</summary>
    public long LeaveGraceMs { get; }

    /// <summary>Deliveries of joins and leaves a second in one channel on this node.</summary>
    public int JoinLeaveRate { get; }

    /// <summary>Clients a list for clients may have.</summary>
    public int PresenceListMax { get; }

    public bool PresenceForClient { get; }

    public bool PresenceForSubscriber { get; }

    public bool PresenceForAnonymous { get; }

    public bool HistoryForClient { get; }

    public bool HistoryForSubscriber { get; }

    public bool HistoryForAnonymous { get; }

    /// <summary>Whether the part of a name behind the namespace's boundary is allowed (protocol 5.1): ASCII unless the
    /// namespace has an expression of its own.</summary>
    public bool AllowsName(ReadOnlySpan<char> rest)
    {
        if (_name is null) return !ContainsControlOrNonAscii(rest);
        try
        {
            return _name.IsMatch(rest);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static bool IsKeyed(ChannelSubscriptionType kind) =>
        kind is ChannelSubscriptionType.Map or ChannelSubscriptionType.MapClients or ChannelSubscriptionType.MapUsers;

    private static bool ContainsControlOrNonAscii(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange(' ', '~') >= 0;
}
