using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Starling.WebSockets;

/// <summary>Sec-WebSocket-Key and its answer (RFC 6455 §4.2.2): proof that both sides speak of the same handshake, no secret.</summary>
internal static class HandshakeKey
{
    private const int KeyBytes = 16;
    private const int KeyLength = 24;
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Exactly 16 bytes in base64.</summary>
    public static bool IsValid(string key) =>
        key.Length == KeyLength && Base64.IsValid(key, out var bytes) && bytes == KeyBytes;

    public static string Create() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>The value of Sec-WebSocket-Accept for a valid key.</summary>
    public static string Accept(string key)
    {
        Span<byte> text = stackalloc byte[KeyLength + 36];
        Encoding.ASCII.GetBytes(key, text);
        Encoding.ASCII.GetBytes(Guid, text[KeyLength..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol asks for SHA-1; nothing secret depends on it.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
