using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Starling.WebSockets;

/// <summary>Checks UTF-8 that comes in pieces, and fails at the first byte that cannot be part of any valid text, even when a
/// character is cut in the middle (RFC 6455 §8.1, Unicode table 3-7).</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Utf8Check
{
    private byte _missing;   // continuation bytes the character at the cut still needs
    private byte _low;       // range of the next of them: narrower than 80..BF after E0, ED, F0 and F4
    private byte _high;

    /// <summary>The text may end here: no character is cut.</summary>
    public readonly bool IsComplete => _missing == 0;

    /// <summary>Takes the next piece.</summary>
    /// <returns><see langword="false"/> when the text is not UTF-8, whatever may follow.</returns>
    public bool Push(ReadOnlySpan<byte> piece)
    {
        var i = 0;
        while (_missing > 0 && i < piece.Length)
        {
            if (!Step(piece[i++])) return false;
        }
        piece = piece[i..];
        var cut = LastLead(piece);
        if (!Utf8.IsValid(piece[..cut])) return false;
        foreach (var b in piece[cut..])
        {
            if (!Step(b)) return false;
        }
        return true;
    }

    /// <summary>Where a character that the end of the piece may cut begins; what stands before is whole.</summary>
    private static int LastLead(ReadOnlySpan<byte> piece)
    {
        for (var back = 1; back <= 3 && back <= piece.Length; back++)
        {
            var b = piece[^back];
            if (b < 0x80) break;                               // ASCII: nothing is cut
            if (b >= 0xC0) return piece.Length - back;         // a lead byte: look at it byte by byte
        }
        return piece.Length;
    }

    private bool Step(byte b)
    {
        if (_missing > 0)
        {
            if (b < _low || b > _high) return false;
            _missing--;
            (_low, _high) = (0x80, 0xBF);
            return true;
        }
        switch (b)
        {
            case < 0x80: return true;
            case < 0xC2: return false;                         // a continuation byte, or an overlong form
            case < 0xE0: Expect(1, 0x80, 0xBF); return true;
            case 0xE0: Expect(2, 0xA0, 0xBF); return true;     // overlong below
            case 0xED: Expect(2, 0x80, 0x9F); return true;     // surrogates above
            case < 0xF0: Expect(2, 0x80, 0xBF); return true;
            case 0xF0: Expect(3, 0x90, 0xBF); return true;     // overlong below
            case < 0xF4: Expect(3, 0x80, 0xBF); return true;
            case 0xF4: Expect(3, 0x80, 0x8F); return true;     // beyond U+10FFFF above
            default: return false;
        }
    }

    private void Expect(byte missing, byte low, byte high) => (_missing, _low, _high) = (missing, low, high);
}
