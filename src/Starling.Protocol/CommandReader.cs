namespace Starling.Protocol;

/// <summary>Reads the commands of one frame, one after the other.</summary>
/// <remarks>Bytes in the messages are slices of the frame: whoever keeps them longer than the frame copies them.
/// No input makes it throw.</remarks>
/// <param name="wire">The connection's encoding.</param>
/// <param name="frame">One whole frame or body; an empty one is malformed.</param>
public struct CommandReader(Wire wire, ReadOnlyMemory<byte> frame)
{
    private readonly Wire _wire = wire;
    private readonly ReadOnlyMemory<byte> _frame = frame;

    /// <summary>Bytes of the frame used up by the commands read so far.</summary>
    public int Consumed { get; private set; }

    /// <summary>Reads the next command.</summary>
    /// <param name="command">The command; <see langword="null"/> unless the answer is <see cref="ReadStatus.Unit"/>.</param>
    public ReadStatus Read(out Command? command)
    {
        _ = _wire;
        _ = _frame;
        throw new NotSupportedException();
    }
}
