using System.Globalization;

namespace Starling.TestKit;

/// <summary>How many random inputs a property is tried on: few in the normal run, millions when asked for with the environment
/// variable <c>STARLING_FUZZ_INPUTS</c>.</summary>
public static class FuzzBudget
{
    /// <summary>The number asked for, or the property's own.</summary>
    public static int Inputs(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("STARLING_FUZZ_INPUTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? asked
            : otherwise;

    /// <summary>A generator for one input, so that a failure names the only number needed to see it again.</summary>
    public static Random For(int seed) => new(seed);
}
