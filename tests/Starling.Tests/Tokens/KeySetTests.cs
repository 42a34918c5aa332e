using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Starling.TestKit;
using Starling.Tokens;

namespace Starling.Tests.Tokens;

/// <summary>Keys that issuers publish: which are taken, when they are fetched, and what issuers may not do.</summary>
public sealed class KeySetTests : IDisposable
{
    private static readonly RSA s_first = RSA.Create(2048);
    private static readonly RSA s_second = RSA.Create(2048);
    private static readonly ECDsa s_curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly ManualTime _time = new();
    private readonly KeySetFetcher _fetcher;

    public KeySetTests() => _fetcher = new KeySetFetcher(_time, NullLogger.Instance);

    public void Dispose() => _fetcher.Dispose();

    private TokenVerifier Verifier(Action<TokenOptions> configure)
    {
        var options = new TokenOptions();
        configure(options);
        return new TokenVerifier(options, new KeySets(_fetcher, _time), _time);
    }

    private static async Task<TokenStatus> VerifyAsync(TokenVerifier verifier, string token) =>
        (await verifier.VerifyConnectionAsync(token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status;

    [Fact]
    public async Task Keys_of_a_set_are_chosen_by_name_and_kind()
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "one"));
        issuer.Keys.Add(TestTokens.Published(s_second, "two"));
        issuer.Keys.Add(TestTokens.Published(s_curve, "curve"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"sub":"42"}""", s_first, kid: "one")));
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"sub":"42"}""", s_second, "PS384", kid: "two")));
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Ecdsa("""{"sub":"42"}""", s_curve, kid: "curve")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"sub":"42"}""", s_first, kid: "two")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"sub":"42"}""", s_first)));
        Assert.Equal(1, issuer.Requests);
    }

    [Fact]
    public async Task A57_Secrets_short_keys_and_keys_for_other_uses_in_a_set_are_not_taken()
    {
        using var small = RSA.Create(1024);
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(System.Text.Json.Nodes.JsonNode.Parse($$"""{"kty":"oct","kid":"secret","k":"{{TestTokens.Text(new byte[64])}}"}"""));
        issuer.Keys.Add(TestTokens.Published(small, "small"));
        var encryption = TestTokens.Published(s_first, "encryption");
        encryption["use"] = "enc";
        issuer.Keys.Add(encryption);
        var bound = TestTokens.Published(s_first, "bound");
        bound["alg"] = "RS512";
        issuer.Keys.Add(bound);
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, "RS512", "bound")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, "RS256", "bound")));
        _time.Advance(KeySet.IntervalMin);
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("{}", small, kid: "small")));
        _time.Advance(KeySet.IntervalMin);
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "encryption")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Hmac("{}", secret: new string('\0', 64), header: """{"alg":"HS256","kid":"secret"}""")));
    }

    [Fact]
    public async Task A58_A_flood_of_unknown_names_costs_one_fetch_in_thirty_seconds()
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "one"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        var flood = Enumerable.Range(0, 500).Select(i => VerifyAsync(verifier, TestTokens.Rsa("{}", s_second, kid: $"name-{i}")));
        Assert.All(await Task.WhenAll(flood), static status => Assert.NotEqual(TokenStatus.Valid, status));
        Assert.Equal(1, issuer.Requests);
        Assert.Equal(TokenStatus.Unavailable, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_second, kid: "one-more")));
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "one")));
        _time.Advance(KeySet.IntervalMin);
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_second, kid: "one-more")));
        Assert.Equal(2, issuer.Requests);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("http://127.0.0.1:1/keys")]
    [InlineData("' OR 1=1 --")]
    [InlineData("one\u0000")]
    public async Task A58_A_key_name_is_compared_and_never_interpreted(string name)
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "one"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: name)));
        Assert.Equal(["/keys"], issuer.Paths);
    }

    [Fact]
    public async Task A60_Only_listed_issuers_are_asked_and_only_for_their_own_tokens()
    {
        await using var listed = await IssuerStub.StartAsync();
        await using var foreign = await IssuerStub.StartAsync();
        listed.Keys.Add(TestTokens.Published(s_first, "k"));
        foreign.Keys.Add(TestTokens.Published(s_second, "k"));
        var verifier = Verifier(o => o.Jwks.Add(new TokenIssuerOptions { Issuer = "https://good.example", Endpoint = listed.Endpoint, Audience = "chat" }));
        foreach (var issuer in new[] { foreign.Endpoint, "https://good.example/", "https://good.example.evil", "HTTPS://good.example", "" })
        {
            Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa($$"""{"iss":"{{issuer}}","aud":"chat"}""", s_second, kid: "k")));
        }
        Assert.Equal(0, foreign.Requests);
        Assert.Equal(0, listed.Requests);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"https://good.example","aud":["chat"]}""", s_first, kid: "k")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"https://good.example","aud":"shop"}""", s_first, kid: "k")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"https://good.example","iss":"x","aud":"chat"}""", s_first, kid: "k")));
        Assert.Equal(0, foreign.Requests);
        Assert.Equal(1, listed.Requests);
    }

    [Fact]
    public async Task A61_The_same_name_under_two_issuers_means_two_keys()
    {
        await using var one = await IssuerStub.StartAsync();
        await using var two = await IssuerStub.StartAsync();
        one.Keys.Add(TestTokens.Published(s_first, "k"));
        two.Keys.Add(TestTokens.Published(s_second, "k"));
        var verifier = Verifier(o =>
        {
            o.HmacSecretKey = TestTokens.Secret;
            o.Jwks.Add(new TokenIssuerOptions { Issuer = "one", Endpoint = one.Endpoint });
            o.Jwks.Add(new TokenIssuerOptions { Issuer = "two", Endpoint = two.Endpoint });
        });
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"one"}""", s_first, kid: "k")));
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"two"}""", s_second, kid: "k")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"two"}""", s_first, kid: "k")));
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"one"}""", s_second, kid: "k")));
        // The secret of the configuration does not speak for an issuer of the list.
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, TestTokens.Hmac("""{"iss":"one"}""", header: """{"alg":"HS256","kid":"k"}""")));
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Hmac("""{"iss":"three"}""")));
    }

    public static TheoryData<string> Misdeeds => ["down", "broken", "huge", "endless", "redirect", "cut", "empty", "slow"];

    [Theory]
    [MemberData(nameof(Misdeeds))]
    public async Task A71_An_issuer_that_misbehaves_costs_little_and_old_keys_serve_on(string misdeed)
    {
        await using var target = await IssuerStub.StartAsync();
        target.Keys.Add(TestTokens.Published(s_second, "new"));
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "old"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "old")));

        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        issuer.Misbehave = context => MisbehaveAsync(context, misdeed, target.Endpoint, isAsked);
        _time.Advance(KeySet.AgeMax);
        var asking = VerifyAsync(verifier, TestTokens.Rsa("{}", s_second, kid: "new"));
        await isAsked.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        if (misdeed is "slow" or "endless") _time.Advance(KeySetFetcher.Timeout);
        Assert.Equal(TokenStatus.Unavailable, await asking);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "old")));
        Assert.Equal(0, target.Requests);

        // Well again: the next fetch takes the new keys, and those that are gone are out of use.
        issuer.Misbehave = null;
        issuer.Keys.Clear();
        issuer.Keys.Add(TestTokens.Published(s_second, "new"));
        _time.Advance(KeySet.IntervalMin);
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_second, kid: "new")));
        Assert.NotEqual(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "old")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_was_taken_back_is_out_of_use_after_five_minutes_even_if_nobody_asked_meanwhile(bool isInUse)
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "old"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        var token = TestTokens.Rsa("{}", s_first, kid: "old");
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, token));
        issuer.Keys.Clear();
        issuer.Keys.Add(TestTokens.Published(s_second, "new"));
        _time.Advance(KeySet.RefreshAge);
        if (isInUse)
        {
            Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, token));   // nobody waits for the fetch that this begins
            await Eventually.IsTrueAsync(() => issuer.Requests == 2, "the fetch in the background");
        }
        _time.Advance(KeySet.AgeMax - KeySet.RefreshAge);
        Assert.Equal(TokenStatus.Invalid, await VerifyAsync(verifier, token));
    }

    [Fact]
    public async Task A71_Of_an_issuer_that_is_down_for_long_only_one_fetch_is_waited_for()
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "old"));
        var verifier = Verifier(o => o.JwksPublicEndpoint = issuer.Endpoint);
        var token = TestTokens.Rsa("{}", s_first, kid: "old");
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, token));
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        issuer.Misbehave = context => MisbehaveAsync(context, "slow", "", isAsked);
        _time.Advance(KeySet.AgeMax);
        var first = verifier.VerifyConnectionAsync(token).AsTask();
        await isAsked.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(first.IsCompleted);
        _time.Advance(KeySetFetcher.Timeout);
        Assert.Equal(TokenStatus.Valid, (await first.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status);
        _time.Advance(KeySet.IntervalMin);
        var later = verifier.VerifyConnectionAsync(token);
        Assert.True(later.IsCompleted);
        Assert.Equal(TokenStatus.Valid, (await later).Status);
        await Eventually.IsTrueAsync(() => issuer.Requests == 3, "the next fetch, in the background");
        _time.Advance(KeySetFetcher.Timeout);
    }

    [Fact]
    public async Task A71_An_issuer_that_was_never_reached_fails_closed()
    {
        var verifier = Verifier(static o => o.JwksPublicEndpoint = "http://127.0.0.1:1/keys");
        Assert.Equal(TokenStatus.Unavailable, await VerifyAsync(verifier, TestTokens.Rsa("{}", s_first, kid: "one")));
    }

    [Theory]
    [InlineData("a certificate nobody vouches for")]
    [InlineData("no TLS at all")]
    public async Task A71_An_issuer_whose_TLS_is_not_in_order_is_not_believed_and_others_serve_on(string what)
    {
        var request = new CertificateRequest("CN=127.0.0.1", s_curve, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var issuer = await IssuerStub.StartAsync(what == "no TLS at all" ? null : certificate);
        await using var other = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_first, "k"));
        other.Keys.Add(TestTokens.Published(s_second, "k"));
        var verifier = Verifier(o =>
        {
            o.Jwks.Add(new TokenIssuerOptions { Issuer = "one", Endpoint = issuer.Endpoint.Replace("http:", "https:", StringComparison.Ordinal) });
            o.Jwks.Add(new TokenIssuerOptions { Issuer = "two", Endpoint = other.Endpoint });
        });
        Assert.Equal(TokenStatus.Unavailable, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"one"}""", s_first, kid: "k")));
        Assert.Equal(0, issuer.Requests);   // not even asked
        Assert.Equal(TokenStatus.Valid, await VerifyAsync(verifier, TestTokens.Rsa("""{"iss":"two"}""", s_second, kid: "k")));
    }

    private static async Task MisbehaveAsync(HttpContext context, string misdeed, string target, TaskCompletionSource isAsked)
    {
        isAsked.TrySetResult();
        switch (misdeed)
        {
            case "down":
                context.Response.StatusCode = 503;
                break;
            case "broken":
                await context.Response.WriteAsync("<html>not keys</html>", context.RequestAborted);
                break;
            case "empty":
                break;
            case "redirect":
                context.Response.Redirect(target);
                break;
            case "cut":
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("{\"keys\":[", context.RequestAborted);
                context.Abort();
                break;
            case "huge":
                await context.Response.WriteAsync(new string(' ', 10_000_000), context.RequestAborted);
                break;
            case "endless":
                await context.Response.WriteAsync("{", context.RequestAborted);
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
        }
    }
}
