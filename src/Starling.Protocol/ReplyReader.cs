using Starling.Protocol.Json;
using Starling.Protocol.Protobuf;

namespace Starling.Protocol;

/// <summary>Reads the replies of one frame, one after the other; the client's side.</summary>
/// <remarks>Bytes in the messages are slices of the frame: whoever keeps them longer than the frame copies them.
/// No input makes it throw. An empty unit is the server's ping, a <see cref="Reply"/> with nothing set. Blank lines between
/// JSON units are passed over: an intermediary may send them to keep a stream alive.</remarks>
/// <param name="wire">The connection's encoding.</param>
/// <param name="frame">One whole frame or body.</param>
public struct ReplyReader(Wire wire, ReadOnlyMemory<byte> frame)
{
    private FrameUnits _units = new(wire, frame);

    /// <summary>Bytes of the frame used up by the replies read so far.</summary>
    public readonly int Consumed => _units.Consumed;

    /// <summary>Reads the next reply.</summary>
    /// <param name="reply">The reply; <see langword="null"/> unless the answer is <see cref="ReadStatus.Unit"/>.</param>
    public ReadStatus Read(out Reply? reply)
    {
        reply = null;
        var status = _units.Find(out var unit, out int consumed);
        while (status == ReadStatus.Unit && _units.Wire == Wire.Json && unit.Span.Trim(" \t\r"u8).IsEmpty)
        {
            _units.Accept(consumed);
            status = _units.Find(out unit, out consumed);
        }
        if (status != ReadStatus.Unit) return status;
        reply = _units.Wire == Wire.Json
            ? JsonInput.Read<Reply>(unit, EnvelopeJson.Read)
            : ProtobufInput.Read<Reply>(unit, EnvelopeProtobuf.Read);
        if (reply is null) return _units.Refuse();
        _units.Accept(consumed);
        return ReadStatus.Unit;
    }
}
