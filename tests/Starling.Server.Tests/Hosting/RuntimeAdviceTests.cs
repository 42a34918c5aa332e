using Starling.Server.Hosting;
using Starling.Server.Tests.Configuration;

namespace Starling.Server.Tests.Hosting;

public sealed class RuntimeAdviceTests
{
    [Fact]
    public void A93_These_tests_run_on_a_runtime_without_a_known_hole() =>
        Assert.True(RuntimeAdvice.Here >= RuntimeAdvice.SafeFrom, $"This is .NET {RuntimeAdvice.Here}; update it to {RuntimeAdvice.SafeFrom} or the newest servicing release.");

    [Theory]
    [InlineData("10.0.10", true)]
    [InlineData("10.0.11", false)]
    [InlineData("11.0.0", false)]
    public async Task A93_The_server_warns_at_its_start_of_a_runtime_with_a_known_hole(string runtime, bool isWarnedOf)
    {
        var file = Path.GetTempFileName();
        try
        {
            var configuration = Configurations.Load(flags:
            [
                Configurations.Set("http_server.port", "0"), Configurations.Set("http_server.address", "127.0.0.1"), Configurations.Set("log.file", file),
            ]);
            using var end = new CancellationTokenSource();
            using var error = new StringWriter();
            var server = new StarlingServer(configuration, error) { Runtime = Version.Parse(runtime), OnListening = _ => end.Cancel() };
            Assert.Equal(0, await server.RunAsync(end.Token).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            var log = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.Contains("Stopped", log, StringComparison.Ordinal);   // the last line, too
            Assert.Equal(isWarnedOf, log.Contains($"runs on .NET {runtime}, which has known security holes", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
