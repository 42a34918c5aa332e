using System.Buffers;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>What one request of long polling is answered with, as it comes together from replies and pushes.</summary>
/// <remarks>Filled inside the pump, one call at a time; read when the connection is over.</remarks>
internal sealed class LongPollAnswer
{
    /// <summary>The connect command; the subscribe to channel i is i + 2.</summary>
    public const uint ConnectId = 1;

    /// <summary>When so much has come, the answer goes out and the rest waits for the next request.</summary>
    private const int BytesMax = 256 * 1024;

    private readonly string[] _channels;
    private readonly StreamPosition[] _positions;
    private readonly ArrayBufferWriter<byte> _pushes = new(256);
    private int _subscribed;

    /// <param name="channels">What is asked for.</param>
    /// <param name="positions">Where the client stands, in the same order; empty when it begins.</param>
    public LongPollAnswer(string[] channels, StreamPosition[] positions)
    {
        _channels = channels;
        IsBeginning = positions.Length == 0;
        _positions = IsBeginning ? [.. channels.Select(static _ => new StreamPosition())] : positions;
    }

    /// <summary>The client brought no position: it is told where it stands.</summary>
    public bool IsBeginning { get; }

    /// <summary>Why the connection ended.</summary>
    public Disconnect? Disconnect { get; set; }

    /// <summary>The first refusal, and the channel it is about; empty for connecting.</summary>
    public ProtocolError? Error { get; private set; }

    public string ErrorChannel { get; private set; } = "";

    /// <summary>Channels whose publications between the client's position and the new one are not to be had any more.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>Pushes, each with its channel, with commas between them.</summary>
    public ReadOnlyMemory<byte> Pushes => _pushes.WrittenMemory;

    /// <summary>Bytes gathered.</summary>
    public long Bytes => _pushes.WrittenCount;

    public bool IsFull => Bytes >= BytesMax;

    public ReadOnlySpan<StreamPosition> Positions => _positions;

    /// <summary>There is something to say, or there will never be.</summary>
    /// <remarks>A full answer waits for nobody: a channel whose subscribe is still decided about stays at its old position.</remarks>
    public bool IsComplete => Disconnect is not null || Error is not null || IsFull
        || (_subscribed == _channels.Length && (IsBeginning || Lost.Count > 0 || _pushes.WrittenCount > 0));

    /// <summary>Takes replies as they are written, one per line.</summary>
    public void Add(ReadOnlyMemory<byte> lines)
    {
        var reader = new ReplyReader(Wire.Json, lines.ToArray());   // what is kept of them are slices
        while (reader.Read(out var reply) == ReadStatus.Unit) Add(reply!);
    }

    private void Add(Reply reply)
    {
        if (reply.Push is { } push)
        {
            var channel = Array.IndexOf(_channels, push.Channel);
            if (channel >= 0) Add(channel, push);
        }
        else if (reply.Error is { } error)
        {
            if (error.Code == ProtocolErrors.AlreadySubscribed.Code) return;   // given to it by the server, with the connect reply
            Refuse(error, reply.Id == ConnectId ? "" : _channels[reply.Id - ConnectId - 1]);
        }
        else if (reply.Connect is { } connected)
        {
            for (var channel = 0; channel < _channels.Length; channel++)
            {
                if (connected.Subs?.GetValueOrDefault(_channels[channel]) is not { } given) continue;
                _subscribed++;
                Add(channel, given);
            }
        }
        else if (reply.Subscribe is { } result)
        {
            _subscribed++;
            Add((int)(reply.Id - ConnectId - 1), result);
        }
    }

    private void Add(int channel, SubscribeResult result)
    {
        if (!result.Recoverable)
        {
            Refuse(ProtocolErrors.NotAvailable, _channels[channel]);   // what comes between two requests would be lost
            return;
        }
        if (!IsBeginning && !result.Recovered) Lost.Add(_channels[channel]);
        _positions[channel] = new StreamPosition { Offset = result.Offset, Epoch = result.Epoch };
        foreach (var publication in result.Publications ?? []) Add(channel, new Push { Channel = _channels[channel], Pub = publication });
    }

    private void Add(int channel, Push push)
    {
        if (push.Unsubscribe is { Code: >= 2500 })
        {
            if (!Lost.Contains(_channels[channel])) Lost.Add(_channels[channel]);   // its position is lost while it waits
            return;
        }
        if (push.Pub is { Offset: > 0 } publication) _positions[channel] = new StreamPosition { Offset = publication.Offset, Epoch = _positions[channel].Epoch };
        if (_pushes.WrittenCount > 0) _pushes.Write(","u8);
        WireCodec.TryWritePush(Wire.Json, push, _pushes);
    }

    /// <summary>The first refusal decides.</summary>
    public void Refuse(ProtocolError error, string channel)
    {
        if (Error is not null) return;
        Error = error;
        ErrorChannel = channel;
    }
}
