using Starling.Protocol;
using Starling.Simulation.World;

namespace Starling.Simulation.Plans;

/// <summary>Makes a plan from a seed.</summary>
internal static class Planner
{
    private static readonly string[] s_namespaces = ["recover", "recover", "ask", "pos", "cache", "live", "brief", "board", "match", "cursor", "room", "hall"];
    private static readonly string[] s_tags = ["", "a", "b"];
    private static readonly int[] s_rates = [1, 5, 20];
    private static readonly int[] s_queues = [1 << 20, 1 << 20, 1 << 20, 32_768, 4_096];

    /// <summary>Time after chaos in which everything must settle: a dead server is noticed (ping and delay, 10 s), clients back
    /// off (2 s), a refused call times out (5 s), a lost last message is found (5 s).</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(40);

    /// <summary>Time after chaos in which nobody is listed any more who died with a node: 60 s after the last renewal.</summary>
    public static readonly TimeSpan GhostTime = TimeSpan.FromSeconds(65);

    public static Plan Make(ulong seed)
    {
        var dice = new Dice(seed).For("plan");
        var isDirect = dice.Chance(0.4);
        var nodes = isDirect ? 1 : dice.From(1, 3);
        var traits = s_namespaces.Distinct(StringComparer.Ordinal).ToDictionary(static name => name, name => Traits(name, dice), StringComparer.Ordinal);
        var channels = Enumerable.Range(0, dice.From(1, 5))
            .Select(i => (Name: dice.Of(s_namespaces), Number: i))
            .Select(each => traits[each.Name] with { Name = $"{each.Name}:{each.Number}" })
            .ToArray();
        var clients = Enumerable.Range(0, dice.From(2, 10)).Select(_ => Client(channels, dice)).ToArray();
        var actions = new List<PlannedAction>();
        var calms = new List<TimeSpan>();
        var start = TimeSpan.FromSeconds(2);
        for (var round = dice.From(1, 2); round > 0; round--)
        {
            var end = start + dice.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25));
            AddTraffic(actions, start, end, clients.Length, channels, dice);
            AddFaults(actions, start, end, clients.Length, nodes, channels.Length, isDirect, dice);
            calms.Add(end);
            start = end + SettleTime;
        }
        return new Plan
        {
            Seed = seed,
            Nodes = nodes,
            IsDirect = isDirect,
            Channels = channels,
            Clients = clients,
            Actions = [.. actions.OrderBy(static action => action.At)],
            Calms = calms,
            PublishesDeltas = dice.Chance(0.7),
            Limits = new PlannedLimits(
                dice.From(1, 16), dice.Chance(0.5) ? 300 : dice.From(1, 20), TimeSpan.FromSeconds(dice.From(3, 10)), dice.Of(s_queues)),
        };
    }

    private static PlannedChannel Traits(string name, Dice dice) => name switch
    {
        "live" => new PlannedChannel(name, 0, TimeSpan.Zero, dice.From(8, 200)),
        "brief" => new PlannedChannel(name, dice.From(5, 100), TimeSpan.FromSeconds(dice.From(1, 5)), dice.From(2, 64)),
        "board" => new PlannedChannel(name, dice.From(5, 100), TimeSpan.FromMinutes(10), 0),
        "match" => new PlannedChannel(name, dice.From(5, 100), TimeSpan.FromMinutes(10), 0, TimeSpan.FromSeconds(dice.From(5, 60))),
        "cursor" => new PlannedChannel(name, 0, TimeSpan.Zero, 0, TimeSpan.FromSeconds(dice.From(5, 60))),
        "room" => new PlannedChannel(name, 0, TimeSpan.Zero, dice.From(8, 200), LeaveGrace: TimeSpan.FromSeconds(dice.From(2, 8))),
        "hall" => new PlannedChannel(name, dice.From(5, 100), TimeSpan.FromMinutes(10), dice.From(2, 64), LeaveGrace: TimeSpan.FromSeconds(dice.From(2, 8))),
        _ => new PlannedChannel(name, dice.From(3, dice.Chance(0.5) ? 20 : 400), TimeSpan.FromMinutes(10), dice.From(2, 64)),
    };

    private static PlannedClient Client(PlannedChannel[] channels, Dice dice)
    {
        var wishes = new List<Wish>();
        for (var i = 0; i < channels.Length; i++)
        {
            if (dice.Chance(0.7)) wishes.Add(Wish(i, channels[i].Namespace, dice));
        }
        return new PlannedClient(dice.Chance(0.5) ? Wire.Json : Wire.Protobuf, wishes);
    }

    private static Wish Wish(int channel, string kind, Dice dice)
    {
        var wish = new Wish(channel, UsesId: dice.Chance(0.5), Rate: dice.Chance(0.2) ? dice.Of(s_rates) : 0);
        return dice.Below(6) switch
        {
            0 or 1 or 4 when kind is "board" or "match" or "cursor" => wish,
            0 or 1 when kind != "cache" => wish with { Tag = dice.Of(s_tags) },
            2 or 3 => wish with { WantsDelta = true },
            4 when kind != "ask" => new Wish(channel, AtConnect: true),   // a position is not asked for at connect
            _ => wish,
        };
    }

    private static void AddTraffic(List<PlannedAction> actions, TimeSpan start, TimeSpan end, int clients, PlannedChannel[] channels, Dice dice)
    {
        var count = (int)((end - start).TotalSeconds * dice.From(1, 12));
        var burst = dice.Chance(0.3) ? 60 : 6;
        for (var i = 0; i < count; i++)
        {
            var channel = dice.Below(channels.Length);
            var kind = dice.Below(20) switch
            {
                < 4 => ActionKind.Publish,
                < 7 => ActionKind.SurePublish,
                < 13 => ActionKind.ServerPublish,
                < 15 => ActionKind.KeyedPublish,
                15 when channels[channel].HistorySize > 0 => ActionKind.ReadHistory,
                16 => ActionKind.Subscribe,
                17 => ActionKind.Unsubscribe,
                18 when dice.Chance(0.3) => ActionKind.Leave,
                _ => ActionKind.Publish,
            };
            actions.Add(new PlannedAction(dice.Between(start, end), kind, dice.Below(clients), channel, dice.From(1, burst), dice.UpTo(6_000)));
        }
    }

    /// <summary>Each run has some kinds of faults, not all: what two of them do together is seen more clearly.</summary>
    private static void AddFaults(
        List<PlannedAction> actions, TimeSpan start, TimeSpan end, int clients, int nodes, int channels, bool isDirect, Dice dice)
    {
        List<ActionKind> possible =
        [
            ActionKind.Reset, ActionKind.Swallow, ActionKind.StopReading, ActionKind.ReadSlowly,
            ActionKind.KillNode, ActionKind.KillMachine, ActionKind.StopNode, ActionKind.FreezeNode, ActionKind.MoveClock,
            ActionKind.ForgetStreams, ActionKind.RemoveHistory,
        ];
        if (!isDirect) possible.AddRange([ActionKind.LoseDeliveries, ActionKind.DoubleDeliveries, ActionKind.DelayDeliveries, ActionKind.BrokerDown]);
        foreach (var kind in possible)
        {
            if (!dice.Chance(0.3)) continue;
            var times = IsAboutOneClient(kind) ? dice.From(1, 2 * clients) : dice.From(1, 3);
            for (var i = 0; i < times; i++)
            {
                var who = dice.Below(IsAboutOneClient(kind) ? clients : nodes);
                actions.Add(new PlannedAction(dice.Between(start, end), kind, who, dice.Below(channels), dice.From(1, 50), dice.UpTo(dice.Chance(0.2) ? 15_000 : 4_000)));
            }
        }
    }

    private static bool IsAboutOneClient(ActionKind kind) =>
        kind is ActionKind.Reset or ActionKind.Swallow or ActionKind.StopReading or ActionKind.ReadSlowly;
}
