using System.Buffers;
using System.Text;
using Starling.Connections;
using Starling.Protocol;
using Starling.Protocol.Tests.Fuzz;
using Starling.Protocol.Tests.Samples;
using Starling.TestKit;
using Starling.Tests.State;

namespace Starling.Tests.Connections;

/// <summary>A40: good, hostile and spoiled commands of every kind in any order, sent to a whole node whose application answers in
/// every way it can. Runs alone: it looks at the memory of the process.</summary>
/// <remarks>The number of frames is set by <c>STARLING_FUZZ_INPUTS</c>; a failure names the seed and the frame.</remarks>
[CollectionDefinition(nameof(CommandFuzzTests), DisableParallelization = true)]
[Collection(nameof(CommandFuzzTests))]
public sealed class CommandFuzzTests
{
    private const int PeerCount = 6;

    /// <summary>What one run may leave behind: far less than one byte for each of its commands.</summary>
    private const long BytesLeftMax = 4 * 1024 * 1024;

    private static readonly string[] s_channels =
        ["room", "room:1", "chat:1", "chat:2", "chat:#42", "chat:#43", "board:1", "game:1", "cursors:1", "prices:1", "shut:1", "nowhere:1", "", "$chat:1", "a*"];

    private static readonly HashSet<uint> s_codes =
        [.. typeof(Disconnects).GetProperties().Where(static one => one.PropertyType == typeof(Disconnect)).Select(static one => ((Disconnect)one.GetValue(null)!).Code), 4000];

    [Theory]
    [InlineData(Wire.Json, 1)]
    [InlineData(Wire.Json, 2)]
    [InlineData(Wire.Protobuf, 3)]
    public async Task A40_Whatever_is_sent_is_answered_or_ends_its_connection_with_a_code_and_leaves_nothing_behind(Wire wire, int seed)
    {
        var soon = new Queue<IThreadPoolWorkItem>();
        await using var engine = new EngineHarness(Configure, schedule: soon.Enqueue);
        var run = new Run(engine, soon, wire, FuzzBudget.For(seed));
        var frames = FuzzBudget.Inputs(12_000);
        long before = 0;
        for (var i = 0; i < frames; i++)
        {
            if (i == frames / 4) before = await MeasureAsync(run);
            await run.StepAsync(seed, i);
        }
        var after = await MeasureAsync(run);
        Assert.InRange(after - before, long.MinValue, BytesLeftMax);
        TestContext.Current.TestOutputHelper?.WriteLine($"{after - before} bytes more; {run}");
        run.AssertVaried();
    }

    /// <summary>Bytes held when every connection has gone and everything has had its time.</summary>
    private static async Task<long> MeasureAsync(Run run)
    {
        await run.EndAsync();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Configure(StarlingOptions options)
    {
        options.Client.PingInterval = TimeSpan.FromHours(1);
        options.Client.AllowAnonymousConnectWithoutToken = true;
        options.Client.HistoryMaxPublicationLimit = 50;
        options.SharedPoll.HmacSecretKey = "secret";
        StateHarness.Options(options);
        Open(options.Channel.WithoutNamespace);
        foreach (var ns in options.Channel.Namespaces)
        {
            ns.AllowSubscribeForClient = ns.AllowSubscribeForAnonymous = true;
            ns.Map.AllowPublishForClient = ns.Map.AllowRemoveForClient = true;
        }
        var chat = new ChannelNamespaceOptions { Name = "chat", AllowUserLimitedChannels = true, JoinLeave = true, ForcePushJoinLeave = true };
        Open(chat);
        options.Channel.Namespaces.Add(chat);
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "prices", SubscriptionType = ChannelSubscriptionType.SharedPoll, AllowSubscribeForClient = true });
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "shut" });
    }

    private static void Open(ChannelOptions channel)
    {
        (channel.HistorySize, channel.HistoryTtl, channel.Presence, channel.AllowTagsFilter) = (20, TimeSpan.FromMinutes(1), true, true);
        channel.AllowSubscribeForClient = channel.AllowPublishForClient = channel.AllowHistoryForClient = channel.AllowPresenceForClient = true;
        channel.AllowPositioning = channel.AllowRecovery = true;
        channel.AllowedDeltaTypes.Add("fossil");
    }

    /// <summary>One run: the peers, what they send, and what must hold after each frame.</summary>
    private sealed class Run
    {
        private readonly EngineHarness _engine;
        private readonly Queue<IThreadPoolWorkItem> _soon;
        private readonly Queue<TaskCompletionSource> _late = new();
        private readonly Wire _wire;
        private readonly Random _random;
        private readonly MessageGenerator _hostile;
        private readonly TestPeer?[] _peers = new TestPeer?[PeerCount];
        private readonly Dictionary<CommandKind, (int Done, int Refused)> _answers = [];
        private readonly Dictionary<uint, int> _ends = [];
        private uint _id;

        public Run(EngineHarness engine, Queue<IThreadPoolWorkItem> soon, Wire wire, Random random)
        {
            (_engine, _soon, _wire, _random, _hostile) = (engine, soon, wire, random, new MessageGenerator(random));
            var handlers = engine.Handlers;
            handlers.Connecting = _ => AnyAsync(ConnectingResult.Accept("42", expiresAt: Soon()), ConnectingResult.Refuse, ConnectingResult.Close);
            handlers.Refreshing = _ => AnyAsync(RefreshingResult.Accept(Soon()), RefreshingResult.Refuse, RefreshingResult.Close);
            handlers.Subscribing = _ => AnyAsync(SubscribingResult.Accept(expiresAt: Soon()), SubscribingResult.Refuse, SubscribingResult.Close);
            handlers.Publishing = _ => AnyAsync(PublishingResult.Accept(), PublishingResult.Refuse, PublishingResult.Close);
            handlers.ReadingHistory = handlers.ReadingPresence = _ => AnyAsync(ReadingResult.Accept(), ReadingResult.Refuse, ReadingResult.Close);
            handlers.Polling = static context => ValueTask.FromResult(new PollingResult([.. context.Items.Select(static item => new PolledValue(item.Key, "1"u8.ToArray(), item.Version + 1))], "e"));
            handlers.Message = static _ => default;
            handlers.Rpc["echo"] = context => AnyAsync(RpcResult.Ok(context.Data), RpcResult.Fail, RpcResult.Close);
            handlers.Rpc["late"] = async context =>
            {
                var gate = new TaskCompletionSource();
                _late.Enqueue(gate);
                await gate.Task;
                return RpcResult.Ok(context.Data);
            };
        }

        public async Task StepAsync(int seed, int number)
        {
            var index = _random.Next(PeerCount);
            var frame = _peers[index] is null && _random.Next(10) > 0 ? FirstFrame() : NextFrame();
            try
            {
                var peer = _peers[index] ??= _engine.Open(_wire);
                if (_random.Next(50) == 0) _engine.Time.Advance(TimeSpan.FromSeconds(_random.Next(1, 20)));
                foreach (var other in _peers) other?.Received.Clear();
                if (peer.ClosedWith is null) await SendAsync(peer, frame);
                if (Check(peer, frame)) return;
                peer.Drop();
                _peers[index] = null;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}, frame {number}: {Convert.ToHexString(frame)}", error);
            }
        }

        public async Task EndAsync()
        {
            foreach (var peer in _peers) peer?.Drop();
            Array.Clear(_peers);
            // Histories, states, presence and what is remembered of calls have all had their time.
            for (var i = 0; i < 100; i++)
            {
                _engine.Time.Advance(TimeSpan.FromHours(1));
                GoOn();
            }
            await Eventually.IsTrueAsync(() => _engine.Node.Connections.Count == 0 && _engine.Node.Channels.Count == 0, "the end of connections and channels");
        }

        /// <summary>Every kind succeeded and was refused, and most ways to end a connection were taken: otherwise all this proves little.</summary>
        public void AssertVaried()
        {
            foreach (var kind in Enum.GetValues<CommandKind>())
            {
                if (kind is CommandKind.None or CommandKind.Pong or CommandKind.Send) continue;
                var (done, refused) = _answers.GetValueOrDefault(kind);
                Assert.True(done > 20, $"{kind} was done {done} times.");
                Assert.True(kind is CommandKind.Ping or CommandKind.Unsubscribe || refused > 5, $"{kind} was refused {refused} times.");
            }
            Assert.True(_ends.Count >= 4, ToString());
        }

        public override string ToString() =>
            string.Join(", ", _answers.Select(static pair => $"{pair.Key} {pair.Value.Done}/{pair.Value.Refused}")) + "; ended with " + string.Join(", ", _ends);

        private async Task SendAsync(TestPeer peer, byte[] frame)
        {
            var taken = peer.SendRawAsync(frame).AsTask();
            GoOn();
            await taken.WaitAsync(Eventually.Deadline);
            Assert.False(peer.Connection.Commands.IsBusy);
        }

        /// <summary>Turns come, and what takes its time is done: on this thread, so that a run can be repeated.</summary>
        private void GoOn()
        {
            while (true)
            {
                if (_soon.TryDequeue(out var item)) item.Execute();
                else if (_late.TryDequeue(out var gate)) gate.SetResult();
                else return;
            }
        }

        /// <returns><see langword="false"/> when the connection is of no use any more.</returns>
        private bool Check(TestPeer peer, byte[] frame)
        {
            if (_engine.Log.Errors.Count > 0) Assert.Fail(_engine.Log.Errors[0]);
            var replies = peer.TakeAll();
            var reader = new CommandReader(_wire, frame);
            var asked = new Dictionary<uint, CommandKind>();
            ReadStatus status;
            while ((status = reader.Read(out var command)) == ReadStatus.Unit)
            {
                if (command!.Kind is not (CommandKind.Pong or CommandKind.Send)) asked[command.Id] = command.Kind;
            }
            foreach (var reply in replies.Where(static one => one.Id > 0))
            {
                Assert.NotEqual(ProtocolErrors.Internal.Code, reply.Error?.Code);
                var kind = asked[reply.Id];   // nothing is answered that was not asked
                var (done, refused) = _answers.GetValueOrDefault(kind);
                _answers[kind] = reply.Error is null ? (done + 1, refused) : (done, refused + 1);
            }
            if (peer.ClosedWith is { } end)
            {
                Assert.Contains(end.Code, s_codes);
                Assert.NotEqual(Disconnects.ServerError, end);
                _ends[end.Code] = _ends.GetValueOrDefault(end.Code) + 1;
                return false;
            }
            Assert.NotEqual(ReadStatus.Malformed, status);   // it would have been closed
            if (peer.Connection.Phase == ConnectionPhase.Refused) return false;   // what comes behind an error of connect is not looked at
            foreach (var id in asked.Keys) Assert.Contains(replies, reply => reply.Id == id);
            return true;
        }

        /// <summary>Connects, and subscribes to what most commands are about.</summary>
        private byte[] FirstFrame()
        {
            var frame = new List<byte>(Encode(new Command { Id = ++_id, Connect = new ConnectRequest() }));
            foreach (var channel in (string[])["prices:1", "room"])
            {
                if (Maybe()) continue;
                if (_wire == Wire.Json) frame.Add((byte)'\n');
                frame.AddRange(Encode(new Command { Id = ++_id, Subscribe = new SubscribeRequest { Channel = channel, Type = channel == "room" ? default : SubscriptionType.SharedPoll } }));
            }
            return [.. frame];
        }

        private byte[] NextFrame()
        {
            var frame = new List<byte>();
            for (var count = _random.Next(4) == 0 ? _random.Next(2, 5) : 1; count > 0; count--)
            {
                if (_wire == Wire.Json && frame.Count > 0) frame.Add((byte)'\n');
                var unit = Encode(_random.Next(8) == 0 ? Hostile() : Good());
                frame.AddRange(_random.Next(8) == 0 ? Spoiled(unit) : unit);
            }
            return [.. frame];
        }

        private byte[] Spoiled(byte[] unit)
        {
            if (_wire == Wire.Json)
            {
                var text = new StringBuilder();
                JsonTree.Parse(unit).WriteSpoiled(text, _random);
                return Encoding.UTF8.GetBytes(text.ToString());
            }
            for (var times = _random.Next(1, 3); times > 0; times--) unit[_random.Next(unit.Length)] ^= (byte)(1 << _random.Next(8));
            return unit;
        }

        /// <summary>A command whose members hold anything, but often of a channel that is there.</summary>
        private Command Hostile()
        {
            var command = _hostile.Command();
            command.Id = _random.Next(10) == 0 ? command.Id : ++_id;
            foreach (var member in typeof(Command).GetProperties().Where(static one => one.CanWrite && one.PropertyType.IsClass))
            {
                if (member.GetValue(command) is not { } request || _random.Next(4) == 0) continue;
                request.GetType().GetProperty("Channel")?.SetValue(request, Channel());
                request.GetType().GetProperty("Token")?.SetValue(request, "");
            }
            return command;
        }

        /// <summary>A command as a client means it.</summary>
        private Command Good()
        {
            var (id, channel, data) = (++_id, Channel(), Encoding.UTF8.GetBytes($$"""{"n":{{_random.Next(100)}}}"""));
            var key = $"k{_random.Next(5)}";
            var isKeyed = channel.StartsWith("board", StringComparison.Ordinal) || channel.StartsWith("game", StringComparison.Ordinal) || channel.StartsWith("cursors", StringComparison.Ordinal);
            var type = isKeyed ? SubscriptionType.Map : channel.StartsWith("prices", StringComparison.Ordinal) ? SubscriptionType.SharedPoll : SubscriptionType.Stream;
            return _random.Next(13) switch
            {
                0 when _random.Next(8) == 0 => new Command { Id = id, Connect = new ConnectRequest() },   // a second time
                0 or 1 or 2 => new Command
                {
                    Id = id,
                    Subscribe = new SubscribeRequest
                    {
                        Channel = channel,
                        Type = type,
                        Phase = type == SubscriptionType.Map ? MapPhase.State : default,
                        Recoverable = Maybe(),
                        Positioned = Maybe(),
                        JoinLeave = Maybe(),
                        Delta = Maybe() ? "fossil" : "",
                    },
                },
                3 => new Command { Id = id, Unsubscribe = new UnsubscribeRequest { Channel = channel } },
                4 => new Command { Id = id, Publish = new PublishRequest { Channel = channel, Data = data, Type = isKeyed ? PublishType.Map : default, Key = isKeyed ? key : "", Removed = isKeyed && Maybe() } },
                5 => new Command { Id = id, Presence = new PresenceRequest { Channel = channel } },
                6 => new Command { Id = id, PresenceStats = new PresenceStatsRequest { Channel = channel } },
                7 => new Command { Id = id, History = new HistoryRequest { Channel = channel, Limit = _random.Next(-1, 30), Reverse = Maybe() } },
                8 => new Command { Id = id, Rpc = new RpcRequest { Method = Maybe() ? "echo" : Maybe() ? "late" : "none", Data = data } },
                9 => new Command { Send = new SendRequest { Data = data } },
                10 => new Command { Id = id, Refresh = new RefreshRequest { Token = "new" } },
                11 => new Command { Id = id, SubRefresh = new SubRefreshRequest { Channel = "prices:1", Type = Maybe() ? SubRefreshType.Track : SubRefreshType.Untrack, Track = [Batch(key)], Untrack = [key] } },
                _ => new Command { Id = id, Ping = new PingRequest() },
            };
        }

        private TrackBatch Batch(string key) => new()
        {
            Signature = TrackSignature.Create("secret", "42", "prices:1", [key], _engine.Time.GetUtcNow()),
            Items = [new KeyedItem { Key = key, Version = (ulong)_random.Next(3) }],
        };

        private byte[] Encode(Command command)
        {
            var output = new ArrayBufferWriter<byte>();
            WireCodec.WriteCommand(_wire, command, output);
            return output.WrittenSpan.ToArray();
        }

        private bool Maybe() => _random.Next(2) == 0;

        private string Channel() => s_channels[_random.Next(s_channels.Length)];

        private DateTimeOffset? Soon() => _random.Next(4) == 0 ? _engine.Time.GetUtcNow().AddSeconds(_random.Next(-1, 30)) : null;

        /// <summary>What an application mostly says, and at times something else.</summary>
        private ValueTask<T> AnyAsync<T>(T usual, Func<ProtocolError, T> refuse, Func<Disconnect, T> close) => ValueTask.FromResult(_random.Next(30) switch
        {
            0 => close(new Disconnect(4000, "as the application likes")),
            1 or 2 => refuse(new ProtocolError(1000, "not today")),
            _ => usual,
        });
    }
}
