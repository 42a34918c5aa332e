using System.Globalization;
using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Simulation.Checks;
using Starling.Simulation.Clients;
using Starling.Simulation.Plans;

namespace Starling.Simulation.World;

/// <summary>Does what the plan says, and takes every fault back when the calm comes.</summary>
internal sealed class WorldActions(
    Plan plan, Process network, Backbone backbone, SimulatedNode[] nodes, SimClient[] clients, EventLog log, Dice dice)
{
    private static readonly string[] s_tags = ["a", "b", ""];

    private readonly List<Link> _slowed = [];
    private int _served;

    public void Do(PlannedAction action)
    {
        var channel = plan.Channels[action.Channel].Name;
        if (plan.Channels[action.Channel].IsKeyed && action.Kind is ActionKind.ServerPublish or ActionKind.KeyedPublish or ActionKind.RemoveHistory)
        {
            WriteKeys(action, channel);
            return;
        }
        switch (action.Kind)
        {
            case < ActionKind.ServerPublish:
                AskClient(clients[action.Who % clients.Length], action, channel);
                break;
            case ActionKind.ServerPublish:
                for (var i = 0; i < action.Amount; i++) Publish(nodes[action.Who % nodes.Length], channel, NewMessage("s"), "");
                break;
            case ActionKind.KeyedPublish:
                PublishTwice(action, channel);
                break;
            case < ActionKind.KillNode:
                HurtLink(action);
                break;
            case < ActionKind.LoseDeliveries:
                HurtNode(nodes[action.Who % nodes.Length], action);
                break;
            default:
                HurtBroker(action, channel);
                break;
        }
    }

    public static void Want(SimClient client, PlannedChannel channel, Wish wish)
    {
        if (channel.IsKeyed) client.WantKeyed(channel.Name, wish);
        else client.Want(channel.Name, wish);
    }

    /// <summary>Every fault is over; links that died quietly stay dead until someone notices.</summary>
    public void Heal()
    {
        (backbone.LossChance, backbone.DoubleChance, backbone.LateChance) = (0, 0, 0);
        backbone.IsDown = false;
        foreach (var link in _slowed)
        {
            link.ToClient.StoppedUntil = TimeSpan.Zero;
            link.ToClient.PieceBytesMax = 0;
        }
        foreach (var node in nodes)
        {
            if (node.Running is null) node.Start();
        }
        for (var i = 0; i < clients.Length; i++)
        {
            var (client, wishes) = (clients[i], plan.Clients[i].Wishes);
            client.Process.After(TimeSpan.Zero, () =>
            {
                client.Start();
                foreach (var wish in wishes) Want(client, plan.Channels[wish.Channel], wish);
            });
        }
    }

    private void AskClient(SimClient client, PlannedAction action, string channel)
    {
        var own = plan.Clients[action.Who % clients.Length].Wishes.FirstOrDefault(wish => wish.Channel == action.Channel);
        client.Process.Run(() =>
        {
            switch (action.Kind)
            {
                case ActionKind.Publish or ActionKind.SurePublish or ActionKind.ReadHistory when plan.Channels[action.Channel].IsKeyed:
                    for (var i = 0; i < action.Amount; i++) client.WriteKey(channel, NewKey(), Padding(), removes: action.Kind == ActionKind.ReadHistory);
                    break;
                case ActionKind.Publish:
                    for (var i = 0; i < action.Amount; i++) client.Publish(channel, Padding());
                    break;
                case ActionKind.ReadHistory:
                    client.ReadHistory(channel, action.Amount);
                    break;
                case ActionKind.SurePublish:
                    for (var i = 0; i < Math.Min(action.Amount, 5); i++) client.PublishSurely(channel, Padding());
                    break;
                case ActionKind.Subscribe when own is { AtConnect: false }:
                    Want(client, plan.Channels[action.Channel], own);
                    break;
                case ActionKind.Unsubscribe when own is { AtConnect: false }:
                    client.Unwant(channel);
                    break;
                case ActionKind.Leave:
                    client.Leave();
                    client.Process.After(action.Span, client.Start);
                    break;
            }
        });
    }

    /// <summary>Once or twice with one key, on one node or two: it must be stored once.</summary>
    private void PublishTwice(PlannedAction action, string channel)
    {
        var message = NewMessage("k");
        Publish(nodes[action.Who % nodes.Length], channel, message, message.Id);
        network.After(action.Span, () => Publish(nodes[action.Amount % nodes.Length], channel, message, message.Id));
    }

    /// <summary>The application writes keys, removes one, writes one twice under one key of idempotency, or clears all.</summary>
    private void WriteKeys(PlannedAction action, string channel)
    {
        var node = nodes[action.Who % nodes.Length];
        if (action.Kind == ActionKind.RemoveHistory)
        {
            Tell(action);
            // Without a stream each removal is announced; with one the state is gone, and its epoch.
            if (plan.Channels[action.Channel].HistorySize > 0) log.Add(new SimEvent(network.Scheduler.Now, EventKind.Forgotten) { Channel = channel });
            backbone.Process.Run(() => _ = backbone.Store.ClearStateAsync(channel, StorageOf(plan.Channels[action.Channel]), default));
            return;
        }
        for (var i = 0; i < action.Amount; i++)
        {
            var (key, message) = (NewKey(), NewMessage("w"));
            WriteKey(node, channel, key, dice.Chance(0.2) ? null : message, "");
            if (action.Kind != ActionKind.KeyedPublish) continue;
            var (twice, repeated) = (NewKey(), NewMessage("t"));
            WriteKey(node, channel, twice, repeated, repeated.Id);
            network.After(action.Span, () => WriteKey(nodes[action.Amount % nodes.Length], channel, twice, repeated, repeated.Id));
            break;
        }
    }

    private void WriteKey(SimulatedNode node, string channel, string key, OwnMessage? message, string idempotencyKey) => node.Process.Run(() =>
    {
        if (node.Running is not { } running) return;
        var value = message is null ? null : new Publication { Data = Encoding.UTF8.GetBytes($"\"{message.Id}|{new string('y', message.Padding)}\"") };
        _ = running.State.WriteAsync(channel, new StateWrite(key, value) { IdempotencyKey = idempotencyKey, IsDeltaCandidate = plan.PublishesDeltas }, running.Stopping).AsTask();
    });

    private static StateStorage StorageOf(PlannedChannel channel) =>
        new(channel.KeyTtl, channel.HistorySize, channel.HistoryTtl, TimeSpan.FromHours(1));

    private string NewKey() => string.Create(CultureInfo.InvariantCulture, $"k{dice.Below(dice.Chance(0.5) ? 5 : 40)}");

    private OwnMessage NewMessage(string kind) => new($"{kind}-{++_served}", dice.Of(s_tags), Padding());

    private void Publish(SimulatedNode node, string channel, OwnMessage message, string key)
    {
        var publication = new Publication
        {
            Data = Encoding.UTF8.GetBytes($"\"{message.Id}|{new string('y', message.Padding)}\""),
            Tags = message.Tag.Length > 0 ? new Dictionary<string, string> { ["tag"] = message.Tag } : null,
        };
        node.Process.Run(() => _ = PublishAsync(node, channel, message.Id, publication, key));
    }

    private async Task PublishAsync(SimulatedNode node, string channel, string message, Publication publication, string key)
    {
        if (node.Running is not { } running) return;
        log.Add(new SimEvent(network.Scheduler.Now, EventKind.Publishing) { Channel = channel, Message = message });
        var outcome = await running.PublishAsync(channel, publication, storage => storage with { IdempotencyKey = key }, running.Stopping);
        log.Add(new SimEvent(network.Scheduler.Now, outcome.Error is null ? EventKind.Acked : EventKind.Refused)
        {
            Channel = channel,
            Message = message,
            Offset = outcome.Offset,
            Epoch = outcome.Epoch,
            Code = outcome.Error?.Code ?? 0,
        });
    }

    private void HurtLink(PlannedAction action)
    {
        var client = clients[action.Who % clients.Length];
        if (client.Link is not { } link) return;
        Tell(action, client.Number);
        switch (action.Kind)
        {
            case ActionKind.Reset:
                link.Reset();
                break;
            case ActionKind.Swallow:
                link.Swallow();
                break;
            case ActionKind.StopReading:
                _slowed.Add(link);
                link.ToClient.StoppedUntil = network.Scheduler.Now + action.Span;
                break;
            case ActionKind.ReadSlowly:
                _slowed.Add(link);
                link.ToClient.PieceBytesMax = action.Amount * 10;
                network.After(action.Span, () => link.ToClient.PieceBytesMax = 0);
                break;
        }
    }

    private void HurtNode(SimulatedNode node, PlannedAction action)
    {
        if (node.Running is null) return;
        Tell(action);
        switch (action.Kind)
        {
            case ActionKind.KillNode or ActionKind.KillMachine:
                log.Add(new SimEvent(network.Scheduler.Now, EventKind.NodeKilled) { Code = NumberOf(node) });
                node.Kill(withItsMachine: action.Kind == ActionKind.KillMachine);
                if (backbone.IsDirect && action.Amount % 2 == 0) backbone.Forget();
                StartLater(node, action.Span);
                break;
            case ActionKind.StopNode:
                log.Add(new SimEvent(network.Scheduler.Now, EventKind.NodeStopped) { Code = NumberOf(node) });
                node.Stop();
                StartLater(node, action.Span + TimeSpan.FromSeconds(1));
                break;
            case ActionKind.FreezeNode:
                node.Process.StandStill(action.Span);
                break;
            case ActionKind.MoveClock:
                node.Process.Time.WallClockError = action.Span * (action.Amount % 2 == 0 ? 3_600 : -3_600);
                break;
        }
    }

    private uint NumberOf(SimulatedNode node) => (uint)Array.IndexOf(nodes, node) + 1;

    private void StartLater(SimulatedNode node, TimeSpan after) => network.After(after, () =>
    {
        if (node.Running is null) node.Start();
        else if (!node.IsOpen) StartLater(node, TimeSpan.FromSeconds(1));   // still stopping
    });

    private void HurtBroker(PlannedAction action, string channel)
    {
        Tell(action);
        var chance = action.Amount / 100.0;
        switch (action.Kind)
        {
            case ActionKind.LoseDeliveries:
                backbone.LossChance = chance;
                network.After(action.Span, () => backbone.LossChance = 0);
                break;
            case ActionKind.DoubleDeliveries:
                backbone.DoubleChance = chance;
                network.After(action.Span, () => backbone.DoubleChance = 0);
                break;
            case ActionKind.DelayDeliveries:
                backbone.LateChance = chance;
                network.After(action.Span, () => backbone.LateChance = 0);
                break;
            case ActionKind.BrokerDown:
                backbone.IsDown = true;
                network.After(action.Span, () => backbone.IsDown = false);
                break;
            case ActionKind.ForgetStreams:
                backbone.Forget();
                break;
            case ActionKind.RemoveHistory:
                backbone.RemoveHistory(channel);
                break;
        }
    }

    private void Tell(PlannedAction action, int client = 0) =>
        log.Add(new SimEvent(network.Scheduler.Now, EventKind.Fault, client) { Message = $"{action.Kind} of {action.Who} for {action.Span.TotalSeconds:F2} s" });

    private int Padding() => dice.Chance(0.25) ? dice.From(200, 3_000) : dice.Below(60);

    /// <summary>What the application behind the nodes publishes; a repeat is the same in everything.</summary>
    private sealed record OwnMessage(string Id, string Tag, int Padding);
}
