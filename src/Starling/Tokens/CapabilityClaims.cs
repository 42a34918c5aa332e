using Starling.Access;

namespace Starling.Tokens;

/// <summary>Reads the claims <c>caps</c> and <c>allow</c>. What is not understood is no capability somebody did not get, but a
/// token that is refused: its maker learns of it at once.</summary>
internal static class CapabilityClaims
{
    /// <summary>An array of objects with <c>channels</c>, <c>match</c> and <c>allow</c>.</summary>
    /// <returns><see langword="null"/> when there are none.</returns>
    public static Capabilities? ReadAll(ref ClaimReader json, ExpressionTable expressions)
    {
        if (!json.TryEnterArray()) return null;
        var entries = new List<Capability>();
        while (json.NextObject()) entries.Add(Read(ref json));
        return entries.Count == 0 ? null : Capabilities.TryCreate(entries, expressions) ?? throw new FormatException("Too many, too long, or no expression.");
    }

    /// <summary>An array of words.</summary>
    public static ChannelRights ReadRights(ref ClaimReader json)
    {
        var rights = ChannelRights.None;
        foreach (var word in json.Texts())
        {
            rights |= word switch
            {
                "sub" => ChannelRights.Subscribe,
                "pub" => ChannelRights.Publish,
                "prs" => ChannelRights.ReadPresence,
                "hst" => ChannelRights.ReadHistory,
                "*" => ChannelRights.All,
                _ => throw new FormatException("Not a right."),
            };
        }
        return rights;
    }

    private static Capability Read(ref ClaimReader json)
    {
        List<string>? channels = null;
        ChannelMatch? match = null;
        ChannelRights? rights = null;
        while (json.NextMember())
        {
            // Two readers might take different ones of two.
            switch (json.Name())
            {
                case "channels" when channels is null: channels = json.Texts(); break;
                case "match" when match is null: match = MatchOf(json.Text()); break;
                case "allow" when rights is null: rights = ReadRights(ref json); break;
                case "channels" or "match" or "allow": throw new FormatException("A member is there twice.");
                default: json.Skip(); break;
            }
        }
        return channels is not null && rights is { } allowed
            ? new Capability(channels, match ?? ChannelMatch.Exact, allowed)
            : throw new FormatException("It does not say where, or what.");
    }

    private static ChannelMatch MatchOf(string word) => word switch
    {
        "" or "exact" => ChannelMatch.Exact,
        "wildcard" => ChannelMatch.Wildcard,
        "regex" => ChannelMatch.Expression,
        _ => throw new FormatException("Not a way to match."),
    };
}
