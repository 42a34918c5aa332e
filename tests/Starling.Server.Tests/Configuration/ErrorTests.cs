using Starling.Hosting.Configuration;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Configuration;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("""{"http_server": {"port": "abc"}}""", "http_server.port: 'abc' is not allowed; allowed: a whole number")]
    [InlineData("""{"http_server": {"port": 8000.5}}""", "http_server.port: 8000.5 is not allowed; allowed: a whole number")]
    [InlineData("""{"http_server": {"port": 99999999999}}""", "http_server.port: 99999999999 is not allowed; allowed: a whole number")]
    [InlineData("""{"http_server": {"port": [8000]}}""", "http_server.port: a list is not allowed; allowed: a whole number")]
    [InlineData("""{"client": {"insecure": "yes"}}""", "client.insecure: 'yes' is not allowed; allowed: true or false")]
    [InlineData("""{"client": {"insecure": 1}}""", "client.insecure: 1 is not allowed; allowed: true or false")]
    [InlineData("""{"client": {"allowed_origins": "https://a.example"}}""", "client.allowed_origins: 'https://a.example' is not allowed; allowed: a list of texts")]
    [InlineData("""{"client": {"allowed_origins": [1]}}""", "client.allowed_origins: a list is not allowed; allowed: a list of texts")]
    [InlineData("""{"client": {"token": "secret"}}""", "client.token: 'secret' is not allowed; allowed: a section with keys")]
    [InlineData("""{"client": {"user_id_http_header": {"a": 1}}}""", "client.user_id_http_header: a section is not allowed; allowed: text")]
    [InlineData("""{"client": {"user_id_http_header": 12}}""", "client.user_id_http_header: 12 is not allowed; allowed: text")]
    [InlineData("""{"channel": {"namespaces": {"chat": {}}}}""", "channel.namespaces: a section is not allowed; allowed: a list of sections")]
    [InlineData("""{"channel": {"namespaces": ["chat"]}}""", "channel.namespaces[0]: 'chat' is not allowed; allowed: a section with keys")]
    [InlineData("""{"log": {"level": "loud"}}""", "log.level: 'loud' is not allowed; allowed: none, trace, debug, info, warn, error")]
    [InlineData("""{"channel": {"without_namespace": {"publication_data_format": "xml"}}}""",
        "channel.without_namespace.publication_data_format: 'xml' is not allowed; allowed: \"\", json, json_object, binary")]
    [InlineData("""{"channel": {"without_namespace": {"subscription_type": "queue"}}}""",
        "channel.without_namespace.subscription_type: 'queue' is not allowed; allowed: stream, map, map_clients, map_users, shared_poll")]
    [InlineData("""{"client": {"ping_interval": 25}}""", "client.ping_interval: 25 is not allowed; allowed: a duration such as")]
    [InlineData("""{"client": {"ping_interval": "25"}}""", "client.ping_interval: '25' is not allowed; allowed: a duration such as")]
    [InlineData("""{"client": {"ping_interval": "-25s"}}""", "client.ping_interval: '-25s' is not allowed; allowed: a duration such as")]
    [InlineData("[]", "a list is not allowed; allowed: a section with keys")]
    public void A_value_of_the_wrong_type_is_an_error_that_names_key_value_and_what_is_allowed(string json, string message) =>
        Assert.Contains(message, Load(json).TheError(), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"client": {"ping_interval": "10s", "pong_timeout": "10s"}}""", "client.pong_timeout: 10s is not allowed; allowed: more than 0 and shorter than client.ping_interval")]
    [InlineData("""{"http_server": {"port": 65536}}""", "http_server.port: 65536 is not allowed; allowed: 0 to 65535")]
    [InlineData("""{"http_server": {"internal_port": 8000}}""", "http_server.internal_port: 8000 is not allowed; allowed: another port")]
    [InlineData("""{"http_server": {"address": "example.com"}}""", "http_server.address: 'example.com' is not allowed; allowed: an IP address")]
    [InlineData("""{"http_server": {"tls": {"enabled": true, "cert_pem_file": "/nowhere/a.pem", "key_pem_file": "/dev/null"}}}""",
        "http_server.tls.cert_pem_file: '/nowhere/a.pem' is not allowed; allowed: a file that exists")]
    [InlineData("""{"http_server": {"tls": {"enabled": true, "cert_pem_file": "/dev/null", "key_pem_file": "/dev/null"}}}""",
        "http_server.tls: the certificate cannot be used")]
    [InlineData("""{"channel": {"namespaces": [{"name": "x"}]}}""", "channel.namespaces[0].name: 'x' is not allowed; allowed: at least two")]
    [InlineData("""{"channel": {"namespaces": [{"name": "a b"}]}}""", "channel.namespaces[0].name: 'a b' is not allowed")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat\n"}]}}""", "channel.namespaces[0].name")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat"}, {"name": "chat"}]}}""", "channel.namespaces[1].name: 'chat' is not allowed; allowed: a name no other namespace has")]
    [InlineData("""{"channel": {"without_namespace": {"history_size": 10}}}""", "channel.without_namespace.history_ttl: 0s is not allowed; allowed: more than 0 together with history_size")]
    [InlineData("""{"channel": {"without_namespace": {"history_ttl": "10s"}}}""", "channel.without_namespace.history_ttl: 10s is not allowed")]
    [InlineData("""{"channel": {"without_namespace": {"history_ttl": "5m"}}}""", "channel.without_namespace.history_ttl: 5m is not allowed")]
    [InlineData("""{"channel": {"without_namespace": {"force_recovery": true}}}""", "channel.without_namespace.force_recovery: true is not allowed; allowed: true only with history_size and history_ttl")]
    [InlineData("""{"channel": {"without_namespace": {"history_size": 1, "history_ttl": "2h", "history_meta_ttl": "1h"}}}""", "channel.without_namespace.history_meta_ttl: 1h is not allowed; allowed: more than history_ttl")]
    [InlineData("""{"channel": {"without_namespace": {"auto_cache_recover": true}}}""", "channel.without_namespace.auto_cache_recover: true is not allowed")]
    [InlineData("""{"channel": {"without_namespace": {"allowed_delta_types": ["xdelta"]}}}""", "channel.without_namespace.allowed_delta_types: 'xdelta' is not allowed; allowed: fossil")]
    [InlineData("""{"channel": {"without_namespace": {"channel_regex": "(["}}}""", "channel.without_namespace.channel_regex: '([' is not allowed; allowed: a regular expression")]
    [InlineData("""{"channel": {"without_namespace": {"channel_regex": "(?=a)b"}}}""", "channel.without_namespace.channel_regex: '(?=a)b' is not allowed; allowed: a regular expression without lookarounds")]
    [InlineData("""{"channel": {"without_namespace": {"ring_entries_max": 1}}}""", "channel.without_namespace.ring_entries_max: 1 is not allowed; allowed: 16 to 1048576")]
    [InlineData("""{"client": {"allowed_origins": ["example.com"]}}""", "client.allowed_origins[0]: 'example.com' is not allowed")]
    [InlineData("""{"client": {"allowed_origins": ["https://example.com/path"]}}""", "client.allowed_origins[0]")]
    [InlineData("""{"client": {"allowed_origins": ["https://*.*.example.com"]}}""", "client.allowed_origins[0]")]
    [InlineData("""{"client": {"allowed_origins": ["https://ex*mple.com"]}}""", "client.allowed_origins[0]")]
    [InlineData("""{"client": {"token": {"rsa_public_key": "MIIB"}}}""", "client.token.rsa_public_key: the value is not allowed; allowed: a PEM public key of RSA with 2048 bits or more")]
    [InlineData("""{"client": {"token": {"ecdsa_public_key": "-----BEGIN PUBLIC KEY-----"}}}""", "client.token.ecdsa_public_key: the value is not allowed; allowed: a PEM public key on the curve")]
    [InlineData("""{"client": {"token": {"clock_skew": "10m"}}}""", "client.token.clock_skew: 10m is not allowed; allowed: 0 to 5m")]
    [InlineData("""{"client": {"token": {"jwks": [{"issuer": "a", "endpoint": "ftp://a/keys"}]}}}""", "client.token.jwks[0].endpoint: 'ftp://a/keys' is not allowed; allowed: an absolute http or https URL")]
    [InlineData("""{"client": {"token": {"jwks": [{"endpoint": "http://a/keys"}]}}}""", "client.token.jwks[0].issuer: '' is not allowed")]
    [InlineData("""{"client": {"subscribe_to_user_personal_channel": {"enabled": true, "personal_channel_namespace": "none"}}}""",
        "client.subscribe_to_user_personal_channel.personal_channel_namespace: 'none' is not allowed")]
    [InlineData("""{"websocket": {"handler_prefix": "ws"}}""", "websocket.handler_prefix: 'ws' is not allowed; allowed: a path that begins with '/'")]
    [InlineData("""{"prometheus": {"enabled": true, "handler_prefix": "numbers"}}""", "prometheus.handler_prefix: 'numbers' is not allowed; allowed: a path that begins with '/'")]
    [InlineData("""{"http_server": {"internal_port": 9000}, "health": {"handler_prefix": "live"}}""", "health.handler_prefix: 'live' is not allowed; allowed: a path that begins with '/'")]
    [InlineData("""{"health": {"handler_prefix": "/api"}}""", "health.handler_prefix: '/api' is not allowed; allowed: a path of its own; http_api.handler_prefix has it too")]
    [InlineData("""{"websocket": {"message_size_limit": 5}}""", "websocket.message_size_limit: 5 is not allowed; allowed: 128 to 67108864")]
    [InlineData("""{"engine": {"type": "redis"}}""", "engine.type: 'redis' is not allowed; allowed: memory")]
    public void A_value_out_of_its_range_is_an_error_that_says_what_is_allowed(string json, string message) =>
        Assert.Contains(message, Load(json).TheError(), StringComparison.Ordinal);

    [Fact]
    public void Every_error_is_reported_not_only_the_first()
    {
        var loaded = Load("""{"client": {"ping_interval": "x", "channel_limit": 0}, "http_server": {"port": true}, "websocket": {"message_size_limit": 0}}""");

        var errors = loaded.Notices.Where(notice => notice.Severity == ConfigurationSeverity.Error).Select(notice => notice.ToString()).ToList();
        Assert.Equal(4, errors.Count);
        foreach (var key in new[] { "client.ping_interval", "client.channel_limit", "http_server.port", "websocket.message_size_limit" })
        {
            Assert.Contains(errors, error => error.StartsWith(key, StringComparison.Ordinal));
        }
        Assert.All(errors, error => Assert.False(error.EndsWith('.'), "It is one of a list."));
    }

    [Theory]
    [InlineData("""{"channel": {"without_namespace": {"history_size": "many", "history_ttl": "5m", "force_recovery": true}}}""", "channel.without_namespace.history_size: 'many'")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat", "history_size": 10, "history_ttl": 5}]}}""", "channel.namespaces[0].history_ttl: 5")]
    [InlineData("""{"client": {"ping_interval": 60, "pong_timeout": "40s"}}""", "client.ping_interval: 60")]
    public void A_value_that_cannot_be_read_is_not_held_against_other_keys(string json, string message) =>
        Assert.StartsWith(message, Load(json).TheError(), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"client": {"hmac_secret_key": "x"}}""", "client.hmac_secret_key: unknown key, ignored; the nearest known key is client.token.hmac_secret_key")]
    [InlineData("""{"client": {"alowed_origins": []}}""", "client.alowed_origins: unknown key, ignored; the nearest known key is client.allowed_origins")]
    [InlineData("""{"clients": {}}""", "clients: unknown key, ignored; the nearest known key is client")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat", "histroy_size": 1}]}}""", "channel.namespaces[0].histroy_size: unknown key, ignored; the nearest known key is channel.namespaces[0].history_size")]
    [InlineData("""{"Starling": {}}""", "Starling: unknown key, ignored; known here: ")]
    [InlineData("""{"transport": {}}""", "transport: unknown key, ignored; known here: ")]
    [InlineData("""{"http_api": {"password": "x"}}""", "http_api.password: unknown key, ignored; known here: ")]
    public void An_unknown_key_is_a_warning_with_the_nearest_known_one_or_what_is_known_there(string json, string message)
    {
        var loaded = Load(json);

        Assert.True(loaded.IsValid);
        Assert.Contains(message, loaded.TheWarning(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "client: no keys for tokens are set and anonymous connections are not allowed, so that no client can connect")]
    [InlineData("{}", "http_api.key: no key is set: every call to the API is refused with 401")]
    [InlineData("""{"rpc": {"proxy": {"grpc": {}}}}""", "rpc.proxy.grpc: known, but this version does not support it yet")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat", "subscribe_stream_proxy_enabled": true}]}}""",
        "channel.namespaces[0].subscribe_stream_proxy_enabled: known, but this version does not support it yet")]
    [InlineData("""{"channel": {"namespaces": [{"name": "chat", "subscribe_proxy_enabled": true}]}}""",
        "channel.namespaces[0].subscribe_proxy_name: 'default' is not allowed; allowed: default together with channel.proxy.subscribe.endpoint, or a name in proxies")]
    [InlineData("""{"rpc": {"namespaces": [{"name": "calc", "proxy_enabled": true, "proxy_name": "other"}]}}""",
        "rpc.namespaces[0].proxy_name: 'other' is not allowed; allowed: a name in proxies")]
    [InlineData("""{"proxies": [{"name": "one", "endpoint": "grpc://localhost:1"}]}""",
        "proxies[0].endpoint: 'grpc://localhost:1' is not allowed; allowed: an absolute http or https URL without user and password")]
    [InlineData("""{"proxies": [{"name": "one", "endpoint": "http://u:canary@back/x"}]}""", "proxies[0].endpoint: 'back' is not allowed")]
    [InlineData("""{"client": {"proxy": {"connect": {"enabled": true}}}}""", "client.proxy.connect.endpoint: '' is not allowed")]
    [InlineData("""{"rpc": {"proxy": {"http_headers": ["Host"]}}}""", "rpc.proxy.http_headers: 'Host' is not allowed; allowed: headers that are not the request's own")]
    [InlineData("""{"rpc": {"proxy": {"http": {"static_headers": {"X-Key": "a\nb"}}}}}""", "rpc.proxy.http.static_headers: the value of X-Key is not allowed")]
    [InlineData("""{"rpc": {"proxy": {"http": {"status_to_code_transforms": [{"status_code": 404}]}}}}""",
        "rpc.proxy.http.status_to_code_transforms[0]: 404 is not allowed; allowed: to_error or to_disconnect, one of them")]
    [InlineData("""{"rpc": {"proxy": {"http": {"status_to_code_transforms": [{"status_code": 404, "to_error": {"code": 100}}]}}}}""",
        "rpc.proxy.http.status_to_code_transforms[0].to_error.code: 100 is not allowed; allowed: 400 to 1999")]
    public void What_would_surprise_an_operator_is_said(string json, string message) =>
        Assert.Contains(Load(json).Notices, notice => notice.ToString().StartsWith(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"client": {"insecure": true}}""", "client.insecure: clients connect without a token and no permission is checked")]
    [InlineData("""{"client": {"allowed_origins": ["*"]}}""", "client.allowed_origins: the pages of every web site may connect")]
    [InlineData("""{"http_api": {"insecure": true}}""", "http_api.insecure: whoever reaches the API")]
    [InlineData("""{"client": {"token": {"hmac_secret_key": "short"}}}""", "client.token.hmac_secret_key: the secret is shorter than 32 bytes")]
    [InlineData("""{"client": {"token": {"issuer_regex": "example.com"}}}""", "client.token.issuer_regex: matches anywhere in the text")]
    [InlineData("""{"client": {"token": {"jwks_public_endpoint": "http://keys.example.com/jwks"}}}""", "client.token.jwks_public_endpoint: keys that come without TLS")]
    [InlineData("""{"channel": {"without_namespace": {"subscription_type": "shared_poll"}}}""", "channel.without_namespace.subscription_type: values come from a back end")]
    public void What_is_dangerous_is_said(string json, string message) =>
        Assert.Contains(Load(json).Cautions, notice => notice.ToString().StartsWith(message, StringComparison.Ordinal));

    [Fact]
    public void A_shared_poll_with_its_back_end_surprises_nobody() => Assert.Empty(Load("""
        {"channel": {"without_namespace": {"subscription_type": "shared_poll"}, "proxy": {"shared_poll_refresh": {"endpoint": "http://127.0.0.1:1/"}}}}
        """).Cautions);

    [Fact]
    public void A_key_written_twice_is_an_error() =>
        Assert.Contains("client.insecure: written twice", Load("""{"client": {"insecure": true, "Insecure": false}}""").TheError(), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_no_json_is_an_error_with_its_line_and_the_only_one()
    {
        var loaded = Load("{\n  \"client\": {},\n  nonsense\n}", flags: [Set("client.pong_timeout", "1h")]);

        Assert.Contains("is not valid JSON: line 3", Assert.Single(loaded.Notices).ToString(), StringComparison.Ordinal);
        Assert.False(loaded.IsValid);
    }

    [Fact]
    public void A_missing_file_is_an_error_and_the_only_one()
    {
        var loaded = Starling.Server.Configuration.LoadedConfiguration.Load(new("/nowhere/starling.json", [], []));

        Assert.Single(loaded.Notices);
        Assert.Contains("the configuration file cannot be read", loaded.TheError(), StringComparison.Ordinal);
        Assert.Contains("/nowhere/starling.json", loaded.TheError(), StringComparison.Ordinal);
        Assert.Contains("docs/configuration.md", loaded.TheError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A67_No_message_repeats_a_secret()
    {
        const string canary = "canary-4711";
        var loaded = Load($$"""
            {
              "client": {
                "token": {"hmac_secret_key": {"{{canary}}": 1}, "rsa_public_key": "-----BEGIN {{canary}}", "ecdsa_public_key": "{{canary}}"},
                "subscription_token": {"hmac_secret_key": ["{{canary}}"]}
              },
              "http_api": {"key": ["{{canary}}"]}
            }
            """);

        Assert.False(loaded.IsValid);
        Assert.DoesNotContain(loaded.Notices.Concat(loaded.Cautions), notice => notice.ToString().Contains(canary, StringComparison.Ordinal));
    }

    [Fact]
    public void A54_A_key_or_value_with_control_characters_prints_on_one_line()
    {
        var loaded = Load("""{"cl\n\u001b[31mient": 1, "log": {"level": "in\nfo"}}""");

        Assert.All(loaded.Notices, notice => Assert.DoesNotContain(notice.ToString(), char.IsControl));
    }
}
