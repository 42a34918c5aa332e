using System.Text.RegularExpressions;

namespace Starling.Access;

/// <summary>The options of one namespace, read once and never changed.</summary>
internal sealed class ChannelRules
{
    /// <summary>Bound on matching a configured expression; the engine is linear, so only an absurd name comes near.</summary>
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromMilliseconds(50);

    private readonly Regex? _name;

    /// <param name="prefix">The namespace's name, or the empty string for channels without one.</param>
    /// <param name="options">Validated options.</param>
    public ChannelRules(string prefix, ChannelOptions options)
    {
        Namespace = prefix;
        RingEntriesMax = options.RingEntriesMax;
        RingBytesMax = options.RingBytesMax;
        // A backend was to decide and nothing here can ask it: what it might refuse is refused.
        var asksForSubscribe = options.SubscribeProxyEnabled || options.SubscribeStreamProxyEnabled;
        SubscribeForClient = options.AllowSubscribeForClient && !asksForSubscribe;
        SubscribeForAnonymous = options.AllowSubscribeForAnonymous;
        PublishForClient = options.AllowPublishForClient && !options.PublishProxyEnabled;
        PublishForSubscriber = options.AllowPublishForSubscriber && !options.PublishProxyEnabled;
        PublishForAnonymous = options.AllowPublishForAnonymous;
        UserLimited = options.AllowUserLimitedChannels;
        DataFormat = options.PublicationDataFormat;
        SubscriptionType = options.SubscriptionType;
        if (options.ChannelRegex.Length > 0)
        {
            _name = new Regex(options.ChannelRegex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_matchTimeout);
        }
    }

    public string Namespace { get; }

    public int RingEntriesMax { get; }

    public int RingBytesMax { get; }

    public bool SubscribeForClient { get; }

    public bool SubscribeForAnonymous { get; }

    public bool PublishForClient { get; }

    public bool PublishForSubscriber { get; }

    public bool PublishForAnonymous { get; }

    public bool UserLimited { get; }

    public PublicationDataFormat DataFormat { get; }

    public ChannelSubscriptionType SubscriptionType { get; }

    /// <summary>Whether the part of a name behind the namespace's boundary is allowed (protocol 5.1): ASCII unless the
    /// namespace has an expression of its own.</summary>
    public bool AllowsName(ReadOnlySpan<char> rest)
    {
        if (_name is null) return !ContainsControlOrNonAscii(rest);
        try
        {
            return _name.IsMatch(rest);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static bool ContainsControlOrNonAscii(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange(' ', '~') >= 0;
}
