using System.IO.Pipelines;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>What an endpoint agrees to in the opening handshake.</summary>
internal sealed record WebSocketHandshakeOptions
{
    /// <summary>Subprotocols of the endpoint; the first one of the client's list that is here is chosen.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Agree to permessage-deflate when the client offers it.</summary>
    public bool Compression { get; init; }

    /// <summary>Write straight to the socket where that is possible: plaintext HTTP/1.1 on Kestrel's own socket transport.
    /// Switch it off when a connection middleware of the application changes the bytes.</summary>
    public bool DirectSocketWrites { get; init; } = true;
}

/// <summary>The carrier of an accepted WebSocket. It ends with the request that was upgraded.</summary>
/// <param name="Input">Bytes from the client, from its first frame on.</param>
/// <param name="Output">Bytes to the client.</param>
/// <param name="Subprotocol">The chosen one; <see langword="null"/>: none.</param>
/// <param name="Deflate">The agreed compression; <see langword="null"/>: none.</param>
internal sealed record WebSocketUpgrade(
    PipeReader Input, ByteOutput Output, string? Subprotocol, DeflateParameters? Deflate);
