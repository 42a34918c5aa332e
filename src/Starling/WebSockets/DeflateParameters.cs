namespace Starling.WebSockets;

/// <summary>An agreed permessage-deflate (RFC 7692 §7.1). Neither side ever keeps its window between messages: what is
/// compressed can then be shared by all receivers, and an idle connection holds no window.</summary>
/// <param name="SendWindowBits">Base-2 logarithm of the window of what we send, 8 to 15.</param>
internal readonly record struct DeflateParameters(int SendWindowBits)
{
    /// <summary>The usual agreement: the full window.</summary>
    public DeflateParameters()
        : this(15)
    {
    }

    /// <summary>The client limited our window, so the answer has to name the limit.</summary>
    public bool AnswerServerBits { get; init; }

    /// <summary>May a frame compressed with the full window be sent on this connection? No distance in it is longer than
    /// its payload, so a short payload fits any window; a longer one then goes uncompressed.</summary>
    /// <param name="payloadLength">Bytes before compression.</param>
    public bool Fits(int payloadLength) => payloadLength <= 1 << SendWindowBits;
}
