using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Nodes with keyed channels: <c>board</c> (persistent), <c>game</c> (recoverable), <c>cursors</c> (ephemeral).</summary>
internal static class StateHarness
{
    public static void Options(StarlingOptions options)
    {
        foreach (var (name, mode) in new[] { ("board", ChannelMapMode.Persistent), ("game", ChannelMapMode.Recoverable), ("cursors", ChannelMapMode.Ephemeral) })
        {
            var ns = new ChannelNamespaceOptions { Name = name, SubscriptionType = ChannelSubscriptionType.Map, AllowTagsFilter = true };
            ns.AllowedDeltaTypes.Add("fossil");
            ns.Map.Mode = mode;
            ns.Map.KeyTtl = mode == ChannelMapMode.Persistent ? TimeSpan.Zero : TimeSpan.FromSeconds(30);
            options.Channel.Namespaces.Add(ns);
        }
    }

    public static EngineHarness Start(Action<StarlingOptions>? more = null, Broker? broker = null, Action<IThreadPoolWorkItem>? schedule = null) => new(
        options =>
        {
            Options(options);
            more?.Invoke(options);
        },
        broker,
        schedule: schedule);

    public static void Write(this EngineHarness engine, string channel, string key, string json, Dictionary<string, string>? tags = null)
    {
        var write = new StateWrite(key, new Publication { Data = Encoding.UTF8.GetBytes(json), Tags = tags });
        Assert.Equal(StateWriteStatus.Written, Done(engine.Node.State.WriteAsync(channel, write, default)).Result.Status);
    }

    public static void Remove(this EngineHarness engine, string channel, string key) =>
        Assert.Equal(StateWriteStatus.Written, Done(engine.Node.State.WriteAsync(channel, new StateWrite(key, null), default)).Result.Status);

    public static void WriteMany(this EngineHarness engine, string channel, int count, string json = "0", int from = 0)
    {
        for (var i = from; i < from + count; i++) engine.Write(channel, $"key-{i:D4}", json);
    }

    /// <summary>Sends one subscribe request and takes its answer.</summary>
    public static Reply Ask(this TestPeer peer, string channel, MapPhase phase, Action<SubscribeRequest>? more = null)
    {
        var request = new SubscribeRequest { Channel = channel, Type = SubscriptionType.Map, Phase = phase };
        more?.Invoke(request);
        peer.Send(new Command { Id = 7, Subscribe = request });
        return peer.Take();
    }

    public static SubscribeResult Result(this Reply reply)
    {
        Assert.Null(reply.Error);
        return reply.Subscribe!;
    }

    /// <summary>Loads the state as the SDK does.</summary>
    public static Loaded Load(this TestPeer peer, string channel, Action<SubscribeRequest>? more = null, Action<int>? between = null)
    {
        var loaded = new Loaded();
        var result = peer.Ask(channel, MapPhase.State, more).Result();
        for (var page = 1; result.Phase != MapPhase.Live; page++)
        {
            loaded.Take(result);
            between?.Invoke(page);
            var (cursor, offset, epoch) = (result.Cursor, result.Offset, result.Epoch);
            result = cursor.Length > 0
                ? peer.Ask(channel, MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (cursor, offset, epoch)).Result()
                : peer.Ask(channel, MapPhase.Stream, request => (request.Offset, request.Epoch) = (offset, epoch)).Result();
        }
        loaded.Take(result);
        loaded.Live = result;
        return loaded;
    }

    public static string Text(Publication publication) => Encoding.UTF8.GetString(publication.Data.Span);

    private static T Done<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
#pragma warning disable VSTHRD002   // it is completed
        return task.Result;
#pragma warning restore VSTHRD002
    }
}

/// <summary>What a client has of a channel.</summary>
internal sealed class Loaded
{
    public Dictionary<string, string> State { get; } = [];

    /// <summary>Keys of the state pages, as they came.</summary>
    public List<string> PageKeys { get; } = [];

    /// <summary>Changes that came with stream pages and the live reply.</summary>
    public List<Publication> Changes { get; } = [];

    public int Pages { get; private set; }

    public SubscribeResult Live { get; set; } = null!;

    public void Take(SubscribeResult result)
    {
        Pages++;
        Assert.Equal(SubscriptionType.Map, result.Type);
        foreach (var entry in result.State ?? [])
        {
            PageKeys.Add(entry.Key);
            State[entry.Key] = StateHarness.Text(entry);
        }
        foreach (var change in result.Publications ?? [])
        {
            Changes.Add(change);
            Apply(change);
        }
    }

    public void Apply(Publication change)
    {
        if (change.Removed) State.Remove(change.Key);
        else State[change.Key] = StateHarness.Text(change);
    }

    public void Apply(IEnumerable<Reply> replies)
    {
        foreach (var reply in replies)
        {
            if (reply.Push?.Pub is { } change) Apply(change);
        }
    }
}
