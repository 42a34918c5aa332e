using System.Text.Json;
using Starling.Brokers;
using Starling.Handlers;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Hooks;

/// <summary>Reads the results of back ends (protocol 7.2). What has the wrong type throws what the framework's reader throws,
/// and the back end then decided nothing.</summary>
internal static class HookResults
{
    public static ConnectingResult Connecting(ReadOnlyMemory<byte> result)
    {
        var (user, expiresAt, meta) = ("", 0L, default(ReadOnlyMemory<byte>));
        var payload = new Payload();
        var subscriptions = new Dictionary<string, ServerSubscription>(StringComparer.Ordinal);
        var json = Open(result);
        while (json.NextMember())
        {
            var name = json.Name();
            switch (name)
            {
                case "user": user = json.Text(); break;
                case "expire_at": expiresAt = json.Seconds(TokenClaims.SecondsMax) ?? 0; break;
                case "meta": meta = json.RawObject(); break;
                case "channels":
                    foreach (var channel in json.Texts()) subscriptions.TryAdd(channel, new ServerSubscription());
                    break;
                case "subs":
                    if (!json.TryEnterObject()) break;
                    while (json.NextMember()) subscriptions[json.Name()] = Subscription(ref json);
                    break;
                default: payload.Read(name, ref json); break;
            }
        }
        return ConnectingResult.AcceptByHook(user, payload.Info, payload.Data, subscriptions, expiresAt, meta);
    }

    public static Renewal Renewing(ReadOnlyMemory<byte> result)
    {
        var renewal = new Renewal(RenewalStatus.Renewed);
        var payload = new Payload();
        var json = Open(result);
        while (json.NextMember())
        {
            var name = json.Name();
            switch (name)
            {
                case "expired": renewal = renewal with { Status = json.Flag() ? RenewalStatus.Expired : RenewalStatus.Renewed }; break;
                case "expire_at": renewal = renewal with { ExpiresAt = json.Seconds(TokenClaims.SecondsMax) ?? 0 }; break;
                case "meta": renewal = renewal with { Meta = json.RawObject() }; break;
                default: payload.Read(name, ref json); break;
            }
        }
        return renewal with { Info = OrNull(payload.Info) };
    }

    public static SubscribingResult Subscribing(ReadOnlyMemory<byte> result)
    {
        var json = Open(result);
        var granted = ReadSubscription(ref json);
        return SubscribingResult.Accept(granted.Info, granted.Data, granted.Override, granted.ExpiresAt);
    }

    public static PublishingResult Publishing(ReadOnlyMemory<byte> result)
    {
        ReadOnlyMemory<byte> streamData = default;
        Dictionary<string, string>? tags = null;
        var terms = new PublishTerms();
        var payload = new Payload();
        var json = Open(result);
        while (json.NextMember())
        {
            var name = json.Name();
            switch (name)
            {
                case "skip_history": terms = terms with { SkipsHistory = json.Flag() }; break;
                case "tags": tags = json.TextMap(); break;
                case "idempotency_key": terms = terms with { IdempotencyKey = json.Text() }; break;
                case "delta": terms = terms with { IsDelta = json.Flag() }; break;
                case "version": terms = terms with { Version = json.Unsigned() }; break;
                case "version_epoch": terms = terms with { VersionEpoch = json.Text() }; break;
                case "key": terms = terms with { Key = json.Text() }; break;
                case "score": terms = terms with { Score = json.Signed() }; break;
                case "key_mode": terms = terms with { Condition = ConditionOf(json.Text()) }; break;
                case "stream_data": if (streamData.IsEmpty) streamData = Embeddable(json.Raw()); else json.Skip(); break;
                case "b64stream_data": streamData = json.Base64(); break;
                default: payload.Read(name, ref json); break;
            }
        }
        return PublishingResult.AcceptByHook(OrNull(payload.Data), tags, terms with { StreamData = streamData });
    }

    public static ReadOnlyMemory<byte> Called(ReadOnlyMemory<byte> result)
    {
        var payload = new Payload();
        var json = Open(result);
        while (json.NextMember()) payload.Read(json.Name(), ref json);
        return payload.Data;
    }

    /// <summary>Values of a shared poll; an item that says neither data nor removal says nothing.</summary>
    public static PollingResult Polling(ReadOnlyMemory<byte> result)
    {
        using var json = JsonDocument.Parse(result, new JsonDocumentOptions { MaxDepth = HookAnswer.DepthMax });
        var values = new List<PolledValue>();
        if (json.RootElement.TryGetProperty("items"u8, out var items) && items.ValueKind != JsonValueKind.Null)
        {
            foreach (var item in items.EnumerateArray())
            {
                var removed = item.TryGetProperty("removed"u8, out var flag) && flag.ValueKind == JsonValueKind.True;
                ReadOnlyMemory<byte> data = item.TryGetProperty("b64data"u8, out var binary) && binary.ValueKind == JsonValueKind.String
                    ? binary.GetBytesFromBase64()
                    : item.TryGetProperty("data"u8, out var text) ? Embeddable(System.Text.Encoding.UTF8.GetBytes(text.GetRawText())) : default;
                if (!removed && data.IsEmpty) continue;
                var version = item.TryGetProperty("version"u8, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetUInt64() : 0;
                values.Add(new PolledValue(item.GetProperty("key"u8).GetString() ?? "", data, version) { IsRemoved = removed });
            }
        }
        var epoch = json.RootElement.TryGetProperty("epoch"u8, out var scope) && scope.ValueKind == JsonValueKind.String ? scope.GetString()! : "";
        return new PollingResult(values, epoch);
    }

    private static ClaimReader Open(ReadOnlyMemory<byte> result)
    {
        var json = new ClaimReader(result.ToArray(), HookAnswer.DepthMax);
        json.TryEnterObject();
        return json;
    }

    private static KeyCondition ConditionOf(string mode) => mode switch
    {
        "" => KeyCondition.None,
        "if_new" => KeyCondition.IfNew,
        "if_exists" => KeyCondition.IfExists,
        _ => throw new FormatException("An unknown key mode."),
    };

    private static ServerSubscription Subscription(ref ClaimReader json) => json.TryEnterObject() ? ReadSubscription(ref json) : new ServerSubscription();

    /// <summary>Reads what a subscription has of its own, inside its object.</summary>
    private static ServerSubscription ReadSubscription(ref ClaimReader json)
    {
        var payload = new Payload();
        var expiresAt = 0L;
        SubscriptionOverride? options = null;
        while (json.NextMember())
        {
            var name = json.Name();
            switch (name)
            {
                case "expire_at": expiresAt = json.Seconds(TokenClaims.SecondsMax) ?? 0; break;
                case "override": options = TokenClaims.ReadOverride(ref json); break;
                default: payload.Read(name, ref json); break;
            }
        }
        return new ServerSubscription
        {
            Info = payload.Info,
            Data = payload.Data,
            Override = options,
            ExpiresAt = expiresAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(expiresAt, 1, 253_402_300_799)),
        };
    }

    /// <summary>What goes on to clients must fit on the JSON wire: nested too deep it would close whoever it is for with 3506.</summary>
    private static ReadOnlyMemory<byte> Embeddable(ReadOnlyMemory<byte> json) =>
        json.IsEmpty || WireCodec.IsJson(json.Span) ? json : throw new FormatException("Nested too deep.");

    /// <summary>Nothing where nothing was said.</summary>
    /// <remarks>A bare <see langword="null"/> beside a memory converts to an empty memory, and that would be said.</remarks>
    private static ReadOnlyMemory<byte>? OrNull(ReadOnlyMemory<byte> said) => said.IsEmpty ? default(ReadOnlyMemory<byte>?) : said;

    /// <summary>The members most results have, each as JSON or as base64, of which the latter wins.</summary>
    private struct Payload
    {
        private ReadOnlyMemory<byte> _info;
        private ReadOnlyMemory<byte> _binaryInfo;
        private ReadOnlyMemory<byte> _data;
        private ReadOnlyMemory<byte> _binaryData;

        public readonly ReadOnlyMemory<byte> Info => _binaryInfo.IsEmpty ? _info : _binaryInfo;

        public readonly ReadOnlyMemory<byte> Data => _binaryData.IsEmpty ? _data : _binaryData;

        /// <summary>Reads the member if it is one of these, and passes over it otherwise.</summary>
        public void Read(string name, ref ClaimReader json)
        {
            switch (name)
            {
                case "info": _info = Embeddable(json.Raw()); break;
                case "b64info": _binaryInfo = json.Base64(); break;
                case "data": _data = Embeddable(json.Raw()); break;
                case "b64data": _binaryData = json.Base64(); break;
                default: json.Skip(); break;
            }
        }
    }
}

/// <summary>Whether what expires may stay.</summary>
internal enum RenewalStatus
{
    /// <summary>Until the time that was said.</summary>
    Renewed,

    /// <summary>It may not.</summary>
    Expired,

    /// <summary>The back end did not say; it is asked again in a minute.</summary>
    Unknown,
}

/// <param name="Status">Whether.</param>
/// <param name="ExpiresAt">Until when, in Unix seconds; 0: for ever.</param>
/// <param name="Info">What others see from now on; <see langword="null"/>: as before.</param>
/// <param name="Meta">For back ends from now on; empty: as before.</param>
internal readonly record struct Renewal(RenewalStatus Status, long ExpiresAt = 0, ReadOnlyMemory<byte>? Info = null, ReadOnlyMemory<byte> Meta = default);
