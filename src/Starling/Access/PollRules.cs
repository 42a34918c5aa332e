namespace Starling.Access;

/// <summary>What a namespace says about shared polling, read once and never changed (protocol 4.10).</summary>
internal sealed class PollRules(ChannelSharedPollOptions options)
{
    public TimeSpan Interval { get; } = options.RefreshInterval;

    /// <summary>Keys of one call of the back end.</summary>
    public int BatchSize { get; } = options.RefreshBatchSize;

    /// <summary>Keys one connection may track in one channel.</summary>
    public int KeysMax { get; } = options.MaxKeysPerConnection;

    /// <summary>The back end numbers its values; otherwise the node compares them.</summary>
    public bool IsVersioned { get; } = options.Mode == ChannelSharedPollMode.Versioned;

    /// <summary>Life of a channel's values after its last subscriber.</summary>
    public TimeSpan ShutdownDelay { get; } = options.ChannelShutdownDelay;

    /// <summary>Time a client has to renew an expired signature.</summary>
    public TimeSpan ExpiredDelay { get; } = options.TrackExpiredExtraDelay;

    /// <summary>The back end that is asked where the application has no handler.</summary>
    public string ProxyName { get; } = options.ProxyName;

    /// <summary>The API may publish values.</summary>
    public bool TakesPublications { get; } = options.PublishEnabled;
}
