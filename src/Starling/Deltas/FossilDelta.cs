using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Starling.Deltas;

/// <summary>Makes and applies patches in the Fossil delta format (protocol 4.9).</summary>
internal static class FossilDelta
{
    private const int BlockSize = 16;

    /// <summary>Blocks of one hash tried at most: repetitive payloads must not cost quadratic time.</summary>
    private const int CandidatesMax = 32;

    /// <summary>Digits of the longest integer: 32 bits in base 64.</summary>
    private const int DigitsMax = 6;

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8;

    /// <summary>Makes a patch that turns the base into the result.</summary>
    /// <returns><see langword="null"/> when it would not be shorter than the result: send that instead.</returns>
    public static byte[]? TryCreate(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target)
    {
        var rented = ArrayPool<byte>.Shared.Rent(target.Length + 64);
        try
        {
            var patch = new PatchWriter(rented.AsSpan(0, target.Length));
            patch.Header(target.Length);
            // What changed is mostly one spot: what both ends share needs no search.
            var prefix = source.CommonPrefixLength(target);
            var suffix = CommonSuffixLength(source[prefix..], target[prefix..]);
            if (prefix < BlockSize) prefix = 0;
            if (suffix < BlockSize) suffix = 0;
            if (prefix > 0) patch.Copy(prefix, 0);
            WriteMiddle(ref patch, source, target[prefix..(target.Length - suffix)]);
            if (suffix > 0) patch.Copy(suffix, source.Length - suffix);
            patch.End(Checksum(target));
            return patch.IsFull ? null : patch.Written.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Applies a patch.</summary>
    /// <returns><see langword="false"/> when the patch is malformed, copies from beyond the base, passes the limit or does not
    /// give the result it promises.</returns>
    public static bool TryApply(ReadOnlySpan<byte> source, ReadOnlySpan<byte> patch, int bytesMax, out byte[] result)
    {
        result = [];
        if (!TryReadInteger(ref patch, out var size) || size > bytesMax || !TryTake(ref patch, (byte)'\n')) return false;
        var made = new ArrayBufferWriter<byte>(Math.Max(1, (int)Math.Min(size, 64 * 1024)));
        while (TryReadInteger(ref patch, out var count))
        {
            if (TryTake(ref patch, (byte)'@'))
            {
                if (!TryReadInteger(ref patch, out var offset) || !TryTake(ref patch, (byte)',')) return false;
                if (offset > source.Length || count > source.Length - offset || count > size - made.WrittenCount) return false;
                made.Write(source.Slice((int)offset, (int)count));
            }
            else if (TryTake(ref patch, (byte)':'))
            {
                if (count > patch.Length || count > size - made.WrittenCount) return false;
                made.Write(patch[..(int)count]);
                patch = patch[(int)count..];
            }
            else
            {
                if (!TryTake(ref patch, (byte)';') || !patch.IsEmpty || made.WrittenCount != size) return false;
                result = made.WrittenSpan.ToArray();
                return count == Checksum(result);
            }
        }
        return false;
    }

    private static void WriteMiddle(ref PatchWriter patch, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target)
    {
        if (target.Length < BlockSize || source.Length < BlockSize)
        {
            patch.Insert(target);
            return;
        }
        using var index = new BlockIndex(source);
        var start = 0;   // of what is not written yet
        var position = 0;
        while (position + BlockSize <= target.Length && !patch.IsFull)
        {
            var match = index.Find(source, target, position, start);
            if (match.Length == 0)
            {
                position++;
                continue;
            }
            patch.Insert(target[start..match.Target]);
            patch.Copy(match.Length, match.Source);
            start = position = match.Target + match.Length;
        }
        patch.Insert(target[start..]);
    }

    private static int CommonSuffixLength(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var length = 0;
        var max = Math.Min(a.Length, b.Length);
        while (length < max && a[^(length + 1)] == b[^(length + 1)]) length++;
        return length;
    }

    /// <summary>Sum of the big-endian 32-bit words, the last one padded with zeros on the right.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        for (; bytes.Length >= 4; bytes = bytes[4..]) sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
        Span<byte> last = stackalloc byte[4];
        last.Clear();
        bytes.CopyTo(last);
        return sum + BinaryPrimitives.ReadUInt32BigEndian(last);
    }

    private static bool TryReadInteger(ref ReadOnlySpan<byte> patch, out uint value)
    {
        ulong read = 0;
        var digits = 0;
        for (; digits < patch.Length && Digits.IndexOf(patch[digits]) is var digit and >= 0; digits++)
        {
            read = (read << 6) | (uint)digit;
            if (read > uint.MaxValue) break;
        }
        value = (uint)read;
        patch = patch[Math.Min(digits, patch.Length)..];
        return digits > 0 && read <= uint.MaxValue;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> patch, byte expected)
    {
        if (patch.IsEmpty || patch[0] != expected) return false;
        patch = patch[1..];
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Match(int Source, int Target, int Length);

    /// <summary>Where the base's blocks are, by hash.</summary>
    private readonly ref struct BlockIndex : IDisposable
    {
        private readonly int[] _heads;
        private readonly int[] _following;
        private readonly int _mask;

        public BlockIndex(ReadOnlySpan<byte> source)
        {
            var count = source.Length / BlockSize;
            var buckets = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count);
            _mask = buckets - 1;
            _heads = ArrayPool<int>.Shared.Rent(buckets);
            _following = ArrayPool<int>.Shared.Rent(count);
            _heads.AsSpan(0, buckets).Fill(-1);
            for (var block = count - 1; block >= 0; block--)
            {
                ref var head = ref _heads[Hash(source[(block * BlockSize)..]) & _mask];
                _following[block] = head;
                head = block;
            }
        }

        /// <summary>The longest run that holds the block at the position and pays for its command.</summary>
        public Match Find(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, int position, int start)
        {
            var best = default(Match);
            var block = _heads[Hash(target[position..]) & _mask];
            for (var tried = 0; block >= 0 && tried < CandidatesMax; block = _following[block], tried++)
            {
                var at = block * BlockSize;
                var forward = source[at..].CommonPrefixLength(target[position..]);
                if (forward < BlockSize) continue;   // another block of the same hash
                var backward = CommonSuffixLength(source[..at], target[start..position]);
                if (forward + backward > best.Length) best = new Match(at - backward, position - backward, forward + backward);
            }
            return best;
        }

        public void Dispose()
        {
            ArrayPool<int>.Shared.Return(_heads);
            ArrayPool<int>.Shared.Return(_following);
        }

        private static int Hash(ReadOnlySpan<byte> block)
        {
            var low = BinaryPrimitives.ReadUInt64LittleEndian(block) * 0x9E3779B97F4A7C15;
            var high = BinaryPrimitives.ReadUInt64LittleEndian(block[8..]) * 0xC2B2AE3D27D4EB4F;
            return (int)((low ^ high) >> 33);
        }
    }

    /// <summary>Writes commands into a span as long as the result: a patch that fills it is not worth sending.</summary>
    private ref struct PatchWriter(Span<byte> into)
    {
        private readonly Span<byte> _into = into;
        private int _length;

        public bool IsFull { get; private set; }

        public readonly ReadOnlySpan<byte> Written => _into[.._length];

        public void Header(int size)
        {
            Integer((uint)size);
            Byte((byte)'\n');
        }

        public void Copy(int count, int offset)
        {
            Integer((uint)count);
            Byte((byte)'@');
            Integer((uint)offset);
            Byte((byte)',');
        }

        public void Insert(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty) return;
            Integer((uint)bytes.Length);
            Byte((byte)':');
            if (bytes.Length >= _into.Length - _length) IsFull = true;
            if (IsFull) return;
            bytes.CopyTo(_into[_length..]);
            _length += bytes.Length;
        }

        public void End(uint checksum)
        {
            Integer(checksum);
            Byte((byte)';');
        }

        private void Integer(uint value)
        {
            Span<byte> digits = stackalloc byte[DigitsMax];
            var first = digits.Length;
            do
            {
                digits[--first] = Digits[(int)(value & 63)];
                value >>= 6;
            }
            while (value > 0);
            foreach (var digit in digits[first..]) Byte(digit);
        }

        private void Byte(byte value)
        {
            if (_length >= _into.Length - 1) IsFull = true;
            if (!IsFull) _into[_length++] = value;
        }
    }
}
