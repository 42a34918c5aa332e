using System.Buffers;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>The request that opens a one-way connection (protocol 1.7).</summary>
internal static class OneWayConnect
{
    /// <summary>Reads it and makes the connect command of it that every connection begins with.</summary>
    /// <param name="text">JSON; nothing at all is an empty request.</param>
    /// <returns>One frame; <see langword="null"/> when the request is malformed.</returns>
    public static ReadOnlyMemory<byte>? TryRead(ReadOnlyMemory<byte> text)
    {
        var request = new ConnectRequest();
        if (!text.IsEmpty && !WireCodec.TryReadConnectRequest(Wire.Json, text, out request)) return null;
        var frame = new ArrayBufferWriter<byte>(256);
        WireCodec.WriteCommand(Wire.Json, new Command { Id = 1, Connect = request }, frame);
        return frame.WrittenMemory;
    }
}
