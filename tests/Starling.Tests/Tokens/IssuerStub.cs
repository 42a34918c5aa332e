using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Starling.Tests.Tokens;

/// <summary>An issuer of tokens on loopback that counts who asks for its keys, and can misbehave.</summary>
internal sealed class IssuerStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private IssuerStub(WebApplication app) => _app = app;

    public JsonArray Keys { get; } = [];

    /// <summary>What it does instead of answering with its keys.</summary>
    public Func<HttpContext, Task>? Misbehave { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    public ConcurrentQueue<string> Paths { get; } = new();

    public string Endpoint => _app.Urls.First() + "/keys";

    /// <param name="certificate">It is reached by TLS, with this.</param>
    public static async Task<IssuerStub> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        var stub = new IssuerStub(app);
        app.Run(stub.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        Paths.Enqueue(context.Request.Path + context.Request.QueryString);
        return Misbehave is not null
            ? Misbehave(context)
            : context.Response.WriteAsync(new JsonObject { ["keys"] = Keys.DeepClone() }.ToJsonString(), context.RequestAborted);
    }
}
