using Starling.Protocol;

namespace Starling.Access;

/// <summary>Finds the rules of a channel by its name (protocol 5.1).</summary>
internal sealed class NamespaceTable
{
    private const char Boundary = ':';
    private const char PrivatePrefix = '$';
    private const char UserBoundary = '#';
    private const char UserSeparator = ',';

    private readonly ChannelRules _withoutNamespace;
    private readonly Dictionary<string, ChannelRules> _namespaces;
    private readonly Dictionary<string, ChannelRules>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _lengthMax;

    public NamespaceTable(ChannelSectionOptions options)
    {
        _withoutNamespace = new ChannelRules("", options.WithoutNamespace, options.HistoryMetaTtl);
        _namespaces = options.Namespaces.ToDictionary(static ns => ns.Name, ns => new ChannelRules(ns.Name, ns, options.HistoryMetaTtl));
        _lookup = _namespaces.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengthMax = options.MaxLength;
    }

    /// <summary>The rules of the namespace the name belongs to; the name itself is not judged.</summary>
    /// <returns><see langword="null"/>: unknown namespace (error 102).</returns>
    public ChannelRules? Find(string channel)
    {
        var name = NamespaceOf(channel);
        if (name.IsEmpty) return _withoutNamespace;
        return _lookup.TryGetValue(name, out var rules) ? rules : null;
    }

    /// <summary>Finds the rules and judges the name as for a client: length, characters, expression.</summary>
    public ProtocolError? TryFindForClient(string channel, out ChannelRules rules)
    {
        rules = _withoutNamespace;
        // Every UTF-16 unit is at least one byte: a name longer than the limit in units is longer in bytes too.
        if (channel.Length > _lengthMax || System.Text.Encoding.UTF8.GetByteCount(channel) > _lengthMax) return ProtocolErrors.BadRequest;
        if (Find(channel) is not { } found) return ProtocolErrors.UnknownChannel;
        rules = found;
        return found.AllowsName(RestOf(channel)) ? null : ProtocolErrors.BadRequest;
    }

    /// <summary>The name can only be subscribed to with a subscription token.</summary>
    public static bool IsPrivate(string channel) => channel.StartsWith(PrivatePrefix);

    /// <summary>The name ends in a list of users who alone may subscribe, if its namespace says so.</summary>
    public static bool IsUserLimited(string channel) => channel.Contains(UserBoundary);

    /// <summary>A list of users can name this one. Not the anonymous one, whom an empty place in a list would let in; nor an id that
    /// reads as a list itself: it would name others.</summary>
    public static bool CanBeNamed(string user) => user.Length > 0 && user.AsSpan().IndexOfAny(UserBoundary, UserSeparator) < 0;

    /// <summary>Whether the list behind the last <c>#</c> names the user.</summary>
    public static bool NamesUser(string channel, string user)
    {
        if (!CanBeNamed(user)) return false;
        var list = channel.AsSpan(channel.LastIndexOf(UserBoundary) + 1);
        foreach (var range in list.Split(UserSeparator))
        {
            if (list[range].SequenceEqual(user)) return true;
        }
        return false;
    }

    private static ReadOnlySpan<char> NamespaceOf(string channel)
    {
        var name = Unprefixed(channel);
        var boundary = name.IndexOf(Boundary);
        return boundary <= 0 ? default : name[..boundary];
    }

    private static ReadOnlySpan<char> RestOf(string channel)
    {
        var name = Unprefixed(channel);
        var boundary = name.IndexOf(Boundary);
        return boundary <= 0 ? name : name[(boundary + 1)..];
    }

    private static ReadOnlySpan<char> Unprefixed(string channel) => IsPrivate(channel) ? channel.AsSpan(1) : channel;
}
