namespace Starling.WebSockets;

/// <summary>Who ended a connection, or what did.</summary>
internal enum CloseOrigin
{
    /// <summary>The peer sent its Close frame before we had asked for one.</summary>
    Peer,

    /// <summary>We asked for it with <see cref="WebSocketSession.Close"/>.</summary>
    Local,

    /// <summary>The peer broke the protocol or passed a limit of the frame layer; the code tells which.</summary>
    ProtocolError,

    /// <summary>Our own code failed while it handled a message; closed with 1011, the error says more.</summary>
    HandlerFailed,

    /// <summary>The carrier ended or failed without a Close frame of either side.</summary>
    ConnectionLost,

    /// <summary>We dropped it with <see cref="WebSocketSession.Abort"/>.</summary>
    Aborted,
}

/// <summary>How a connection ended.</summary>
/// <param name="Code">The code of the Close frame that ended it, whichever side sent it first; 1005 when that frame had none;
/// 1006 when there was no such frame (RFC 6455 §7.1.5).</param>
/// <param name="Reason">The reason in that frame; empty when there is none.</param>
/// <param name="Origin">Who ended it.</param>
/// <param name="IsClean">Both Close frames were seen (RFC 6455 §7.1.4).</param>
/// <param name="Error">The failure of the carrier or of the handler that ended it, if one did.</param>
internal readonly record struct WebSocketCloseInfo(
    ushort Code, string Reason, CloseOrigin Origin, bool IsClean, Exception? Error = null);
