using System.Net;
using System.Net.Http.Headers;

namespace Starling.Tests.Api;

/// <summary>Who may use the API.</summary>
public sealed class ApiKeyTests
{
    [Fact]
    public async Task Checklist_114_The_key_is_taken_in_all_three_forms()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, request => request.Headers.Add("X-API-Key", ApiHost.Key)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, request => request.Headers.TryAddWithoutValidation("Authorization", $"apikey {ApiHost.Key}")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, query: "?api_key=" + Uri.EscapeDataString(ApiHost.Key)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a key nobody guesse")]
    [InlineData("a key nobody guesses!")]
    [InlineData("A KEY NOBODY GUESSES")]
    public async Task Checklist_114_A_wrong_key_is_answered_with_401_in_every_form(string key)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, request => request.Headers.TryAddWithoutValidation("X-API-Key", key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, request => request.Headers.TryAddWithoutValidation("Authorization", $"apikey {key}")));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, query: "?api_key=" + Uri.EscapeDataString(key)));
    }

    [Fact]
    public async Task Checklist_114_No_key_another_scheme_or_two_keys_are_answered_with_401_and_the_scheme_to_use()
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.Http.PostAsync(new Uri("/api/info", UriKind.Relative), new StringContent("{}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("apikey", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiHost.Key)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, request => request.Headers.Add("X-API-Key", [ApiHost.Key, "other"])));
        var encoded = Uri.EscapeDataString(ApiHost.Key);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, query: $"?api_key={encoded}&api_key={encoded}"));
    }

    [Theory]
    [InlineData("/api/publish")]
    [InlineData("/api/nothing")]
    [InlineData("/api")]
    public async Task A76_Without_a_configured_key_every_call_is_refused_even_with_an_empty_one(string path)
    {
        await using var host = await ApiHost.StartAsync(static options => options.HttpApi.Key = "");
        foreach (var key in (string[])["", "x"])
        {
            using var response = await host.PostAsync(path, "{}", request =>
            {
                request.Headers.Remove("X-API-Key");
                request.Headers.TryAddWithoutValidation("X-API-Key", key);
            });
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task Insecure_needs_no_key()
    {
        await using var host = await ApiHost.StartAsync(static options => (options.HttpApi.Key, options.HttpApi.Insecure) = ("", true));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host));
    }

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("http://localhost")]
    [InlineData("null")]
    public async Task A76_A_page_cannot_use_an_insecure_API_through_its_visitors_browser(string origin)
    {
        await using var host = await ApiHost.StartAsync(static options => options.HttpApi.Insecure = true);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(host, request => request.Headers.Add("Origin", origin)));
    }

    [Fact]
    public async Task A70_After_sixty_wrong_keys_an_address_gets_one_try_a_second()
    {
        await using var host = await ApiHost.StartAsync();
        var answers = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < 1_000; i++)
        {
            var status = await StatusAsync(host, request => request.Headers.Add("X-API-Key", $"guess {i}"));
            answers[status] = answers.GetValueOrDefault(status) + 1;
        }
        Assert.Equal(60, answers[HttpStatusCode.Unauthorized]);
        Assert.Equal(940, answers[HttpStatusCode.TooManyRequests]);
        host.Engine.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", "one more")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", "and another")));
        host.Engine.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", ApiHost.Key)));
    }

    [Fact]
    public async Task A70_Guessing_does_not_lock_out_a_back_end_at_the_same_address()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", ApiHost.Key)));
        for (var i = 0; i < 100; i++) await StatusAsync(host, static request => request.Headers.Add("X-API-Key", "guess"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", "guess")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, static request => request.Headers.Add("X-API-Key", ApiHost.Key)));
    }

    private static async Task<HttpStatusCode> StatusAsync(ApiHost host, Action<HttpRequestMessage>? change = null, string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/info" + query) { Content = new StringContent("{}") };
        change?.Invoke(request);
        using var response = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
