using Starling.Cluster;
using Starling.Limits;

namespace Starling.Connections;

/// <summary>How many commands of one connection may run in a row before it gives way to whoever waits.</summary>
/// <remarks>Commands run where they arrive, in the thread that polls the sockets: a client that sends thousands at once would have
/// that thread, and with it all others, wait until the last is done. Not for several threads at once.</remarks>
internal sealed class Turn(Node node)
{
    /// <summary>A tenth to a third of a millisecond of work. Publications of one turn share their writes to the subscribers: half as many would
    /// cost a busy publisher a quarter of its throughput (workload W2).</summary>
    private const int CommandsMax = 16;

    private TurnBudget _budget = new(CommandsMax, node.Time.TimestampFrequency);

    /// <summary>Whether the next command may be run at once.</summary>
    /// <returns><see langword="false"/>, once, when it has to wait for the <see cref="NextAsync">next turn</see>.</returns>
    public bool TryGoOn() => _budget.TryGoOn(node.Time.GetTimestamp());

    /// <summary>A command is run.</summary>
    public void Begin() => _budget.Begin(node.Time.GetTimestamp());

    /// <summary>It is done, or waits for something and keeps nobody waiting.</summary>
    public void End() => _budget.End(node.Time.GetTimestamp());

    /// <summary>Completes, on another stack, behind what has been waiting until now.</summary>
    public ValueTask NextAsync()
    {
        var next = new Next();
        node.RunSoon(next);
        return new ValueTask(next.Task);
    }

    private sealed class Next : TaskCompletionSource, IThreadPoolWorkItem
    {
        public void Execute() => SetResult();
    }
}
