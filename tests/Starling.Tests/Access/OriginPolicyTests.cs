using Microsoft.AspNetCore.Http;
using Starling.Access;

namespace Starling.Tests.Access;

public sealed class OriginPolicyTests
{
    private static bool Allows(string[] allowed, string host, params string[] origins) => AllowsOver("https", allowed, host, origins);

    private static bool AllowsOver(string scheme, string[] allowed, string host, params string[] origins)
    {
        var request = new DefaultHttpContext().Request;
        request.Scheme = scheme;
        request.Host = new HostString(host);
        if (origins.Length > 0) request.Headers.Origin = origins;
        return new OriginPolicy(allowed).Allows(request);
    }

    [Theory]
    [InlineData("https://example.com", true)]
    [InlineData("https://EXAMPLE.com", true)]
    [InlineData("https://example.com:443", true)]
    [InlineData("null", false)]
    [InlineData("https://example.com.evil.tld", false)]
    [InlineData("https://evilexample.com", false)]
    [InlineData("http://example.com", false)]
    [InlineData("https://example.com:8443", false)]
    [InlineData("https://example.com@evil.tld", false)]
    [InlineData("https://example.com.", false)]
    [InlineData("https://ex\u00e4mple.com", false)]
    [InlineData("https://xn--exmple-cua.com", false)]
    [InlineData("https://example.com/path", false)]
    [InlineData("https://example.com:", false)]
    [InlineData("https://*.example.com", false)]
    [InlineData("", false)]
    public void A02_Origins_are_compared_as_parsed_tuples(string origin, bool expected) =>
        Assert.Equal(expected, Allows(["https://example.com"], "server.tld", origin));

    [Theory]
    [InlineData("https://a.example.com", true)]
    [InlineData("https://a.b.example.com", false)]
    [InlineData("https://example.com", false)]
    [InlineData("https://example.com.evil", false)]
    public void A02_A_wildcard_stands_for_one_label(string origin, bool expected) =>
        Assert.Equal(expected, Allows(["https://*.example.com"], "server.tld", origin));

    [Fact]
    public void A02_Two_origin_headers_are_refused() =>
        Assert.False(Allows(["https://example.com"], "server.tld", "https://example.com", "https://example.com"));

    [Fact]
    public void A_request_without_an_origin_is_allowed() => Assert.True(Allows(["https://example.com"], "server.tld"));

    [Theory]
    [InlineData(true, "same-origin")]
    [InlineData(false, "same-site")]
    [InlineData(false, "cross-site")]
    [InlineData(false, "none")]
    [InlineData(false, "")]
    [InlineData(false, "same-origin", "same-origin")]
    [InlineData(false, "same-origin, cross-site")]
    [InlineData(false)]
    public void A03_Where_cookies_let_in_one_without_an_origin_passes_only_if_the_browser_says_it_is_of_this_host(bool expected, params string[] site)
    {
        var request = new DefaultHttpContext().Request;
        request.Host = new HostString("server.tld");
        request.Headers.Cookie = "session=1";
        if (site.Length > 0) request.Headers["Sec-Fetch-Site"] = site;
        Assert.Equal(expected, new OriginPolicy([], guardsCookies: true).Allows(request));
        Assert.True(new OriginPolicy([]).Allows(request));   // where they do not
        request.Headers.Origin = "https://evil.tld";
        Assert.False(new OriginPolicy([], guardsCookies: true).Allows(request));   // an origin counts whatever else is said
        request.Headers.Remove("Origin");
        request.Headers.Remove("Cookie");
        Assert.True(new OriginPolicy([], guardsCookies: true).Allows(request));
    }

    [Fact]
    public void A01_Without_a_list_only_the_servers_own_host_is_allowed()
    {
        Assert.True(Allows([], "server.tld", "https://server.tld"));
        Assert.False(Allows([], "server.tld", "https://other.tld"));
        Assert.False(Allows([], "server.tld:8000", "https://server.tld"));
        Assert.True(Allows([], "server.tld:8000", "https://server.tld:8000"));
    }

    [Theory]
    [InlineData("https", "server.tld:8443", "http://server.tld:8443", false)]
    [InlineData("https", "server.tld:8443", "https://server.tld:8443", true)]
    [InlineData("https", "server.tld", "http://server.tld:443", false)]
    [InlineData("http", "server.tld:8000", "http://server.tld:8000", true)]
    [InlineData("http", "server.tld:8000", "https://server.tld:8000", true)]   // a proxy in front ends TLS
    [InlineData("http", "server.tld:8000", "ws://server.tld:8000", false)]
    public void A02_Without_a_list_a_page_over_http_may_not_connect_over_https(string scheme, string host, string origin, bool expected) =>
        Assert.Equal(expected, AllowsOver(scheme, [], host, origin));

    [Fact]
    public void A_star_allows_every_origin() => Assert.True(Allows(["*"], "server.tld", "https://anywhere.tld"));
}
