namespace Starling;

/// <summary>The rules of the transports beside the WebSocket.</summary>
internal static class TransportOptionsRules
{
    private const int BodyBytesMin = 128;
    private const int BodyBytesMax = 64 * 1024 * 1024;

    /// <param name="options">What was set.</param>
    /// <param name="paths">Takes the paths that are in use, which must differ.</param>
    /// <param name="report">Takes what is wrong.</param>
    public static void Check(StarlingOptions options, List<(string Key, string Path)> paths, OptionsReport report)
    {
        CheckStream("http_stream", options.HttpStream, paths, report);
        CheckStream("sse", options.Sse, paths, report);
        CheckStream("uni_http_stream", options.UniHttpStream, paths, report);
        CheckStream("uni_sse", options.UniSse, paths, report);

        report.Range("emulation.max_request_body_size", options.Emulation.MaxRequestBodySize, BodyBytesMin, BodyBytesMax);
        if (options.HttpStream.Enabled || options.Sse.Enabled) paths.Add(("emulation.handler_prefix", options.Emulation.HandlerPrefix));

        report.Range("uni_websocket.max_request_body_size", options.UniWebSocket.MaxRequestBodySize, BodyBytesMin, BodyBytesMax);
        if (options.UniWebSocket.Enabled) paths.Add(("uni_websocket.handler_prefix", options.UniWebSocket.HandlerPrefix));

        var poll = options.LongPoll;
        if (poll.Wait < TimeSpan.FromSeconds(1) || poll.Wait > TimeSpan.FromSeconds(55)) report.Add("long_poll.wait", poll.Wait, "1s to 55s");
        report.Range("long_poll.channel_limit", poll.ChannelLimit, 1, 128);
        if (poll.Enabled) paths.Add(("long_poll.handler_prefix", poll.HandlerPrefix));
    }

    private static void CheckStream(string section, StreamTransportOptions options, List<(string Key, string Path)> paths, OptionsReport report)
    {
        report.Range($"{section}.max_request_body_size", options.MaxRequestBodySize, BodyBytesMin, BodyBytesMax);
        report.Range($"{section}.padding_size", options.PaddingSize, 0, 65_536);
        if (options.Enabled) paths.Add(($"{section}.handler_prefix", options.HandlerPrefix));
    }
}
