using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Starling.TestKit;
using Starling.Tokens;

namespace Starling.Tests.Tokens;

/// <summary>Keys that change while tokens are verified: by a change of the configuration, and at an issuer.</summary>
public sealed class KeyChangeTests : IDisposable
{
    private const string OtherSecret = "another secret that only the tests know, and long enough";
    private const int Tokens = 1_000;

    private static readonly RSA s_old = RSA.Create(2048);
    private static readonly RSA s_new = RSA.Create(2048);

    private readonly ManualTime _time = new();
    private readonly ClientTokens _tokens;

    public KeyChangeTests() => _tokens = new ClientTokens(new ClientOptions { Token = First() }, _time, NullLogger.Instance);

    public void Dispose() => _tokens.Dispose();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static TokenOptions First() => new() { HmacSecretKey = TestTokens.Secret, Audience = "first", Issuer = "one", UserIdClaim = "uid" };

    private static TokenOptions Second() => new() { HmacSecretKey = OtherSecret, Audience = "second", Issuer = "two" };

    /// <summary>Two configurations that have nothing in common take turns as fast as they can while four threads verify. A token that
    /// is half of one and half of the other would be good under a mixture only.</summary>
    [Fact]
    public async Task A72_While_the_configuration_changes_each_token_is_judged_by_one_whole_configuration()
    {
        const string FirstClaims = """{"uid":"42","sub":"x","aud":"first","iss":"one"}""", SecondClaims = """{"uid":"x","sub":"42","aud":"second","iss":"two"}""";
        var whole = new[] { TestTokens.Hmac(FirstClaims), TestTokens.Hmac(SecondClaims, secret: OtherSecret) };
        string[] mixed =
        [
            TestTokens.Hmac(FirstClaims, secret: OtherSecret),
            TestTokens.Hmac(SecondClaims),
            TestTokens.Hmac("""{"uid":"42","sub":"42","aud":"first","iss":"two"}"""),
            TestTokens.Hmac("""{"uid":"42","sub":"42","aud":"second","iss":"one"}""", secret: OtherSecret),
        ];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var verified = 0;
        var good = 0;
        var verifying = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                foreach (var token in mixed) Assert.Equal(TokenStatus.Invalid, (await _tokens.Connections.VerifyConnectionAsync(token)).Status);
                foreach (var token in whole)
                {
                    var verdict = await _tokens.Connections.VerifyConnectionAsync(token);
                    if (verdict.Status != TokenStatus.Valid) continue;
                    Assert.Equal("42", verdict.Token!.User);   // the user's claim is the same configuration's as the key
                    Interlocked.Increment(ref good);
                }
                Interlocked.Add(ref verified, mixed.Length + whole.Length);
            }
        }, Cancelled)).ToArray();
        var changes = 0;
        for (; changes < 1_000 || Volatile.Read(ref verified) < 10 * Tokens; changes++)
        {
            var isFirst = changes % 2 == 1;
            _tokens.Replace(isFirst ? First() : Second(), new SubscriptionTokenOptions());
            // What was put in force counts at once, for both kinds of tokens.
            Assert.Equal(TokenStatus.Valid, (await _tokens.Connections.VerifyConnectionAsync(whole[isFirst ? 0 : 1])).Status);
            Assert.Equal(TokenStatus.Invalid, (await _tokens.Connections.VerifyConnectionAsync(whole[isFirst ? 1 : 0])).Status);
            if (Array.Exists(verifying, static one => one.IsFaulted)) break;
        }
        await over.CancelAsync();
        await Task.WhenAll(verifying);
        Assert.InRange(good, 1, verified);
    }

    /// <summary>A thousand at once at each step: the issuer adds a key, signs with it, and takes the old one out.</summary>
    [Fact]
    public async Task A72_While_an_issuer_changes_its_keys_no_good_token_is_refused()
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_old, "old"));
        _tokens.Replace(new TokenOptions { JwksPublicEndpoint = issuer.Endpoint }, new SubscriptionTokenOptions());
        var (old, young) = (TestTokens.Rsa("""{"sub":"42"}""", s_old, kid: "old"), TestTokens.Rsa("""{"sub":"42"}""", s_new, kid: "new"));
        Assert.All(await VerifyAsync(old), static status => Assert.Equal(TokenStatus.Valid, status));
        Assert.Equal(1, issuer.Requests);

        issuer.Keys.Add(TestTokens.Published(s_new, "new"));
        _time.Advance(KeySet.IntervalMin);
        Assert.All(await VerifyAsync(old, young), static status => Assert.Equal(TokenStatus.Valid, status));
        Assert.Equal(2, issuer.Requests);

        issuer.Keys.RemoveAt(0);
        _time.Advance(KeySet.AgeMax);
        Assert.All(await VerifyAsync(young), static status => Assert.Equal(TokenStatus.Valid, status));   // and has the set fetched again, beside it
        await OutOfUseAsync(old).WaitAsync(Eventually.Deadline, Cancelled);
        Assert.Equal(3, issuer.Requests);
        Assert.All(await VerifyAsync(young), static status => Assert.Equal(TokenStatus.Valid, status));
    }

    [Fact]
    public async Task A71_A_change_of_the_configuration_keeps_what_was_fetched_from_an_issuer_that_is_down_now()
    {
        await using var issuer = await IssuerStub.StartAsync();
        issuer.Keys.Add(TestTokens.Published(s_old, "old"));
        var token = TestTokens.Rsa("""{"sub":"42"}""", s_old, kid: "old");
        _tokens.Replace(new TokenOptions { JwksPublicEndpoint = issuer.Endpoint }, new SubscriptionTokenOptions());
        Assert.Equal(TokenStatus.Valid, Assert.Single(await VerifyAsync(1, token)));

        issuer.Misbehave = static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        _tokens.Replace(new TokenOptions { JwksPublicEndpoint = issuer.Endpoint, HmacSecretKey = OtherSecret }, new SubscriptionTokenOptions());
        Assert.Equal(TokenStatus.Valid, Assert.Single(await VerifyAsync(1, token)));

        // An issuer that is taken out is out at once, and one that comes back begins anew.
        _tokens.Replace(Second(), new SubscriptionTokenOptions());
        Assert.Equal(TokenStatus.Invalid, Assert.Single(await VerifyAsync(1, token)));
        _tokens.Replace(new TokenOptions { JwksPublicEndpoint = issuer.Endpoint }, new SubscriptionTokenOptions());
        Assert.Equal(TokenStatus.Unavailable, Assert.Single(await VerifyAsync(1, token)));
    }

    [Fact]
    public async Task Keys_of_subscription_tokens_change_with_those_of_connection_tokens()
    {
        var token = TestTokens.Hmac("""{"sub":"42","channel":"news"}""", secret: OtherSecret);
        _tokens.Replace(First(), new SubscriptionTokenOptions { Enabled = true, HmacSecretKey = OtherSecret });
        Assert.Equal(TokenStatus.Valid, (await _tokens.Subscriptions.VerifySubscriptionAsync(token)).Status);
        _tokens.Replace(First(), new SubscriptionTokenOptions());
        Assert.Equal(TokenStatus.Invalid, (await _tokens.Subscriptions.VerifySubscriptionAsync(token)).Status);
    }

    [Fact]
    public async Task An_application_changes_keys_and_wrong_ones_leave_the_old_in_force()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var keys = new ClientTokenKeys(engine.Node);
        keys.Replace(new TokenOptions { HmacSecretKey = OtherSecret });
        var failure = Assert.Throws<OptionsValidationException>(() => keys.Replace(new TokenOptions { RsaPublicKey = "no key at all" }));
        Assert.Contains("client.token.rsa_public_key", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no key at all", failure.Message, StringComparison.Ordinal);
        var verdict = await engine.Node.Tokens.Connections.VerifyConnectionAsync(TestTokens.Hmac("""{"sub":"42"}""", secret: OtherSecret));
        Assert.Equal(TokenStatus.Valid, verdict.Status);
    }

    private async Task OutOfUseAsync(string token)
    {
        while ((await VerifyAsync(1, token))[0] == TokenStatus.Valid) await Task.Yield();
    }

    private Task<List<TokenStatus>> VerifyAsync(params string[] tokens) => VerifyAsync(Tokens, tokens);

    private async Task<List<TokenStatus>> VerifyAsync(int count, params string[] tokens)
    {
        var verdicts = new TokenStatus[count];
        await Parallel.ForAsync(0, count, Cancelled, async (i, _) =>
            verdicts[i] = (await _tokens.Connections.VerifyConnectionAsync(tokens[i % tokens.Length])).Status);
        return [.. verdicts];
    }
}
