using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Starling.Tests.Hosting;

/// <summary>Clients that get in by the request they come with: a cookie, or a header of a proxy; and the pages that may use it.</summary>
public sealed class HttpIdentityTests
{
    private const string Origin = "https://app.example.com";

    [Fact]
    public async Task A_cookie_says_who_a_client_is()
    {
        await using var server = await CookieServer.StartAsync();
        var cookie = await server.SignInAsync("ann");
        Assert.Contains("\"client\"", await server.ConnectAsync(Origin, cookie), StringComparison.Ordinal);
        Assert.Equal("ann", server.LastUser);
        Assert.DoesNotContain("\"expires\"", await server.ConnectAsync(Origin, cookie), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://app.example.com")]
    [InlineData("null")]
    public async Task A01_A_foreign_page_with_the_users_cookie_is_refused_before_anybody_is_asked(string origin)
    {
        await using var server = await CookieServer.StartAsync();
        var cookie = await server.SignInAsync("ann");
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => server.ConnectAsync(origin, cookie));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Asked);
    }

    [Fact]
    public async Task A03_A_cookie_without_an_origin_is_refused_and_a_request_without_either_may_still_bring_a_token()
    {
        await using var server = await CookieServer.StartAsync();
        var cookie = await server.SignInAsync("ann");
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => server.ConnectAsync(origin: null, cookie));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Asked);
        var token = Tokens.TestTokens.Hmac("""{"sub":"bob"}""");
        Assert.Contains("\"client\"", await server.ConnectAsync(origin: null, cookie: null, token), StringComparison.Ordinal);
        Assert.Equal("bob", server.LastUser);
    }

    [Fact]
    public async Task A69_A_cookie_that_is_forged_expired_or_of_nobody_lets_nobody_in()
    {
        await using var server = await CookieServer.StartAsync();
        var cookie = await server.SignInAsync("ann", TimeSpan.FromSeconds(-1));
        foreach (var bad in new[] { cookie, cookie[..^4] + "AAAA", cookie.Split('=')[0] + "=ann", "other=1" })
        {
            Assert.StartsWith("closed 3501", await server.ConnectAsync(Origin, bad), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A69_A_cookie_that_goes_along_with_foreign_pages_is_warned_of_at_the_start()
    {
        await using var strict = await CookieServer.StartAsync();
        Assert.DoesNotContain(strict.Log, static line => line.Contains("SameSite", StringComparison.Ordinal));
        await using var loose = await CookieServer.StartAsync(static cookie => cookie.SameSite = SameSiteMode.None, static options => options.Client.AllowedOrigins = ["*"]);
        Assert.Contains(loose.Log, static line => line.Contains("SameSite", StringComparison.Ordinal));
        Assert.Contains(loose.Log, static line => line.Contains("client.allowed_origins: every page", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_header_of_a_proxy_says_who_a_client_is_unless_there_are_two()
    {
        await using var server = await CookieServer.StartAsync(configure: static options => options.Client.UserIdHttpHeader = "X-User");
        Assert.Contains("\"client\"", await server.ConnectAsync(Origin, cookie: null, headers: ["carol"]), StringComparison.Ordinal);
        Assert.Equal("carol", server.LastUser);
        Assert.StartsWith("closed 3501", await server.ConnectAsync(Origin, cookie: null, headers: ["carol", "admin"]), StringComparison.Ordinal);
        Assert.StartsWith("closed 3501", await server.ConnectAsync(Origin, cookie: null, headers: [""]), StringComparison.Ordinal);
    }

    private sealed class CookieServer : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private CookieServer(WebApplication app) => _app = app;

        public int Asked { get; private set; }

        public string LastUser { get; private set; } = "";

        public List<string> Log { get; private init; } = [];

        public static async Task<CookieServer> StartAsync(Action<CookieBuilder>? cookies = null, Action<StarlingOptions>? configure = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            var lines = new List<string>();
            builder.Logging.ClearProviders().AddProvider(new LineProvider(lines));
            builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
            {
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.None;
                cookies?.Invoke(cookie.Cookie);
            });
            CookieServer? server = null;
            builder.Services
                .AddStarling(options =>
                {
                    options.Client.AllowedOrigins = [Origin];
                    options.Client.Token.HmacSecretKey = Tokens.TestTokens.Secret;
                    configure?.Invoke(options);
                })
                .UseHttpContextUser()
                .OnConnecting(context =>
                {
                    server!.Asked++;
                    server.LastUser = context.Identity?.User ?? "";
                    return ValueTask.FromResult(ConnectingResult.AcceptIdentity());
                });
            var app = builder.Build();
            app.UseAuthentication();
            app.MapStarling();
            app.MapPost("/sign-in/{user}/{seconds}", static (HttpContext context, string user, int seconds) => context.SignInAsync(
                new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], CookieAuthenticationDefaults.AuthenticationScheme)),
                new AuthenticationProperties { IssuedUtc = DateTimeOffset.UnixEpoch, ExpiresUtc = TimeProvider.System.GetUtcNow().AddSeconds(seconds) }));
            server = new CookieServer(app) { Log = lines };
            await app.StartAsync(TestContext.Current.CancellationToken);
            return server;
        }

        public async Task<string> SignInAsync(string user, TimeSpan? lasts = null)
        {
            using var handler = new SocketsHttpHandler { UseCookies = false };
            using var http = new HttpClient(handler);
            var seconds = (int)(lasts ?? TimeSpan.FromHours(1)).TotalSeconds;
            using var response = await http.PostAsync(new Uri($"{_app.Urls.First()}/sign-in/{user}/{seconds}"), content: null, TestContext.Current.CancellationToken);
            return response.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        }

        /// <returns>The reply to connect, or the code the connection was closed with.</returns>
        public async Task<string> ConnectAsync(string? origin, string? cookie, string token = "", string[]? headers = null)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            deadline.CancelAfter(TimeSpan.FromSeconds(20));
            using var client = new ClientWebSocket();
            if (origin is not null) client.Options.SetRequestHeader("Origin", origin);
            if (cookie is not null) client.Options.SetRequestHeader("Cookie", cookie);
            using var invoker = new HttpMessageInvoker(new TwoHeaders(headers));
            await client.ConnectAsync(new Uri(_app.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal) + "/connection/websocket"), invoker, deadline.Token);
            await client.SendAsync(Encoding.UTF8.GetBytes($$$"""{"id":1,"connect":{"token":"{{{token}}}"}}"""), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
            var buffer = new byte[2048];
            var reply = await client.ReceiveAsync(buffer, deadline.Token);
            return reply.MessageType == WebSocketMessageType.Close ? $"closed {(int)reply.CloseStatus!}" : Encoding.UTF8.GetString(buffer, 0, reply.Count);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }

    /// <summary>Sends a header as often as there are values.</summary>
    private sealed class TwoHeaders(string[]? values) : DelegatingHandler(new SocketsHttpHandler { UseCookies = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (values is { Length: > 0 }) request.Headers.TryAddWithoutValidation("X-User", values);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class LineProvider(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines) lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
