using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Starling.Transports.Http;

/// <summary>Finds peers that vanished without a word on streams nobody answers on: the kernel ends a connection whose bytes, a
/// ping for instance, have not been acknowledged in time (<c>TCP_USER_TIMEOUT</c>, RFC 5482) instead of after its own quarter of
/// an hour (attack A81).</summary>
internal static class PeerTimeout
{
    private const int Tcp = 6;
    private const int UserTimeout = 18;

    /// <summary>Has no effect on other systems, and where the socket is not ours.</summary>
    public static void Set(IFeatureCollection features, long milliseconds)
    {
        if (!OperatingSystem.IsLinux() || features.Get<IConnectionSocketFeature>()?.Socket is not { } socket) return;
        try
        {
            socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes((uint)Math.Min(milliseconds, int.MaxValue)));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Not TCP, or gone already.
        }
    }
}
