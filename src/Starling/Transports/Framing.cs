using Starling.Protocol;

namespace Starling.Transports;

/// <summary>How an encoded unit becomes bytes on a kind of transport. One instance stands for one form of frames: what was
/// framed once is shared by every connection with the same instance.</summary>
internal abstract class Framing(Wire wire)
{
    /// <summary>The encoding of the units.</summary>
    public Wire Wire => wire;

    /// <summary>Pushes travel bare, without the reply around them (protocol 1.7).</summary>
    public virtual bool IsBare => false;

    /// <summary>Bytes a frame around a unit of this length takes.</summary>
    public abstract int FrameLength(int unitLength);

    /// <summary>Writes the frame of one unit; the target has exactly the room it takes.</summary>
    public abstract void WriteFrame(ReadOnlySpan<byte> unit, Span<byte> target);

    /// <summary>Makes a frame that many connections will share; such a frame may be compressed.</summary>
    public virtual byte[] Prepare(ReadOnlySpan<byte> unit)
    {
        var frame = new byte[FrameLength(unit.Length)];
        WriteFrame(unit, frame);
        return frame;
    }
}
