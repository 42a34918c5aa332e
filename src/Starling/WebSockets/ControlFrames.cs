using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>Pings and pongs waiting to be written: one slot each, so a peer that pings and does not read costs one frame.</summary>
internal sealed class ControlFrames(WebSocketRole role)
{
    private byte[]? _pong;
    private int _pingWanted;

    /// <summary>Only the latest ping is answered when several wait (RFC 6455 §5.5.3).</summary>
    public void SetPong(ReadOnlySpan<byte> payload) => Volatile.Write(ref _pong, Encode(Opcode.Pong, payload));

    public void RequestPing() => Volatile.Write(ref _pingWanted, 1);

    /// <summary>Adds what waits. What does not fit waits on: control frames are asked for before all others, so they fit.</summary>
    public void Fill(OutputBatch batch)
    {
        if (Volatile.Read(ref _pong) is not null && Interlocked.Exchange(ref _pong, null) is { } pong) batch.TryAdd(pong);
        if (Volatile.Read(ref _pingWanted) != 0 && Interlocked.Exchange(ref _pingWanted, 0) != 0)
        {
            batch.TryAdd(Encode(Opcode.Ping, []));
        }
    }

    private byte[] Encode(Opcode opcode, ReadOnlySpan<byte> payload) => FrameWriter.PrepareFor(role, opcode, payload);
}
