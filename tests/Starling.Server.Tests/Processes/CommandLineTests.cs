using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Starling.Server.Tests.Processes;

public sealed class CommandLineTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Check_config_exits_0_when_the_configuration_is_valid()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("check-config", "--client.insecure", "--port", "9000");

        Assert.Equal(0, exitCode);
        Assert.Contains("warning: client.insecure: clients connect without a token", text, StringComparison.Ordinal);
        Assert.EndsWith("configuration is valid", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_config_exits_2_and_names_every_error()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("check-config", "--client.insecure", "maybe", "--port", "70000");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: client.insecure: 'maybe' is not allowed; allowed: true or false (flag --client.insecure)", text, StringComparison.Ordinal);
        Assert.Contains("error: http_server.port: 70000 is not allowed; allowed: 0 to 65535", text, StringComparison.Ordinal);
        Assert.EndsWith("configuration is not valid", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generated_token_is_one_that_the_server_takes()
    {
        string[] secret = ["--client.token.hmac_secret_key", "a secret for tests, thirty-two bytes at least"];
        var (generated, token) = await ServerProcess.RunAsync(["gentoken", "--user", "42", "--ttl", "10m", .. secret]);
        Assert.Equal(0, generated);
        var (foreign, foreignText) = await ServerProcess.RunAsync("checktoken", token.Trim());
        Assert.Equal(1, foreign);
        Assert.Contains("not valid", foreignText, StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $$"""{"client": {"token": {"hmac_secret_key": "{{secret[1]}}"} } }""", TestContext.Current.CancellationToken);
            var (good, text) = await ServerProcess.RunAsync("checktoken", "--config", file, token.Trim());
            Assert.Equal(0, good);
            Assert.Contains("a good connection token: user '42', expires in", text, StringComparison.Ordinal);
            var (_, subscription) = await ServerProcess.RunAsync("gentoken", "--config", file, "--user", "42", "--channel", "$a");
            var (_, answer) = await ServerProcess.RunAsync("checktoken", "--config", file, subscription.Trim());
            Assert.Contains("a good subscription token: user '42', channel '$a'", answer, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("check-config")]
    public async Task A_missing_file_exits_2(string command)
    {
        var (exitCode, text) = await ServerProcess.RunAsync(command, "--config", "/nowhere/starling.json");

        Assert.Equal(2, exitCode);
        Assert.Contains("/nowhere/starling.json", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_does_not_start_with_a_wrong_configuration()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("serve", "--client.pong_timeout", "1h");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: client.pong_timeout: 1h is not allowed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Listening", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    public async Task A_port_that_is_no_number_exits_2(string command)
    {
        var (exitCode, text) = await ServerProcess.RunAsync(command, "--port", "abc");

        Assert.Equal(2, exitCode);
        Assert.Contains("error: http_server.port: 'abc' is not allowed; allowed: a whole number", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A67_A_key_in_a_url_is_not_in_the_log_even_at_the_lowest_level()
    {
        await using var server = ServerProcess.Start(
            ["serve", "--address", "127.0.0.1", "--port", "0", "--log.level", "trace", "--http_api.key", "canary-right"]);
        var address = await server.AddressAsync();
        using var http = new HttpClient();
        foreach (var path in new[]
        {
            "/api/info?api_key=canary-wrong", "/api/info?api_key=canary-right", "/nothing?api_key=canary-wrong", "/connection/websocket?token=canary",
            "/connection/canary", "/api/canary",
        })
        {
            using var answer = await http.PostAsync(new Uri(address, path), new StringContent("{"), TestContext.Current.CancellationToken);
        }
        using var misled = new HttpRequestMessage(HttpMethod.Get, address);
        misled.Headers.TryAddWithoutValidation("Host", "canary!!/?");
        using var refused = await http.SendAsync(misled, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);

        await server.SignalAsync("TERM");
        await server.ExitAsync();

        Assert.Contains("Stopped", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("check-config")]
    [InlineData("gentoken")]
    public async Task The_help_says_that_settings_can_be_given(string command)
    {
        var (exitCode, text) = await ServerProcess.RunAsync(command, "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains($"{command} [options] [--section.key value]...", text, StringComparison.Ordinal);
        Assert.DoesNotContain("dditional", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_no_token_is_called_so()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("checktoken", "abc");

        Assert.Equal(1, exitCode);
        Assert.Contains("not a JWT", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_argument_exits_2()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("serve", "--prot", "8000");

        Assert.Equal(2, exitCode);
        Assert.Contains("Unknown argument '--prot'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    public async Task A_taken_port_exits_1_with_a_message_that_names_it(string command)
    {
        using var other = new TcpListener(IPAddress.Loopback, port: 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (exitCode, text) = await ServerProcess.RunAsync(command, "--address", "127.0.0.1", "--port", port);

        Assert.Equal(1, exitCode);
        Assert.Contains($"Cannot listen: port {port} is in use by another process", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_prints_the_version()
    {
        var (exitCode, text) = await ServerProcess.RunAsync("version");

        Assert.Equal(0, exitCode);
        Assert.Matches(@"\Astarling \d+\.\d+\.\d+", text);
    }

    [Fact]
    public async Task The_environment_reaches_the_server()
    {
        await using var server = ServerProcess.Start(
            ["serve", "--port", "0"], ("STARLING_HTTP_SERVER__ADDRESS", "127.0.0.1"), ("STARLING_LOG__FORMAT", "json"));

        Assert.StartsWith("{\"time\":", await server.LineAsync("Listening on http://127.0.0.1:"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_starts_within_two_seconds_on_a_quiet_machine()
    {
        var watch = Stopwatch.StartNew();
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0"]);
        await server.AddressAsync();
        output.WriteLine($"started in {watch.ElapsedMilliseconds} ms");

        // The goal is 2 s; a machine that builds and tests at the same time is given room.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_the_server_with_exit_code_0(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals");
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0"]);
        await server.AddressAsync();

        await server.SignalAsync(signal);

        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("Stopped", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_prints_its_address_and_serves_a_page_there()
    {
        await using var server = ServerProcess.Start(["demo", "--port", "0"]);
        var line = await server.LineAsync("Starling demo: open http://127.0.0.1:");
        using var http = new HttpClient();

        using var page = await http.GetAsync(new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(page.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy")).Split("; ");
        foreach (var rule in new[] { "default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'" }) Assert.Contains(rule, policy);
        Assert.DoesNotContain(policy, static rule => rule.Contains("unsafe", StringComparison.Ordinal));
    }
}
