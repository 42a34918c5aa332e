using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Starling.Tests.Hosting;

public sealed class ServiceTests
{
    [Fact]
    public async Task An_application_is_given_the_publisher_it_asks_for()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddStarling();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = false, ValidateScopes = true });
        var publisher = provider.GetRequiredService<ChannelPublisher>();
        Assert.Same(publisher, provider.GetRequiredService<ChannelPublisher>());
    }

    [Fact]
    public async Task An_application_can_ask_who_is_in_a_channel()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddStarling(static options => options.Channel.WithoutNamespace.Presence = true);
        await using var provider = services.BuildServiceProvider();
        var members = provider.GetRequiredService<ChannelMembers>();
        var cancelled = TestContext.Current.CancellationToken;

        var list = await members.ListAsync("room", cancelled);
        Assert.Null(list.Error);
        Assert.Empty(list.Clients);
        Assert.Equal(new ChannelMemberCount(null, 0, 0), await members.CountAsync("room", cancelled));
        Assert.Equal(102u, (await members.ListAsync("nowhere:x", cancelled)).Error!.Code);
        Assert.Equal(107u, (await members.CountAsync("", cancelled)).Error!.Code);
    }

    [Fact]
    public async Task F02_It_is_no_error_of_the_application_when_its_time_to_stop_is_over_before_all_connections_are()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IHostApplicationLifetime>(new NeverStoppingLifetime());
        services.AddStarling();
        await using var provider = services.BuildServiceProvider();
        var engine = Assert.Single(provider.GetServices<IHostedService>());
        await engine.StartAsync(TestContext.Current.CancellationToken);

        await engine.StopAsync(new CancellationToken(canceled: true));   // an exception here would be the process's exit code
    }

    /// <summary>Never tells the engine to stop, so that it is still in the middle of it when the host's time is over.</summary>
    private sealed class NeverStoppingLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
