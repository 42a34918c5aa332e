using System.Text;

namespace Starling.Access;

/// <summary>How the channels of a <see cref="Capability"/> are meant.</summary>
internal enum ChannelMatch : byte
{
    Exact,

    /// <summary><c>*</c> stands for any number of characters.</summary>
    Wildcard,

    /// <summary>An expression that the whole name has to match.</summary>
    Expression,
}

/// <summary>One entry of the claim <c>caps</c>, as it is written.</summary>
/// <param name="Channels">Names, wildcards or expressions.</param>
/// <param name="Match">Which of these they are.</param>
/// <param name="Rights">What is allowed there.</param>
internal sealed record Capability(IReadOnlyList<string> Channels, ChannelMatch Match, ChannelRights Rights);

/// <summary>What a connection token allows in which channels, ready to be asked. It only ever adds to what the options of a
/// namespace allow (decision 0019).</summary>
/// <remarks>Belongs to one connection, whose commands run one after the other.</remarks>
internal sealed class Capabilities
{
    public const int EntriesMax = 64;

    /// <summary>Names, wildcards and expressions of all entries together.</summary>
    public const int ChannelsMax = 256;

    public const int NameBytesMax = 1024;

    /// <summary>Expressions are built when the token is read, and held as long as the connection: few, and short.</summary>
    public const int ExpressionsMax = 4;
    public const int ExpressionBytesMax = 256;

    private readonly Dictionary<string, ChannelRights> _names = new(StringComparer.Ordinal);
    private readonly List<(ChannelMask Mask, ChannelRights Rights)> _masks = [];

    private Capabilities()
    {
    }

    /// <param name="entries">As the token has them.</param>
    /// <param name="expressions">Those built before.</param>
    /// <returns><see langword="null"/> when there is more of anything than allowed, an empty name, or an expression that is none.</returns>
    public static Capabilities? TryCreate(IReadOnlyList<Capability> entries, ExpressionTable expressions)
    {
        if (entries.Count > EntriesMax || entries.Sum(static entry => (long)entry.Channels.Count) > ChannelsMax) return null;
        if (entries.Where(static entry => entry.Match == ChannelMatch.Expression).Sum(static entry => (long)entry.Channels.Count) > ExpressionsMax) return null;
        var created = new Capabilities();
        foreach (var entry in entries)
        {
            foreach (var channel in entry.Channels)
            {
                if (!created.TryAdd(channel, entry, expressions)) return null;
            }
        }
        return created;
    }

    /// <summary>Whether the token allows one thing in a channel; whether the name is one, and its namespace exists, is judged before.</summary>
    public bool Allow(ChannelRights right, string channel)
    {
        if (_names.GetValueOrDefault(channel).HasFlag(right)) return true;
        foreach (var (mask, rights) in _masks)
        {
            if (rights.HasFlag(right) && mask.Matches(channel)) return true;
        }
        return false;
    }

    private bool TryAdd(string channel, Capability entry, ExpressionTable expressions)
    {
        var bytesMax = entry.Match == ChannelMatch.Expression ? ExpressionBytesMax : NameBytesMax;
        if (channel.Length == 0 || Encoding.UTF8.GetByteCount(channel) > bytesMax) return false;
        if (entry.Match == ChannelMatch.Exact)
        {
            _names[channel] = _names.GetValueOrDefault(channel) | entry.Rights;
            return true;
        }
        if (entry.Match == ChannelMatch.Wildcard) _masks.Add((ChannelMask.OfWildcard(channel), entry.Rights));
        else if (expressions.Find(channel) is { } built) _masks.Add((ChannelMask.OfExpression(channel, built), entry.Rights));
        else return false;
        return true;
    }
}
