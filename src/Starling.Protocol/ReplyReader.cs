namespace Starling.Protocol;

/// <summary>Reads the replies of one frame, one after the other; the client's side.</summary>
/// <remarks>Bytes in the messages are slices of the frame: whoever keeps them longer than the frame copies them.
/// No input makes it throw. An empty unit is the server's ping, a <see cref="Reply"/> with nothing set.</remarks>
/// <param name="wire">The connection's encoding.</param>
/// <param name="frame">One whole frame or body.</param>
public struct ReplyReader(Wire wire, ReadOnlyMemory<byte> frame)
{
    private readonly Wire _wire = wire;
    private readonly ReadOnlyMemory<byte> _frame = frame;

    /// <summary>Bytes of the frame used up by the replies read so far.</summary>
    public int Consumed { get; private set; }

    /// <summary>Reads the next reply.</summary>
    /// <param name="reply">The reply; <see langword="null"/> unless the answer is <see cref="ReadStatus.Unit"/>.</param>
    public ReadStatus Read(out Reply? reply)
    {
        _ = _wire;
        _ = _frame;
        throw new NotSupportedException();
    }
}
