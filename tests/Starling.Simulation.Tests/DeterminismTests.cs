using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation;

/// <summary>A seed is all that is needed to see a run again.</summary>
public sealed class DeterminismTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(28)]
    [InlineData(97)]
    [InlineData(130)]
    [InlineData(64)]
    public void A_seed_run_twice_gives_the_same_log_byte_for_byte(int seed)
    {
        var first = SimWorld.Run(Planner.Make((ulong)seed));
        var second = SimWorld.Run(Planner.Make((ulong)seed));
        Assert.True(first.Log.Events.Count > 300, "a run in which nothing happens shows nothing");
        Assert.Equal(first.Steps, second.Steps);
        Assert.Equal(first.Log.ToText(), second.Log.ToText());
    }

    [Fact]
    public async Task A_run_is_the_same_beside_others_on_other_threads()
    {
        var alone = SimWorld.Run(Planner.Make(28)).Log.ToText();
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Task.Run(() => SimWorld.Run(Planner.Make(28)).Log.ToText(), TestContext.Current.CancellationToken)));
        Assert.All(together, text => Assert.Equal(alone, text));
    }

    [Fact]
    public void Another_seed_gives_another_run() =>
        Assert.NotEqual(SimWorld.Run(Planner.Make(3)).Log.ToText(), SimWorld.Run(Planner.Make(4)).Log.ToText());
}
