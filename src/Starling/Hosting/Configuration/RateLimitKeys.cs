namespace Starling.Hosting.Configuration;

/// <summary>The keys of <c>client.rate_limit</c>.</summary>
internal static class RateLimitKeys
{
    public static KeyTable<RateLimitOptions> Table { get; } = Create();

    private static KeyTable<RateLimitOptions> Create()
    {
        var rate = new KeyTable<RateOptions>()
            .Number("rate", o => o.Rate, (o, v) => o.Rate = v)
            .Number("burst", o => o.Burst, (o, v) => o.Burst = v)
            .Duration("interval", o => o.Interval, (o, v) => o.Interval = v);
        return new KeyTable<RateLimitOptions>()
            .Choice("action", o => o.Action, (o, v) => o.Action = v, ("refuse", RateLimitAction.Refuse), ("warn", RateLimitAction.Warn))
            .Number("disconnect_after", o => o.DisconnectAfter, (o, v) => o.DisconnectAfter = v)
            .Section("connection", o => o.Connection, Kinds(rate))
            .Section("user", o => o.User, WithConnect(rate))
            .Section("address", o => o.Address, WithConnect(rate));
    }

    private static KeyTable<RateScopeOptions> WithConnect(KeyTable<RateOptions> rate) => Kinds(rate).Section("connect", o => o.Connect, rate);

    private static KeyTable<RateScopeOptions> Kinds(KeyTable<RateOptions> rate) => new KeyTable<RateScopeOptions>()
        .Section("commands", o => o.Commands, rate)
        .Section("subscribe", o => o.Subscribe, rate)
        .Section("publish", o => o.Publish, rate)
        .Section("rpc", o => o.Rpc, rate)
        .Section("read", o => o.Read, rate)
        .Section("bytes", o => o.Bytes, rate);
}
