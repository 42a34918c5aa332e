using Microsoft.Extensions.DependencyInjection;

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
}
