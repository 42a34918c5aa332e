using System.Globalization;
using System.Text;
using Starling.Operations;

namespace Starling.Limits;

/// <summary>A <see cref="SampledLine"/> for what is of several sorts: the line names each that came since, with its number.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="clock">The node's.</param>
/// <param name="names">Of the sorts, as the line shall name them.</param>
internal sealed class SampledTally(TimingWheel clock, string[] names)
{
    private readonly SampledLine _line = new(clock);
    private readonly long[] _counts = new long[names.Length];

    /// <summary>Counts one.</summary>
    /// <param name="sort">Its place among the names.</param>
    /// <returns>What the caller writes a line with; empty: it writes none.</returns>
    public string Take(int sort)
    {
        Interlocked.Increment(ref _counts[sort]);
        if (_line.Take() == 0) return "";
        var text = new StringBuilder();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (Interlocked.Exchange(ref _counts[i], 0) is not (> 0 and var count)) continue;
            text.Append(text.Length > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"{names[i]}: {count}");
        }
        return text.ToString();
    }
}
