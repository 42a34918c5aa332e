using Starling.Server.Bench.Frames;

namespace Starling.Server.Bench.Load;

/// <summary>A connection that publishes into one room, or asks for echoes when it has none.</summary>
internal sealed class Publisher(Swarm swarm, BenchConnection connection, Room? room, byte[] payload)
{
    private readonly int _member = room is null ? 0 : room.Publishers++;
    private uint _sequence;

    public BenchConnection Connection => connection;

    /// <summary>Sends the next one; it leaves with the connection's next flush.</summary>
    public void Publish()
    {
        if (connection.IsClosed) return;
        Payload.Stamp(payload, swarm.Traffic.Begin(_member, ++_sequence, room?.Subscribers ?? 1));
        if (room is not null)
        {
            swarm.Driver.Publish(connection, room.Name, payload);
        }
        else
        {
            swarm.Driver.Echo(connection, payload);
        }
    }
}
