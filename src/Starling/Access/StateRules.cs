using Starling.Brokers;

namespace Starling.Access;

/// <summary>What a namespace says about its keyed state, read once and never changed (protocol 4.12).</summary>
internal sealed class StateRules
{
    /// <summary>Life of a position in the modes that have one, in lives of its stream.</summary>
    private const int MetaTtlFactor = 10;

    public StateRules(ChannelMapOptions options)
    {
        Storage = StorageOf(options) with { KeysMax = options.KeysMax };
        ClientKey = options.ClientKey;
        PublishProxy = options.PublishProxyEnabled ? options.PublishProxyName : null;
        RemoveProxy = options.RemoveProxyEnabled ? options.RemoveProxyName : null;
        // Where a back end decides, the options do not.
        PublishForClient = options.AllowPublishForClient && !options.PublishProxyEnabled;
        PublishForSubscriber = options.AllowPublishForSubscriber && !options.PublishProxyEnabled;
        PublishForAnonymous = options.AllowPublishForAnonymous;
        RemoveForClient = options.AllowRemoveForClient && !options.RemoveProxyEnabled;
        RemoveForSubscriber = options.AllowRemoveForSubscriber && !options.RemoveProxyEnabled;
        RemoveForAnonymous = options.AllowRemoveForAnonymous;
        RemovesClientOnUnsubscribe = options.RemoveClientOnUnsubscribe;
        PageSizeDefault = options.DefaultPageSize;
        PageSizeMin = options.MinPageSize;
        PageSizeMax = options.MaxPageSize;
        LiveChangesMax = options.LiveTransitionMaxPublicationLimit > 0 ? options.LiveTransitionMaxPublicationLimit : options.MaxPageSize;
        CatchUpMs = (long)options.SubscribeCatchUpTimeout.TotalMilliseconds;
        PublishDebounceMs = (uint)options.PublishDebounce.TotalMilliseconds;
    }

    /// <summary>How keys are stored.</summary>
    public StateStorage Storage { get; }

    /// <summary>Who chooses the key of a client's write.</summary>
    public ChannelMapClientKey ClientKey { get; }

    /// <summary>The back end that decides over clients' writes; <see langword="null"/>: none does.</summary>
    public string? PublishProxy { get; }

    /// <summary>The back end that decides over clients' removals; <see langword="null"/>: none does.</summary>
    public string? RemoveProxy { get; }

    public bool PublishForClient { get; }

    public bool PublishForSubscriber { get; }

    public bool PublishForAnonymous { get; }

    public bool RemoveForClient { get; }

    public bool RemoveForSubscriber { get; }

    public bool RemoveForAnonymous { get; }

    /// <summary>The key that is the connection's id goes with its subscription.</summary>
    public bool RemovesClientOnUnsubscribe { get; }

    public int PageSizeDefault { get; }

    public int PageSizeMin { get; }

    public int PageSizeMax { get; }

    /// <summary>Changes that may come with the live reply.</summary>
    public int LiveChangesMax { get; }

    /// <summary>Time a client has to load the whole state.</summary>
    public long CatchUpMs { get; }

    /// <summary>Time clients gather their writes of one key for; 0: none.</summary>
    public uint PublishDebounceMs { get; }

    /// <summary>Entries of a page for what a client asks for; 0 stands for nothing asked.</summary>
    public int PageSize(int asked) => asked == 0 ? PageSizeDefault : Math.Clamp(asked, PageSizeMin, PageSizeMax);

    private static StateStorage StorageOf(ChannelMapOptions options) => options.Mode switch
    {
        ChannelMapMode.Persistent => new StateStorage(
            TimeSpan.Zero, options.StreamSize, options.StreamTtl, options.MetaTtl > TimeSpan.Zero ? options.MetaTtl : TimeSpan.MaxValue),
        ChannelMapMode.Recoverable => new StateStorage(
            options.KeyTtl, options.StreamSize, options.StreamTtl, options.MetaTtl > TimeSpan.Zero ? options.MetaTtl : DefaultMetaTtl(options)),
        _ => new StateStorage(options.KeyTtl, StreamSize: 0, TimeSpan.Zero, options.KeyTtl),
    };

    private static TimeSpan DefaultMetaTtl(ChannelMapOptions options) =>
        options.KeyTtl > options.StreamTtl * MetaTtlFactor ? options.KeyTtl : options.StreamTtl * MetaTtlFactor;
}
