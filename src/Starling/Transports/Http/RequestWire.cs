using Microsoft.AspNetCore.Http;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>The encoding a request chooses by the type of its body (protocol 1.4, 1.6).</summary>
internal static class RequestWire
{
    public const string Protobuf = "application/octet-stream";

    public static Wire Of(HttpRequest request)
    {
        var type = request.ContentType.AsSpan();
        var parameters = type.IndexOf(';');
        if (parameters >= 0) type = type[..parameters];
        return type.Trim().Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? Wire.Protobuf : Wire.Json;
    }
}
