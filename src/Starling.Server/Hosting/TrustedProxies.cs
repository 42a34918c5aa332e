using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Starling.Server.Hosting;

/// <summary>Whose word is taken for where a request comes from (attack A77): only proxies the operator named. They append the
/// address they see to <c>X-Forwarded-For</c>, so the last one that is no trusted proxy is the peer's, whatever stands before it.</summary>
internal static class TrustedProxies
{
    /// <summary>Reads an address or a network, such as <c>10.0.0.0/8</c>.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }
        return IPNetwork.TryParse(text, out network);
    }

    /// <summary>Takes address and scheme of requests from the proxies' headers. To be called before anything looks at them.</summary>
    public static void Use(IApplicationBuilder app, IReadOnlyList<string> proxies)
    {
        if (proxies.Count == 0) return;   // then nobody is believed, this machine included
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,   // the chain ends at the first address that is not trusted
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            _ = TryParse(proxy, out var network);   // checked when the configuration was loaded
            options.KnownIPNetworks.Add(network);
        }
        app.UseForwardedHeaders(options);
    }
}
