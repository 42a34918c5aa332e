using Starling.Server.Commands;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Configuration;

public sealed class SourceTests
{
    [Fact]
    public void Flags_win_over_the_environment_which_wins_over_the_file()
    {
        const string json = """{"http_server": {"port": 1001, "address": "127.0.0.1"}, "client": {"channel_limit": 11}}""";
        var environment = new[] { Set("STARLING_HTTP_SERVER__PORT", "1002"), Set("STARLING_CLIENT__CHANNEL_LIMIT", "12") };
        var flags = new[] { Set("http_server.port", "1003") };

        var options = Load(json, environment, flags).Options;

        Assert.Equal(1003, options.HttpServer.Port);
        Assert.Equal(12, options.Engine.Client.ChannelLimit);
        Assert.Equal("127.0.0.1", options.HttpServer.Address);
    }

    [Fact]
    public void The_later_of_two_equal_flags_wins() =>
        Assert.Equal(2, Load(flags: [Set("http_server.port", "1"), Set("http_server.port", "2")]).Options.HttpServer.Port);

    [Theory]
    [InlineData("STARLING_CLIENT__INSECURE", "true")]
    [InlineData("STARLING_CLIENT__INSECURE", "True")]
    [InlineData("STARLING_CLIENT__INSECURE", "1")]
    [InlineData("starling_client__insecure", "true")]
    [InlineData("STARLING_CLIENT", """{"insecure": true}""")]
    public void The_environment_sets_flags(string name, string value) =>
        Assert.True(Load(environment: [Set(name, value)]).Options.Engine.Client.Insecure);

    [Fact]
    public void The_environment_writes_lists_and_sections_as_json()
    {
        var options = Load(environment:
        [
            Set("STARLING_CLIENT__ALLOWED_ORIGINS", """["https://a.example", "https://b.example"]"""),
            Set("STARLING_CHANNEL__NAMESPACES", """[{"name": "chat", "presence": true}]"""),
            Set("STARLING_CHANNEL__WITHOUT_NAMESPACE__PRESENCE", "true"),
        ]).Options.Engine;

        Assert.Equal(["https://a.example", "https://b.example"], options.Client.AllowedOrigins);
        Assert.True(Assert.Single(options.Channel.Namespaces).Presence);
        Assert.True(options.Channel.WithoutNamespace.Presence);
    }

    [Fact]
    public void A_section_in_the_environment_comes_before_its_parts() =>
        Assert.Equal(7, Load(environment: [Set("STARLING_CLIENT__CHANNEL_LIMIT", "7"), Set("STARLING_CLIENT", """{"channel_limit": 6}""")]).Options.Engine.Client.ChannelLimit);

    [Fact]
    public void A_later_list_replaces_an_earlier_one()
    {
        const string json = """{"channel": {"namespaces": [{"name": "one"}, {"name": "two"}]}}""";

        var options = Load(json, flags: [Set("channel.namespaces", """[{"name": "three"}]""")]).Options;

        Assert.Equal("three", Assert.Single(options.Engine.Channel.Namespaces).Name);
    }

    [Fact]
    public void A_flag_may_name_one_item_of_a_list() =>
        Assert.Equal(["*"], Load(flags: [Set("client.allowed_origins", "*")]).Options.Engine.Client.AllowedOrigins);

    [Fact]
    public void A_pattern_that_begins_like_a_list_stays_text() =>
        Assert.Equal("[a-z]+", Load(flags: [Set("channel.without_namespace.channel_regex", "[a-z]+")]).Options.Engine.Channel.WithoutNamespace.ChannelRegex);

    [Fact]
    public void A_pattern_that_is_a_list_by_chance_stays_text() =>
        Assert.Equal("[1]", Load(flags: [Set("channel.without_namespace.channel_regex", "[1]")]).Options.Engine.Channel.WithoutNamespace.ChannelRegex);

    [Fact]
    public void A_message_names_the_variable_or_flag()
    {
        Assert.Contains("(environment variable STARLING_CLIENT__CHANEL_LIMIT)", Load(environment: [Set("STARLING_CLIENT__CHANEL_LIMIT", "1")]).TheWarning(), StringComparison.Ordinal);
        Assert.Contains("(flag --client.channel_limit)", Load(flags: [Set("client.channel_limit", "x")]).TheError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_of_others_are_left_alone() =>
        Assert.DoesNotContain(Load(environment: [Set("PATH", "/bin"), Set("STAR", "1")]).Notices, notice => notice.Source.Length > 0);

    [Fact]
    public void The_settings_of_the_demo_are_valid()
    {
        var loaded = Load(flags: [Set("http_server.address", "127.0.0.1"), .. DemoCommand.DemoSettings]);   // as the command does

        Assert.Empty(loaded.Notices);
        Assert.True(loaded.Options.Engine.Client.Insecure);
        Assert.Contains(loaded.Options.Engine.Channel.Namespaces, one => one.Name is "chat");
    }

    [Theory]
    [InlineData("--client.insecure", "client.insecure", "true")]
    [InlineData("--client.insecure false", "client.insecure", "false")]
    [InlineData("--client.insecure=false", "client.insecure", "false")]
    [InlineData("--client.token.hmac_secret_key=a=b", "client.token.hmac_secret_key", "a=b")]
    [InlineData("--shutdown.timeout -5s", "shutdown.timeout", "-5s")]
    public void Arguments_are_read_as_flags(string arguments, string path, string value)
    {
        Assert.True(ConfigurationFlags.TryReadFlags(arguments.Split(' '), out var flags, out _));
        Assert.Equal(Set(path, value), Assert.Single(flags));
    }

    [Theory]
    [InlineData("--prot 8000", "--prot")]
    [InlineData("--client.insecure true false", "false")]
    [InlineData("-client.insecure", "-client.insecure")]
    public void Arguments_that_are_no_flags_are_refused(string arguments, string wrong)
    {
        Assert.False(ConfigurationFlags.TryReadFlags(arguments.Split(' '), out _, out var first));
        Assert.Equal(wrong, first);
    }
}
