using System.Text;

namespace Starling.Server.Bench.Load;

/// <summary>What subscribers and idle connections of a run come over; publishers come over a WebSocket.</summary>
internal enum BenchTransport
{
    /// <summary>Speaks the run's protocol.</summary>
    WebSocket,

    /// <summary>HTTP streaming, JSON.</summary>
    HttpStream,

    /// <summary>Server-sent events.</summary>
    Sse,

    /// <summary>One-way HTTP streaming.</summary>
    UniHttpStream,

    /// <summary>One-way server-sent events.</summary>
    UniSse,
}

/// <summary>The request that opens a stream, connects and subscribes at once.</summary>
internal static class StreamRequest
{
    /// <param name="transport">Not the WebSocket.</param>
    /// <param name="authority">Host and port.</param>
    /// <param name="room">What to subscribe to; <see langword="null"/>: nothing.</param>
    public static byte[] Create(BenchTransport transport, string authority, string? room)
    {
        var isOneWay = transport is BenchTransport.UniHttpStream or BenchTransport.UniSse;
        var body = isOneWay
            ? room is null ? "{}" : $$$"""{"subs":{"{{{room}}}":{}} }"""
            : """{"id":1,"connect":{"name":"bench"}}""" + (room is null ? "" : $$$"""{{{"\n"}}}{"id":2,"subscribe":{"channel":"{{{room}}}"}}""");
        var path = transport switch
        {
            BenchTransport.HttpStream => "http_stream",
            BenchTransport.Sse => "sse",
            BenchTransport.UniHttpStream => "uni_http_stream",
            _ => "uni_sse",
        };
        return Encoding.ASCII.GetBytes(
            $"POST /connection/{path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <summary>How the unit begins that says that everything asked for is done.</summary>
    public static byte[] ReadyMark(BenchTransport transport, string? room) => transport switch
    {
        BenchTransport.UniHttpStream or BenchTransport.UniSse => "{\"connect\":"u8.ToArray(),
        _ => room is null ? "{\"id\":1,"u8.ToArray() : "{\"id\":2,"u8.ToArray(),
    };
}
