namespace Starling.Hosting.Configuration;

/// <summary>Finds the key someone probably meant.</summary>
internal static class NearestKey
{
    /// <summary>A key for comparison: keys differ neither by case nor by underscores.</summary>
    public static string Normalize(string key) => key.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The nearest key: one of the same section when it is near enough, else one of the same name elsewhere, else the
    /// nearest of the section.</summary>
    /// <param name="section">Path of the section with its final dot; empty at the root.</param>
    /// <param name="unknown">The unknown key, as written.</param>
    /// <param name="siblings">The keys of the section.</param>
    /// <param name="allPaths">The paths of all keys.</param>
    public static string Find(string section, string unknown, IEnumerable<string> siblings, IReadOnlyList<string> allPaths)
    {
        var wanted = Normalize(unknown);
        var nearest = siblings.MinBy(sibling => Distance(wanted, Normalize(sibling))) ?? "";
        if (Distance(wanted, Normalize(nearest)) > Math.Max(1, wanted.Length / 3)
            && allPaths.FirstOrDefault(path => string.Equals(Normalize(path[(path.LastIndexOf('.') + 1)..]), wanted, StringComparison.Ordinal))
                is { } elsewhere)
        {
            return elsewhere;
        }
        return section + nearest;
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
