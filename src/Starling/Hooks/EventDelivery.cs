using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Starling.Operations;

namespace Starling.Hooks;

/// <summary>Brings the events of a line to the back end, one signed request after the other: a request is sent again, with
/// growing pauses, until it is confirmed by any status of 200 to 299, or given up after so many attempts.</summary>
internal sealed class EventDelivery : IDisposable
{
    /// <summary>Holds <c>t=</c> Unix seconds and <c>v1=</c> the HMAC, in hexadecimal, of those seconds, a dot and the body.</summary>
    public const string SignatureHeader = "Starling-Signature";

    private static readonly TimeSpan s_linePause = TimeSpan.FromSeconds(10);
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HookEventOptions _options;
    private readonly HookWire _wire;
    private readonly RandomSource _random;
    private readonly Uri _endpoint;
    private readonly byte[] _secret;
    private readonly CancellationTokenSource _givingUp = new();
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _work = Task.CompletedTask;
    private long? _lastLine;

    public EventDelivery(HookEventOptions options, HookWire wire, RandomSource random)
    {
        _options = options;
        _wire = wire;
        _random = random;
        _endpoint = new Uri(options.Endpoint);
        _secret = Encoding.UTF8.GetBytes(options.Secret);
        Line = new EventLine(options, wire.Time, wire.Metrics);
    }

    public EventLine Line { get; }

    public void Start(string node) => _work = WorkAsync(node);

    /// <summary>Delivers what is left: while the back end confirms, and as long as the token allows.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        Line.End();
        _ending.TrySetResult();
        await using (cancellationToken.Register(_givingUp.Cancel)) await _work;
        _lastLine = null;
        ReportPushedOut();
        if (Line.Abandon() is > 0 and var left)
        {
            _wire.Metrics.OnEvents(HookMetrics.GivenUp, left);
            HookLog.EventsLost(_wire.Log, left, "the server ended before the back end took them");
        }
    }

    /// <summary>The work ends by itself; nobody waits for it.</summary>
    public void Dispose()
    {
        Line.End();
        _ending.TrySetResult();
        _givingUp.Cancel();
    }

    private async Task WorkAsync(string node)
    {
        try
        {
            while (await Line.TakeAsync(_options.BatchSize) is { Length: > 0 } batch)
            {
                ReportPushedOut();
                if (await DeliverAsync(Body(node, batch)) is not { Length: > 0 } why)
                {
                    _wire.Metrics.OnEvents(HookMetrics.Delivered, batch.Length);
                    continue;
                }
                _wire.Metrics.OnEvents(HookMetrics.GivenUp, batch.Length);
                HookLog.EventsLost(_wire.Log, batch.Length, why);
                if (_ending.Task.IsCompleted) return;
            }
        }
        catch (Exception error)   // edge of the loop: a bug here must be seen
        {
            HookLog.DeliveryFailed(_wire.Log, error);
        }
    }

    /// <summary>Says how many events found no room, in one line every ten seconds at most.</summary>
    private void ReportPushedOut()
    {
        var now = _wire.Time.GetTimestamp();
        if (_lastLine is { } last && _wire.Time.GetElapsedTime(last, now) < s_linePause) return;
        if (Line.TakePushedOut() is not (> 0 and var count)) return;
        _lastLine = now;
        HookLog.EventsLost(_wire.Log, count, "more wait than hooks.events.queue_size allows");
    }

    /// <returns>Empty when the back end confirmed, else why it is given up.</returns>
    private async Task<string> DeliverAsync(ReadOnlyMemory<byte> body)
    {
        var pause = _options.RetryMin;
        for (var attempt = 1; ; attempt++)
        {
            var why = await TrySendAsync(body);
            if (why.Length == 0) return "";
            ReportPushedOut();   // an attempt is over within its timeout: nobody waits longer than that and a pause for the line
            if (attempt == 1) HookLog.EventsWait(_wire.Log, _endpoint.GetLeftPart(UriPartial.Path), why);
            if (attempt >= _options.AttemptsMax || _ending.Task.IsCompleted) return why;
            _wire.Metrics.OnRetry();
            // Between three quarters and the whole of the pause: many nodes shall not knock at the same moment.
            await WaitAsync(pause * (0.75 + (_random.NextDouble() / 4)));
            pause = pause * 2 < _options.RetryMax ? pause * 2 : _options.RetryMax;
        }
    }

    private async Task<string> TrySendAsync(ReadOnlyMemory<byte> body)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _wire.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _givingUp.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = s_json;
            request.Headers.TryAddWithoutValidation(SignatureHeader, Sign(body.Span));
            using var response = await _wire.Http.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode ? "" : $"it answered with HTTP {(int)response.StatusCode}";
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return _givingUp.IsCancellationRequested ? "the server ends" : "no answer in time (timeout)";
        }
        catch (Exception error)   // edge of the network: whatever a back end does, it ends here
        {
            return error is HttpRequestException http ? $"{http.HttpRequestError}" : error.GetType().Name;
        }
    }

    /// <summary>Signs the body together with the time of this attempt, so that a recorded request is not worth anything later.</summary>
    private string Sign(ReadOnlySpan<byte> body)
    {
        var time = _wire.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hmac.AppendData(Encoding.ASCII.GetBytes($"{time}."));
        hmac.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    private static ReadOnlyMemory<byte> Body(string node, HookEvent[] batch)
    {
        var body = new ArrayBufferWriter<byte>(128 * (batch.Length + 1));
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("node"u8, node);
            json.WriteStartArray("events"u8);
            foreach (var one in batch) one.Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return body.WrittenMemory;
    }

    private async Task WaitAsync(TimeSpan pause)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = _wire.Time.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), over, pause, Timeout.InfiniteTimeSpan);
        await Task.WhenAny(over.Task, _ending.Task);
    }
}
