using System.Text;
using System.Text.Unicode;

namespace Starling.Protocol.Protobuf;

/// <summary>Reads one message in place. Lengths are checked against what is there before anything is made of them.</summary>
/// <remarks>Repeated singular messages merge and repeated scalars replace, as proto3 says. A field of the wrong wire type, a
/// number out of its range and a group fail the message: from then on nothing is read, and the unit is malformed.</remarks>
internal ref struct ProtobufInput
{
    private const int VarintBytesMax = 10;

    private readonly ReadOnlyMemory<byte> _unit;
    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;
    private int _end;
    private int _field;
    private WireType _type;
    private int _filterDepth;
    private int _filterNodes;
    private bool _failed;

    private ProtobufInput(ReadOnlyMemory<byte> unit)
    {
        _unit = unit;
        _bytes = unit.Span;
        _end = unit.Length;
    }

    /// <summary>Number of the field <see cref="NextField"/> found.</summary>
    public readonly int Number => _field;

    /// <summary>Reads one unit.</summary>
    /// <returns><see langword="null"/> when it is malformed.</returns>
    public static T? Read<T>(ReadOnlyMemory<byte> unit, ProtobufRead<T> read)
        where T : class, new()
    {
        var input = new ProtobufInput(unit);
        var message = new T();
        read(ref input, message);
        return input._failed ? null : message;
    }

    /// <summary>Reads a varint at the start of <paramref name="bytes"/>.</summary>
    /// <returns>Bytes it took; 0 when it is cut off, longer than ten bytes or above 64 bits.</returns>
    public static int ReadVarint(ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        int count = Math.Min(bytes.Length, VarintBytesMax);
        for (int i = 0; i < count; i++)
        {
            byte next = bytes[i];
            // The tenth byte holds the 64th bit alone.
            if (i == VarintBytesMax - 1 && next > 1) return 0;
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80) return i + 1;
        }
        return 0;
    }

    /// <summary>Moves to the next field's value.</summary>
    /// <returns><see langword="false"/> at the message's end, or when something failed.</returns>
    public bool NextField()
    {
        if (_failed || _position == _end) return false;
        ulong tag = Varint();
        ulong number = tag >> 3;
        if (number is 0 or > (1 << 29) - 1) _failed = true;   // the range of field numbers
        _field = (int)number;
        _type = (WireType)(tag & 7);
        return !_failed;
    }

    /// <summary>Passes over a value nobody knows.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                Take(Varint());
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                // Groups (3, 4) are of proto2; 6 and 7 do not exist.
                _failed = true;
                break;
        }
    }

    public string String()
    {
        var utf8 = Delimited();
        var bytes = _bytes[utf8];
        if (bytes.IsEmpty) return "";
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        _failed = true;
        return "";
    }

    public ReadOnlyMemory<byte> Bytes() => _unit[Delimited()];

    public bool Boolean() => UInt64() != 0;

    public uint UInt32()
    {
        ulong value = UInt64();
        if (value > uint.MaxValue) _failed = true;
        return (uint)value;
    }

    public int Int32()
    {
        long value = Int64();
        if (value is < int.MinValue or > int.MaxValue) _failed = true;
        return (int)value;
    }

    public ulong UInt64()
    {
        if (_type == WireType.Varint) return Varint();
        _failed = true;
        return 0;
    }

    public long Int64() => (long)UInt64();

    public long ZigZag()
    {
        ulong value = UInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a nested message into <paramref name="message"/>.</summary>
    public T Message<T>(T message, ProtobufRead<T> read)
        where T : class
    {
        int outerEnd = Enter();
        read(ref this, message);
        Leave(outerEnd);
        return message;
    }

    /// <summary>Reads one more element of a repeated message.</summary>
    public List<T> Element<T>(List<T>? list, ProtobufRead<T> read)
        where T : class, new()
    {
        list ??= [];
        list.Add(Message(new T(), read));
        return list;
    }

    /// <summary>Reads one more element of a repeated string.</summary>
    public List<string> Element(List<string>? list)
    {
        list ??= [];
        list.Add(String());
        return list;
    }

    /// <summary>Reads one more entry of a map; of equal keys the last one stays.</summary>
    public Dictionary<string, T> Entry<T>(Dictionary<string, T>? map, ProtobufRead<T> read)
        where T : class, new()
    {
        map ??= [];
        string key = "";
        var value = new T();
        int outerEnd = Enter();
        while (NextField())
        {
            if (_field == 1) key = String();
            else if (_field == 2) Message(value, read);
            else Skip();
        }
        Leave(outerEnd);
        map[key] = value;
        return map;
    }

    /// <summary>Reads one more entry of a map of strings; of equal keys the last one stays.</summary>
    public Dictionary<string, string> Entry(Dictionary<string, string>? map)
    {
        map ??= [];
        string key = "";
        string value = "";
        int outerEnd = Enter();
        while (NextField())
        {
            if (_field == 1) key = String();
            else if (_field == 2) value = String();
            else Skip();
        }
        Leave(outerEnd);
        map[key] = value;
        return map;
    }

    /// <summary>Counts one node of a filter; the message fails when there are too many or they nest too deep.</summary>
    public bool EnterFilterNode()
    {
        if (_filterDepth == 0) _filterNodes = 0;
        _filterDepth++;
        _filterNodes++;
        if (_filterDepth > ProtocolLimits.FilterDepthMax || _filterNodes > ProtocolLimits.FilterNodesMax) _failed = true;
        return !_failed;
    }

    public void LeaveFilterNode() => _filterDepth--;

    /// <summary>Narrows reading to the nested message that stands here.</summary>
    /// <returns>Where the outer message ends, for <see cref="Leave"/>.</returns>
    private int Enter()
    {
        var range = Delimited();
        int outerEnd = _end;
        _position = range.Start.Value;
        _end = range.End.Value;
        return outerEnd;
    }

    private void Leave(int outerEnd)
    {
        _position = _end;
        _end = outerEnd;
    }

    /// <summary>Where a length-delimited value stands; empty when something failed.</summary>
    private Range Delimited()
    {
        if (_type != WireType.Bytes) _failed = true;
        return Take(_failed ? 0 : Varint());
    }

    private ulong Varint()
    {
        int taken = ReadVarint(_bytes[_position.._end], out ulong value);
        if (taken == 0) _failed = true;
        _position += taken;
        return value;
    }

    private Range Take(ulong count)
    {
        if (_failed || count > (ulong)(_end - _position))
        {
            _failed = true;
            return _position.._position;
        }
        int start = _position;
        _position += (int)count;
        return start.._position;
    }
}

/// <summary>Reads the fields of one message.</summary>
internal delegate void ProtobufRead<in T>(ref ProtobufInput input, T message);
