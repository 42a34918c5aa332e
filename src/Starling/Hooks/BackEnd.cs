using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Hooks;

/// <summary>One endpoint that is asked: so many requests at once, so many in the queue behind them, each with one deadline for
/// waiting and answering. Nothing is asked twice.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without its wait handle holds nothing, and calls still in work give their turn back.")]
internal sealed class BackEnd
{
    private static readonly TimeSpan s_linePause = TimeSpan.FromSeconds(1);
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HookWire _wire;
    private readonly Uri _endpoint;
    private readonly string _shownEndpoint;
    private readonly FrozenSet<string> _sent;
    private readonly FrozenSet<string> _emulated;
    private readonly KeyValuePair<string, string>[] _static;
    private readonly FrozenDictionary<int, HookAnswer> _statuses;
    private readonly SemaphoreSlim _turns;
    private readonly ProxyOptions _options;
    private readonly int _entriesMax;
    private int _entered;
    private long _lastLine;
    private long _suppressed;

    public BackEnd(ProxyOptions options, HookWire wire)
    {
        _options = options;
        _wire = wire;
        _endpoint = new Uri(options.Endpoint);
        _shownEndpoint = _endpoint.GetLeftPart(UriPartial.Path);   // a query may hold a secret
        _sent = NamesOf([.. options.HttpHeaders, .. options.Http.HttpHeaders]);
        _emulated = NamesOf(options.EmulatedHeaders);
        _static = [.. options.Http.StaticHeaders];
        _statuses = options.Http.StatusToCodeTransforms
            .DistinctBy(static one => one.StatusCode).ToFrozenDictionary(static one => one.StatusCode, AnswerOf);
        _turns = new SemaphoreSlim(options.Concurrency, options.Concurrency);
        _entriesMax = options.Concurrency + options.QueueSize;
    }

    public bool IsBinary => _options.BinaryEncoding;

    public bool IncludesMeta => _options.IncludeConnectionMeta;

    public IEnumerable<string> SentHeaders => _sent;

    public IEnumerable<string> EmulatedHeaders => _emulated;

    /// <summary>Asks, and waits for the answer as long as the timeout allows.</summary>
    /// <param name="kind">About what.</param>
    /// <param name="body">The request.</param>
    /// <param name="headers">Of the client.</param>
    /// <param name="connection">The client; one that is gone when its turn comes is not asked about. <see langword="null"/>: the
    /// question is about no client.</param>
    /// <returns>Never throws; what fails is <see cref="HookAnswer.None"/>.</returns>
    public async Task<HookAnswer> AskAsync(HookKind kind, ReadOnlyMemory<byte> body, CallerHeaders headers, Connection? connection)
    {
        var began = _wire.Time.GetTimestamp();
        _wire.Metrics.OnBegin();
        var (answer, outcome) = (HookAnswer.None, "failed");
        try
        {
            (answer, var why) = await TryAskAsync(body, headers, connection);
            if (why.Length > 0) Report(kind, why);
            outcome = answer.IsFailure ? "failed" : answer.Disconnect is not null || answer.Error is not null ? "refused" : "accepted";
        }
        finally
        {
            _wire.Metrics.OnEnd(kind, outcome, _wire.Time.GetElapsedTime(began));
        }
        return answer;
    }

    private async Task<(HookAnswer Answer, string Why)> TryAskAsync(ReadOnlyMemory<byte> body, CallerHeaders headers, Connection? connection)
    {
        if (Interlocked.Increment(ref _entered) > _entriesMax)
        {
            Interlocked.Decrement(ref _entered);
            return (HookAnswer.None, "too many questions wait for it already (queue_size)");
        }
        using var deadline = new CancellationTokenSource(_options.Timeout, _wire.Time);
        var hasTurn = false;
        try
        {
            await _turns.WaitAsync(deadline.Token);
            hasTurn = true;
            return connection is { IsClosed: true } ? (HookAnswer.None, "") : await SendAsync(body, headers, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return (HookAnswer.None, hasTurn ? "no answer in time (timeout)" : "it was not its turn in time (concurrency, timeout)");
        }
        catch (Exception error)   // edge of the network: whatever a back end does, it ends here; what it sent is not repeated
        {
            return (HookAnswer.None, error is HttpRequestException http ? $"{http.HttpRequestError}" : error.GetType().Name);
        }
        finally
        {
            if (hasTurn) _turns.Release();
            Interlocked.Decrement(ref _entered);
        }
    }

    private async Task<(HookAnswer Answer, string Why)> SendAsync(ReadOnlyMemory<byte> body, CallerHeaders headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = s_json;
        AddHeaders(request, headers);
        using var response = await _wire.Http.SendAsync(request, cancellationToken);
        var status = (int)response.StatusCode;
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return _statuses.TryGetValue(status, out var meant) ? (meant, "") : (HookAnswer.None, $"it answered with HTTP {status}");
        }
        if (await ReadAsync(response, cancellationToken) is not { } answer) return (HookAnswer.None, "its answer is longer than response_size_max");
        var read = HookAnswer.Read(answer, out var why);
        return (read, read.IsFailure ? why : "");
    }

    /// <summary>From the weakest to the strongest: static, emulated, those of the client's request (protocol 7.1).</summary>
    private void AddHeaders(HttpRequestMessage request, CallerHeaders headers)
    {
        foreach (var (name, value) in _static) request.Headers.TryAddWithoutValidation(name, value);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers.Emulated) Replace(request, _emulated, taken, name, value);
        taken.Clear();
        foreach (var (name, value) in headers.Sent) Replace(request, _sent, taken, name, value);
    }

    private static void Replace(HttpRequestMessage request, FrozenSet<string> allowed, HashSet<string> taken, string name, string value)
    {
        if (!allowed.Contains(name)) return;
        if (taken.Add(name)) request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }

    private async Task<byte[]?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > _options.ResponseSizeMax) return null;
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var answer = new ArrayBufferWriter<byte>(1024);
        while (await body.ReadAsync(answer.GetMemory(1024), cancellationToken) is var count and > 0)
        {
            answer.Advance(count);
            if (answer.WrittenCount > _options.ResponseSizeMax) return null;
        }
        return answer.WrittenSpan.ToArray();
    }

    /// <summary>One line a second at most: a back end that is away fails for every client.</summary>
    private void Report(HookKind kind, string why)
    {
        var now = _wire.Time.GetTimestamp();
        var last = Volatile.Read(ref _lastLine);
        if ((last != 0 && _wire.Time.GetElapsedTime(last, now) < s_linePause) || Interlocked.CompareExchange(ref _lastLine, now, last) != last)
        {
            Interlocked.Increment(ref _suppressed);
            return;
        }
        HookLog.NoAnswer(_wire.Log, _shownEndpoint, kind, why, Interlocked.Exchange(ref _suppressed, 0) + 1);
    }

    private static HookAnswer AnswerOf(StatusTransformOptions transform) => transform.ToDisconnect.Code != 0
        ? new HookAnswer(
            new Disconnect((uint)transform.ToDisconnect.Code, transform.ToDisconnect.Reason.Length > 0 ? transform.ToDisconnect.Reason : "disconnected by the application"),
            null,
            default)
        : new HookAnswer(null, new ProtocolError((uint)transform.ToError.Code, transform.ToError.Message, transform.ToError.Temporary), default);

    private static FrozenSet<string> NamesOf(IEnumerable<string> names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}

/// <summary>What back ends are reached with, shared by those of a node: no redirects, no cookies, no proxy of the environment
/// (attack A76).</summary>
internal sealed class HookWire(TimeProvider time, ILogger log, HookMetrics metrics) : IDisposable
{
    // Made with the first request: most servers never need one.
    private readonly Lazy<HttpMessageInvoker> _http = new(static () => new HttpMessageInvoker(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),   // addresses may change
    }));

    public HttpMessageInvoker Http => _http.Value;

    public TimeProvider Time => time;

    public ILogger Log => log;

    public HookMetrics Metrics => metrics;

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }
}
