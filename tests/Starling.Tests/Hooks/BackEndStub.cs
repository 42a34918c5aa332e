using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Starling.TestKit;

namespace Starling.Tests.Hooks;

/// <summary>A back end on loopback that keeps what it is asked and answers as the test says.</summary>
internal sealed class BackEndStub : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BackEndStub(WebApplication app) => _app = app;

    /// <summary>The body of its next answers, or what it does instead.</summary>
    public string Body { get; set; } = "{}";

    public int Status { get; set; } = 200;

    public Func<HttpContext, Task>? Misbehave { get; set; }

    public ConcurrentQueue<StubRequest> Requests { get; } = new();

    public string Endpoint => _app.Urls.First() + "/hook";

    public static async Task<BackEndStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var stub = new BackEndStub(app);
        app.Run(stub.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    /// <summary>The next request; waits for it.</summary>
    public async Task<StubRequest> TakeAsync()
    {
        StubRequest? request = null;
        await Eventually.IsTrueAsync(() => Requests.TryDequeue(out request), "a request to the back end");
        return request!;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        var (body, status, misbehave) = (Body, Status, Misbehave);   // before the test sees the request and changes them
        Requests.Enqueue(new StubRequest(
            context.Request.Path,
            text,
            context.Request.Headers.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (misbehave is not null)
        {
            await misbehave(context);
            return;
        }
        context.Response.StatusCode = status;
        if (status != 204) await context.Response.WriteAsync(body, context.RequestAborted);
    }
}

/// <summary>What a back end was asked.</summary>
internal sealed record StubRequest(string Path, string Text, Dictionary<string, string> Headers)
{
    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();
}
