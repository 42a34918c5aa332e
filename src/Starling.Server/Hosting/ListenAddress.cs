using System.Net;

namespace Starling.Server.Hosting;

/// <summary>Addresses a server can listen on.</summary>
internal static class ListenAddress
{
    /// <summary>Reads an address of the configuration.</summary>
    /// <param name="text">An IP address, <c>localhost</c>, or nothing for all addresses of the machine.</param>
    /// <param name="address">The address; nothing for all, IPv4 and IPv6.</param>
    public static bool TryParse(string text, out IPAddress? address)
    {
        address = null;
        if (text.Length == 0) return true;
        if (string.Equals(text, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            address = IPAddress.Loopback;
            return true;
        }
        return IPAddress.TryParse(text, out address);
    }
}
