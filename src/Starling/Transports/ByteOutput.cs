namespace Starling.Transports;

/// <summary>Where the encoded bytes of one connection go: a pipe (the plain way) or the socket itself (plaintext only).</summary>
/// <remarks>One writer at a time; <see cref="OutputPump"/> sees to that.</remarks>
internal abstract class ByteOutput
{
    /// <summary>Bytes the peer's side has accepted since the start. It only grows; a blocked peer shows as no growth.</summary>
    public abstract long BytesAccepted { get; }

    /// <summary>Writes all bytes. When this returns they are sent or copied: the caller may reuse the memory at once,
    /// even while the task is pending. What completes at once is the default value task, which nobody needs to observe;
    /// a pending task means that the peer reads slower than we write.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends our direction (FIN) while the peer's stays open, where the carrier can do so.</summary>
    /// <returns><see langword="false"/> when the carrier cannot half-close; ending the connection then sends the FIN.</returns>
    public abstract bool TryShutdownSend();

    /// <summary>Drops the connection without another byte.</summary>
    public abstract void Abort();
}
