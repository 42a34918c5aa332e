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

    /// <summary>Tells the addresses of proxies from others, written as IPv6 or not.</summary>
    /// <param name="proxies">Addresses and networks.</param>
    public static Predicate<IPAddress> Matcher(IReadOnlyList<string> proxies)
    {
        var trusted = proxies.Select(static proxy => TryParse(proxy, out var network) ? network : default).ToArray();
        return peer =>
        {
            var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
            return Array.Exists(trusted, network => network.Contains(address));
        };
    }

    /// <summary>Takes address and scheme of requests from the proxies' headers. To be called before anything looks at them.</summary>
    /// <param name="app">The server.</param>
    /// <param name="proxies">Addresses and networks; from nobody else is anything taken.</param>
    /// <param name="userHeader">A header in which proxies name the user; empty for none.</param>
    public static void Use(IApplicationBuilder app, IReadOnlyList<string> proxies, string userHeader)
    {
        if (userHeader.Length > 0) GuardUserHeader(app, proxies, userHeader);
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

    /// <summary>Whoever is no trusted proxy cannot say who a user is. Looks at the peer itself, before a proxy's word changes the address.</summary>
    private static void GuardUserHeader(IApplicationBuilder app, IReadOnlyList<string> proxies, string userHeader)
    {
        var isTrusted = Matcher(proxies);
        app.Use((context, next) =>
        {
            if (context.Connection.RemoteIpAddress is not { } peer || !isTrusted(peer)) context.Request.Headers.Remove(userHeader);
            return next(context);
        });
    }
}
