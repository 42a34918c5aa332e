using System.Buffers;
using System.Text;
using System.Threading.Channels;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>A client without any behaviour of its own but pongs, the same over every transport.</summary>
internal abstract class ScenarioClient(Wire wire) : IAsyncDisposable
{
    private readonly Channel<Reply> _received = Channel.CreateUnbounded<Reply>();
    private readonly List<Reply> _put = [];
    private uint _id;

    public Wire Wire => wire;

    /// <summary>What the connect reply said.</summary>
    public ConnectResult Connected { get; private set; } = new();

    /// <summary>Why the server ended the connection; nothing when it just broke.</summary>
    public Disconnect? Farewell { get; protected set; }

    public bool AnswersPings { get; set; } = true;

    /// <summary>Pings that have come.</summary>
    public int Pings { get; private set; }

    public async Task ConnectAsync(string token = "")
    {
        var reply = await TryConnectAsync(token);
        Connected = reply?.Connect ?? throw new InvalidOperationException($"Connecting was answered with error {reply?.Error}.");
    }

    /// <returns>The reply; nothing when the server ended the connection instead, see <see cref="Farewell"/>.</returns>
    public async Task<Reply?> TryConnectAsync(string token)
    {
        await OpenAsync(new Command { Id = ++_id, Connect = new ConnectRequest { Token = token } });
        return await TryTakeAsync(reply => reply.Id == _id);
    }

    /// <summary>Opens the transport with a first frame that is nothing to connect with, if it is nothing.</summary>
    public abstract Task OpenAsync(params Command[] commands);

    /// <summary>Sends commands in one frame or request; completed when the server has taken it.</summary>
    public abstract Task SendAsync(params Command[] commands);

    public abstract Task SendRawAsync(ReadOnlyMemory<byte> frame);

    /// <summary>Stops reading from the network, as a stuck program does.</summary>
    public abstract void StopReading();

    public abstract void ReadAgain();

    /// <summary>Cuts the connection without a word.</summary>
    public abstract void Cut();

    public abstract ValueTask DisposeAsync();

    /// <summary>Sends a command under a fresh id.</summary>
    /// <returns>Its reply.</returns>
    public async Task<Reply> CallAsync(Command command)
    {
        command.Id = ++_id;
        await SendAsync(command);
        return await ReplyAsync(command.Id);
    }

    public async Task<SubscribeResult> SubscribeAsync(string channel, StreamPosition? since = null)
    {
        var request = new SubscribeRequest { Channel = channel, Recover = since is not null, Epoch = since?.Epoch ?? "", Offset = since?.Offset ?? 0 };
        var reply = await CallAsync(new Command { Subscribe = request });
        return reply.Subscribe ?? throw new InvalidOperationException($"Subscribing was answered with {reply.Error}.");
    }

    public async Task PublishAsync(string channel, string json)
    {
        var reply = await CallAsync(new Command { Publish = new PublishRequest { Channel = channel, Data = Encoding.UTF8.GetBytes(json) } });
        Assert.NotNull(reply.Publish);
    }

    /// <summary>The next publications, in the order in which they came.</summary>
    public async Task<string[]> PublicationsAsync(int count)
    {
        var all = new List<string>();
        while (all.Count < count) all.Add(Encoding.UTF8.GetString((await TakeAsync(static reply => reply.Push?.Pub is not null)).Push!.Pub!.Data.Span));
        return [.. all];
    }

    /// <summary>Waits for the end and gives every publication that came before it.</summary>
    public async Task<List<string>> DrainAsync()
    {
        var all = new List<string>();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await foreach (var reply in _received.Reader.ReadAllAsync(deadline.Token))
        {
            if (reply.Push?.Pub is { } publication) all.Add(Encoding.UTF8.GetString(publication.Data.Span));
        }
        return all;
    }

    public Task<Reply> ReplyAsync(uint id) => TakeAsync(reply => reply.Id == id);

    protected static ReadOnlyMemory<byte> Frame(Wire wire, params ReadOnlySpan<Command> commands)
    {
        var frame = new ArrayBufferWriter<byte>();
        foreach (var command in commands)
        {
            if (wire == Wire.Json && frame.WrittenCount > 0) frame.Write("\n"u8);
            WireCodec.WriteCommand(wire, command, frame);
        }
        return frame.WrittenMemory;
    }

    protected void OnReply(Reply reply)
    {
        if (reply is { Id: 0, Push: null })
        {
            Pings++;
            if (AnswersPings) _ = SendRawAsync(WireCodec.Pong(wire));   // as an SDK does: without waiting
            return;
        }
        if (reply.Push?.Disconnect is { } disconnect) Farewell = new Disconnect(disconnect.Code, disconnect.Reason);
        _received.Writer.TryWrite(reply);
    }

    protected void OnEnd() => _received.Writer.TryComplete();

    private async Task<Reply> TakeAsync(Predicate<Reply> wanted) => await TryTakeAsync(wanted)
        ?? throw new InvalidOperationException($"The connection ended ({Farewell}) before what was waited for came.");

    private async Task<Reply?> TryTakeAsync(Predicate<Reply> wanted)
    {
        if (_put.Find(wanted) is { } early)
        {
            _put.Remove(early);
            return early;
        }
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await foreach (var reply in _received.Reader.ReadAllAsync(deadline.Token))
        {
            if (wanted(reply)) return reply;
            _put.Add(reply);
        }
        return null;
    }
}
