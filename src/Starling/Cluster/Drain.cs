using System.Globalization;
using Starling.Connections;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Cluster;

/// <summary>Takes a node's connections off it, spread over a window sized by their number, so that their clients do not all
/// come back in the same moment.</summary>
/// <remarks>A client that is closed comes back by itself after a short random wait, wherever it is sent: spreading the closes
/// spreads the returns, for every client there is. Until its turn a connection works as ever; one with a command in work is
/// waited for, within bounds.</remarks>
internal sealed class Drain : WheelItem
{
    /// <summary>Closes a second. A server takes in about five times as many clients a second on one core, while it does its other
    /// work; ten thousand clients then need ten seconds.</summary>
    public const int ClosesPerSecond = 1_000;

    /// <summary>A command in work is waited for so long before its connection is closed all the same.</summary>
    private const int PatienceMs = 2_000;

    /// <summary>When all have been told, those who have not gone after this time are dropped: ten thousand clients, some of them
    /// silent, are gone within fifteen seconds.</summary>
    private const int LastMs = 3_000;

    /// <summary>Least wait that is advised: another server is looked for at once, but not by all in the same instant.</summary>
    private const int AdviceMsMin = 500;

    private readonly Node _node;
    private readonly Queue<Connection> _next;
    private readonly List<(Connection Connection, long UntilMs)> _busy = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _startMs;
    private readonly int _total;
    private int _told;

    /// <param name="node">The node; takes in nobody any more.</param>
    /// <param name="windowMax">The longest window.</param>
    public Drain(Node node, TimeSpan windowMax)
    {
        _node = node;
        _next = new Queue<Connection>(node.Connections.All);
        _total = _next.Count;
        _startMs = node.Wheel.NowMs;
        WindowMs = Math.Min((long)windowMax.TotalMilliseconds, _total * 1_000L / ClosesPerSecond);
    }

    /// <summary>Time over which the closes are spread.</summary>
    public long WindowMs { get; }

    /// <summary>Completes when the last connection has gone, or when those that are left are to be dropped.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Seconds after which a client that is turned away now should try again: spread over as long as those take who are
    /// still here, and not before a node that stands alone can be back.</summary>
    public int RetryAfterSeconds
    {
        get
        {
            var restMs = _node.IsAlone ? Math.Max(0, _startMs + WindowMs - _node.Wheel.NowMs) : 0;
            return 1 + (int)((restMs + (_node.Random.NextDouble() * Math.Max(WindowMs, 4_000))) / 1_000);
        }
    }

    /// <summary>Tells the first ones and goes on by itself.</summary>
    public void Start() => OnDue(_startMs);

    /// <summary>The time is over: those that are left are to be dropped.</summary>
    public void GiveUp() => _ended.TrySetResult();

    /// <summary>What a connection is told (decision 0014).</summary>
    public Disconnect ReasonFor(Connection connection)
    {
        var reason = Disconnects.Shutdown;
        if (!connection.TakesAdvice) return reason;
        // To all the same: their closes are spread already.
        var waitMs = _node.IsAlone ? Math.Max(WindowMs, AdviceMsMin) : AdviceMsMin;
        return reason with { Reason = string.Create(CultureInfo.InvariantCulture, $"{reason.Reason} retry={waitMs}") };
    }

    protected internal override void OnDue(long nowMs)
    {
        var step = (long)TimingWheel.Resolution.TotalMilliseconds;
        var due = WindowMs == 0 ? _total : (int)Math.Min(_total, _total * (nowMs - _startMs + step) / WindowMs);
        while (_told < due && _next.TryDequeue(out var connection))
        {
            _told++;
            if (connection.Commands.IsBusy) _busy.Add((connection, nowMs + PatienceMs));
            else connection.Disconnect(ReasonFor(connection));
        }
        _busy.RemoveAll(one => TryTell(one.Connection, one.UntilMs, nowMs));
        if (_told >= _total) TellLateOnes();
        if (_node.Connections.Count == 0 || nowMs - _startMs >= WindowMs + LastMs)
        {
            _ended.TrySetResult();
            return;
        }
        _node.Wheel.Schedule(this, nowMs + step);
    }

    private bool TryTell(Connection connection, long untilMs, long nowMs)
    {
        if (connection.Commands.IsBusy && nowMs < untilMs) return false;
        connection.Disconnect(ReasonFor(connection));
        return true;
    }

    /// <summary>Those who came in while the door was being closed.</summary>
    private void TellLateOnes()
    {
        foreach (var connection in _node.Connections.All)
        {
            if (!connection.IsClosing && !connection.Commands.IsBusy) connection.Disconnect(ReasonFor(connection));
        }
    }
}
