using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Starling.Protocol;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>HTTP streaming or server-sent events, with emulation for the way up.</summary>
internal sealed class StreamClient : ScenarioClient
{
    private readonly Uri _server;
    private readonly bool _isEvents;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _cut = new();
    private readonly SemaphoreSlim _mayRead = new(1);
    private HttpResponseMessage? _response;
    private Task _reading = Task.CompletedTask;

    public StreamClient(Uri server, Wire wire, bool isEvents, bool isHttp2)
        : base(wire)
    {
        _server = server;
        _isEvents = isEvents;
        _http = NewHttp(server, isHttp2);
    }

    public HttpResponseMessage Response => _response!;

    public static HttpClient NewHttp(Uri server, bool isHttp2)
    {
        var handler = new SocketsHttpHandler
        {
            InitialHttp2StreamWindowSize = 65_535,
            ConnectCallback = static async (context, cancellationToken) =>
            {
                // Small, so that a client that reads nothing is felt soon.
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024, NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = server,
            DefaultRequestVersion = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public override async Task OpenAsync(params Command[] commands)
    {
        using var request = Request(Frame(Wire, commands));
        request.Version = _http.DefaultRequestVersion;
        request.VersionPolicy = _http.DefaultVersionPolicy;
        _response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cut.Token);
        Assert.Equal(HttpStatusCode.OK, _response.StatusCode);
        _reading = ReadAsync(await _response.Content.ReadAsStreamAsync(_cut.Token));
    }

    public override Task SendAsync(params Command[] commands) => SendRawAsync(Frame(Wire, commands));

    public override async Task SendRawAsync(ReadOnlyMemory<byte> frame)
    {
        using var response = await PostAsync(Connected.Session, Connected.Node, frame);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    public async Task<HttpResponseMessage> PostAsync(string session, string node, ReadOnlyMemory<byte> frame)
    {
        using var content = Wire == Wire.Json
            ? new StringContent(EmulationJson(session, node, Encoding.UTF8.GetString(frame.Span)), Encoding.UTF8, "application/json")
            : Bytes(EmulationProtobuf(session, node, frame.Span));
        return await _http.PostAsync("/emulation", content, _cut.Token);
    }

    public static string EmulationJson(string session, string node, string data) =>
        $$"""{"session":"{{session}}","node":"{{node}}","data":"{{JsonEncodedText.Encode(data, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}"}""";

    public override void StopReading() => Assert.True(_mayRead.Wait(TimeSpan.Zero), "reading was stopped already");

    public override void ReadAgain() => _mayRead.Release();

    public override void Cut()
    {
        _cut.Cancel();
        _response?.Dispose();
    }

    public override async ValueTask DisposeAsync()
    {
        Cut();
        await _reading;
        _http.Dispose();
        _cut.Dispose();
        _mayRead.Dispose();
    }

    private HttpRequestMessage Request(ReadOnlyMemory<byte> frame)
    {
        if (_isEvents) return new HttpRequestMessage(HttpMethod.Get, $"/connection/sse?cf_connect={Uri.EscapeDataString(Encoding.UTF8.GetString(frame.Span))}");
        return new HttpRequestMessage(HttpMethod.Post, "/connection/http_stream")
        {
            Content = Wire == Wire.Json ? new StringContent(Encoding.UTF8.GetString(frame.Span), Encoding.UTF8, "application/json") : Bytes(frame.ToArray()),
        };
    }

    private static ByteArrayContent Bytes(byte[] bytes) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };

    private static byte[] EmulationProtobuf(string session, string node, ReadOnlySpan<byte> data)
    {
        var body = new List<byte>();
        Field(1, Encoding.UTF8.GetBytes(node));
        Field(2, Encoding.UTF8.GetBytes(session));
        Field(3, data);
        return [.. body];

        void Field(int number, ReadOnlySpan<byte> value)
        {
            body.Add((byte)((number << 3) | 2));
            var length = value.Length;
            for (; length > 127; length >>= 7) body.Add((byte)(length | 128));
            body.Add((byte)length);
            body.AddRange(value);
        }
    }

    private async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[16 * 1024];
        var units = new StreamUnits(Wire, _isEvents);
        try
        {
            while (true)
            {
                await _mayRead.WaitAsync(_cut.Token);
                _mayRead.Release();
                var count = await stream.ReadAsync(buffer, _cut.Token);
                if (count == 0) break;
                foreach (var reply in units.Read(buffer.AsSpan(0, count))) OnReply(reply);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            // Cut, by us or by the server.
        }
        OnEnd();
    }
}
