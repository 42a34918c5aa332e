using System.Buffers;
using Starling.Brokers;
using Starling.Deltas;
using Starling.Protocol;

namespace Starling.Channels;

/// <summary>What happened in a channel.</summary>
internal enum EntryKind : byte
{
    Publication,
    Join,
    Leave,
}

/// <summary>One event in a channel's log, with its frame per variant, each encoded at most once and shared by every
/// subscriber.</summary>
internal sealed class LogEntry
{
    /// <summary>Stands for "this publication has no form on that wire": binary data on the JSON wire.</summary>
    private static readonly byte[] s_notEncodable = [];

    /// <summary>Stands for "no patch is shorter than the payload".</summary>
    private static readonly byte[] s_noPatch = [];

    [ThreadStatic] private static ArrayBufferWriter<byte>? t_scratch;

    private readonly string _channel;
    private readonly long _channelId;
    private readonly object _content;   // a publication or the info of who joined or left; also the gate of encoding
    private EncodedFrame? _frames;
    private byte[]? _patch;

    /// <param name="channel">The channel's name.</param>
    /// <param name="channelId">Its number on this node.</param>
    /// <param name="publication">Not changed any more.</param>
    public LogEntry(string channel, long channelId, Publication publication)
        : this(channel, channelId, EntryKind.Publication, publication) => Size = PublicationSize.Of(publication);

    /// <param name="channel">The channel's name.</param>
    /// <param name="channelId">Its number on this node.</param>
    /// <param name="kind">Join or leave.</param>
    /// <param name="info">Who.</param>
    public LogEntry(string channel, long channelId, EntryKind kind, ClientInfo info)
        : this(channel, channelId, kind, (object)info) => Size = PublicationSize.Of(info);

    private LogEntry(string channel, long channelId, EntryKind kind, object content) =>
        (_channel, _channelId, Kind, _content) = (channel, channelId, kind, content);

    public EntryKind Kind { get; }

    /// <summary>The publication; only an entry of that kind has one.</summary>
    public Publication Publication => (Publication)_content;

    /// <summary>Its offset in the stream; 0 for what is not stored.</summary>
    public ulong Offset => Kind == EntryKind.Publication ? Publication.Offset : 0;

    /// <summary>Its place in the log, set by the log.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The publisher wants it sent as a patch where that is possible.</summary>
    public bool IsDeltaCandidate { get; init; }

    /// <summary>In a keyed channel: those before it of the same key are needed too.</summary>
    public bool IsIncrement { get; init; }

    /// <summary>What a patch is made against: the publication before it, of the same key in a keyed channel; set by the log,
    /// <see langword="null"/> when it goes out in full.</summary>
    public Publication? Base { get; set; }

    /// <summary>Where <see cref="Base"/> stood in the log.</summary>
    public ulong BaseSequence { get; set; }

    /// <summary>Bytes this entry counts for in its log, or in a long reply: what happened and one frame of it.</summary>
    public int Size { get; }

    /// <summary>The whole frame, ready to be written to any connection of the variant.</summary>
    /// <returns><see langword="null"/> when the data is not JSON and the wire is: such a connection is closed with 3506.</returns>
    public byte[]? Frame(FrameVariant variant)
    {
        if (variant.Form == PayloadForm.Full && variant.Framing.Wire == Wire.Protobuf) variant = variant with { Form = PayloadForm.Plain };
        var frame = Find(variant) ?? Encode(variant);
        return ReferenceEquals(frame, s_notEncodable) ? null : frame;
    }

    /// <summary>The publication as it goes into a reply.</summary>
    /// <param name="wire">Of the connection.</param>
    /// <param name="form">A patch only for a subscription that holds <see cref="Base"/>.</param>
    public Publication Publish(Wire wire, PayloadForm form)
    {
        if (form == PayloadForm.Patch)
        {
            byte[] patch;
            lock (_content) patch = Patch();
            if (patch.Length > 0)
            {
                if (wire == Wire.Protobuf) return Publication.With(patch, isDelta: true);
                if (PublicationPayload.TryQuote(patch) is { } quoted) return Publication.With(quoted, isDelta: true);
            }
            form = PayloadForm.Full;   // a patch may cut a character, which JSON cannot carry
        }
        return form == PayloadForm.Full && wire == Wire.Json ? Publication.AsJsonString() : Publication;
    }

    private byte[]? Find(FrameVariant variant)
    {
        for (var frame = Volatile.Read(ref _frames); frame is not null; frame = frame.Next)
        {
            if (frame.Variant == variant) return frame.Bytes;
        }
        return null;
    }

    private byte[] Encode(FrameVariant variant)
    {
        lock (_content)   // two flushers may ask at once; the second waits instead of encoding again
        {
            if (Find(variant) is { } found) return found;
            var scratch = t_scratch ??= new ArrayBufferWriter<byte>(1024);
            scratch.ResetWrittenCount();
            var frame = TryWrite(variant, scratch) ? variant.Framing.Prepare(scratch.WrittenSpan) : s_notEncodable;
            Volatile.Write(ref _frames, new EncodedFrame(variant, frame, _frames));
            if (scratch.Capacity > 256 * 1024) t_scratch = null;   // one huge message must not stay for ever
            return frame;
        }
    }

    private bool TryWrite(FrameVariant variant, ArrayBufferWriter<byte> into)
    {
        var wire = variant.Framing.Wire;
        var channel = variant.ById ? null : _channel;
        var id = variant.ById ? _channelId : 0;
        if (Kind == EntryKind.Publication && !variant.Framing.IsBare)
        {
            return WireCodec.TryWritePublication(wire, channel, id, Publish(wire, variant.Form), into);
        }
        var push = new Push { Channel = channel ?? "", Id = id };
        switch (Kind)
        {
            case EntryKind.Join:
                push.Join = new JoinPush { Info = (ClientInfo)_content };
                break;
            case EntryKind.Leave:
                push.Leave = new LeavePush { Info = (ClientInfo)_content };
                break;
            default:
                push.Pub = Publish(wire, variant.Form);
                break;
        }
        return variant.Framing.IsBare ? WireCodec.TryWritePush(wire, push, into) : WireCodec.TryWriteReply(wire, new Reply { Push = push }, into);
    }

    /// <summary>Under the gate.</summary>
    private byte[] Patch() => _patch ??= (Base is null ? null : FossilDelta.TryCreate(Base.Data.Span, Publication.Data.Span)) ?? s_noPatch;

    /// <summary>One variant's bytes. Few variants are ever asked for: a list is smaller than a table and as fast.</summary>
    private sealed record EncodedFrame(FrameVariant Variant, byte[] Bytes, EncodedFrame? Next);
}
