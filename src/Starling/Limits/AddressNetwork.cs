using System.Net;
using System.Net.Sockets;

namespace Starling.Limits;

/// <summary>Which addresses count as one: those a single customer of a provider has (attack A77).</summary>
internal static class AddressNetwork
{
    private const int NetworkBytes = 8;

    /// <summary>An IPv4 address itself, also when it is written as IPv6; of an IPv6 address its network of 64 bits.</summary>
    /// <param name="address">The peer's; <see langword="null"/> for a socket of this machine.</param>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null) return IPAddress.Loopback;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return new IPAddress(bytes);
    }
}
