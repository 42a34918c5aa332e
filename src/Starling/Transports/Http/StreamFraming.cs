using System.Text;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>Units in the endless body of a response: each with the same bytes before and after it (protocol 1.4, 1.5, 1.7).</summary>
internal sealed class StreamFraming : Framing
{
    private readonly byte[] _before;
    private readonly byte[] _after;

    private StreamFraming(Wire wire, string before, string after, bool isBare = false)
        : base(wire)
    {
        _before = Encoding.ASCII.GetBytes(before);
        _after = Encoding.ASCII.GetBytes(after);
        IsBare = isBare;
    }

    /// <summary>One reply per line.</summary>
    public static StreamFraming Lines { get; } = new(Wire.Json, "", "\n");

    /// <summary>Replies with their lengths, which the unit brings along.</summary>
    public static StreamFraming Lengths { get; } = new(Wire.Protobuf, "", "");

    /// <summary>One reply per server-sent event.</summary>
    public static StreamFraming Events { get; } = new(Wire.Json, "data: ", "\n\n");

    /// <summary>One push per line.</summary>
    public static StreamFraming BareLines { get; } = new(Wire.Json, "", "\n", isBare: true);

    /// <summary>One push per server-sent event.</summary>
    public static StreamFraming BareEvents { get; } = new(Wire.Json, "data: ", "\n\n", isBare: true);

    public override bool IsBare { get; }

    public override int FrameLength(int unitLength) => _before.Length + unitLength + _after.Length;

    public override void WriteFrame(ReadOnlySpan<byte> unit, Span<byte> target)
    {
        _before.CopyTo(target);
        unit.CopyTo(target[_before.Length..]);
        _after.CopyTo(target[(_before.Length + unit.Length)..]);
    }
}
