using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.Hooks;

/// <summary>A node with one back end for everything, and how to wait for what it decides.</summary>
internal static class HookHarness
{
    public static EngineHarness Start(BackEndStub stub, Action<StarlingOptions> configure) => new(options =>
    {
        options.Client.Insecure = false;
        options.Client.AllowAnonymousConnectWithoutToken = true;
        options.Client.PingInterval = TimeSpan.Zero;   // minutes pass here, and the peers do not answer
        options.Proxies.Add(new NamedProxyOptions { Name = "stub", Endpoint = stub.Endpoint });
        configure(options);
    });

    /// <summary>The back end decides over connecting.</summary>
    public static void AskForConnect(this StarlingOptions options) => Switch(options, options.Client.Proxy.Connect);

    public static void AskForRefresh(this StarlingOptions options) => Switch(options, options.Client.Proxy.Refresh);

    /// <summary>Lets time pass until something has happened: first as much as it should take, then in small steps, for what an answer of
    /// the back end leads to is noted by another thread, perhaps only after the time has passed.</summary>
    public static Task PassUntilAsync(this EngineHarness engine, TimeSpan by, Func<bool> condition, string what)
    {
        engine.Time.Advance(by);
        return Eventually.IsTrueAsync(
            () =>
            {
                if (condition()) return true;
                engine.Time.Advance(TimeSpan.FromMilliseconds(20));   // a back end that is asked has fifty of these
                return condition();
            },
            what);
    }

    /// <summary>Sends a command and waits for its reply, or for the end of the connection.</summary>
    public static async Task<Reply> AskAsync(this TestPeer peer, Command command)
    {
        await peer.SendAsync(command);
        await Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy && (peer.Received.Count > 0 || peer.ClosedWith is not null), "an answer");
        return peer.Received.Count > 0 ? peer.Take() : new Reply();
    }

    public static Task<Reply> ConnectAsync(this TestPeer peer, ConnectRequest? request = null) =>
        peer.AskAsync(new Command { Id = 1, Connect = request ?? new ConnectRequest() });

    public static Task<Reply> SubscribeAsync(this TestPeer peer, string channel) =>
        peer.AskAsync(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });

    public static Task<Reply> PublishAsync(this TestPeer peer, string channel, string data) =>
        peer.AskAsync(new Command { Id = 3, Publish = new PublishRequest { Channel = channel, Data = System.Text.Encoding.UTF8.GetBytes(data) } });

    private static void Switch(StarlingOptions options, SwitchedProxyOptions proxy)
    {
        proxy.Enabled = true;
        proxy.Endpoint = options.Proxies[0].Endpoint;
    }
}
