using System.Collections;
using System.Text;

namespace Starling.Protocol.Tests.Samples;

/// <summary>Compares messages as the wire does: unset and empty lists and maps are the same.</summary>
internal static class MessageComparison
{
    public static void AssertSame(object? expected, object? actual)
    {
        string? difference = Difference(expected, actual, "message");
        if (difference is not null) Assert.Fail(difference);
    }

    /// <summary>Where the first difference is, and what it is.</summary>
    public static string? Difference(object? expected, object? actual, string path)
    {
        if (IsNothing(expected) && IsNothing(actual)) return null;
        if (expected is null || actual is null) return $"{path}: {Show(expected)} became {Show(actual)}";
        return (expected, actual) switch
        {
            (ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => left.Span.SequenceEqual(right.Span) ? null : Different(),
            (string or ValueType or ProtocolError, _) => expected.Equals(actual) ? null : Different(),
            (IDictionary left, IDictionary right) => MapDifference(left, right, path),
            (IList left, IList right) => ListDifference(left, right, path),
            _ => expected.GetType().GetProperties().Where(property => property.CanWrite)
                .Select(property => Difference(property.GetValue(expected), property.GetValue(actual), $"{path}.{property.Name}"))
                .FirstOrDefault(difference => difference is not null),
        };

        string Different() => $"{path}: {Show(expected)} became {Show(actual)}";
    }

    private static string? MapDifference(IDictionary expected, IDictionary actual, string path)
    {
        if (expected.Count != actual.Count) return $"{path}: {expected.Count} entries became {actual.Count}";
        foreach (DictionaryEntry entry in expected)
        {
            if (!actual.Contains(entry.Key)) return $"{path}: key '{entry.Key}' is gone";
            if (Difference(entry.Value, actual[entry.Key], $"{path}[{entry.Key}]") is { } difference) return difference;
        }
        return null;
    }

    private static string? ListDifference(IList expected, IList actual, string path)
    {
        if (expected.Count != actual.Count) return $"{path}: {expected.Count} elements became {actual.Count}";
        for (int i = 0; i < expected.Count; i++)
        {
            if (Difference(expected[i], actual[i], $"{path}[{i}]") is { } difference) return difference;
        }
        return null;
    }

    private static bool IsNothing(object? value) => value is null or ICollection { Count: 0 };

    private static string Show(object? value) => value switch
    {
        null => "nothing",
        ReadOnlyMemory<byte> bytes => $"{Encoding.UTF8.GetString(bytes.Span)} ({Convert.ToHexString(bytes.Span)})",
        _ => $"'{value}'",
    };
}
