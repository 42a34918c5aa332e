using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Starling.WebSockets;

/// <summary>What <see cref="MessageReader.Read"/> came upon.</summary>
internal enum ReadEvent
{
    /// <summary>Nothing yet, and there is more to look at; never returned to a caller.</summary>
    None,

    /// <summary>All bytes were taken; more are needed.</summary>
    NeedMore,

    /// <summary>A whole text or binary message.</summary>
    Message,

    /// <summary>A ping, pong or Close frame, possibly between the fragments of a message.</summary>
    Control,

    /// <summary>The peer broke a rule; nothing can be read any more.</summary>
    Fault,
}

/// <summary>Why a connection fails: the code of the Close frame and its reason.</summary>
internal readonly record struct ProtocolFault(ushort Code, string Reason);

/// <summary>Takes bytes as they come and gives messages and control frames (RFC 6455 §5, RFC 7692 §6). Does no I/O.</summary>
/// <remarks>
/// Any cut of the same bytes gives the same events. Every byte is taken at once, so nothing has to be kept outside: a frame
/// that lies whole in one piece is handed on as a slice of it, anything else is gathered in a rented buffer.
/// </remarks>
internal sealed class MessageReader(WebSocketRole role, WebSocketSettings settings)
{
    private const int ControlBytesMax = 125;
    private const byte FinBit = 0x80;
    private const byte Rsv1Bit = 0x40;
    private const byte MaskBit = 0x80;

    // The frame being read.
    private HeaderBytes _header;
    private int _headerLength;
    private bool _inPayload;
    private bool _fin;
    private Opcode _opcode;
    private uint _maskKey;
    private int _length;        // no limit is larger
    private int _position;
    private byte[]? _control;   // a control payload that came in pieces

    // The message being read.
    private Opcode _messageKind;
    private bool _compressed;
    private bool _inMessage;
    private int _fragments;
    private int _wireBytes;
    private Utf8Check _utf8;
    private MessageBuffer _buffer;
    private Inflater? _inflater;

    /// <summary>What the last event was about: Text or Binary, or the control frame's opcode.</summary>
    public Opcode Kind { get; private set; }

    /// <summary>The payload of the last event: unmasked, inflated; valid until <see cref="Release"/> or the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Why reading ended, after <see cref="ReadEvent.Fault"/>.</summary>
    public ProtocolFault Fault { get; private set; }

    /// <summary>A frame or a message has begun and is not whole yet.</summary>
    public bool IsMidway => _inMessage || _inPayload || _headerLength > 0;

    /// <summary>Messages read so far, and control frames between them: tells a slow message from a fast stream.</summary>
    public long Completed { get; private set; }

    /// <summary>Reads on to the next event.</summary>
    /// <param name="piece">Bytes of the peer; payloads in it are unmasked in place.</param>
    /// <param name="offset">Where to read on; moved past what was taken.</param>
    public ReadEvent Read(Memory<byte> piece, ref int offset)
    {
        while (true)
        {
            if (!_inPayload)
            {
                var header = ReadHeader(piece.Span, ref offset);
                if (header != ReadEvent.None) return header;
            }
            var part = piece.Slice(offset, Math.Min(_length - _position, piece.Length - offset));
            offset += part.Length;
            var read = _opcode >= Opcode.Close ? ReadControl(part) : _compressed ? ReadCompressed(part) : ReadPlain(part);
            if (read != ReadEvent.None) return read;   // else a fragment is complete: on to the next header
        }
    }

    /// <summary>The handler is done with the payload; buffers go back.</summary>
    public void Release()
    {
        Payload = default;
        if (!_inMessage) _buffer.Release();
    }

    /// <summary>Gives back everything, also half a message. Nothing may be read afterwards.</summary>
    public void Abandon()
    {
        _inMessage = false;
        ReturnInflater();
        Release();
    }

    /// <summary>Reads one header, from the piece itself when it lies whole in it.</summary>
    /// <returns><see cref="ReadEvent.None"/> when the header is complete and in order.</returns>
    private ReadEvent ReadHeader(ReadOnlySpan<byte> piece, ref int offset)
    {
        var bytes = piece[offset..];
        if (_headerLength == 0 && bytes.Length >= 2)
        {
            var length = LengthOf(bytes[1]);
            if (bytes.Length >= length)
            {
                offset += length;
                return CheckStart(bytes[0], bytes[1]) ?? Begin(bytes[..length]);
            }
        }
        Span<byte> header = _header;
        while (offset < piece.Length)
        {
            header[_headerLength++] = piece[offset++];
            if (_headerLength == 2 && CheckStart(header[0], header[1]) is { } fault) return fault;
            if (_headerLength < 2 || _headerLength < LengthOf(header[1])) continue;
            var length = _headerLength;
            _headerLength = 0;
            return Begin(header[..length]);
        }
        return ReadEvent.NeedMore;
    }

    private static int LengthOf(byte second) =>
        2 + (second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 } + (second >= MaskBit ? 4 : 0);

    /// <summary>The rules that the first two bytes can break (RFC 6455 §5.1, §5.2, §5.4, §5.5; RFC 7692 §6).</summary>
    private ReadEvent? CheckStart(byte first, byte second)
    {
        var opcode = (Opcode)(first & 0x0F);
        var fin = (first & FinBit) != 0;
        var rsv1 = (first & Rsv1Bit) != 0;
        if ((first & 0x30) != 0) return Fail("RSV2 or RSV3 is set");
        if (rsv1 && settings.Deflate is null) return Fail("RSV1 is set without an extension");
        if (rsv1 && opcode is not (Opcode.Text or Opcode.Binary)) return Fail("RSV1 is set on a frame that starts no message");
        switch (opcode)
        {
            case Opcode.Close or Opcode.Ping or Opcode.Pong:
                if (!fin) return Fail("fragmented control frame");
                if ((second & 0x7F) > ControlBytesMax) return Fail("control frame longer than 125 bytes");
                break;
            case Opcode.Continuation:
                if (!_inMessage) return Fail("continuation of nothing");
                break;
            case Opcode.Text or Opcode.Binary:
                if (_inMessage) return Fail("new message inside a fragmented one");
                break;
            default:
                return Fail("reserved opcode");
        }
        var masked = second >= MaskBit;
        if (masked && role == WebSocketRole.Client) return Fail("masked frame from a server");
        if (!masked && role == WebSocketRole.Server) return Fail("unmasked frame from a client");
        return null;
    }

    /// <summary>Reads the length and opens the frame; every limit on sizes is decided here, before a byte of payload.</summary>
    private ReadEvent Begin(ReadOnlySpan<byte> header)
    {
        var length = (ulong)(header[1] & 0x7F);
        if (length == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
            if (length <= ControlBytesMax) return Fail("length not in its shortest form");
        }
        else if (length == 127)
        {
            length = BinaryPrimitives.ReadUInt64BigEndian(header[2..]);
            if (length <= ushort.MaxValue) return Fail("length not in its shortest form");
            if (length > long.MaxValue) return Fail("length with its highest bit set");
        }
        _opcode = (Opcode)(header[0] & 0x0F);
        _fin = (header[0] & FinBit) != 0;
        if (_opcode < Opcode.Close)
        {
            if (!_inMessage) BeginMessage((header[0] & Rsv1Bit) != 0);
            if (length > (ulong)(settings.MessageBytesMax - _wireBytes)) return Fail("message too big", CloseCodes.MessageTooBig);
            if (++_fragments > settings.FragmentsMax) return Fail("too many fragments", CloseCodes.PolicyViolation);
            _wireBytes += (int)length;
        }
        _length = (int)length;
        _position = 0;
        _maskKey = header[1] >= MaskBit ? BinaryPrimitives.ReadUInt32LittleEndian(header[^4..]) : 0;
        _inPayload = true;
        return ReadEvent.None;
    }

    private void BeginMessage(bool compressed)
    {
        _messageKind = _opcode;
        _compressed = compressed;
        _inMessage = true;
        _fragments = 0;
        _wireBytes = 0;
        _utf8 = default;
    }

    private ReadEvent ReadControl(Memory<byte> part)
    {
        if (part.Length == _length)
        {
            Unmask(part.Span);
            Payload = part;
        }
        else
        {
            _control ??= new byte[ControlBytesMax];
            Mask.Apply(part.Span, _control.AsSpan(_position), _maskKey, _position);
            _position += part.Length;
            if (_position < _length) return ReadEvent.NeedMore;
            Payload = _control.AsMemory(0, _length);
        }
        _inPayload = false;
        if (!_inMessage) Completed++;
        Kind = _opcode;
        if (_opcode != Opcode.Close) return ReadEvent.Control;
        if (!CloseCodes.TryRead(Payload.Span, out _)) return Fail("invalid close code");
        return Payload.Length <= 2 || Utf8.IsValid(Payload.Span[2..])
            ? ReadEvent.Control
            : Fail("close reason is not UTF-8", CloseCodes.InvalidPayload);
    }

    private ReadEvent ReadPlain(Memory<byte> part)
    {
        if (_fin && _fragments == 1 && part.Length == _length)
        {
            Unmask(part.Span);
            Payload = part;
            if (_messageKind == Opcode.Text && !Utf8.IsValid(part.Span)) return FailText();
            return EndMessage();
        }
        var target = _buffer.Extend(part.Length, settings.MessageBytesMax);
        Mask.Apply(part.Span, target, _maskKey, _position);
        _position += part.Length;
        if (_messageKind == Opcode.Text && !_utf8.Push(target)) return FailText();
        return EndPart();
    }

    private ReadEvent ReadCompressed(Memory<byte> part)
    {
        Unmask(part.Span);
        _position += part.Length;
        _inflater ??= Inflater.Rent();
        if (!part.IsEmpty && Inflate(part.Span) is { } fault) return fault;
        if (_position < _length || !_fin) return EndPart();

        // RFC 7692 §7.2.2: the sender cut off these bytes. A message of no bytes at all is taken as empty: compressors that find
        // nothing to flush send it so. Behind a final block some senders leave out the empty block of §7.2.3.5.
        if (_wireBytes > 0 && !_inflater.IsAtFinalEnd && Inflate([0x00, 0x00, 0xFF, 0xFF]) is { } cut) return cut;
        if (!_inflater.IsAtEnd) return Fail("compressed message is cut short", CloseCodes.InvalidPayload);
        ReturnInflater();
        return EndPart();
    }

    /// <summary>Text is checked as it appears, and before what follows it: the same bytes then fail the same way however they
    /// were cut.</summary>
    private ReadEvent? Inflate(ReadOnlySpan<byte> input)
    {
        var from = _buffer.Length;
        var status = _inflater!.Inflate(input, ref _buffer, settings.InflatedBytesMax);
        if (_messageKind == Opcode.Text && !_utf8.Push(_buffer.Written.Span[from..])) return FailText();
        return status switch
        {
            InflateStatus.NeedMore => null,
            InflateStatus.TooLarge => Fail("message too big", CloseCodes.MessageTooBig),
            _ => Fail("invalid compressed data", CloseCodes.InvalidPayload),
        };
    }

    private ReadEvent EndPart()
    {
        if (_position < _length) return ReadEvent.NeedMore;
        if (!_fin)
        {
            _inPayload = false;
            return ReadEvent.None;
        }
        if (!_utf8.IsComplete) return FailText();
        Payload = _buffer.Written;
        return EndMessage();
    }

    private ReadEvent EndMessage()
    {
        _inPayload = false;
        _inMessage = false;
        Completed++;
        Kind = _messageKind;
        return ReadEvent.Message;
    }

    private void Unmask(Span<byte> part)
    {
        if (_maskKey != 0) Mask.Apply(part, _maskKey, _position);
    }

    private void ReturnInflater()
    {
        _inflater?.Return();
        _inflater = null;
    }

    private ReadEvent FailText() => Fail("text is not UTF-8", CloseCodes.InvalidPayload);

    private ReadEvent Fail(string reason, ushort code = CloseCodes.ProtocolError)
    {
        Fault = new ProtocolFault(code, reason);
        return ReadEvent.Fault;
    }

    [InlineArray(FrameWriter.HeaderBytesMax)]
    private struct HeaderBytes
    {
        private byte _first;
    }
}
