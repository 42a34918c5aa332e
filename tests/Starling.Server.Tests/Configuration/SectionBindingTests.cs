using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Starling.Server.Tests.Configuration;

/// <summary>An application that embeds the engine keeps its settings with its own.</summary>
public sealed class SectionBindingTests
{
    private static StarlingOptions Bind(string json, Action<StarlingOptions>? configure = null)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(stream).Build());
        services.AddLogging();
        services.AddStarling(configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<StarlingOptions>>().Value;
    }

    [Fact]
    public void The_section_starling_of_the_application_is_bound()
    {
        var options = Bind("""
            {
              "Starling": {
                "HttpServer": { "Port": 9000 },
                "Client": { "AllowedOrigins": ["https://a.example", "https://b.example"], "Insecure": true, "PingInterval": "00:00:20", "ChannelLimit": 5 },
                "Channel": { "Namespaces": [ { "Name": "chat", "HistorySize": 10, "HistoryTtl": "5m" }, { "Name": "news" } ] }
              }
            }
            """);

        Assert.Equal(["https://a.example", "https://b.example"], options.Client.AllowedOrigins);
        Assert.True(options.Client.Insecure);
        Assert.Equal((TimeSpan.FromSeconds(20), 5), (options.Client.PingInterval, options.Client.ChannelLimit));
        Assert.Equal(["chat", "news"], options.Channel.Namespaces.Select(one => one.Name));
        Assert.Equal(TimeSpan.FromMinutes(5), options.Channel.Namespaces[0].HistoryTtl);
    }

    [Fact]
    public void More_than_ten_items_keep_their_order()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"name{i}").ToList();
        var list = string.Join(',', names.Select(name => $$"""{"Name": "{{name}}"}"""));

        Assert.Equal(names, Bind($$"""{"Starling": {"Channel": {"Namespaces": [{{list}}] } } }""").Channel.Namespaces.Select(one => one.Name));
    }

    [Fact]
    public void Code_wins_over_the_section() =>
        Assert.Equal(7, Bind("""{"Starling": {"Client": {"ChannelLimit": 5}}}""", options => options.Client.ChannelLimit = 7).Client.ChannelLimit);

    [Fact]
    public void A_wrong_value_stops_the_application_and_names_the_key()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Bind("""{"Starling": {"Client": {"ChannelLimit": "many"}}}"""));

        Assert.Contains("client.channel_limit: 'many' is not allowed; allowed: a whole number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_is_an_empty_list() => Assert.Empty(Bind("""{"Starling": {"Client": {"AllowedOrigins": []}}}""").Client.AllowedOrigins);

    [Fact]
    public void Without_configuration_the_defaults_hold()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddStarling();
        using var provider = services.BuildServiceProvider();

        Assert.Equal(128, provider.GetRequiredService<IOptions<StarlingOptions>>().Value.Client.ChannelLimit);
    }
}
