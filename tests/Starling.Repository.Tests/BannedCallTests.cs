using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class BannedCallTests
{
    [Fact]
    public void Time_and_randomness_are_injected_and_nobody_sleeps() =>
        Violation.AssertNone(RepositoryTree.CSharpFiles.SelectMany(file => BannedCallRule.Check(file, RepositoryTree.Read(file))));

    [Theory]
    [InlineData("var now = DateTime.UtcNow;")]
    [InlineData("var now = DateTime.Now;")]
    [InlineData("var now = System.DateTimeOffset.UtcNow;")]
    [InlineData("await Task.Delay(1, token);")]
    [InlineData("await Task\n    .Delay(1);")]
    [InlineData("Thread.Sleep(1);")]
    [InlineData("var r = Random.Shared;")]
    [InlineData("var r = new Random(1);")]
    [InlineData("var id = Guid.NewGuid();")]
    [InlineData("var id = $\"{Guid.NewGuid():N}\";")]
    [InlineData("var watch = Stopwatch.StartNew();")]
    [InlineData("var t = Environment.TickCount64;")]
    [InlineData("var t = new Timer(Tick);")]
    [InlineData("var t = new System.Threading.Timer(Tick);")]
    [InlineData("using var t = new PeriodicTimer(period);")]
    public void The_rule_finds_each_banned_call_in_what_ships(string line)
    {
        Assert.Single(BannedCallRule.Check("src/Starling/Channels/A.cs", $"class C {{ void M() {{ {line} }} }}"));
        Assert.Empty(BannedCallRule.Check("src/Starling.Server/Bench/A.cs", line));
        Assert.Empty(BannedCallRule.Check("bench/Micro/A.cs", line));
        Assert.Empty(BannedCallRule.Check("tests/Starling.TestKit/A.cs", line));
    }

    [Theory]
    [InlineData("await Task.Delay(1);", 1)]
    [InlineData("Thread.Sleep(1);", 1)]
    [InlineData("var random = new Random(1);", 0)]
    public void The_rule_finds_sleeps_in_tests(string line, int violations) =>
        Assert.Equal(violations, BannedCallRule.Check("tests/Starling.Tests/A.cs", line).Count());

    [Theory]
    [InlineData("// Task.Delay would be one timer per connection")]
    [InlineData("var text = \"Thread.Sleep\";")]
    [InlineData("var timer = time.CreateTimer(Tick, null, due, period);")]
    [InlineData("var now = time.GetUtcNow();")]
    public void The_rule_lets_words_and_injected_time_pass(string line) =>
        Assert.Empty(BannedCallRule.Check("src/Starling/A.cs", line));
}
