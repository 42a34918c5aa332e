using Starling.Protocol;
using Starling.WebSockets;

namespace Starling.Transports;

/// <summary>One unit, one WebSocket message: text for JSON, binary for Protobuf.</summary>
internal sealed class WebSocketFraming(Wire wire) : Framing(wire)
{
    private readonly Opcode _opcode = wire == Wire.Protobuf ? Opcode.Binary : Opcode.Text;

    private bool _isBare;

    /// <summary>Shared frames of at least this many bytes are compressed; <see langword="null"/>: none is.</summary>
    public int? CompressionBytesMin { get; init; }

    /// <summary>One push, one text message: for clients that only listen.</summary>
    public static WebSocketFraming Bare { get; } = new(Wire.Json) { _isBare = true };

    public override bool IsBare => _isBare;

    public override int FrameLength(int unitLength) => FrameWriter.HeaderLength(unitLength) + unitLength;

    public override void WriteFrame(ReadOnlySpan<byte> unit, Span<byte> target) =>
        unit.CopyTo(target[FrameWriter.WriteHeader(target, _opcode, unit.Length)..]);

    public override byte[] Prepare(ReadOnlySpan<byte> unit) =>
        unit.Length >= CompressionBytesMin && FrameWriter.PrepareCompressed(_opcode, unit) is { } compressed
            ? compressed
            : FrameWriter.Prepare(_opcode, unit);
}
