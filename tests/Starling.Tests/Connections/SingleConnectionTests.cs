using Starling.Connections;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Tokens;
using Starling.Tokens;

namespace Starling.Tests.Connections;

/// <summary>One connection per user (<c>single_connection</c>): the newest stays, and one always does.</summary>
public sealed class SingleConnectionTests
{
    private static void One(StarlingOptions options)
    {
        (options.Client.SubscribeToUserPersonalChannel.Enabled, options.Client.SubscribeToUserPersonalChannel.SingleConnection) = (true, true);
        options.Channel.WithoutNamespace.Presence = true;
        options.Client.ConnectIncludeServerTime = true;   // the clock is asked while the reply is made
    }

    private static TestPeer Connect(TestPeer peer)
    {
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        return peer;
    }

    [Fact]
    public async Task The_newest_connection_of_a_user_ends_the_older_one_and_nobody_elses()
    {
        await using var engine = new EngineHarness(One);
        var user = "42";
        engine.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept(user));
        var older = Connect(engine.Open());
        user = "43";
        var other = Connect(engine.Open());
        user = "42";
        var newer = Connect(engine.Open());
        Assert.Equal(Disconnects.ConnectionLimit, older.ClosedWith);
        Assert.Null(newer.ClosedWith);
        Assert.Null(other.ClosedWith);
    }

    [Fact]
    public async Task Of_two_that_are_answered_at_the_same_time_the_newer_one_stays()
    {
        var random = new InterruptedRandom();
        await using var engine = new EngineHarness(One, random: random);
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        var (older, newer) = (engine.Open(), engine.Open());
        // Both have their replies before either looks for others.
        random.WhenAsked = () =>
        {
            if (older.Connection.Phase != ConnectionPhase.Connected || newer.Connection.Phase != ConnectionPhase.New) return;
            Connect(newer);
            Assert.Equal(Disconnects.ConnectionLimit, older.ClosedWith);
        };
        Connect(older);
        Assert.Equal(ConnectionPhase.Connected, newer.Connection.Phase);
        Assert.Equal(Disconnects.ConnectionLimit, older.ClosedWith);
        Assert.Null(newer.ClosedWith);
    }

    [Fact]
    public async Task One_that_is_overtaken_before_its_reply_gives_way()
    {
        await using var engine = new EngineHarness(One);
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        var (older, newer) = (engine.Open(), engine.Open());
        engine.Time.WhenAsked = () =>
        {
            if (older.Connection.EntryNumber > 0 && newer.Connection.Phase == ConnectionPhase.New) Connect(newer);
        };
        Connect(older);
        Assert.Equal(ConnectionPhase.Connected, newer.Connection.Phase);
        Assert.Equal(Disconnects.ConnectionLimit, older.ClosedWith);
        Assert.Null(newer.ClosedWith);
    }

    [Fact]
    public async Task One_that_has_gone_already_takes_nobodys_place()
    {
        await using var engine = new EngineHarness(One);
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        var (older, newer) = (engine.Open(), engine.Open());
        engine.Time.WhenAsked = () =>
        {
            if (older.Connection.EntryNumber == 0 || newer.Connection.Phase != ConnectionPhase.New) return;
            Connect(newer);
            newer.Connection.Disconnect(Disconnects.ForceNoReconnect);   // its carrier is not gone yet: it is still listed
        };
        Connect(older);
        Assert.Equal(Disconnects.ForceNoReconnect, newer.ClosedWith);
        Assert.Null(older.ClosedWith);
    }

    [Fact]
    public async Task A74_A_connect_that_loses_against_a_revocation_does_not_end_the_connection_there_is()
    {
        await using var engine = TokenConnectTests.WithTokens(One);
        var owner = TokenConnectTests.Connect(engine, """{"sub":"42","jti":"own"}""");
        var decision = new TaskCompletionSource<ConnectingResult>();
        engine.Handlers.Connecting = _ => new ValueTask<ConnectingResult>(decision.Task);
        var thief = engine.Open();
        thief.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = TestTokens.Hmac("""{"sub":"42","jti":"stolen"}""") } });
        Assert.Null(engine.Node.Revocations.Revoke(RevocationKind.Token, "stolen", until: 0));
        decision.SetResult(ConnectingResult.AcceptIdentity());
        await TestKit.Eventually.IsTrueAsync(() => !thief.Connection.Commands.IsBusy, "the end of the command");
        Assert.Equal(Disconnects.InvalidToken, thief.ClosedWith);
        Assert.Null(owner.ClosedWith);
    }

    /// <summary>The system's randomness; who takes of it can be interrupted.</summary>
    private sealed class InterruptedRandom : RandomSource
    {
        public Action WhenAsked { get; set; } = static () => { };

        public override void Fill(Span<byte> bytes)
        {
            WhenAsked();
            System.Fill(bytes);
        }
    }
}
