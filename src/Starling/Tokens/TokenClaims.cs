using System.Text.Json;
using System.Text.Unicode;
using Starling.Access;

namespace Starling.Tokens;

/// <summary>The claims of a token whose signature is right. A claim of the wrong type, or one that is there twice, fails the
/// token as a whole; claims nobody knows are passed over.</summary>
internal sealed class TokenClaims
{
    /// <summary>Seconds up to here cannot overflow in any sum made of them; later dates are as good as this one (year 36,000).</summary>
    public const long SecondsMax = 1_000_000_000_000;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private ReadOnlyMemory<byte> _info;
    private ReadOnlyMemory<byte> _binaryInfo;
    private ReadOnlyMemory<byte> _data;
    private ReadOnlyMemory<byte> _binaryData;
    private Dictionary<string, ServerSubscription>? _subs;
    private Dictionary<string, ServerSubscription>? _channels;

    public string User { get; private set; } = "";

    public string? Channel { get; private set; }

    public string Client { get; private set; } = "";

    public string Issuer { get; private set; } = "";

    public List<string> Audiences { get; } = [];

    public long? ExpiresAt { get; private set; }

    public long? NotBefore { get; private set; }

    public long? IssuedAt { get; private set; }

    /// <summary>Claim <c>expire_at</c>; 0: never.</summary>
    public long? SessionExpiresAt { get; private set; }

    public string TokenId { get; private set; } = "";

    public string Session { get; private set; } = "";

    public ReadOnlyMemory<byte> Meta { get; private set; }

    public SubscriptionOverride? Override { get; private set; }

    /// <summary>What a connection token allows; <see langword="null"/>: nothing beyond the options.</summary>
    public Capabilities? Capabilities { get; private set; }

    /// <summary>What a subscription token allows in its channel.</summary>
    public ChannelRights Rights { get; private set; }

    public ReadOnlyMemory<byte> Info => _binaryInfo.IsEmpty ? _info : _binaryInfo;

    public ReadOnlyMemory<byte> Data => _binaryData.IsEmpty ? _data : _binaryData;

    /// <summary>`subs` wins over `channels` as a whole.</summary>
    public IReadOnlyDictionary<string, ServerSubscription> Subscriptions =>
        _subs is { Count: > 0 } ? _subs : _channels ?? [];

    /// <summary>It says of itself that it is something else than an access token: an OpenID Connect identity, refresh or
    /// logout token.</summary>
    public bool IsForeignKind { get; private set; }

    /// <summary>When the connection or subscription expires, in Unix seconds; 0: never.</summary>
    public long EffectiveExpiry => SessionExpiresAt ?? ExpiresAt ?? 0;

    public TokenStamp Stamp => new(TokenId, Session, IssuedAt ?? 0, ExpiresAt ?? 0);

    /// <param name="payload">Decoded payload.</param>
    /// <param name="userClaim">The claim that holds the user id.</param>
    /// <param name="expressions">Those that tokens had before.</param>
    /// <returns><see langword="null"/> when it is not an object of claims.</returns>
    public static TokenClaims? Read(byte[] payload, string userClaim, ExpressionTable expressions)
    {
        // Claims go on to clients as they are, and the framework's reader lets invalid UTF-8 inside of strings pass.
        if (!Utf8.IsValid(payload)) return null;
        var claims = new TokenClaims();
        try
        {
            var json = new ClaimReader(payload);
            if (!json.TryEnterObject()) return null;
            while (json.NextMember())
            {
                var name = json.Name();
                if (!claims._seen.Add(name)) return null;
                if (name == userClaim) claims.User = json.Text();
                else claims.ReadClaim(name, ref json, expressions);
            }
            return json.IsWhole ? claims : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The issuer a token names, believed by nobody yet: it selects the keys that may prove it.</summary>
    public static string PeekIssuer(byte[] payload)
    {
        try
        {
            var json = new ClaimReader(payload);
            if (!json.TryEnterObject()) return "";
            while (json.NextMember())
            {
                if (json.Name() == "iss") return json.Text();
                json.Skip();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // What cannot be read is refused when the claims are read as a whole.
        }
        return "";
    }

    private void ReadClaim(string name, ref ClaimReader json, ExpressionTable expressions)
    {
        switch (name)
        {
            case "exp": ExpiresAt = json.Seconds(SecondsMax); break;
            case "nbf": NotBefore = json.Seconds(SecondsMax); break;
            case "iat": IssuedAt = json.Seconds(SecondsMax); break;
            case "expire_at": SessionExpiresAt = json.Seconds(SecondsMax); break;
            case "iss": Issuer = json.Text(); break;
            case "aud": Audiences.AddRange(json.TextOrTexts()); break;
            case "jti": TokenId = json.Text(); break;
            case "sid": Session = json.Text(); break;
            case "channel": Channel = json.Text(); break;
            case "client": Client = json.Text(); break;
            case "info": _info = json.Raw(); break;
            case "b64info": _binaryInfo = json.Base64(); break;
            case "data": _data = json.Raw(); break;
            case "b64data": _binaryData = json.Base64(); break;
            case "meta": Meta = json.RawObject(); break;
            case "override": Override = ReadOverride(ref json); break;
            case "channels": _channels = ReadChannels(ref json); break;
            case "caps": Capabilities = CapabilityClaims.ReadAll(ref json, expressions); break;
            case "allow": Rights = CapabilityClaims.ReadRights(ref json); break;
            case "subs": _subs = ReadSubscriptions(ref json); break;
            case "typ": IsForeignKind |= json.LooseText() is "ID" or "Refresh" or "Offline" or "Logout"; break;
            // Only identity tokens hold the hash of another token (OpenID Connect Core §3.1.3.6); `events` marks logout tokens.
            case "at_hash" or "c_hash" or "events":
                IsForeignKind = true;
                json.Skip();
                break;
            default: json.Skip(); break;
        }
    }

    private static Dictionary<string, ServerSubscription> ReadChannels(ref ClaimReader json)
    {
        var channels = new Dictionary<string, ServerSubscription>(StringComparer.Ordinal);
        foreach (var channel in json.Texts()) channels[channel] = new ServerSubscription();
        return channels;
    }

    private static Dictionary<string, ServerSubscription> ReadSubscriptions(ref ClaimReader json)
    {
        var subscriptions = new Dictionary<string, ServerSubscription>(StringComparer.Ordinal);
        if (!json.TryEnterObject()) return subscriptions;
        while (json.NextMember())
        {
            var channel = json.Name();
            if (!subscriptions.TryAdd(channel, ReadSubscription(ref json))) throw new FormatException("A channel is there twice.");
        }
        return subscriptions;
    }

    private static ServerSubscription ReadSubscription(ref ClaimReader json)
    {
        ReadOnlyMemory<byte> info = default, binaryInfo = default, data = default, binaryData = default;
        SubscriptionOverride? options = null;
        if (!json.TryEnterObject()) return new ServerSubscription();
        while (json.NextMember())
        {
            switch (json.Name())
            {
                case "info": info = json.Raw(); break;
                case "b64info": binaryInfo = json.Base64(); break;
                case "data": data = json.Raw(); break;
                case "b64data": binaryData = json.Base64(); break;
                case "override": options = ReadOverride(ref json); break;
                default: json.Skip(); break;
            }
        }
        return new ServerSubscription
        {
            Info = binaryInfo.IsEmpty ? info : binaryInfo,
            Data = binaryData.IsEmpty ? data : binaryData,
            Override = options,
        };
    }

    /// <summary>Each member is an object with a <c>value</c>, so that "not said" differs from "no" (protocol 4.1).</summary>
    public static SubscriptionOverride? ReadOverride(ref ClaimReader json)
    {
        if (!json.TryEnterObject()) return null;
        var options = new SubscriptionOverride();
        while (json.NextMember())
        {
            switch (json.Name())
            {
                case "presence": options = options with { Presence = ReadValue(ref json) }; break;
                case "join_leave": options = options with { JoinLeave = ReadValue(ref json) }; break;
                case "force_recovery": options = options with { ForceRecovery = ReadValue(ref json) }; break;
                case "force_positioning": options = options with { ForcePositioning = ReadValue(ref json) }; break;
                case "force_push_join_leave": options = options with { ForcePushJoinLeave = ReadValue(ref json) }; break;
                default: json.Skip(); break;
            }
        }
        return options;
    }

    private static bool? ReadValue(ref ClaimReader json)
    {
        if (!json.TryEnterObject()) return null;
        var value = false;   // an object without its value says "no"
        while (json.NextMember())
        {
            if (json.Name() == "value") value = json.Flag();
            else json.Skip();
        }
        return value;
    }
}
