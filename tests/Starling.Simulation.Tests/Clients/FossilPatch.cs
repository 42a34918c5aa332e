using System.Buffers.Binary;
using System.Text;

namespace Starling.Simulation.Clients;

/// <summary>Applies a patch as an SDK does (protocol 4.9): written from the format's description, not from the server's code.</summary>
internal static class FossilPatch
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

    /// <exception cref="FormatException">The patch does not fit its base.</exception>
    public static byte[] Apply(ReadOnlySpan<byte> from, ReadOnlySpan<byte> patch)
    {
        var result = new List<byte>();
        var size = Number(ref patch);
        Expect(ref patch, '\n');
        while (true)
        {
            var number = Number(ref patch);
            var command = patch.Length > 0 ? (char)patch[0] : '?';
            patch = patch.Length > 0 ? patch[1..] : patch;
            switch (command)
            {
                case '@':
                    var offset = Number(ref patch);
                    Expect(ref patch, ',');
                    if (offset + number > (uint)from.Length) throw new FormatException("A copy past the base.");
                    result.AddRange(from.Slice((int)offset, (int)number));
                    break;
                case ':':
                    if (number > (uint)patch.Length) throw new FormatException("An insert past the patch.");
                    result.AddRange(patch[..(int)number]);
                    patch = patch[(int)number..];
                    break;
                case ';':
                    byte[] bytes = [.. result];
                    if (bytes.Length != size) throw new FormatException($"{bytes.Length} bytes where {size} were announced.");
                    if (Checksum(bytes) != (uint)number) throw new FormatException("The checksum is another.");
                    return patch.IsEmpty ? bytes : throw new FormatException("Something behind the end.");
                default:
                    throw new FormatException($"'{command}' is no command, at '{Encoding.UTF8.GetString(patch)}'.");
            }
        }
    }

    private static long Number(ref ReadOnlySpan<byte> patch)
    {
        var number = 0L;
        while (patch.Length > 0 && Digits.IndexOf((char)patch[0], StringComparison.Ordinal) is var digit and >= 0)
        {
            number = (number << 6) | (uint)digit;
            patch = patch[1..];
        }
        return number;
    }

    private static void Expect(ref ReadOnlySpan<byte> patch, char letter)
    {
        if (patch.IsEmpty || patch[0] != letter) throw new FormatException($"'{letter}' is missing.");
        patch = patch[1..];
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        Span<byte> word = stackalloc byte[4];
        for (var i = 0; i < bytes.Length; i += 4)
        {
            word.Clear();
            bytes.Slice(i, Math.Min(4, bytes.Length - i)).CopyTo(word);
            sum += BinaryPrimitives.ReadUInt32BigEndian(word);
        }
        return sum;
    }
}
