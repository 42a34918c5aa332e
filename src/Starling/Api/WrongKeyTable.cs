using System.Net;
using System.Runtime.InteropServices;
using Starling.Limits;

namespace Starling.Api;

/// <summary>Slows down whoever tries keys (attack A70): after sixty wrong ones an address gets one more try a second.</summary>
/// <remarks>Thread-safe. An address that showed the right key within the last hour goes on to be served with it, so that
/// nobody can lock a back end out from behind the same proxy. An IPv6 network of 64 bits counts as one address. Bounded: when
/// the table is full of addresses that matter, all further ones share one entry.</remarks>
internal sealed class WrongKeyTable(TimeProvider time)
{
    internal const int AddressesMax = 4096;

    /// <summary>Wrong keys an address may send at once.</summary>
    internal const int Burst = 60;

    private const long IntervalMs = 1_000;
    private const long TrustMs = 3_600_000;
    private const long PurgeIntervalMs = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private readonly long _start = time.GetTimestamp();
    private long _nextPurgeMs;

    private long NowMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Whether the address has used up its tries.</summary>
    /// <param name="address">The peer's; <see langword="null"/> when it has none.</param>
    /// <param name="isTrusted">It has shown the right key lately.</param>
    public bool IsSlowed(IPAddress? address, out bool isTrusted)
    {
        lock (_gate)
        {
            var now = NowMs;
            var entry = _entries.GetValueOrDefault(KeyOf(address));
            isTrusted = entry.TrustedUntilMs > now;
            return IsUsedUp(entry.PaidUntilMs, now);
        }
    }

    /// <summary>Notes a wrong key. Each costs a second; an address may be ahead of the clock by <see cref="Burst"/> of them.</summary>
    /// <returns><see langword="true"/> when this was the last free try.</returns>
    public bool OnWrongKey(IPAddress? address)
    {
        lock (_gate)
        {
            var now = NowMs;
            var key = KeyOf(address);
            var entry = _entries.GetValueOrDefault(key);
            var paidUntil = Math.Max(entry.PaidUntilMs, now) + IntervalMs;
            _entries[key] = entry with { PaidUntilMs = paidUntil };
            return IsUsedUp(paidUntil, now);
        }
    }

    /// <summary>Notes the right key.</summary>
    public void OnRightKey(IPAddress? address)
    {
        lock (_gate)
        {
            var now = NowMs;
            var key = KeyOf(address);
            var entry = _entries.GetValueOrDefault(key);
            // The shared entry is nobody's: it is never trusted.
            if (key.Equals(IPAddress.None) || entry.TrustedUntilMs - now > TrustMs / 2) return;
            _entries[key] = entry with { TrustedUntilMs = now + TrustMs };
        }
    }

    /// <summary>Under the gate. The address the entry goes by.</summary>
    private IPAddress KeyOf(IPAddress? address)
    {
        var key = AddressNetwork.Of(address);
        if (_entries.Count < AddressesMax || _entries.ContainsKey(key)) return key;
        Purge();
        return _entries.Count < AddressesMax ? key : IPAddress.None;
    }

    private void Purge()
    {
        var now = NowMs;
        if (now < _nextPurgeMs) return;
        _nextPurgeMs = now + PurgeIntervalMs;
        foreach (var (address, entry) in _entries)
        {
            if (entry.PaidUntilMs <= now && entry.TrustedUntilMs <= now) _entries.Remove(address);   // allowed while walking
        }
    }

    /// <summary>There is no room for the time one more try costs.</summary>
    private static bool IsUsedUp(long paidUntilMs, long nowMs) => paidUntilMs - nowMs > (Burst - 1) * IntervalMs;

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(long PaidUntilMs, long TrustedUntilMs);
}
