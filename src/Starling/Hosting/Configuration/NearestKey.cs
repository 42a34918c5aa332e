namespace Starling.Hosting.Configuration;

/// <summary>Finds the key someone probably meant.</summary>
internal static class NearestKey
{
    /// <summary>A key for comparison: keys differ neither by case nor by underscores.</summary>
    public static string Normalize(string key) => key.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private const int ShownMax = 8;

    /// <summary>A hint for whoever wrote an unknown key: the nearest key of the same section when it is near enough, else one of the
    /// same name elsewhere, else what the section has, the nearest first.</summary>
    /// <param name="section">Path of the section with its final dot; empty at the root.</param>
    /// <param name="unknown">The unknown key, as written.</param>
    /// <param name="siblings">The keys of the section.</param>
    /// <param name="allPaths">The paths of all keys.</param>
    public static string Hint(string section, string unknown, IEnumerable<string> siblings, IReadOnlyList<string> allPaths)
    {
        var wanted = Normalize(unknown);
        var known = siblings.OrderBy(sibling => Distance(wanted, Normalize(sibling))).ToList();
        if (known.Count > 0 && Distance(wanted, Normalize(known[0])) <= Math.Max(1, wanted.Length / 3)) return $"the nearest known key is {section}{known[0]}";
        var elsewhere = allPaths.FirstOrDefault(path => string.Equals(Normalize(path[(path.LastIndexOf('.') + 1)..]), wanted, StringComparison.Ordinal));
        if (elsewhere is not null) return $"the nearest known key is {elsewhere}";
        return $"known here: {string.Join(", ", known.Take(ShownMax))}{(known.Count > ShownMax ? " and others" : "")}";
    }

    /// <summary>Number of letters to insert, remove or replace (Levenshtein).</summary>
    internal static int Distance(string left, string right)
    {
        var previous = new int[right.Length + 1];
        var current = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++) previous[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }
            (previous, current) = (current, previous);
        }
        return previous[right.Length];
    }
}
