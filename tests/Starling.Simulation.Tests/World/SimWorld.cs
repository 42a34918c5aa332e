using Starling.Protocol;
using Starling.Simulation.Checks;
using Starling.Simulation.Clients;
using Starling.Simulation.Plans;
using Starling.Transports;

namespace Starling.Simulation.World;

/// <summary>What a run left.</summary>
/// <param name="Log">Everything that happened.</param>
/// <param name="Complaints">What was seen to be wrong at once: errors logged by nodes, messages out of turn.</param>
/// <param name="VirtualTime">How long it took in its own time.</param>
/// <param name="Steps">Pieces of work done.</param>
internal sealed record RunResult(EventLog Log, IReadOnlyList<Complaint> Complaints, TimeSpan VirtualTime, long Steps);

/// <summary>Something wrong that shows at once.</summary>
/// <param name="Index">Events there were before.</param>
/// <param name="Who">The client; 0: a node.</param>
/// <param name="Text">What it is.</param>
internal sealed record Complaint(int Index, int Who, string Text);

/// <summary>Whole nodes, their broker, their clients and the network between them, on one thread and one clock.</summary>
internal sealed class SimWorld : IClientWorld
{
    private static readonly WebSocketFraming s_json = new(Wire.Json);
    private static readonly WebSocketFraming s_protobuf = new(Wire.Protobuf);

    private readonly Plan _plan;
    private readonly Dice _dice;
    private readonly Scheduler _scheduler;
    private readonly Process _network;
    private readonly Backbone _backbone;
    private readonly SimulatedNode[] _nodes;
    private readonly SimClient[] _clients;
    private readonly List<Complaint> _complaints = [];
    private readonly WorldActions _actions;
    private int _links;

    private SimWorld(Plan plan)
    {
        _plan = plan;
        _dice = new Dice(plan.Seed).For("world");
        _scheduler = new Scheduler(_dice.For("order"));
        _network = NewProcess("network");
        _backbone = new Backbone(NewProcess("broker"), _dice.For("broker"), Log, plan.IsDirect);
        _nodes = [.. Enumerable.Range(1, plan.Nodes).Select(i => new SimulatedNode(
            _scheduler, _backbone, () => WorldOptions.Of(plan), context => AdmitAsync(context, (uint)i), _dice.For($"node {i}"), error => Complain(0, $"I12: node {i} logged: {error}")))];
        _clients = [.. plan.Clients.Select((client, i) => new SimClient(
            i + 1, client.Wire, this, NewProcess($"client {i + 1}"), _dice.For($"habits of client {i + 1}")))];
        _actions = new WorldActions(plan, _network, _backbone, _nodes, _clients, Log, _dice.For("actions"));
    }

    public EventLog Log { get; } = new();

    public Backbone Backbone => _backbone;

    /// <summary>Runs a plan from beginning to end.</summary>
    /// <param name="plan">What happens.</param>
    /// <param name="tamper">Changes the world before it starts: plants a fault that the checker must find.</param>
    public static RunResult Run(Plan plan, Action<SimWorld>? tamper = null)
    {
        var outer = SynchronizationContext.Current;
        try
        {
            var world = new SimWorld(plan);
            tamper?.Invoke(world);
            world.Run();
            return new RunResult(world.Log, world._complaints, world._scheduler.Now, world._scheduler.Steps);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    public Link? Dial(SimClient client, Dice dice)
    {
        var open = _nodes.Where(static node => node.IsOpen).ToArray();
        if (open.Length == 0) return null;
        var node = dice.Of(open);
        var link = new Link(_network, _dice.For($"link {++_links}"));
        _network.After(dice.UpTo(20), () => node.Accept(link, client.Wire == Wire.Json ? s_json : s_protobuf));
        return link;
    }

    public IEnumerable<string> WhoIsThere(string channel) => _backbone.ListPresent(channel);

    public bool IsWhole(string message, ReadOnlySpan<byte> data) => _backbone.Contents.TryGetValue(message, out var stored) && data.SequenceEqual(stored);

    public void Complain(int who, string what) => _complaints.Add(new Complaint(Log.Events.Count, who, what));

    private void Run()
    {
        foreach (var node in _nodes) node.Start();
        for (var i = 0; i < _clients.Length; i++)
        {
            foreach (var wish in _plan.Clients[i].Wishes) WorldActions.Want(_clients[i], _plan.Channels[wish.Channel], wish);
            var client = _clients[i];
            client.Process.After(_dice.UpTo(1_000), client.Start);
        }
        foreach (var action in _plan.Actions) _network.After(action.At, () => _actions.Do(action));
        foreach (var calm in _plan.Calms)
        {
            _scheduler.RunUntil(calm);
            _actions.Heal();
            Settle(calm + Planner.SettleTime - TimeSpan.FromSeconds(1));
        }
        if (_plan.Channels.Any(static channel => channel.HasPresence)) Settle(_plan.Calms[^1] + Planner.GhostTime);
        foreach (var node in _nodes) node.Dispose();
    }

    /// <summary>Says where the streams stand, and who has not come to rest although it should have (I9).</summary>
    private void Settle(TimeSpan at)
    {
        _scheduler.RunUntil(at - TimeSpan.FromSeconds(2));
        foreach (var client in _clients) client.Process.Run(() => client.AskWhoIsThere(_plan.Channels.Where(static channel => channel.HasPresence).Select(static channel => channel.Name)));
        _scheduler.RunUntil(at);
        _ = _backbone.TellTopsAsync();   // the store answers at once
        foreach (var client in _clients)
        {
            if (!client.IsSettled) Complain(client.Number, "I9: it has not come back");
        }
        Log.Add(new SimEvent(_scheduler.Now, EventKind.Settled));
    }

    /// <summary>Lets everybody in, as the user they say they are.</summary>
    private ValueTask<ConnectingResult> AdmitAsync(ConnectingContext context, uint node)
    {
        var (connection, user) = (context.Client, context.Name);
        Log.Add(new SimEvent(_scheduler.Now, EventKind.Admitted) { Message = connection, Key = user, Tag = context.Version, Code = node });
        context.ConnectionClosed.Register(() => Log.Add(new SimEvent(_scheduler.Now, EventKind.Over) { Message = connection }));
        return ValueTask.FromResult(ConnectingResult.Accept(user));
    }

    private Process NewProcess(string name) => new(_scheduler, _dice.For($"process {name}"));
}
