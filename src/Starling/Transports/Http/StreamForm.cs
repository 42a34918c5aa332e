using System.Text;
using Microsoft.AspNetCore.Http;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>What tells the transports apart that write into an HTTP response.</summary>
internal sealed class StreamForm
{
    private StreamForm(string name, bool isEvents, bool isOneWay) => (Name, IsEvents, IsOneWay) = (name, isEvents, isOneWay);

    public static StreamForm HttpStream { get; } = new("http_stream", isEvents: false, isOneWay: false);

    public static StreamForm Sse { get; } = new("sse", isEvents: true, isOneWay: false);

    public static StreamForm UniHttpStream { get; } = new("uni_http_stream", isEvents: false, isOneWay: true);

    public static StreamForm UniSse { get; } = new("uni_sse", isEvents: true, isOneWay: true);

    /// <summary>As the protocol's proxies know it.</summary>
    public string Name { get; }

    /// <summary>Server-sent events; otherwise lines, or lengths on the Protobuf wire.</summary>
    public bool IsEvents { get; }

    /// <summary>The client only listens.</summary>
    public bool IsOneWay { get; }

    public Framing FramingOf(Wire wire) => (IsEvents, IsOneWay, wire) switch
    {
        (true, false, _) => StreamFraming.Events,
        (true, true, _) => StreamFraming.BareEvents,
        (false, true, _) => StreamFraming.BareLines,
        (_, _, Wire.Protobuf) => StreamFraming.Lengths,
        _ => StreamFraming.Lines,
    };

    /// <summary>The first bytes of the body: they open an EventSource before anything is said, and padding makes those let go
    /// who hold a response back until enough has come.</summary>
    public byte[] Opening(Wire wire, int paddingBytes)
    {
        if (wire == Wire.Protobuf) return [];   // nothing may stand between units
        var padding = new string(' ', paddingBytes);
        if (!IsEvents) return Encoding.ASCII.GetBytes(padding);   // white space before the first value of JSON
        return Encoding.ASCII.GetBytes(paddingBytes == 0 ? "\r\n" : $"\r\n:{padding}\n\n");   // a comment
    }

    /// <summary>Headers that keep caches and proxies from holding the body back or compressing it.</summary>
    public void WriteHeaders(HttpResponse response, Wire wire)
    {
        var headers = response.Headers;
        headers.ContentType = IsEvents ? "text/event-stream; charset=utf-8"
            : wire == Wire.Protobuf ? RequestWire.Protobuf
            : "application/x-ndjson; charset=utf-8";
        headers.XContentTypeOptions = "nosniff";
        headers["X-Accel-Buffering"] = "no";   // nginx
        headers.CacheControl = "private, no-cache, no-store, must-revalidate, no-transform, max-age=0";
        headers.Pragma = "no-cache";
        headers["Expire"] = "0";   // the name the protocol documents
        headers.Expires = "0";     // the name caches know
        if (HttpProtocol.IsHttp11(response.HttpContext.Request.Protocol)) headers.Connection = "keep-alive";
    }
}
