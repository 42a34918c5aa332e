using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Starling.Tests.Api;

/// <summary>Where the API lies in an application.</summary>
public sealed class ApiMappingTests
{
    [Theory]
    [InlineData("/api", "/api/info", HttpStatusCode.OK)]
    [InlineData("/starling/api/", "/starling/api/info", HttpStatusCode.OK)]
    [InlineData("/starling/api/", "/api/info", HttpStatusCode.NotFound)]
    public async Task MapStarling_puts_it_under_its_prefix(string prefix, string path, HttpStatusCode status)
    {
        await using var application = await StartAsync(options => options.HttpApi.HandlerPrefix = prefix, static app => app.MapStarling());
        Assert.Equal(status, await StatusAsync(application, path));
    }

    [Fact]
    public async Task A_disabled_API_is_not_there()
    {
        await using var application = await StartAsync(static options => options.HttpApi.Disabled = true, static app => app.MapStarling());
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(application, "/api/info"));
    }

    [Fact]
    public async Task An_application_can_map_it_itself_with_conventions_of_its_own()
    {
        await using var application = await StartAsync(
            static options => options.HttpApi.Disabled = true,
            static app =>
            {
                app.MapStarling();
                app.MapStarlingApi().RequireHost("internal.example.com");
            });
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(application, "/api/info"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(application, "/api/info", host: "internal.example.com"));
    }

    [Fact]
    public async Task The_applications_own_endpoints_under_the_same_prefix_go_first()
    {
        await using var application = await StartAsync(static _ => { }, static app =>
        {
            app.MapStarling();
            app.MapPost("/api/orders", static () => "mine");
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(application, "/api/orders"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(application, "/api/info"));
    }

    private static async Task<WebApplication> StartAsync(Action<StarlingOptions> configure, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddStarling(options =>
        {
            options.HttpApi.Key = "k";
            configure(options);
        });
        var application = builder.Build();
        map(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return application;
    }

    private static async Task<HttpStatusCode> StatusAsync(WebApplication application, string path, string? host = null)
    {
        using var client = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", "k");
        request.Headers.Host = host;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
