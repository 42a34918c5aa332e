using System.Buffers;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>The last unit on a transport without close codes.</summary>
internal static class Farewell
{
    /// <summary>The <c>disconnect</c> push, framed.</summary>
    public static byte[] Prepare(Framing framing, Disconnect disconnect)
    {
        var unit = new ArrayBufferWriter<byte>(128);
        var push = new Push
        {
            Disconnect = new DisconnectPush { Code = disconnect.Code, Reason = disconnect.Reason, Reconnect = disconnect.Reconnects },
        };
        if (framing.IsBare) WireCodec.TryWritePush(framing.Wire, push, unit);
        else WireCodec.TryWriteReply(framing.Wire, new Reply { Push = push }, unit);
        return framing.Prepare(unit.WrittenSpan);
    }
}
