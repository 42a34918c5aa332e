using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Starling.TestKit;
using Starling.Tokens;

namespace Starling.Tests.Tokens;

/// <summary>Which tokens are believed (protocol 4.1).</summary>
public sealed class TokenVerifierTests : IDisposable
{
    private static readonly RSA s_rsa = RSA.Create(2048);
    private static readonly ECDsa s_p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly ManualTime _time = new();
    private readonly KeySetFetcher _fetcher;

    public TokenVerifierTests() => _fetcher = new KeySetFetcher(_time, NullLogger.Instance);

    public void Dispose() => _fetcher.Dispose();

    private TokenVerifier Verifier(Action<TokenOptions> configure)
    {
        var options = new TokenOptions();
        configure(options);
        return new TokenVerifier(options, new KeySets(_fetcher, _time), _time);
    }

    private TokenVerifier WithSecret(Action<TokenOptions>? configure = null) => Verifier(options =>
    {
        options.HmacSecretKey = TestTokens.Secret;
        configure?.Invoke(options);
    });

    private static TokenStatus Verify(TokenVerifier verifier, string token) => AtOnce(verifier.VerifyConnectionAsync(token)).Status;

    private static ConnectionToken Connection(TokenVerifier verifier, string claims) =>
        Assert.IsType<ConnectionToken>(AtOnce(verifier.VerifyConnectionAsync(TestTokens.Hmac(claims))).Token);

    /// <summary>With nothing to fetch there is no task and no other thread.</summary>
    private static TokenVerdict<T> AtOnce<T>(ValueTask<TokenVerdict<T>> verifying)
        where T : class
    {
        Assert.True(verifying.IsCompletedSuccessfully);
#pragma warning disable VSTHRD002 // it is complete
        return verifying.Result;
#pragma warning restore VSTHRD002
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public void A_shared_secret_proves_its_three_algorithms(string algorithm)
    {
        Assert.Equal(TokenStatus.Valid, Verify(WithSecret(), TestTokens.Hmac("""{"sub":"42"}""", algorithm)));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac("""{"sub":"42"}""", algorithm, "another secret, just as long as the right one")));
    }

    [Theory]
    [InlineData("HS256", 1)]
    [InlineData("HS256", 31)]
    [InlineData("HS256", 64)]
    [InlineData("HS256", 65)]
    [InlineData("HS384", 5)]
    [InlineData("HS512", 127)]
    [InlineData("HS512", 200)]
    public void A_secret_of_any_length_verifies_what_other_servers_signed_with_it(string algorithm, int length)
    {
        var secret = new string('s', length);
        Assert.Equal(TokenStatus.Valid, Verify(Verifier(o => o.HmacSecretKey = secret), TestTokens.Hmac("{}", algorithm, secret)));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    public void An_RSA_key_proves_its_six_algorithms(string algorithm)
    {
        var verifier = Verifier(o => o.RsaPublicKey = s_rsa.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(TokenStatus.Valid, Verify(verifier, TestTokens.Rsa("""{"sub":"42"}""", s_rsa, algorithm)));
        using var other = RSA.Create(2048);
        Assert.Equal(TokenStatus.Invalid, Verify(verifier, TestTokens.Rsa("""{"sub":"42"}""", other, algorithm)));
    }

    [Theory]
    [InlineData("ES256", "nistP256")]
    [InlineData("ES384", "nistP384")]
    [InlineData("ES512", "nistP521")]
    public void A_curve_proves_its_one_algorithm(string algorithm, string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var verifier = Verifier(o => o.EcdsaPublicKey = key.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(TokenStatus.Valid, Verify(verifier, TestTokens.Ecdsa("""{"sub":"42"}""", key, algorithm)));
        foreach (var other in new[] { "ES256", "ES384", "ES512" }.Where(one => one != algorithm))
        {
            Assert.Equal(TokenStatus.Invalid, Verify(verifier, TestTokens.Ecdsa("""{"sub":"42"}""", key, other)));
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    [InlineData("NONE")]
    [InlineData("")]
    [InlineData("HS")]
    [InlineData("hs256")]
    public void A56_No_algorithm_is_no_signature(string algorithm)
    {
        var unsigned = TestTokens.Unsigned("""{"sub":"42"}""", $$"""{"alg":"{{algorithm}}"}""");
        var signature = TestTokens.Hmac("{}").Split('.')[2];
        foreach (var token in new[] { unsigned, unsigned + ".", unsigned + "." + signature, unsigned + ".AA" })
        {
            Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), token));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9..AAAA")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.AA==")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9. e30.AAAA")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.AAA\u0000")]
    public void A56_What_is_not_three_parts_of_base64url_is_refused(string token) => Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), token));

    [Fact]
    public void A56_An_emptied_or_shortened_signature_is_refused()
    {
        var token = TestTokens.Hmac("""{"sub":"42"}""");
        var signed = token[..token.LastIndexOf('.')];
        for (var length = 0; length < token.Length - signed.Length - 1; length++)
        {
            Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), token[..(signed.Length + 1 + length)]));
        }
    }

    [Fact]
    public void A57_A_public_key_is_no_secret()
    {
        var pem = s_rsa.ExportSubjectPublicKeyInfoPem();
        var both = WithSecret(o => o.RsaPublicKey = pem);
        foreach (var secret in new[] { pem, pem.Trim(), pem + "\n", Encoding.UTF8.GetString(s_rsa.ExportSubjectPublicKeyInfo()) })
        {
            foreach (var algorithm in new[] { "HS256", "HS384", "HS512" })
            {
                Assert.Equal(TokenStatus.Invalid, Verify(both, TestTokens.Hmac("""{"sub":"42"}""", algorithm, secret)));
                Assert.Equal(TokenStatus.Invalid, Verify(Verifier(o => o.RsaPublicKey = pem), TestTokens.Hmac("""{"sub":"42"}""", algorithm, secret)));
            }
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(640)]
    public void A57_A_signature_of_zeros_is_none(int length)
    {
        var verifier = Verifier(o => o.EcdsaPublicKey = s_p256.ExportSubjectPublicKeyInfoPem());
        var unsigned = TestTokens.Unsigned("""{"sub":"42"}""", """{"alg":"ES256"}""");
        Assert.Equal(TokenStatus.Invalid, Verify(verifier, unsigned + "." + TestTokens.Text(new byte[length])));
    }

    [Fact]
    public void A57_An_algorithm_without_a_key_of_its_own_is_refused()
    {
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Rsa("""{"sub":"42"}""", s_rsa)));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Ecdsa("""{"sub":"42"}""", s_p256)));
        Assert.Equal(TokenStatus.Invalid, Verify(Verifier(o => o.RsaPublicKey = s_rsa.ExportSubjectPublicKeyInfoPem()), TestTokens.Hmac("""{"sub":"42"}""")));
        Assert.False(Verifier(_ => { }).IsConfigured);
    }

    [Theory]
    [InlineData("""{"alg":"HS256","crit":["exp"]}""")]
    [InlineData("""{"alg":"HS256","zip":"DEF"}""")]
    [InlineData("""{"alg":"HS256","enc":"A128GCM"}""")]
    [InlineData("""{"alg":"HS256","alg":"none"}""")]
    [InlineData("""{"alg":"HS256","kid":"a","kid":"b"}""")]
    [InlineData("""{"alg":["HS256"]}""")]
    [InlineData("""{"alg":"HS256","typ":"logout+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"dpop+jwt"}""")]
    [InlineData("""["HS256"]""")]
    [InlineData("""{"kid":"a"}""")]
    public void A56_A_header_that_means_something_else_is_refused(string header) =>
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac("""{"sub":"42"}""", header: header)));

    [Fact]
    public void A59_Keys_and_addresses_in_the_header_are_passed_over()
    {
        using var own = RSA.Create(2048);
        var jwk = TestTokens.Published(own, "k").ToJsonString();
        var header = $$"""{"alg":"RS256","jwk":{{jwk}},"jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/cert","x5c":["AAAA"]}""";
        var signed = TestTokens.Unsigned("""{"sub":"42"}""", header);
        var token = signed + "." + TestTokens.Text(own.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(TokenStatus.Invalid, Verify(Verifier(o => o.RsaPublicKey = s_rsa.ExportSubjectPublicKeyInfoPem()), token));
        // The same members beside a signature that is right do no harm either.
        Assert.Equal(TokenStatus.Valid, Verify(WithSecret(), TestTokens.Hmac("{}", header: header.Replace("RS256", "HS256", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("""{"exp":1767225599}""", "Expired")]
    [InlineData("""{"exp":1767225600}""", "Expired")]
    [InlineData("""{"exp":1767225601}""", "Valid")]
    [InlineData("""{"exp":1767225601.9}""", "Valid")]
    [InlineData("""{"exp":1767225600.9}""", "Expired")]
    [InlineData("""{"exp":0}""", "Expired")]
    [InlineData("""{"exp":-1}""", "Expired")]
    [InlineData("""{"exp":1000000000000000000}""", "Valid")]
    [InlineData("""{"exp":1e18}""", "Valid")]
    [InlineData("""{"exp":1e400}""", "Invalid")]
    [InlineData("""{"exp":-1e400}""", "Invalid")]
    [InlineData("""{"exp":99999999999999999999999999}""", "Invalid")]
    [InlineData("""{"exp":"1767229200"}""", "Invalid")]
    [InlineData("""{"exp":true}""", "Invalid")]
    [InlineData("""{"exp":{}}""", "Invalid")]
    [InlineData("""{"exp":[1767229200]}""", "Invalid")]
    [InlineData("""{"exp":NaN}""", "Invalid")]
    [InlineData("""{"exp":1767229200,"exp":1}""", "Invalid")]
    [InlineData("""{}""", "Valid")]
    [InlineData("""{"exp":null}""", "Invalid")]
    [InlineData("""{"nbf":1767225630}""", "Valid")]
    [InlineData("""{"nbf":1767225631}""", "Expired")]
    [InlineData("""{"nbf":1e400}""", "Invalid")]
    [InlineData("""{"nbf":"soon"}""", "Invalid")]
    [InlineData("""{"iat":1767225630}""", "Valid")]
    [InlineData("""{"iat":1767225631}""", "Expired")]
    [InlineData("""{"iat":-5}""", "Valid")]
    [InlineData("""{"iat":"x"}""", "Invalid")]
    public void A62_Times_are_judged_without_overflow(string claims, string expected) =>
        Assert.Equal(expected, Verify(WithSecret(), TestTokens.Hmac(claims)).ToString());

    [Fact]
    public void A63_A_subscription_token_opens_no_connection_and_the_other_way_round()
    {
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac("""{"sub":"42","channel":"room"}""")));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac("""{"sub":"42","channel":""}""")));
        Assert.Equal(TokenStatus.Invalid, AtOnce(WithSecret().VerifySubscriptionAsync(TestTokens.Hmac("""{"sub":"42"}"""))).Status);
    }

    [Theory]
    [InlineData("""{"sub":"42","typ":"ID"}""")]
    [InlineData("""{"sub":"42","typ":"Refresh"}""")]
    [InlineData("""{"sub":"42","at_hash":"x"}""")]
    [InlineData("""{"sub":"42","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}""")]
    public void A63_An_identity_refresh_or_logout_token_is_no_access_token(string claims) =>
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac(claims)));

    [Theory]
    [InlineData("""{"aud":"chat","iss":"shop"}""", true)]
    [InlineData("""{"aud":["x","chat"],"iss":"shop"}""", true)]
    [InlineData("""{"aud":["x","chat2"],"iss":"shop"}""", false)]
    [InlineData("""{"aud":"chat","iss":"shop2"}""", false)]
    [InlineData("""{"aud":"chat"}""", false)]
    [InlineData("""{"iss":"shop"}""", false)]
    [InlineData("""{"aud":"CHAT","iss":"shop"}""", false)]
    [InlineData("""{"aud":[1,"chat"],"iss":"shop"}""", false)]
    public void A63_A_token_for_another_audience_or_of_another_issuer_is_refused(string claims, bool isValid)
    {
        var verifier = WithSecret(static o => (o.Audience, o.Issuer) = ("chat", "shop"));
        Assert.Equal(isValid ? TokenStatus.Valid : TokenStatus.Invalid, Verify(verifier, TestTokens.Hmac(claims)));
    }

    [Fact]
    public void A53_Expressions_for_audience_and_issuer_match_in_linear_time()
    {
        var verifier = WithSecret(static o => (o.AudienceRegex, o.IssuerRegex) = ("^(a+)+$", "^(shop|stall)-[0-9]+$"));
        Assert.Equal(TokenStatus.Valid, Verify(verifier, TestTokens.Hmac("""{"aud":"aaa","iss":"shop-7"}""")));
        Assert.Equal(TokenStatus.Invalid, Verify(verifier, TestTokens.Hmac("""{"aud":"aab","iss":"shop-7"}""")));
        // The right answer is yes: an engine that tries every way never gets to it, and running out of time is a no.
        var nasty = new string('a', 8_000) + "!";
        var either = WithSecret(static o => o.AudienceRegex = "^((a+)+|a+!)$");
        Assert.Equal(TokenStatus.Valid, Verify(either, TestTokens.Hmac($$"""{"aud":"{{nasty}}"}""")));
        Assert.Equal(TokenStatus.Invalid, Verify(either, TestTokens.Hmac($$"""{"aud":"{{nasty}}!"}""")));
    }

    [Fact]
    public void A66_A_token_is_refused_by_its_size_before_it_is_read()
    {
        var fits = TestTokens.Hmac($$"""{"sub":"42","x":"{{new string('x', 11_000)}}"}""");
        Assert.True(fits.Length < TokenText.LengthMax);
        Assert.Equal(TokenStatus.Valid, Verify(WithSecret(), fits));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac($$"""{"sub":"42","x":"{{new string('x', 13_000)}}"}""")));
        var megabyte = TestTokens.Hmac($$"""{"sub":"42","x":"{{new string('x', 1_000_000)}}"}""");
        var verifier = WithSecret();
        Verify(verifier, megabyte);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Verify(verifier, megabyte);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A66_Deep_claims_are_refused()
    {
        static string Nested(int depth) => $$"""{"info":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        Assert.Equal(TokenStatus.Valid, Verify(WithSecret(), TestTokens.Hmac(Nested(31))));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac(Nested(32))));
        Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac(Nested(5_000))));
    }

    [Fact]
    public void The_previous_secret_is_good_until_its_time()
    {
        var verifier = WithSecret(static o =>
        {
            o.HmacPreviousSecretKey = "the secret that was in use before this one";
            o.HmacPreviousSecretKeyValidUntil = TestTokens.Now + 60;
        });
        var old = TestTokens.Hmac("""{"sub":"42"}""", secret: "the secret that was in use before this one");
        Assert.Equal(TokenStatus.Valid, Verify(verifier, old));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(TokenStatus.Valid, Verify(verifier, old));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TokenStatus.Invalid, Verify(verifier, old));
        Assert.Equal(TokenStatus.Valid, Verify(verifier, TestTokens.Hmac("""{"sub":"42"}""")));
    }

    [Fact]
    public void Claims_of_a_connection_token_are_taken_over()
    {
        var token = Connection(WithSecret(), """
            {"sub":"42","exp":1767229200,"expire_at":0,"info":{"name":"Ann"},"meta":{"plan":"gold"},"jti":"t1","sid":"s1","iat":1767225000,
             "channels":["ignored"],"subs":{"news":{"info":1,"b64data":"AQI=","override":{"presence":{"value":true},"join_leave":{}}},"#42":{}}}
            """);
        Assert.Equal("42", token.User);
        Assert.Equal(0, token.ConnectionExpiresAt);
        Assert.Equal(new TokenStamp("t1", "s1", 1767225000, 1767229200), token.Stamp);
        Assert.Equal("""{"name":"Ann"}""", Encoding.UTF8.GetString(token.Info.Span));
        Assert.Equal("""{"plan":"gold"}""", Encoding.UTF8.GetString(token.Meta.Span));
        Assert.Equal(["#42", "news"], token.Subscriptions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1, 2], token.Subscriptions["news"].Data.ToArray());
        Assert.Equal(new SubscriptionOverride { Presence = true, JoinLeave = false }, token.Subscriptions["news"].Override);
    }

    [Fact]
    public void Binary_info_wins_and_channels_do_without_options()
    {
        var token = Connection(WithSecret(), """{"info":{"a":1},"b64info":"AQID","channels":["a","b"],"subs":{}}""");
        Assert.Equal("", token.User);
        Assert.Equal([1, 2, 3], token.Info.ToArray());
        Assert.Equal(["a", "b"], token.Subscriptions.Keys);
    }

    [Fact]
    public void Another_claim_may_hold_the_user()
    {
        Assert.Equal("7", Connection(WithSecret(static o => o.UserIdClaim = "user_id"), """{"sub":"42","user_id":"7"}""").User);
        Assert.Equal("", Connection(WithSecret(static o => o.UserIdClaim = "user_id"), """{"sub":"42"}""").User);
    }

    [Theory]
    [InlineData("""{"sub":42}""")]
    [InlineData("""{"sub":["42"]}""")]
    [InlineData("""{"sub":"1","sub":"2"}""")]
    [InlineData("""{"channels":"a"}""")]
    [InlineData("""{"channels":[1]}""")]
    [InlineData("""{"subs":[]}""")]
    [InlineData("""{"subs":{"a":1}}""")]
    [InlineData("""{"subs":{"a":{},"a":{}}}""")]
    [InlineData("""{"subs":{"a":{"override":{"presence":true}}}}""")]
    [InlineData("""{"b64info":"not base64!"}""")]
    [InlineData("""{"meta":"text"}""")]
    [InlineData("""{"info":{}""")]
    [InlineData("""{}{}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("42")]
    public void A40_A_claim_of_the_wrong_type_fails_the_token(string claims) => Assert.Equal(TokenStatus.Invalid, Verify(WithSecret(), TestTokens.Hmac(claims)));

    [Fact]
    public void Every_single_bit_of_a_token_matters()
    {
        var token = TestTokens.Hmac("""{"sub":"42"}""");
        var verifier = WithSecret();
        for (var i = 0; i < token.Length - 1; i++)   // the last character has bits that mean nothing
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.Equal(TokenStatus.Invalid, Verify(verifier, new string(changed)));
        }
    }
}
