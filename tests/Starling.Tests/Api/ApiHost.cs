using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Api;

/// <summary>The API on a real web server, over a node whose clients the test plays. A client's token is its user.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    public const string Key = "a key nobody guesses";

    private readonly WebApplication _application;

    private ApiHost(EngineHarness engine, WebApplication application)
    {
        Engine = engine;
        _application = application;
        Http = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
    }

    public EngineHarness Engine { get; }

    /// <summary>Sends what it is told to and no key.</summary>
    public HttpClient Http { get; }

    public static async Task<ApiHost> StartAsync(Action<StarlingOptions>? configure = null, Broker? broker = null)
    {
        var engine = new EngineHarness(
            options =>
            {
                options.HttpApi.Key = Key;
                configure?.Invoke(options);
            },
            broker);
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(engine.Node);
        var application = builder.Build();
        application.MapStarlingApi();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new ApiHost(engine, application);
    }

    /// <summary>A client of the user that is connected.</summary>
    public TestPeer Connect(string user, Wire wire = Wire.Json)
    {
        var peer = Engine.Open(wire);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = user } });
        Assert.NotNull(peer.Take().Connect);
        return peer;
    }

    /// <summary>A client of the user that has subscribed to a channel.</summary>
    public TestPeer Subscribe(string user, string channel, Wire wire = Wire.Json)
    {
        var peer = Connect(user, wire);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });
        Assert.NotNull(peer.Take().Subscribe);
        return peer;
    }

    /// <summary>Sends a request with the key.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string body, Action<HttpRequestMessage>? change = null) =>
        PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), change);

    public async Task<HttpResponseMessage> PostAsync(string path, HttpContent body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Add("X-API-Key", Key);
        change?.Invoke(request);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a request with the key and reads the answer's JSON, whatever its status.</summary>
    public async Task<JsonElement> CallAsync(string method, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await PostAsync($"/api/{method}", body);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        return json.RootElement.Clone();
    }

    /// <summary>Calls a method that must succeed.</summary>
    /// <returns>The result as JSON text.</returns>
    public async Task<string> ResultAsync(string method, string body) => (await CallAsync(method, body)).GetProperty("result").GetRawText();

    /// <summary>Calls a method that must fail.</summary>
    /// <returns>The error's code.</returns>
    public async Task<int> ErrorAsync(string method, string body) =>
        (await CallAsync(method, body)).GetProperty("error").GetProperty("code").GetInt32();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _application.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
