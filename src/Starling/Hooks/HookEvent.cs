using System.Text.Json;

namespace Starling.Hooks;

/// <summary>What happened; in the order of the names an operator writes (<see cref="HookOptionsRules.EventTypes"/>).</summary>
internal enum HookEventType : byte
{
    Connected,
    Disconnected,
    Subscribed,
    Unsubscribed,
    ChannelOccupied,
    ChannelVacated,
}

/// <summary>One thing that happened.</summary>
/// <param name="Sequence">Its number on this node, rising by one; a hole is what was dropped.</param>
/// <param name="Type">What.</param>
/// <param name="TimeMs">When, in Unix milliseconds.</param>
internal sealed record HookEvent(long Sequence, HookEventType Type, long TimeMs)
{
    private static readonly JsonEncodedText[] s_types = [.. HookOptionsRules.EventTypes.Select(static name => JsonEncodedText.Encode(name))];

    /// <summary>Id of the connection; <see langword="null"/> when it is about a channel alone.</summary>
    public Guid? Client { get; init; }

    /// <summary>Of the connection; empty for an anonymous one.</summary>
    public string User { get; init; } = "";

    public string Transport { get; init; } = "";

    public string Channel { get; init; } = "";

    /// <summary>Why something ended; only of what ended.</summary>
    public uint Code { get; init; }

    public string Reason { get; init; } = "";

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("seq"u8, Sequence);
        json.WriteString("type"u8, s_types[(int)Type]);
        json.WriteNumber("time"u8, TimeMs);
        if (Client is { } client)
        {
            json.WriteString("client"u8, client);
            json.WriteString("user"u8, User);
        }
        if (Transport.Length > 0) json.WriteString("transport"u8, Transport);
        if (Channel.Length > 0) json.WriteString("channel"u8, Channel);
        if (Type is HookEventType.Disconnected or HookEventType.Unsubscribed)
        {
            json.WriteNumber("code"u8, Code);
            json.WriteString("reason"u8, Reason);
        }
        json.WriteEndObject();
    }
}
