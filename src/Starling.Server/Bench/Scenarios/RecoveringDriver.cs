using System.Diagnostics;
using System.Text;
using Starling.Protocol;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Scenarios;

/// <summary>What one client knows of the channel, as an SDK keeps it over reconnects (protocol 4.5).</summary>
internal sealed class RecoveringClient
{
    public string Epoch { get; set; } = "";

    public ulong Offset { get; set; }

    /// <summary>It has a position to go on from.</summary>
    public bool HasPosition => Epoch.Length > 0;

    /// <summary>Subscribes that recovered, and those that wanted to and did not.</summary>
    public int Recovered { get; set; }

    public int NotRecovered { get; set; }

    /// <summary>Offsets that did not follow the one before.</summary>
    public int Breaks { get; set; }

    /// <summary>Publications that came in subscribe replies.</summary>
    public long RecoveredPublications { get; set; }

    /// <summary>When the last subscribe was answered.</summary>
    public long BackAt { get; set; }
}

/// <summary>Speaks the JSON wire as an SDK does: subscribes with its position, follows every offset.</summary>
/// <param name="clients">One per connection, in the order of their opening.</param>
internal sealed class RecoveringDriver(RecoveringClient[] clients) : BenchDriver
{
    public override string DefaultPath => "/connection/websocket";

    public override void Open(BenchConnection connection)
    {
        var client = clients[connection.Index];
        var message = connection.Compose()
            .Add("{\"id\":1,\"connect\":{\"name\":\"bench\"}}\n{\"id\":2,\"subscribe\":{\"channel\":\""u8).Add(connection.Room!.Name).Add("\""u8);
        if (client.HasPosition)
        {
            message.Add(",\"recover\":true,\"epoch\":\""u8).Add(client.Epoch).Add("\",\"offset\":"u8).Add((uint)client.Offset);
        }
        message.Add("}}"u8);
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        var reader = new ReplyReader(Wire.Json, message.ToArray());
        while (reader.Read(out var reply) == ReadStatus.Unit) OnReply(connection, clients[connection.Index], reply!, message);
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload) =>
        throw new NotSupportedException("These clients only listen.");

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload) =>
        throw new NotSupportedException("These clients only listen.");

    private static void OnReply(BenchConnection connection, RecoveringClient client, Reply reply, ReadOnlySpan<byte> message)
    {
        if (reply.Error is { } error) connection.Fail(Encoding.UTF8.GetBytes($"{error.Code} {error.Message}"));
        else if (reply.Push is { Unsubscribe: not null } or { Disconnect: not null }) connection.Fail(message);
        else if (reply.Push?.Pub is { } publication) Follow(client, publication);
        else if (reply.Subscribe is { } result) OnSubscribed(connection, client, result);
        else if (reply.IsPing && reply.Connect is null)
        {
            connection.Compose().Add("{}"u8);
            connection.SendComposed();
        }
    }

    private static void OnSubscribed(BenchConnection connection, RecoveringClient client, SubscribeResult result)
    {
        if (client.HasPosition)
        {
            if (result.Recovered && result.Epoch == client.Epoch) client.Recovered++;
            else client.NotRecovered++;
        }
        (client.Epoch, client.Offset) = (result.Epoch, result.Offset);
        foreach (var publication in result.Publications ?? []) Follow(client, publication);
        client.RecoveredPublications += result.Publications?.Count ?? 0;
        client.BackAt = Stopwatch.GetTimestamp();
        connection.MarkReady();
    }

    private static void Follow(RecoveringClient client, Publication publication)
    {
        if (publication.Offset != client.Offset + 1) client.Breaks++;
        client.Offset = publication.Offset;
    }
}
