using System.Runtime.CompilerServices;

namespace Starling.WebSockets;

/// <summary>A prefix code of deflate (RFC 1951 §3.2.2): short codes are looked up, long ones counted through.</summary>
/// <param name="fastBits">Codes up to this length are looked up.</param>
/// <param name="symbolsMax">Size of the alphabet.</param>
internal sealed class HuffmanTable(int fastBits, int symbolsMax)
{
    public const int NeedBits = -1;
    public const int Invalid = -2;

    private const int LengthMax = 15;

    private readonly ushort[] _fast = new ushort[1 << fastBits];   // symbol << 4 | length; 0: not here
    private readonly ushort[] _symbols = new ushort[symbolsMax];   // by code
    private readonly ushort[] _counts = new ushort[LengthMax + 1]; // codes of each length

    /// <summary>Builds the code from the length of each symbol's code; 0: the symbol does not occur.</summary>
    /// <returns><see langword="false"/> when the lengths make no prefix code: too many codes, or too few (only a single code
    /// of one bit, or none at all, may leave bits unused; RFC 1951 §3.2.7).</returns>
    public bool TryBuild(ReadOnlySpan<byte> lengths)
    {
        _counts.AsSpan().Clear();
        _fast.AsSpan().Clear();
        foreach (var length in lengths) _counts[length]++;
        var used = lengths.Length - _counts[0];
        _counts[0] = 0;
        var left = 1;
        for (var length = 1; length <= LengthMax; length++)
        {
            left = (left << 1) - _counts[length];
            if (left < 0) return false;
        }
        if (left > 0 && used > 0 && !(used == 1 && _counts[1] == 1)) return false;
        Assign(lengths);
        return true;
    }

    /// <summary>Decodes one symbol without taking its bits.</summary>
    /// <param name="bits">Bits of the stream, the next one lowest; zero beyond <paramref name="bitCount"/>.</param>
    /// <param name="bitCount">Bits that are there.</param>
    /// <param name="length">Bits the symbol takes.</param>
    /// <returns>The symbol, <see cref="NeedBits"/> or <see cref="Invalid"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Decode(ulong bits, int bitCount, out int length)
    {
        var entry = _fast[(int)bits & (_fast.Length - 1)];
        length = entry & 15;
        if (entry == 0) return DecodeSlowly(bits, bitCount, out length);
        return length <= bitCount ? entry >> 4 : NeedBits;
    }

    private int DecodeSlowly(ulong bits, int bitCount, out int length)
    {
        int code = 0, first = 0, index = 0;
        for (length = 1; length <= LengthMax; length++)
        {
            if (length > bitCount) return NeedBits;
            code |= (int)(bits >> (length - 1)) & 1;
            int count = _counts[length];
            if (code - count < first) return _symbols[index + (code - first)];
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        return Invalid;
    }

    /// <summary>Gives out the codes, in order of length and then of symbol (RFC 1951 §3.2.2).</summary>
    private void Assign(ReadOnlySpan<byte> lengths)
    {
        Span<int> nextIndex = stackalloc int[LengthMax + 2];
        Span<int> nextCode = stackalloc int[LengthMax + 2];
        for (var length = 1; length <= LengthMax; length++)
        {
            nextIndex[length + 1] = nextIndex[length] + _counts[length];
            nextCode[length + 1] = (nextCode[length] + _counts[length]) << 1;
        }
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0) continue;
            _symbols[nextIndex[length]++] = (ushort)symbol;
            var code = nextCode[length]++;
            if (length > fastBits) continue;
            for (var slot = Reverse(code, length); slot < _fast.Length; slot += 1 << length)
            {
                _fast[slot] = (ushort)(symbol << 4 | length);
            }
        }
    }

    /// <summary>Codes are packed highest bit first, everything else lowest first (RFC 1951 §3.1.1).</summary>
    private static int Reverse(int code, int length)
    {
        var reversed = 0;
        for (var i = 0; i < length; i++) reversed |= (code >> i & 1) << (length - 1 - i);
        return reversed;
    }
}
