using Starling.Limits;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>What a connection holds of the limits it shares, from its admission to its end.</summary>
internal sealed partial class Connection
{
    private bool _isPending;

    /// <summary>What it may do; <see langword="null"/> without limits.</summary>
    public Allowance? Allowance { get; private set; }

    /// <summary>The node has counted it, and taken it in.</summary>
    public void Enter(Allowance? allowance)
    {
        Allowance = allowance;
        _isPending = true;
    }

    /// <summary>It is about to be connected, and shares its user's limits from here on.</summary>
    /// <returns>The error when the user connects too often.</returns>
    public ProtocolError? EnterUserLimits(string user)
    {
        if (Allowance is not { } allowance) return null;
        lock (_gate) return _isClosed ? null : allowance.Limiter.EnterUser(allowance, user);
    }

    /// <summary>Under the gate.</summary>
    private void LeavePending()
    {
        if (!_isPending) return;
        _isPending = false;
        _node.OnNoLongerPending();
    }

    /// <summary>Under the gate, when the connection is over.</summary>
    private void GiveBack()
    {
        LeavePending();
        if (Allowance is { } allowance) allowance.Limiter.Leave(allowance);
    }
}
