using System.Buffers.Binary;
using System.Net.Sockets;

namespace Starling.WebSockets;

/// <summary>What the kernel tells about a TCP connection (Linux, <c>TCP_INFO</c>).</summary>
internal static class TcpInfo
{
    private const int Tcp = 6;
    private const int Info = 11;
    private const int BytesSentAt = 200;   // tcpi_bytes_sent of struct tcp_info, Linux 4.19 and later

    /// <summary>Bytes the kernel has sent on this connection, as far as it tells.</summary>
    /// <returns><see langword="false"/> on other systems, older kernels and sockets that are no TCP.</returns>
    public static bool TryReadBytesSent(Socket socket, out ulong bytesSent)
    {
        bytesSent = 0;
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> info = stackalloc byte[BytesSentAt + sizeof(ulong)];
        try
        {
            if (socket.GetRawSocketOption(Tcp, Info, info) < info.Length) return false;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;   // not TCP, or gone: the plain way will notice
        }
        bytesSent = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt64LittleEndian(info[BytesSentAt..])
            : BinaryPrimitives.ReadUInt64BigEndian(info[BytesSentAt..]);
        return true;
    }
}
