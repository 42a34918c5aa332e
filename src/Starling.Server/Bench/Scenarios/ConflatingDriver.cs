using System.Buffers.Text;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Scenarios;

/// <summary>What all clients know of a keyed channel: of each the number of the last value per key.</summary>
/// <param name="clients">Clients.</param>
/// <param name="keys">Keys of the channel, named <c>k0</c> and so on.</param>
internal sealed class KeyedViews(int clients, int keys)
{
    private readonly uint[] _values = new uint[clients * keys];

    /// <summary>Publications received.</summary>
    public long Received { get; private set; }

    /// <summary>Values that came after a newer one of their key.</summary>
    public long OutOfOrder { get; private set; }

    public int Clients => clients;

    public int Keys => keys;

    public void OnValue(int client, int key, uint number)
    {
        ref var known = ref _values[(client * keys) + key];
        Received++;
        if (number < known) OutOfOrder++;
        known = number;
    }

    /// <summary>Whether a client holds exactly these values.</summary>
    public bool Holds(int client, ReadOnlySpan<uint> values) => _values.AsSpan(client * keys, keys).SequenceEqual(values);
}

/// <summary>Speaks the JSON wire to a keyed channel: subscribes with a rate, writes keys, notes what comes.</summary>
/// <param name="views">Takes what comes; the connections are its clients, in the order of their opening.</param>
/// <param name="rate">Pulls per second asked for; 0 for none.</param>
internal sealed class ConflatingDriver(KeyedViews views, int rate) : BenchDriver
{
    public override string DefaultPath => "/connection/websocket";

    public override void Open(BenchConnection connection)
    {
        connection.NextId = 3;
        var message = connection.Compose().Add("{\"id\":1,\"connect\":{\"name\":\"bench\"}}"u8);
        if (connection.Room is { } room)
        {
            message.Add("\n{\"id\":2,\"subscribe\":{\"type\":1,\"phase\":2,\"limit\":1000,\"channel\":\""u8).Add(room.Name).Add("\""u8);
            if (rate > 0) message.Add(",\"data\":{\"starling\":{\"rate\":"u8).Add((uint)rate).Add("}}"u8);
            message.Add("}}"u8);
        }
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var end = message.IndexOf((byte)'\n');
            OnUnit(connection, end < 0 ? message : message[..end]);
            if (end < 0) return;
            message = message[(end + 1)..];
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload) =>
        throw new NotSupportedException("A value needs its key.");

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload) =>
        throw new NotSupportedException("These clients call nothing.");

    /// <summary>Writes a value under a key.</summary>
    public static void Write(BenchConnection connection, string channel, int key, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"id\":"u8).Add(connection.NextId++).Add(",\"publish\":{\"type\":1,\"channel\":\""u8).Add(channel)
            .Add("\",\"key\":\"k"u8).Add((uint)key).Add("\",\"data\":"u8).Add(payload).Add("}}"u8);
        connection.SendComposed();
    }

    private void OnUnit(BenchConnection connection, ReadOnlySpan<byte> unit)
    {
        if (!connection.IsReady)
        {
            Join(connection, unit);
        }
        else if (Payload.TryFind(unit, out var number) && TryFindKey(unit, out var key))
        {
            views.OnValue(connection.Index, key, number);
        }
        else if (unit.IndexOf("\"error\":"u8) >= 0 || unit.IndexOf("\"unsubscribe\":"u8) >= 0)
        {
            connection.Fail(unit);
        }
    }

    private static void Join(BenchConnection connection, ReadOnlySpan<byte> unit)
    {
        if (unit.IndexOf("\"error\":"u8) >= 0) connection.Fail(unit);
        else if (unit.StartsWith(connection.Room is null ? "{\"id\":1,"u8 : "{\"id\":2,"u8)) connection.MarkReady();
    }

    private bool TryFindKey(ReadOnlySpan<byte> unit, out int key)
    {
        var marker = "\"key\":\"k"u8;
        var at = unit.IndexOf(marker);
        key = 0;
        return at >= 0 && Utf8Parser.TryParse(unit[(at + marker.Length)..], out key, out _) && key < views.Keys;
    }
}
