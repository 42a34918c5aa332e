using System.Buffers;
using Starling.Protocol;
using Starling.WebSockets;

namespace Starling.Channels;

/// <summary>The form in which a connection takes frames: its wire, plain or compressed.</summary>
internal readonly record struct FrameVariant(Wire Wire, bool Compressed)
{
    /// <summary>How many variants there are.</summary>
    public const int Count = 4;

    /// <summary>A number from 0 to <see cref="Count"/> - 1.</summary>
    public int Index => (Wire == Wire.Protobuf ? 1 : 0) + (Compressed ? 2 : 0);

    public Opcode Opcode => Wire == Wire.Protobuf ? Opcode.Binary : Opcode.Text;
}

/// <summary>One publication in a channel's log, with its frame per variant, each encoded at most once and shared by
/// every subscriber.</summary>
internal sealed class LogEntry(string channel, Publication publication, int compressionBytesMin)
{
    /// <summary>What an entry costs beside its payload: objects, tags' share, the first frame's header.</summary>
    private const int OverheadBytes = 160;

    /// <summary>Stands for "this publication has no form on that wire": binary data on the JSON wire.</summary>
    private static readonly byte[] s_notEncodable = [];

    [ThreadStatic] private static ArrayBufferWriter<byte>? t_scratch;

    private readonly byte[]?[] _frames = new byte[]?[FrameVariant.Count];

    public Publication Publication => publication;

    /// <summary>Bytes this entry counts for in its log: the payload and one frame of it.</summary>
    public int Size { get; } = (publication.Data.Length * 2) + OverheadBytes;

    /// <summary>The whole frame, ready to be written to any connection of the variant.</summary>
    /// <returns><see langword="null"/> when the data is not JSON and the wire is: such a connection is closed with 3506.</returns>
    public byte[]? Frame(FrameVariant variant)
    {
        var frame = Volatile.Read(ref _frames[variant.Index]) ?? Encode(variant);
        return ReferenceEquals(frame, s_notEncodable) ? null : frame;
    }

    private byte[] Encode(FrameVariant variant)
    {
        lock (_frames)   // two flushers may ask at once; the second waits instead of encoding again
        {
            ref var slot = ref _frames[variant.Index];
            if (slot is not null) return slot;
            var scratch = t_scratch ??= new ArrayBufferWriter<byte>(1024);
            scratch.ResetWrittenCount();
            byte[] frame;
            if (!WireCodec.TryWritePublication(variant.Wire, channel, 0, publication, scratch))
            {
                frame = s_notEncodable;
            }
            else if (variant.Compressed && scratch.WrittenCount >= compressionBytesMin
                && FrameWriter.PrepareCompressed(variant.Opcode, scratch.WrittenSpan) is { } compressed)
            {
                frame = compressed;
            }
            else
            {
                frame = FrameWriter.Prepare(variant.Opcode, scratch.WrittenSpan);
            }
            Volatile.Write(ref slot, frame);
            if (scratch.Capacity > 256 * 1024) t_scratch = null;   // one huge message must not stay for ever
            return frame;
        }
    }
}
