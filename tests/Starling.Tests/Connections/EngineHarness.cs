using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Connections;
using Starling.Handlers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Transports;

namespace Starling.Tests.Connections;

/// <summary>A whole node under a manual clock, with connections whose peers the test plays. The flusher runs at once, on
/// the publisher's stack, so that every test is exact, unless the test wants it elsewhere.</summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    /// <param name="configure">Sets options.</param>
    /// <param name="broker">Another than one in memory.</param>
    /// <param name="random">Another source of randomness than the system's.</param>
    /// <param name="schedule">Runs work that has another stack of its own; at once if not given.</param>
    public EngineHarness(
        Action<StarlingOptions>? configure = null, Broker? broker = null, RandomSource? random = null, Action<IThreadPoolWorkItem>? schedule = null)
    {
        var options = new StarlingOptions();
        options.Client.Insecure = true;
        configure?.Invoke(options);
        Node = new Node(
            options,
            Handlers,
            broker ?? new MemoryBroker(Time, RandomSource.System),
            Time,
            random ?? RandomSource.System,
            Log,
            new StarlingMetrics(),
            schedule ?? (static item => item.Execute()));
        Assert.True(Node.StartAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
    }

    public ManualTime Time { get; } = new();

    public HandlerTable Handlers { get; } = new();

    public RecordingLog Log { get; } = new();

    public Node Node { get; }

    /// <summary>A connection that has sent nothing yet.</summary>
    /// <param name="wire">Its encoding.</param>
    /// <param name="session">Not empty: its commands come in requests of their own.</param>
    public TestPeer Open(Wire wire = Wire.Json, string session = "") => new(Node, wire, session: session);

    /// <summary>A connection that is connected.</summary>
    public TestPeer Connect(Wire wire = Wire.Json, string session = "")
    {
        var peer = Open(wire, session);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Assert.NotNull(peer.Take().Connect);
        return peer;
    }

    /// <summary>A connection that is subscribed.</summary>
    public TestPeer Subscribe(string channel, Wire wire = Wire.Json)
    {
        var peer = Connect(wire);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });
        Assert.NotNull(peer.Take().Subscribe);
        return peer;
    }

    public void Publish(string channel, string json) =>
        Assert.True(Node.PublishAsync(channel, new Publication { Data = Encoding.UTF8.GetBytes(json) }, null, default).IsCompletedSuccessfully);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        Assert.Empty(Log.Errors);
    }
}

/// <summary>Keeps error logs: a test fails on one it did not expect.</summary>
internal sealed class RecordingLog : ILogger
{
    public List<string> Errors { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<string> Notes { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Information) Notes.Add(formatter(state, exception));
        if (logLevel == LogLevel.Warning) Warnings.Add(formatter(state, exception));
        if (logLevel >= LogLevel.Error) Errors.Add($"{formatter(state, exception)} {exception}");
    }
}

/// <summary>The other end of a connection: sends commands, reads replies, can stop reading.</summary>
internal sealed class TestPeer
{
    private readonly PeerTransport _transport;
    private readonly Wire _wire;

    public TestPeer(Node node, Wire wire, Microsoft.AspNetCore.Http.HttpContext? request = null, string session = "")
    {
        _wire = wire;
        _transport = new PeerTransport(wire, session);
        Connection = new Connection(node, _transport, request);
        _transport.Connection = Connection;
        IsAdmitted = node.TryAdmit(Connection);
    }

    public Connection Connection { get; }

    public bool IsAdmitted { get; }

    public Queue<Reply> Received => _transport.Received;

    public Disconnect? ClosedWith => _transport.ClosedWith;

    public bool WasAborted => _transport.WasAborted;

    /// <summary>Writes made so far; each is one system call on a real connection.</summary>
    public int Writes => _transport.Writes;

    /// <summary>Bytes of the longest reply or push so far.</summary>
    public int LongestFrame => _transport.LongestFrame;

    public ValueTask SendAsync(params ReadOnlySpan<Command> commands)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var command in commands)
        {
            if (_wire == Wire.Json && buffer.WrittenCount > 0) buffer.Write("\n"u8);
            WireCodec.WriteCommand(_wire, command, buffer);
        }
        return SendRawAsync(buffer.WrittenMemory);
    }

    public void Send(params ReadOnlySpan<Command> commands) => Assert.True(SendAsync(commands).IsCompletedSuccessfully, "reading paused");

    public ValueTask SendRawAsync(ReadOnlyMemory<byte> frame)
    {
        var taken = Connection.Commands.OnFrameAsync(frame);
        Connection.Flush();
        return taken;
    }

    public void SendText(string frame) => Assert.True(SendRawAsync(Encoding.UTF8.GetBytes(frame)).IsCompletedSuccessfully);

    /// <summary>The next reply or push; fails when there is none.</summary>
    public Reply Take()
    {
        Assert.True(Received.TryDequeue(out var reply), $"nothing came; closed with {ClosedWith}");
        return reply!;
    }

    /// <summary>The payloads of all publications that have come.</summary>
    public string[] TakePublications() => [.. TakeAll().Select(static reply => reply.Push?.Pub).OfType<Publication>().Select(static pub => Encoding.UTF8.GetString(pub.Data.Span))];

    public List<Reply> TakeAll()
    {
        var all = Received.ToList();
        Received.Clear();
        return all;
    }

    /// <summary>The peer reads no more; the next write stays pending.</summary>
    public void StopReading() => _transport.Output.Hold();

    public void ReadAgain() => _transport.Output.Release();

    /// <summary>Takes the write that is pending, and no other.</summary>
    /// <returns><see langword="false"/> when there is none.</returns>
    public bool ReadOne() => _transport.Output.TakePending();

    /// <summary>The carrier is over.</summary>
    public void Drop() => Connection.OnClosed();
}

/// <summary>A transport in memory with WebSocket frames, so that the prepared frames themselves are read back.</summary>
internal sealed class PeerTransport : Transport, IOutputSource
{
    private static readonly WebSocketFraming s_json = new(Wire.Json);
    private static readonly WebSocketFraming s_protobuf = new(Wire.Protobuf);

    private readonly OutputPump _pump;

    public PeerTransport(Wire wire, string session)
    {
        Session = session;
        Framing = wire == Wire.Json ? s_json : s_protobuf;
        Output = new HeldOutput(OnBytes);
        _pump = new OutputPump(Output, this);
    }

    public Connection Connection { get; set; } = null!;

    public HeldOutput Output { get; }

    public Queue<Reply> Received { get; } = new();

    public Disconnect? ClosedWith { get; private set; }

    public bool WasAborted { get; private set; }

    public int Writes { get; private set; }

    public int LongestFrame { get; private set; }

    public override string Name => "websocket";

    public override Framing Framing { get; }

    public override bool HasOwnPings => false;

    public override string Session { get; }

    public override bool IsWriteBlocked => _pump.IsBlocked;

    public override long BytesAccepted => Output.BytesAccepted;

    public override void Signal() => _pump.Signal();

    public override void SendPing() => throw new NotSupportedException();

    public override void Close(Disconnect disconnect)
    {
        ClosedWith ??= disconnect;
        _pump.Signal();
    }

    public override void Abort() => WasAborted = true;

    public override int Tick() => int.MaxValue;

    public void Fill(OutputBatch batch) => Connection.Fill(batch);

    public void OnOutputFailed(Exception error) => Assert.Fail(error.ToString());

    private void OnBytes(ReadOnlyMemory<byte> bytes)
    {
        Writes++;
        while (bytes.Length > 0)
        {
            var length = (int)bytes.Span[1];
            var header = 2;
            if (length == 126)
            {
                length = BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[2..]);
                header = 4;
            }
            else if (length == 127)
            {
                length = (int)BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[2..]);
                header = 10;
            }
            var reader = new ReplyReader(Framing.Wire, bytes.Slice(header, length).ToArray());
            while (reader.Read(out var reply) == ReadStatus.Unit) Received.Enqueue(reply!);
            LongestFrame = Math.Max(LongestFrame, length);
            bytes = bytes[(header + length)..];
        }
    }
}

/// <summary>An output that takes everything at once, or holds one write back until it is released.</summary>
internal sealed class HeldOutput(Action<ReadOnlyMemory<byte>> sink) : ByteOutput
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _taken;
    private byte[] _pending = [];
    private bool _holds;
    private long _accepted;

    public override long BytesAccepted => _accepted;

    public void Hold() => Volatile.Write(ref _holds, true);

    public void Release()
    {
        Volatile.Write(ref _holds, false);
        TakePending();
    }

    /// <summary>Lets the one write through that is held back, if there is one.</summary>
    public bool TakePending()
    {
        byte[] bytes;
        TaskCompletionSource taken;
        lock (_gate)
        {
            if (_taken is null) return false;
            (taken, bytes, _taken) = (_taken, _pending, null);
        }
        Accept(bytes);
        taken.SetResult();
        return true;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!Volatile.Read(ref _holds))
        {
            Accept(bytes);
            return default;
        }
        lock (_gate)
        {
            _pending = bytes.ToArray();
            _taken = new TaskCompletionSource();
            return new ValueTask(_taken.Task);
        }
    }

    public override bool TryShutdownSend() => true;

    public override void Abort()
    {
    }

    private void Accept(ReadOnlyMemory<byte> bytes)
    {
        _accepted += bytes.Length;
        sink(bytes);
    }
}
