using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Presence;

/// <summary>A broker whose presence can be watched, slow or out of reach.</summary>
internal sealed class PresenceFaults(Broker inner) : FaultyBroker(inner)
{
    /// <summary>Connection ids of each write of entries.</summary>
    public List<string[]> Written { get; } = [];

    /// <summary>Reads of lists.</summary>
    public int Lists { get; private set; }

    /// <summary>All joins and leaves announced.</summary>
    public List<MembershipChange[]> Announced { get; } = [];

    /// <summary>It answers nothing about presence.</summary>
    public bool IsDown { get; set; }

    /// <summary>What writing an entry waits for.</summary>
    public TaskCompletionSource<bool>? Entering { get; set; }

    /// <summary>What announcing waits for.</summary>
    public TaskCompletionSource<bool>? Announcing { get; set; }

    public override async ValueTask<bool> SetPresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, CancellationToken cancellationToken)
    {
        if (IsDown) return false;
        Written.Add([.. clients.Select(static one => one.Client)]);
        var done = await base.SetPresenceAsync(channel, clients, ttl, cancellationToken);
        return done && (Entering is null || await Entering.Task);
    }

    public override ValueTask<bool> RemovePresenceAsync(string channel, IReadOnlyList<ClientInfo> clients, CancellationToken cancellationToken) =>
        IsDown ? ValueTask.FromResult(false) : base.RemovePresenceAsync(channel, clients, cancellationToken);

    public override ValueTask<PresenceList> ListPresenceAsync(string channel, int limit, CancellationToken cancellationToken)
    {
        Lists++;
        return IsDown ? ValueTask.FromResult(PresenceList.Unavailable) : base.ListPresenceAsync(channel, limit, cancellationToken);
    }

    public override async ValueTask<bool> AnnounceAsync(string channel, IReadOnlyList<MembershipChange> changes, CancellationToken cancellationToken)
    {
        Announced.Add([.. changes]);
        if (IsDown) return false;
        if (Announcing is not null) await Announcing.Task;
        return await base.AnnounceAsync(channel, changes, cancellationToken);
    }
}
