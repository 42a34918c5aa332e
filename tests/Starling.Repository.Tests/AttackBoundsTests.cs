using System.Reflection;
using Starling.Tests.Shared;

namespace Starling.Repository.Tests;

public sealed class AttackBoundsTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(89, 127, 511, null)]
    [InlineData(91, 0, 0, "took 91 s, at most 90 s are allowed.")]
    [InlineData(1, 129, 0, "left 129 MiB in use, at most 128 MiB are allowed.")]
    [InlineData(1, 0, 513, "needed 513 MiB more than there was ever before, at most 512 MiB are allowed.")]
    public void An_attack_has_a_bound_of_time_and_memory(int seconds, long kept, long peak, string? excess) =>
        Assert.Equal(excess, AttackBoundsAttribute.Excess(TimeSpan.FromSeconds(seconds), kept * MiB, peak * MiB));

    [Fact]
    public void The_bounds_hold_for_every_test_of_an_assembly() =>
        Assert.NotNull(typeof(AttackBoundsTests).Assembly.GetCustomAttribute<AttackBoundsAttribute>());
}
