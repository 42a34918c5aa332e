using Starling.Protocol.Json;
using Starling.Protocol.Protobuf;

namespace Starling.Protocol;

/// <summary>Reads the commands of one frame, one after the other.</summary>
/// <remarks>Bytes in the messages are slices of the frame: whoever keeps them longer than the frame copies them.
/// No input makes it throw.</remarks>
/// <param name="wire">The connection's encoding.</param>
/// <param name="frame">One whole frame or body; an empty one is malformed.</param>
public struct CommandReader(Wire wire, ReadOnlyMemory<byte> frame)
{
    private FrameUnits _units = new(wire, frame);

    /// <summary>Bytes of the frame used up by the commands read so far.</summary>
    public readonly int Consumed => _units.Consumed;

    /// <summary>Reads the next command.</summary>
    /// <param name="command">The command; <see langword="null"/> unless the answer is <see cref="ReadStatus.Unit"/>.</param>
    public ReadStatus Read(out Command? command)
    {
        command = null;
        if (_units.IsEmptyFrame) return ReadStatus.Malformed;
        var status = _units.Find(out var unit, out int consumed);
        if (status != ReadStatus.Unit) return status;
        command = _units.Wire == Wire.Json
            ? JsonInput.Read<Command>(unit, EnvelopeJson.Read)
            : ProtobufInput.Read<Command>(unit, EnvelopeProtobuf.Read);
        if (command is null) return _units.Refuse();
        _units.Accept(consumed);
        return ReadStatus.Unit;
    }
}
