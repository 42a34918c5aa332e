using System.Globalization;
using Starling.Protocol;

namespace Starling.Channels;

/// <summary>A subscriber's condition on the tags of publications (protocol 4.11): checked once, evaluated without allocating.</summary>
internal sealed class TagFilter
{
    /// <summary>Nodes of one filter; a filter is evaluated for every publication and subscriber.</summary>
    public const int NodesMax = 128;

    /// <summary>Values of all lists together.</summary>
    public const int ValuesMax = 1024;

    private readonly Operation _operation;
    private readonly string _key;
    private readonly string _value;
    private readonly decimal _number;
    private readonly string[] _values;
    private readonly TagFilter[] _children;

    private TagFilter(Operation operation, FilterNode node, TagFilter[] children)
    {
        _operation = operation;
        _key = node.Key;
        _value = node.Val;
        _ = TryNumber(node.Val, out _number);
        _values = node.Vals is null ? [] : [.. node.Vals];
        _children = children;
    }

    private enum Operation
    {
        And, Or, Not, Equal, NotEqual, In, NotIn, Exists, NotExists, StartsWith, EndsWith, Contains, Greater, GreaterOrEqual, Less, LessOrEqual,
        Never,
    }

    /// <summary>Checks a filter.</summary>
    /// <returns><see langword="null"/> when it is invalid or too large (error 107).</returns>
    public static TagFilter? TryCreate(FilterNode node)
    {
        var nodes = NodesMax;
        var values = ValuesMax;
        return TryCreate(node, ref nodes, ref values);
    }

    /// <summary>Whether a publication with these tags passes; no tags count as none.</summary>
    public bool Matches(Dictionary<string, string>? tags)
    {
        switch (_operation)
        {
            case Operation.And:
                foreach (var child in _children)
                {
                    if (!child.Matches(tags)) return false;
                }
                return true;
            case Operation.Or:
                foreach (var child in _children)
                {
                    if (child.Matches(tags)) return true;
                }
                return false;
            case Operation.Not:
                return !_children[0].Matches(tags);
            default:
                return MatchesLeaf(tags);
        }
    }

    private bool MatchesLeaf(Dictionary<string, string>? tags)
    {
        var tag = tags?.GetValueOrDefault(_key);
        return _operation switch
        {
            Operation.Equal => tag == _value,
            Operation.NotEqual => tag != _value,
            Operation.In => Array.IndexOf(_values, tag ?? "") >= 0,
            Operation.NotIn => Array.IndexOf(_values, tag ?? "") < 0,
            Operation.Exists => tag is not null,
            Operation.NotExists => tag is null,
            Operation.StartsWith => tag is not null && tag.StartsWith(_value, StringComparison.Ordinal),
            Operation.EndsWith => tag is not null && tag.EndsWith(_value, StringComparison.Ordinal),
            Operation.Contains => tag is not null && tag.Contains(_value, StringComparison.Ordinal),
            Operation.Greater => TryNumber(tag, out var number) && number > _number,
            Operation.GreaterOrEqual => TryNumber(tag, out var number) && number >= _number,
            Operation.Less => TryNumber(tag, out var number) && number < _number,
            Operation.LessOrEqual => TryNumber(tag, out var number) && number <= _number,
            _ => false,
        };
    }

    private static TagFilter? TryCreate(FilterNode node, ref int nodes, ref int values)
    {
        if (--nodes < 0 || (values -= node.Vals?.Count ?? 0) < 0) return null;
        if (node.Op.Length == 0) return TryCreateLeaf(node);
        Operation? operation = node.Op switch { "and" => Operation.And, "or" => Operation.Or, "not" => Operation.Not, _ => null };
        var count = node.Nodes?.Count ?? 0;
        if (operation is null || count == 0 || (operation == Operation.Not && count != 1)) return null;
        var children = new TagFilter[count];
        for (var i = 0; i < count; i++)
        {
            if (TryCreate(node.Nodes![i], ref nodes, ref values) is not { } child) return null;
            children[i] = child;
        }
        return new TagFilter(operation.Value, node, children);
    }

    private static TagFilter? TryCreateLeaf(FilterNode node)
    {
        Operation? operation = node.Cmp switch
        {
            "eq" => Operation.Equal,
            "neq" => Operation.NotEqual,
            "in" => Operation.In,
            "nin" => Operation.NotIn,
            "ex" => Operation.Exists,
            "nex" => Operation.NotExists,
            "sw" => Operation.StartsWith,
            "ew" => Operation.EndsWith,
            "ct" => Operation.Contains,
            "gt" => Operation.Greater,
            "gte" => Operation.GreaterOrEqual,
            "lt" => Operation.Less,
            "lte" => Operation.LessOrEqual,
            _ => null,
        };
        if (operation is not { } leaf || node.Nodes is { Count: > 0 }) return null;
        var hasValue = node.Val.Length > 0;
        var hasValues = node.Vals is { Count: > 0 };
        var fits = leaf switch
        {
            Operation.In or Operation.NotIn => node.Key.Length > 0 && hasValues && !hasValue,
            Operation.Exists or Operation.NotExists => !hasValue && !hasValues,
            Operation.Equal or Operation.NotEqual => node.Key.Length > 0 && hasValue && !hasValues,
            _ => node.Key.Length > 0 && hasValue,
        };
        if (!fits) return null;
        // A number that is none compares with nothing (protocol 4.11: otherwise false).
        if (leaf >= Operation.Greater && !TryNumber(node.Val, out _)) leaf = Operation.Never;
        return new TagFilter(leaf, node, []);
    }

    private static bool TryNumber(string? text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
