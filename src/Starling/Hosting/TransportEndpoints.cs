using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Starling.Cluster;
using Starling.Transports;
using Starling.Transports.Http;

namespace Starling.Hosting;

/// <summary>Where clients come in: each transport that is enabled, at its path.</summary>
internal static class TransportEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints, Node node, SessionTable sessions)
    {
        var options = node.Options;
        if (!options.WebSocket.Disabled) endpoints.Map(options.WebSocket.HandlerPrefix, new WebSocketEndpoint(node).HandleAsync);
        MapStream(StreamForm.HttpStream, options.HttpStream, sessions);
        MapStream(StreamForm.Sse, options.Sse, sessions);
        if (options.UniWebSocket.Enabled) endpoints.Map(options.UniWebSocket.HandlerPrefix, new OneWayWebSocketEndpoint(node).HandleAsync);
        MapStream(StreamForm.UniHttpStream, options.UniHttpStream, null);
        MapStream(StreamForm.UniSse, options.UniSse, null);
        if (options.LongPoll.Enabled) endpoints.Map(options.LongPoll.HandlerPrefix, new LongPollEndpoint(node).HandleAsync);
        if (options.HttpStream.Enabled || options.Sse.Enabled)
        {
            endpoints.Map(options.Emulation.HandlerPrefix, new EmulationEndpoint(node, sessions).HandleAsync);
        }

        void MapStream(StreamForm form, StreamTransportOptions section, SessionTable? table)
        {
            if (section.Enabled) endpoints.Map(section.HandlerPrefix, new StreamEndpoint(node, form, section, table).HandleAsync);
        }
    }
}
