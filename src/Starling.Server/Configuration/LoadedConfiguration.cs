using System.Net;
using System.Text.RegularExpressions;
using Starling.Hosting.Configuration;
using Starling.Server.Hosting;

namespace Starling.Server.Configuration;

/// <summary>Where a command's configuration comes from.</summary>
/// <param name="File">Path of the JSON file; nothing for none.</param>
/// <param name="Environment">The variables of the process; those that do not concern us may be among them.</param>
/// <param name="Flags">Path and value of each flag, in the order they were given.</param>
internal sealed record ConfigurationOrigin(
    string? File,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    IReadOnlyList<KeyValuePair<string, string>> Flags);

/// <summary>Configuration as it was read, and what an operator should know about it.</summary>
internal sealed class LoadedConfiguration
{
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    private LoadedConfiguration()
    {
    }

    public ServerOptions Options { get; } = new();

    /// <summary>What is wrong, and what has no effect.</summary>
    public List<ConfigurationNotice> Notices { get; } = [];

    /// <summary>What is allowed and may be meant, but should be known; the engine says it when it starts.</summary>
    public IEnumerable<ConfigurationNotice> Cautions => StarlingOptionsCautions.Of(Options.Engine).Select(caution =>
        Warning(caution.Key, caution.Message));

    public bool IsValid => Notices.TrueForAll(notice => notice.Severity != ConfigurationSeverity.Error);

    /// <summary>Reads all sources, binds them in the order file, environment, flags, and checks the whole.</summary>
    public static LoadedConfiguration Load(ConfigurationOrigin origin)
    {
        var loaded = new LoadedConfiguration();
        var sources = new List<ConfigurationSource>();
        if (origin.File is not null)
        {
            if (loaded.ReadFile(origin.File) is not { } file) return loaded;   // what is missing for want of the file would hide why
            sources.Add(file);
        }
        sources.AddRange(ConfigurationSource.FromEnvironment(origin.Environment));
        sources.AddRange(origin.Flags.Select(flag => ConfigurationSource.FromFlag(flag.Key, flag.Value)));
        loaded.Notices.AddRange(OptionsBinder.Bind(loaded.Options, ServerKeys.Root, sources));
        loaded.Check();
        return loaded;
    }

    /// <summary>Writes what was loaded into the options the engine was created with.</summary>
    public void Apply(StarlingOptions engine)
    {
        engine.Engine = Options.Engine.Engine;
        engine.Client = Options.Engine.Client;
        engine.Channel = Options.Engine.Channel;
        engine.Rpc = Options.Engine.Rpc;
        engine.HttpApi = Options.Engine.HttpApi;
        engine.WebSocket = Options.Engine.WebSocket;
        engine.HttpStream = Options.Engine.HttpStream;
        engine.Sse = Options.Engine.Sse;
        engine.Emulation = Options.Engine.Emulation;
        engine.UniWebSocket = Options.Engine.UniWebSocket;
        engine.UniHttpStream = Options.Engine.UniHttpStream;
        engine.UniSse = Options.Engine.UniSse;
        engine.LongPoll = Options.Engine.LongPoll;
        engine.Proxies = Options.Engine.Proxies;
        engine.Hooks = Options.Engine.Hooks;
        engine.SharedPoll = Options.Engine.SharedPoll;
        engine.Health = Options.Engine.Health;
        engine.Prometheus = Options.Engine.Prometheus;
        engine.Shutdown = Options.Engine.Shutdown;
        engine.Node = Options.Engine.Node;
    }

    private ConfigurationSource? ReadFile(string path)
    {
        string error;
        try
        {
            var source = ConfigurationSource.FromJson($"file {path}", File.ReadAllBytes(path), out error);
            if (source is not null) return source;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"the configuration file cannot be read: {e.Message}";
            if (e is FileNotFoundException or DirectoryNotFoundException) error += " docs/configuration.md has one to begin with.";
        }
        Notices.Add(new ConfigurationNotice(ConfigurationSeverity.Error, Key: "", error, Source: ""));
        return null;
    }

    private static ConfigurationNotice Warning(string key, string message) => new(ConfigurationSeverity.Warning, key, message, Source: "");

    /// <summary>What an application around the engine decides in code and a stand-alone server only by its configuration.</summary>
    private void CheckWaysIn()
    {
        var client = Options.Engine.Client;
        if (client.UserIdHttpHeader.Length > 0 && Options.HttpServer.TrustedProxies.Count == 0)
        {
            Notices.Add(Warning("client.user_id_http_header", "nobody is believed who the user is, because http_server.trusted_proxies is empty"));
        }
        if (!client.Insecure && !client.AllowAnonymousConnectWithoutToken && !client.Token.HasKeys && client.UserIdHttpHeader.Length == 0
            && !client.Proxy.Connect.Enabled)
        {
            Notices.Add(Warning("client", "no keys for tokens are set and anonymous connections are not allowed, so that no client can connect; "
                + "set client.token, client.proxy.connect, client.allow_anonymous_connect_without_token, or client.insecure for development"));
        }
        if (Options.Engine.Prometheus.Enabled && InternalPort.Of(Options) is null && !IsOfThisMachine(Options.HttpServer.Address))
        {
            Notices.Add(Warning("prometheus.enabled", "the metrics answer to everybody on the public port; leave http_server.metrics_port as it is, or set http_server.internal_port"));
        }
        var api = Options.Engine.HttpApi;
        if (api is { Disabled: false, Insecure: false, Key.Length: 0 })
        {
            Notices.Add(Warning("http_api.key", "no key is set: every call to the API is refused with 401"));
        }
    }

    private static bool IsOfThisMachine(string address) =>
        ListenAddress.TryParse(address, out var parsed) && parsed is not null && IPAddress.IsLoopback(parsed);

    private void Check()
    {
        CheckWaysIn();
        var report = new OptionsReport();
        ServerOptionsRules.Check(Options, report);
        if (new StarlingOptionsValidator().Validate(name: null, Options.Engine) is { Failed: true } result)
        {
            report.Failures.AddRange(result.Failures);
        }
        var unread = Notices.Where(notice => notice.Severity == ConfigurationSeverity.Error && notice.Key.Length > 0).Select(notice => notice.Key).ToList();
        Notices.AddRange(report.Failures.Where(failure => !unread.Exists(key => IsAbout(failure, key))).Select(failure =>
            new ConfigurationNotice(ConfigurationSeverity.Error, Key: "", failure, Source: "")));
    }

    /// <summary>Whether a rule refuses this key, or another for its sake. It has its default only because it could not be read, so the
    /// error is about a value nobody wrote.</summary>
    private static bool IsAbout(string failure, string key)
    {
        var (section, name) = (key[..(key.LastIndexOf('.') + 1)], key[(key.LastIndexOf('.') + 1)..]);
        var allowed = failure[(failure.IndexOf("; allowed: ", StringComparison.Ordinal) + 1)..];
        return failure.StartsWith($"{key}:", StringComparison.Ordinal)
            || Regex.IsMatch(allowed, $@"(?<![\w.]){Regex.Escape(key)}(?!\w)", RegexOptions.None, s_matchTimeout)
            || (failure.StartsWith(section, StringComparison.Ordinal) && Regex.IsMatch(allowed, $@"(?<![\w.]){Regex.Escape(name)}(?!\w)", RegexOptions.None, s_matchTimeout));
    }
}
