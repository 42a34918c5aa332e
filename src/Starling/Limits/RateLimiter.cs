using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Limits;

/// <summary>How much clients may do, for one node: rates, and the buckets that connections share.</summary>
/// <remarks>Without limits there are no allowances, and a command costs one comparison more.</remarks>
internal sealed class RateLimiter
{
    private const int RefusalSeconds = 10;

    private readonly RateTable _ofConnection;
    private readonly RateTable _ofUser;
    private readonly RateTable _ofAddress;
    private readonly BucketTable<string> _users = new();
    private readonly BucketTable<IPAddress> _addresses = new();
    private readonly SampledTally _overLimit;
    private readonly SampledTally _nodeFull;
    private readonly SampledLine _addressFull;
    private readonly Rate _refusals;
    private readonly int _addressConnectionsMax;
    private readonly bool _onlyWarns;
    private readonly bool _isOn;
    private readonly LimitMetrics _metrics;
    private readonly ILogger _log;

    public RateLimiter(ClientOptions options, TimingWheel clock, LimitMetrics metrics, ILogger log)
    {
        var limits = options.RateLimit;
        Clock = clock;
        _metrics = metrics;
        _log = log;
        _ofConnection = new RateTable(limits.Connection);
        _ofUser = new RateTable(limits.User);
        _ofAddress = new RateTable(limits.Address);
        _addressConnectionsMax = options.AddressConnectionLimit;
        _onlyWarns = limits.Action == RateLimitAction.Warn;
        _refusals = new Rate(new RateOptions { Rate = limits.DisconnectAfter, Interval = TimeSpan.FromSeconds(RefusalSeconds) });
        _isOn = _ofConnection.HasLimits || _ofUser.HasLimits || _ofAddress.HasLimits || _addressConnectionsMax > 0;
        _overLimit = new SampledTally(clock, [.. Enum.GetValues<LimitScope>().SelectMany(static scope => Enum.GetValues<LimitKind>().Select(kind =>
            $"client.rate_limit.{LimitMetrics.NameOf(scope)}.{LimitMetrics.NameOf(kind)}"))]);
        _nodeFull = new SampledTally(clock, [.. Enum.GetValues<Shortage>().Select(static shortage => $"client.{LimitMetrics.NameOf(shortage)}")]);
        _addressFull = new SampledLine(clock);
    }

    public TimingWheel Clock { get; }

    /// <summary>Users and addresses that are remembered.</summary>
    public int RememberedCount => _users.Count + _addresses.Count;

    /// <summary>Judges a connection before anything is done for it.</summary>
    /// <param name="address">The peer's.</param>
    /// <param name="why">What there is too much of, for whoever may not come.</param>
    /// <returns>0 when it may come; otherwise after how many milliseconds it may try again.</returns>
    public long JudgeConnect(IPAddress? address, out string why)
    {
        why = "too many connections from this address";
        if (_addressConnectionsMax == 0 && !_ofAddress[LimitKind.Connect].IsLimited) return 0;
        var buckets = _addresses.Find(AddressNetwork.Of(address));
        if (_addressConnectionsMax > 0 && buckets.Holders >= _addressConnectionsMax)
        {
            OnAddressFull();
            return RefusalSeconds * 1000;
        }
        var waitMs = _ofAddress[LimitKind.Connect].Take(ref buckets[LimitKind.Connect], Clock.NowMs, 1);
        if (waitMs == 0) return 0;
        OnOverLimit(LimitScope.Address, LimitKind.Connect);
        why = "too many requests: connect of this address";
        return _onlyWarns ? 0 : waitMs;
    }

    /// <summary>What a connection may do; it is given back with <see cref="Leave"/>.</summary>
    /// <param name="address">The peer's.</param>
    /// <param name="allowance"><see langword="null"/> when there are no limits.</param>
    /// <returns><see langword="false"/> when its address has as many connections as allowed.</returns>
    public bool TryEnter(IPAddress? address, out Allowance? allowance)
    {
        allowance = null;
        if (!_isOn) return true;
        var network = AddressNetwork.Of(address);
        if (_addresses.Hold(network, _addressConnectionsMax) is not { } shared)
        {
            OnAddressFull();
            return false;
        }
        allowance = new Allowance(this, network, shared);
        return true;
    }

    /// <summary>The connection has a user now, whose limits it shares.</summary>
    /// <returns>The error when the user connects too often.</returns>
    public ProtocolError? EnterUser(Allowance allowance, string user)
    {
        if (user.Length == 0 || !_ofUser.HasLimits || allowance.OfUser is not null) return null;
        var buckets = _users.Hold(user)!;
        allowance.JoinUser(user, buckets);
        var waitMs = _ofUser[LimitKind.Connect].Take(ref buckets[LimitKind.Connect], Clock.NowMs, 1);
        return waitMs == 0 ? null : Refuse(LimitScope.User, LimitKind.Connect, waitMs);
    }

    public void Leave(Allowance allowance)
    {
        _addresses.Leave(allowance.Address, allowance.OfAddress);
        if (allowance.OfUser is { } buckets) _users.Leave(allowance.User, buckets);
    }

    /// <summary>Takes one command from every bucket it concerns: those of the connection first, so that what is refused
    /// there takes nothing from others.</summary>
    /// <returns>The error; <see langword="null"/> when it may be run.</returns>
    public ProtocolError? Take(Allowance allowance, LimitKind kind, int bytes)
    {
        var nowMs = Clock.NowMs;
        return Take(LimitScope.Connection, _ofConnection, allowance.Own, kind, bytes, nowMs)
            ?? (allowance.OfUser is { } ofUser ? Take(LimitScope.User, _ofUser, ofUser, kind, bytes, nowMs) : null)
            ?? Take(LimitScope.Address, _ofAddress, allowance.OfAddress, kind, bytes, nowMs);
    }

    /// <summary>The node turns a connection away.</summary>
    public void OnRefused(Shortage shortage)
    {
        _metrics.OnRefused(shortage);
        if (shortage == Shortage.Stopping) return;   // the log says already that it stops
        if (_nodeFull.Take((int)shortage) is { Length: > 0 } counts) LimitLog.NodeFull(_log, counts);
    }

    /// <summary>Counts a refusal.</summary>
    /// <returns><see langword="true"/> when the connection had too many: it is closed (3013).</returns>
    public bool HasTooManyRefusals(Allowance allowance) => _refusals.Take(ref allowance.RefusalsPaidUntilNs, Clock.NowMs, 1) > 0;

    /// <summary>Every now and then: forgets who has been quiet.</summary>
    public void ForgetQuiet()
    {
        _users.ForgetFull(Clock.NowMs);
        _addresses.ForgetFull(Clock.NowMs);
    }

    private ProtocolError? Take(LimitScope scope, RateTable rates, Buckets buckets, LimitKind kind, int bytes, long nowMs)
    {
        if (!rates.HasLimits) return null;
        var waitMs = rates[LimitKind.Commands].Take(ref buckets[LimitKind.Commands], nowMs, 1);
        if (waitMs > 0) return Refuse(scope, LimitKind.Commands, waitMs);
        if (kind != LimitKind.Commands && (waitMs = rates[kind].Take(ref buckets[kind], nowMs, 1)) > 0) return Refuse(scope, kind, waitMs);
        waitMs = rates[LimitKind.Bytes].Take(ref buckets[LimitKind.Bytes], nowMs, bytes);
        return waitMs > 0 ? Refuse(scope, LimitKind.Bytes, waitMs) : null;
    }

    private ProtocolError? Refuse(LimitScope scope, LimitKind kind, long waitMs)
    {
        OnOverLimit(scope, kind);
        if (_onlyWarns) return null;
        return new ProtocolError(
            ProtocolErrors.TooManyRequests.Code,
            string.Create(
                CultureInfo.InvariantCulture,
                $"too many requests: {LimitMetrics.NameOf(kind)} of this {LimitMetrics.NameOf(scope)}, try again in {waitMs} ms"),
            Temporary: true);
    }

    private void OnOverLimit(LimitScope scope, LimitKind kind)
    {
        _metrics.OnRefused(scope, kind);
        var counts = _overLimit.Take(((int)scope * Buckets.KindCount) + (int)kind);
        if (counts.Length > 0) LimitLog.OverLimit(_log, counts, _onlyWarns ? "warn" : "refuse");
    }

    private void OnAddressFull()
    {
        _metrics.OnRefused(LimitScope.Address, LimitKind.Connect);
        var count = _addressFull.Take();
        if (count > 0) LimitLog.AddressFull(_log, count);
    }
}
