using Starling.Protocol.Protobuf;

namespace Starling.Protocol;

/// <summary>Cuts a frame into its units.</summary>
internal struct FrameUnits(Wire wire, ReadOnlyMemory<byte> frame)
{
    private readonly ReadOnlyMemory<byte> _frame = frame;
    private bool _malformed;

    public Wire Wire { get; } = wire;

    /// <summary>Bytes used up by the units found so far, with their lengths and separators.</summary>
    public int Consumed { get; private set; }

    public readonly bool IsEmptyFrame => _frame.IsEmpty;

    /// <summary>Finds the next unit.</summary>
    /// <param name="unit">The unit without its length or separator; only with <see cref="ReadStatus.Unit"/>.</param>
    /// <param name="consumed">What <see cref="Accept"/> gets when the unit turns out well.</param>
    public ReadStatus Find(out ReadOnlyMemory<byte> unit, out int consumed)
    {
        unit = default;
        consumed = Consumed;
        if (_malformed) return ReadStatus.Malformed;
        var rest = _frame[Consumed..];
        if (rest.IsEmpty) return ReadStatus.End;
        if (Wire == Wire.Json)
        {
            int newline = rest.Span.IndexOf((byte)'\n');
            unit = newline < 0 ? rest : rest[..newline];
            consumed += newline < 0 ? rest.Length : newline + 1;
            return ReadStatus.Unit;
        }
        int prefix = ProtobufInput.ReadVarint(rest.Span, out ulong length);
        if (prefix == 0 || length > (ulong)(rest.Length - prefix)) return Refuse();
        unit = rest.Slice(prefix, (int)length);
        consumed += prefix + (int)length;
        return ReadStatus.Unit;
    }

    /// <summary>Moves past a unit that was found.</summary>
    public void Accept(int consumed) => Consumed = consumed;

    /// <summary>Gives the rest of the frame up.</summary>
    public ReadStatus Refuse()
    {
        _malformed = true;
        return ReadStatus.Malformed;
    }
}
