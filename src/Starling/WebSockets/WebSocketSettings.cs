namespace Starling.WebSockets;

/// <summary>Limits and agreements of one WebSocket; shared by all connections of an endpoint that agreed on the same.</summary>
internal sealed record WebSocketSettings
{
    /// <summary>Bytes of one incoming message as they travel, headers not counted; more closes with 1009, decided on the
    /// frame header alone. Default 65,536.</summary>
    public int MessageBytesMax { get; init; } = 64 * 1024;

    /// <summary>Bytes of one compressed incoming message after inflating; more closes with 1009 while it is inflated.
    /// Default ten times the default of <see cref="MessageBytesMax"/>.</summary>
    public int InflatedBytesMax { get; init; } = 640 * 1024;

    /// <summary>Frames of one incoming message; more closes with 1008. Default 1,024.</summary>
    public int FragmentsMax { get; init; } = 1024;

    /// <summary>Pings and pongs a peer may send within one second (and at once); more closes with 1008. Default 100.</summary>
    public int ControlFramesPerSecondMax { get; init; } = 100;

    /// <summary>Time from the first byte of a message or frame to its last; longer closes with 1008. Default 30 s.</summary>
    public TimeSpan ReassemblyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time for our Close frame to be taken by the peer, and then for its own to come. Default 5 s each.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time we read on, and throw away, after our last byte, so that the peer reads our Close frame before it can
    /// meet a reset. Default 1 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What was agreed about permessage-deflate; <see langword="null"/>: nothing, and RSV1 is an error.</summary>
    public DeflateParameters? Deflate { get; init; }

    /// <summary>Payloads shorter than this go uncompressed: deflate would make them no smaller. Default 128 bytes.</summary>
    public int CompressionBytesMin { get; init; } = 128;
}
