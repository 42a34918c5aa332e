namespace Starling.Hosting.Configuration;

/// <summary>The keys of the transports beside the WebSocket.</summary>
internal static class TransportKeys
{
    public static KeyTable<StreamTransportOptions> Stream { get; } = new KeyTable<StreamTransportOptions>()
        .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
        .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
        .Number("max_request_body_size", o => o.MaxRequestBodySize, (o, v) => o.MaxRequestBodySize = v)
        .Number("padding_size", o => o.PaddingSize, (o, v) => o.PaddingSize = v);

    public static KeyTable<EmulationOptions> Emulation { get; } = new KeyTable<EmulationOptions>()
        .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
        .Number("max_request_body_size", o => o.MaxRequestBodySize, (o, v) => o.MaxRequestBodySize = v);

    public static KeyTable<UniWebSocketOptions> UniWebSocket { get; } = new KeyTable<UniWebSocketOptions>()
        .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
        .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
        .Number("max_request_body_size", o => o.MaxRequestBodySize, (o, v) => o.MaxRequestBodySize = v);

    public static KeyTable<LongPollOptions> LongPoll { get; } = new KeyTable<LongPollOptions>()
        .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
        .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
        .Duration("wait", o => o.Wait, (o, v) => o.Wait = v)
        .Number("channel_limit", o => o.ChannelLimit, (o, v) => o.ChannelLimit = v);
}
