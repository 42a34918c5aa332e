namespace Starling;

/// <summary>The rules of <c>client.rate_limit</c>.</summary>
internal static class RateLimitOptionsRules
{
    private static readonly TimeSpan s_intervalMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_intervalMax = TimeSpan.FromHours(1);

    public static void Check(RateLimitOptions limits, OptionsReport report)
    {
        report.AtLeast("client.rate_limit.disconnect_after", limits.DisconnectAfter, 0);
        Check("client.rate_limit.connection", limits.Connection, report);
        Check("client.rate_limit.user", limits.User, report);
        Check("client.rate_limit.address", limits.Address, report);
    }

    private static void Check(string section, RateScopeOptions scope, OptionsReport report)
    {
        Check($"{section}.commands", scope.Commands, report);
        Check($"{section}.connect", scope.Connect, report);
        Check($"{section}.subscribe", scope.Subscribe, report);
        Check($"{section}.publish", scope.Publish, report);
        Check($"{section}.rpc", scope.Rpc, report);
        Check($"{section}.read", scope.Read, report);
        Check($"{section}.bytes", scope.Bytes, report);
    }

    private static void Check(string key, RateOptions rate, OptionsReport report)
    {
        report.Range($"{key}.rate", rate.Rate, 0, 1_000_000_000);
        report.Range($"{key}.burst", rate.Burst, 0, 1_000_000_000);
        if (rate.Interval < s_intervalMin || rate.Interval > s_intervalMax) report.Add($"{key}.interval", rate.Interval, "100ms to 1h");
    }
}
