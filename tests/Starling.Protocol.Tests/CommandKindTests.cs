namespace Starling.Protocol.Tests;

public sealed class CommandKindTests
{
    [Fact]
    public void The_first_request_in_the_order_of_the_protocol_counts()
    {
        var command = new Command
        {
            Id = 1,
            Connect = new(),
            Subscribe = new(),
            Unsubscribe = new(),
            Publish = new(),
            Presence = new(),
            PresenceStats = new(),
            History = new(),
            Rpc = new(),
            Send = new(),
            Refresh = new(),
            SubRefresh = new(),
            Ping = new(),
        };
        CommandKind[] order =
        [
            CommandKind.Connect, CommandKind.Subscribe, CommandKind.Unsubscribe, CommandKind.Publish, CommandKind.Presence, CommandKind.PresenceStats,
            CommandKind.History, CommandKind.Rpc, CommandKind.Send, CommandKind.Refresh, CommandKind.SubRefresh, CommandKind.Ping,
        ];
        foreach (var kind in order)
        {
            Assert.Equal(kind, command.Kind);
            typeof(Command).GetProperty($"{kind}")!.SetValue(command, null);
        }
        Assert.Equal(CommandKind.None, command.Kind);
    }

    [Fact]
    public void Without_an_id_a_command_is_a_send_or_a_pong_whatever_else_it_holds()
    {
        Assert.Equal(CommandKind.Pong, new Command().Kind);
        Assert.Equal(CommandKind.Pong, new Command { Connect = new() }.Kind);
        Assert.Equal(CommandKind.Send, new Command { Connect = new(), Send = new() }.Kind);
    }

    [Theory]
    [InlineData(3000u, true)]
    [InlineData(3499u, true)]
    [InlineData(3500u, false)]
    [InlineData(3999u, false)]
    [InlineData(4000u, true)]
    [InlineData(4499u, true)]
    [InlineData(4500u, false)]
    [InlineData(4999u, false)]
    [InlineData(5000u, true)]
    [InlineData(1006u, true)]
    public void The_range_of_a_disconnect_code_says_whether_the_client_comes_back(uint code, bool reconnects) =>
        Assert.Equal(reconnects, new Disconnect(code, "x").Reconnects);
}
