using System.Buffers;
using System.Globalization;

namespace Starling;

/// <summary>The rules of back ends: their endpoints, and that whoever refers to one finds it.</summary>
internal static class ProxyOptionsRules
{
    public const string DefaultName = "default";

    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromSeconds(30);

    private static readonly SearchValues<char> s_inHeaderNames =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Headers of the request itself; to let a client write them would let it shape the request.</summary>
    private static readonly HashSet<string> s_ownHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Connection", "Expect", "Expires", "Host", "Keep-Alive", "Last-Modified", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade",
    };

    public static void Check(StarlingOptions options, OptionsReport report)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        StarlingOptionsValidator.CheckNames("proxies", options.Proxies.ConvertAll(one => one.Name), report);
        for (var i = 0; i < options.Proxies.Count; i++)
        {
            var section = string.Create(CultureInfo.InvariantCulture, $"proxies[{i}]");
            names.Add(options.Proxies[i].Name);
            if (options.Proxies[i].Name == DefaultName) report.Add($"{section}.name", DefaultName, "another name; this one stands for channel.proxy and rpc.proxy");
            CheckOne(section, options.Proxies[i], report);
            if (options.Proxies[i].Endpoint.Length == 0) CheckEndpoint($"{section}.endpoint", "", report);
        }
        CheckSwitched("client.proxy.connect", options.Client.Proxy.Connect, report);
        CheckSwitched("client.proxy.refresh", options.Client.Proxy.Refresh, report);
        CheckOne("channel.proxy.subscribe", options.Channel.Proxy.Subscribe, report);
        CheckOne("channel.proxy.publish", options.Channel.Proxy.Publish, report);
        CheckOne("channel.proxy.sub_refresh", options.Channel.Proxy.SubRefresh, report);
        CheckOne("channel.proxy.map_publish", options.Channel.Proxy.MapPublish, report);
        CheckOne("channel.proxy.map_remove", options.Channel.Proxy.MapRemove, report);
        CheckOne("channel.proxy.shared_poll_refresh", options.Channel.Proxy.SharedPollRefresh, report);
        CheckOne("rpc.proxy", options.Rpc.Proxy, report);
        CheckReferences(options, names, report);
    }

    private static void CheckReferences(StarlingOptions options, HashSet<string> names, OptionsReport report)
    {
        var channels = options.Channel;
        CheckChannels("channel.without_namespace", channels.WithoutNamespace);
        for (var i = 0; i < channels.Namespaces.Count; i++)
        {
            CheckChannels(string.Create(CultureInfo.InvariantCulture, $"channel.namespaces[{i}]"), channels.Namespaces[i]);
        }
        Refer("rpc.without_namespace.proxy_name", options.Rpc.WithoutNamespace.ProxyEnabled, options.Rpc.WithoutNamespace.ProxyName, options.Rpc.Proxy, "rpc.proxy");
        for (var i = 0; i < options.Rpc.Namespaces.Count; i++)
        {
            var one = options.Rpc.Namespaces[i];
            Refer(string.Create(CultureInfo.InvariantCulture, $"rpc.namespaces[{i}].proxy_name"), one.ProxyEnabled, one.ProxyName, options.Rpc.Proxy, "rpc.proxy");
        }

        void CheckChannels(string section, ChannelOptions rules)
        {
            var proxies = channels.Proxy;
            Refer($"{section}.subscribe_proxy_name", rules.SubscribeProxyEnabled, rules.SubscribeProxyName, proxies.Subscribe, "channel.proxy.subscribe");
            Refer($"{section}.publish_proxy_name", rules.PublishProxyEnabled, rules.PublishProxyName, proxies.Publish, "channel.proxy.publish");
            Refer($"{section}.sub_refresh_proxy_name", rules.SubRefreshProxyEnabled, rules.SubRefreshProxyName, proxies.SubRefresh, "channel.proxy.sub_refresh");
            Refer($"{section}.map.publish_proxy_name", rules.Map.PublishProxyEnabled, rules.Map.PublishProxyName, proxies.MapPublish, "channel.proxy.map_publish");
            Refer($"{section}.map.remove_proxy_name", rules.Map.RemoveProxyEnabled, rules.Map.RemoveProxyName, proxies.MapRemove, "channel.proxy.map_remove");
            CheckPolls(section, rules);
        }

        // Without one an application may answer itself.
        void CheckPolls(string section, ChannelOptions rules) => Refer(
            $"{section}.shared_poll.proxy_name",
            rules.SubscriptionType == ChannelSubscriptionType.SharedPoll && rules.SharedPoll.ProxyName != DefaultName,
            rules.SharedPoll.ProxyName,
            channels.Proxy.SharedPollRefresh,
            "channel.proxy.shared_poll_refresh");

        void Refer(string key, bool isEnabled, string name, ProxyOptions defaultProxy, string defaultSection)
        {
            if (!isEnabled || names.Contains(name) || (name == DefaultName && defaultProxy.Endpoint.Length > 0)) return;
            report.Add(key, name, name == DefaultName ? $"{DefaultName} together with {defaultSection}.endpoint, or a name in proxies" : "a name in proxies");
        }
    }

    private static void CheckSwitched(string section, SwitchedProxyOptions proxy, OptionsReport report)
    {
        CheckOne(section, proxy, report);
        if (proxy is { Enabled: true, Endpoint: "" }) CheckEndpoint($"{section}.endpoint", "", report);
    }

    private static void CheckOne(string section, ProxyOptions proxy, OptionsReport report)
    {
        if (proxy.Endpoint.Length > 0) CheckEndpoint($"{section}.endpoint", proxy.Endpoint, report);
        if (proxy.Timeout <= TimeSpan.Zero || proxy.Timeout > s_timeoutMax) report.Add($"{section}.timeout", proxy.Timeout, "more than 0, at most 30s");
        foreach (var name in proxy.HttpHeaders) CheckHeader($"{section}.http_headers", name, report);
        foreach (var name in proxy.Http.HttpHeaders) CheckHeader($"{section}.http.http_headers", name, report);
        foreach (var name in proxy.EmulatedHeaders) CheckHeader($"{section}.emulated_headers", name, report);
        foreach (var (name, value) in proxy.Http.StaticHeaders)
        {
            CheckHeader($"{section}.http.static_headers", name, report);
            // The value may be a secret: it is not repeated.
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) report.Failures.Add($"{section}.http.static_headers: the value of {name} is not allowed; allowed: printable ASCII");
        }
        report.Range($"{section}.concurrency", proxy.Concurrency, 1, 4096);
        report.AtLeast($"{section}.queue_size", proxy.QueueSize, 0);
        report.Range($"{section}.response_size_max", proxy.ResponseSizeMax, 256, 64 * 1024 * 1024);
        for (var i = 0; i < proxy.Http.StatusToCodeTransforms.Count; i++)
        {
            CheckTransform(
                string.Create(CultureInfo.InvariantCulture, $"{section}.http.status_to_code_transforms[{i}]"), proxy.Http.StatusToCodeTransforms[i], report);
        }
    }

    private static void CheckTransform(string section, StatusTransformOptions transform, OptionsReport report)
    {
        report.Range($"{section}.status_code", transform.StatusCode, 201, 599);
        if (transform.ToError.Code == 0 == (transform.ToDisconnect.Code == 0))
        {
            report.Add(section, transform.StatusCode, "to_error or to_disconnect, one of them");
            return;
        }
        if (transform.ToError.Code != 0) report.Range($"{section}.to_error.code", transform.ToError.Code, 400, 1999);
        if (transform.ToDisconnect.Code != 0) report.Range($"{section}.to_disconnect.code", transform.ToDisconnect.Code, 4000, 4999);
    }

    internal static void CheckEndpoint(string key, string endpoint, OptionsReport report)
    {
        var isUrl = Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0;
        if (isUrl && uri!.UserInfo.Length == 0) return;
        // What stands before an @ is a password: it is not repeated.
        report.Add(key, isUrl ? uri!.Host : endpoint, "an absolute http or https URL without user and password");
    }

    private static void CheckHeader(string key, string name, OptionsReport report)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_inHeaderNames)) report.Add(key, name, "names of HTTP headers");
        else if (s_ownHeaders.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)) report.Add(key, name, "headers that are not the request's own");
    }
}
