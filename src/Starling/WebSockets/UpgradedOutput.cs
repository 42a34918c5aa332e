using System.IO.Pipelines;
using System.Net.Sockets;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>Output of an upgraded connection: straight to the socket if, at the first write, the answer to the handshake has left
/// already; through the server's pipe otherwise.</summary>
/// <remarks>The server writes that answer from a thread of its own, and a client may send frames before it has read it: only the
/// kernel can tell that nothing is left to overtake. Nor can it where something was sent before: that may still be on its way.</remarks>
/// <param name="socket">The connection's socket.</param>
/// <param name="sentBefore">What <see cref="TcpInfo"/> told before the handshake was answered.</param>
/// <param name="pipe">The server's way to that socket.</param>
/// <param name="abort">Drops the connection.</param>
internal sealed class UpgradedOutput(Socket socket, ulong sentBefore, PipeWriter pipe, Action abort) : ByteOutput
{
    private ByteOutput? _chosen;

    public override long BytesAccepted => Volatile.Read(ref _chosen)?.BytesAccepted ?? 0;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => (_chosen ?? Choose()).WriteAsync(bytes);

    public override bool TryShutdownSend() => Volatile.Read(ref _chosen) is { } chosen && chosen.TryShutdownSend();

    public override void Abort() => abort();

    private ByteOutput Choose()
    {
        ByteOutput chosen = sentBefore == 0 && TcpInfo.TryReadBytesSent(socket, out var sent) && sent > 0
            ? new SocketOutput(socket, abort)
            : new PipeOutput(pipe, abort);
        Volatile.Write(ref _chosen, chosen);
        return chosen;
    }
}
