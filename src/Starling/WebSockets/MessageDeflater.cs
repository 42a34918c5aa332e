using System.Buffers;
using System.IO.Compression;

namespace Starling.WebSockets;

/// <summary>Compresses whole messages (RFC 7692 §7.2.1), each with a window of its own.</summary>
internal static class MessageDeflater
{
    private const int TailLength = 4;   // 00 00 FF FF of the empty stored block that ends a flush; it does not travel

    /// <summary>Deflates one message at level 1.</summary>
    /// <returns>The compressed payload, to be disposed; empty when it would not be shorter than the message.</returns>
    public static Deflated TryDeflate(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 16) return default;   // a block header and the flush alone are six bytes
        var sink = new BoundedSink(payload.Length - 1 + TailLength);
        using (var deflate = new DeflateStream(sink, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(payload);
            deflate.Flush();
            sink.Seal();   // disposing writes a last block, which must not travel either
        }
        if (sink.Written < TailLength)   // it overflowed
        {
            sink.Return();
            return default;
        }
        return new Deflated(sink.Buffer, sink.Written - TailLength);
    }

    /// <summary>A compressed payload in a rented buffer.</summary>
    internal readonly struct Deflated(byte[]? buffer, int length) : IDisposable
    {
        public bool IsEmpty => length == 0;

        public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

        public void Dispose()
        {
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Takes what fits and forgets the rest: longer than the message is of no use.</summary>
    private sealed class BoundedSink(int bytesMax) : Stream
    {
        private bool _sealed;
        private bool _overflowed;

        public byte[] Buffer { get; } = ArrayPool<byte>.Shared.Rent(bytesMax);

        public int Written { get; private set; }

        public void Seal() => _sealed = true;

        public void Return() => ArrayPool<byte>.Shared.Return(Buffer);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_sealed || _overflowed) return;
            if (buffer.Length > bytesMax - Written)
            {
                _overflowed = true;
                Written = 0;
                return;
            }
            buffer.CopyTo(Buffer.AsSpan(Written));
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
