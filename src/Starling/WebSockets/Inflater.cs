using System.Buffers.Binary;

namespace Starling.WebSockets;

/// <summary>What inflating a piece came to.</summary>
internal enum InflateStatus
{
    /// <summary>All input was taken.</summary>
    NeedMore,

    /// <summary>This is not deflate, or it reaches back before the start of its message.</summary>
    Invalid,

    /// <summary>The output would pass its limit.</summary>
    TooLarge,
}

/// <summary>Inflates one message whose bytes come in pieces (RFC 1951 in the form of RFC 7692 §7.2.2).</summary>
/// <remarks>
/// Ours because the framework's stream cannot be reset and reused, hides how far it has read, refuses what follows a final block,
/// and holds 40 KiB outside the heap. This one holds 3 KiB: its window is the message itself, which there is no context takeover to
/// reach behind. One is rented for the time a message takes to arrive; each thread keeps a spare.
/// </remarks>
internal sealed class Inflater
{
    private enum State
    {
        BlockHeader,
        StoredLength,
        Stored,
        TableSizes,
        CodeLengths,
        SymbolLengths,
        Symbols,
    }

    private const int EndOfBlock = 256;
    private const int RepeatPrevious = 16;

    [ThreadStatic] private static Inflater? t_spare;

    private static readonly HuffmanTable s_fixedLiterals = FixedLiterals();
    private static readonly HuffmanTable s_fixedDistances = FixedDistances();

    private readonly HuffmanTable _ownLiterals = new(fastBits: 9, symbolsMax: 288);
    private readonly HuffmanTable _ownDistances = new(fastBits: 7, symbolsMax: 32);   // the code of the code lengths first
    private readonly byte[] _lengths = new byte[288 + 32];
    private HuffmanTable _literals = s_fixedLiterals;
    private HuffmanTable _distances = s_fixedDistances;

    private State _state;
    private ulong _bits;       // taken from the input, not used yet; the next bit is the lowest
    private int _bitCount;
    private bool _finalBlock;
    private int _stored;       // bytes left of a stored block
    private int _literalCount;
    private int _distanceCount;
    private int _codeLengthCount;
    private int _filled;       // entries of _lengths that are known

    private Inflater()
    {
    }

    /// <summary>Extra bits and smallest value of each length code from 257 on (RFC 1951 §3.2.5).</summary>
    private static ReadOnlySpan<byte> LengthExtra =>
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> LengthBase =>
    [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    ];

    private static ReadOnlySpan<byte> DistanceExtra =>
        [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    private static ReadOnlySpan<ushort> DistanceBase =>
    [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
        8193, 12289, 16385, 24577,
    ];

    /// <summary>The order in which the lengths of the code-length code come (RFC 1951 §3.2.7).</summary>
    private static ReadOnlySpan<byte> CodeLengthOrder =>
        [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>The message may end here, all bits used: behind a block, or behind a final block.</summary>
    public bool IsAtEnd => _state == State.BlockHeader && _bitCount == 0;

    /// <summary>The last block said that it is the last, and nothing has come since.</summary>
    public bool IsAtFinalEnd => IsAtEnd && _finalBlock;

    /// <summary>An inflater at the start of a message; <see cref="Return"/> it when the message is over.</summary>
    public static Inflater Rent()
    {
        var inflater = t_spare ?? new Inflater();
        t_spare = null;
        return inflater;
    }

    public void Return()
    {
        _state = State.BlockHeader;
        _bits = 0;
        _bitCount = 0;
        _finalBlock = false;
        t_spare = this;
    }

    /// <summary>Inflates all of a piece, behind what the message already holds.</summary>
    /// <param name="input">The next bytes of the message.</param>
    /// <param name="output">The message so far; also the window.</param>
    /// <param name="bytesMax">Bytes the message may have.</param>
    public InflateStatus Inflate(ReadOnlySpan<byte> input, ref MessageBuffer output, int bytesMax)
    {
        while (true)
        {
            var status = _state switch
            {
                State.BlockHeader => ReadBlockHeader(ref input),
                State.StoredLength => ReadStoredLength(ref input),
                State.Stored => CopyStored(ref input, ref output, bytesMax),
                State.TableSizes => ReadTableSizes(ref input),
                State.CodeLengths => ReadCodeLengths(ref input),
                State.SymbolLengths => ReadSymbolLengths(ref input),
                _ => DecodeSymbols(ref input, ref output, bytesMax),
            };
            if (status is { } stop) return stop;   // else the state has changed: go on
        }
    }

    private InflateStatus? ReadBlockHeader(ref ReadOnlySpan<byte> input)
    {
        Refill(ref input);
        if (_bitCount < 3) return InflateStatus.NeedMore;
        var header = Take(3);
        _finalBlock = (header & 1) != 0;
        switch (header >> 1)
        {
            case 0:
                Take(_bitCount & 7);
                _state = State.StoredLength;
                return null;
            case 1:
                (_literals, _distances) = (s_fixedLiterals, s_fixedDistances);
                _state = State.Symbols;
                return null;
            case 2:
                _state = State.TableSizes;
                return null;
            default:
                return InflateStatus.Invalid;
        }
    }

    /// <summary>A message may go on behind a final block, from the next whole byte on (RFC 7692 §7.2.3.5).</summary>
    private void EndBlock()
    {
        if (_finalBlock) Take(_bitCount & 7);
        _state = State.BlockHeader;
    }

    private InflateStatus? ReadStoredLength(ref ReadOnlySpan<byte> input)
    {
        Refill(ref input);
        if (_bitCount < 32) return InflateStatus.NeedMore;
        _stored = Take(16);
        if (Take(16) != (_stored ^ 0xFFFF)) return InflateStatus.Invalid;
        _state = State.Stored;
        return null;
    }

    private InflateStatus? CopyStored(ref ReadOnlySpan<byte> input, ref MessageBuffer output, int bytesMax)
    {
        if (_stored > bytesMax - output.Length) return InflateStatus.TooLarge;
        for (; _stored > 0 && _bitCount > 0; _stored--)
        {
            output.Append((byte)Take(8), bytesMax);
        }
        var count = Math.Min(_stored, input.Length);
        if (count > 0)
        {
            input[..count].CopyTo(output.Extend(count, bytesMax));
            input = input[count..];
            _stored -= count;
        }
        if (_stored > 0) return InflateStatus.NeedMore;
        EndBlock();
        return null;
    }

    private InflateStatus? ReadTableSizes(ref ReadOnlySpan<byte> input)
    {
        Refill(ref input);
        if (_bitCount < 14) return InflateStatus.NeedMore;
        _literalCount = Take(5) + 257;
        _distanceCount = Take(5) + 1;
        _codeLengthCount = Take(4) + 4;
        if (_literalCount > 286 || _distanceCount > 30) return InflateStatus.Invalid;
        _lengths.AsSpan(0, CodeLengthOrder.Length).Clear();
        _filled = 0;
        _state = State.CodeLengths;
        return null;
    }

    private InflateStatus? ReadCodeLengths(ref ReadOnlySpan<byte> input)
    {
        for (; _filled < _codeLengthCount; _filled++)
        {
            Refill(ref input);
            if (_bitCount < 3) return InflateStatus.NeedMore;
            _lengths[CodeLengthOrder[_filled]] = (byte)Take(3);
        }
        if (!_ownDistances.TryBuild(_lengths.AsSpan(0, CodeLengthOrder.Length))) return InflateStatus.Invalid;
        _filled = 0;
        _state = State.SymbolLengths;
        return null;
    }

    private InflateStatus? ReadSymbolLengths(ref ReadOnlySpan<byte> input)
    {
        var total = _literalCount + _distanceCount;
        while (_filled < total)
        {
            Refill(ref input);
            var symbol = _ownDistances.Decode(_bits, _bitCount, out var codeLength);
            if (symbol < 0) return symbol == HuffmanTable.NeedBits ? InflateStatus.NeedMore : InflateStatus.Invalid;
            if (symbol < RepeatPrevious)
            {
                Take(codeLength);
                _lengths[_filled++] = (byte)symbol;
                continue;
            }
            var (extra, least) = symbol switch { RepeatPrevious => (2, 3), 17 => (3, 3), _ => (7, 11) };
            if (_bitCount < codeLength + extra) return InflateStatus.NeedMore;
            Take(codeLength);
            var repeat = least + Take(extra);
            if (repeat > total - _filled || symbol == RepeatPrevious && _filled == 0) return InflateStatus.Invalid;
            _lengths.AsSpan(_filled, repeat).Fill(symbol == RepeatPrevious ? _lengths[_filled - 1] : (byte)0);
            _filled += repeat;
        }
        // A block that cannot end is invalid, as zlib has it.
        if (_lengths[EndOfBlock] == 0
            || !_ownLiterals.TryBuild(_lengths.AsSpan(0, _literalCount))
            || !_ownDistances.TryBuild(_lengths.AsSpan(_literalCount, _distanceCount)))
        {
            return InflateStatus.Invalid;
        }
        (_literals, _distances) = (_ownLiterals, _ownDistances);
        _state = State.Symbols;
        return null;
    }

    /// <summary>The hot loop. A literal, or a length with its distance, is taken whole or not at all: 48 bits at most, and a
    /// refill gives at least 56 while there is input.</summary>
    private InflateStatus? DecodeSymbols(ref ReadOnlySpan<byte> input, ref MessageBuffer output, int bytesMax)
    {
        while (true)
        {
            if (_bitCount < 48) Refill(ref input);
            var symbol = _literals.Decode(_bits, _bitCount, out var used);
            if (symbol < 0) return symbol == HuffmanTable.NeedBits ? InflateStatus.NeedMore : InflateStatus.Invalid;
            if (symbol < EndOfBlock)
            {
                if (output.Length >= bytesMax) return InflateStatus.TooLarge;
                Take(used);
                output.Append((byte)symbol, bytesMax);
                continue;
            }
            if (symbol == EndOfBlock)
            {
                Take(used);
                EndBlock();
                return null;
            }
            if (DecodeMatch(symbol - EndOfBlock - 1, used, ref output, bytesMax) is { } stop) return stop;
        }
    }

    private InflateStatus? DecodeMatch(int lengthCode, int used, ref MessageBuffer output, int bytesMax)
    {
        if (lengthCode >= LengthBase.Length) return InflateStatus.Invalid;
        var length = LengthBase[lengthCode] + Peek(used, LengthExtra[lengthCode]);
        used += LengthExtra[lengthCode];
        if (used > _bitCount) return InflateStatus.NeedMore;
        var distanceCode = _distances.Decode(_bits >> used, _bitCount - used, out var distanceBits);
        if (distanceCode == HuffmanTable.NeedBits) return InflateStatus.NeedMore;
        if (distanceCode < 0 || distanceCode >= DistanceBase.Length) return InflateStatus.Invalid;
        used += distanceBits;
        var distance = DistanceBase[distanceCode] + Peek(used, DistanceExtra[distanceCode]);
        used += DistanceExtra[distanceCode];
        if (used > _bitCount) return InflateStatus.NeedMore;
        if (distance > output.Length) return InflateStatus.Invalid;
        if (length > bytesMax - output.Length) return InflateStatus.TooLarge;
        Take(used);
        output.Repeat(distance, length, bytesMax);
        return null;
    }

    /// <summary>Takes whole bytes of input while they fit beside what is there.</summary>
    private void Refill(ref ReadOnlySpan<byte> input)
    {
        if (input.Length >= sizeof(ulong))
        {
            _bits |= BinaryPrimitives.ReadUInt64LittleEndian(input) << _bitCount;
            var bytes = (63 - _bitCount) >> 3;
            _bitCount += bytes << 3;
            _bits &= ulong.MaxValue >> (64 - _bitCount);   // what was not counted must read as zero
            input = input[bytes..];
            return;
        }
        while (_bitCount < 56 && input.Length > 0)
        {
            _bits |= (ulong)input[0] << _bitCount;
            _bitCount += 8;
            input = input[1..];
        }
    }

    private int Take(int count)
    {
        var taken = Peek(0, count);
        _bits >>= count;
        _bitCount -= count;
        return taken;
    }

    private int Peek(int skip, int count) => (int)(_bits >> skip & (1UL << count) - 1);

    private static HuffmanTable FixedLiterals()
    {
        Span<byte> lengths = stackalloc byte[288];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        var table = new HuffmanTable(fastBits: 9, symbolsMax: 288);
        table.TryBuild(lengths);
        return table;
    }

    private static HuffmanTable FixedDistances()
    {
        Span<byte> lengths = stackalloc byte[32];
        lengths.Fill(5);
        var table = new HuffmanTable(fastBits: 5, symbolsMax: 32);
        table.TryBuild(lengths);
        return table;
    }
}
