using System.Diagnostics;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class NegotiationTests
{
    private const string Plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    [Theory]
    [InlineData("permessage-deflate", 15, Plain)]
    [InlineData("permessage-deflate; client_max_window_bits", 15, Plain)]
    [InlineData("permessage-deflate;client_max_window_bits=10", 15, Plain)]
    [InlineData("permessage-deflate; client_no_context_takeover; server_no_context_takeover", 15, Plain)]
    [InlineData("permessage-deflate; server_max_window_bits=9", 9, Plain + "; server_max_window_bits=9")]
    [InlineData("permessage-deflate; server_max_window_bits=15", 15, Plain + "; server_max_window_bits=15")]
    [InlineData("permessage-deflate; server_max_window_bits=\"12\"", 12, Plain + "; server_max_window_bits=12")]
    [InlineData("permessage-deflate; server_max_window_bits=8", 8, Plain + "; server_max_window_bits=8")]
    [InlineData("x-webkit-deflate-frame, permessage-deflate", 15, Plain)]
    [InlineData("permessage-deflate; server_max_window_bits=7, permessage-deflate", 15, Plain)]
    [InlineData(" , ,PERMESSAGE-DEFLATE , other; a=\"b\"", 15, Plain)]
    [InlineData("permessage-deflate; server_max_window_bits=10, permessage-deflate", 10, Plain + "; server_max_window_bits=10")]
    public void The_first_good_offer_is_taken_without_context_takeover(string header, int bits, string answer)
    {
        Assert.Equal(DeflateAnswer.Agreed, DeflateNegotiation.Choose(header, out var parameters));
        Assert.Equal(bits, parameters.SendWindowBits);
        Assert.Equal(answer, DeflateNegotiation.Answer(parameters));
    }

    [Theory]
    [InlineData("")]
    [InlineData("permessage-bzip2")]
    [InlineData("permessage-deflate; server_max_window_bits")]
    [InlineData("permessage-deflate; server_max_window_bits=7")]
    [InlineData("permessage-deflate; server_max_window_bits=16")]
    [InlineData("permessage-deflate; server_max_window_bits=99")]
    [InlineData("permessage-deflate; server_max_window_bits=010")]
    [InlineData("permessage-deflate; server_max_window_bits=1x")]
    [InlineData("permessage-deflate; client_max_window_bits=7")]
    [InlineData("permessage-deflate; client_max_window_bits=16")]
    [InlineData("permessage-deflate; server_no_context_takeover=1")]
    [InlineData("permessage-deflate; client_no_context_takeover; client_no_context_takeover")]
    [InlineData("permessage-deflate; server_max_window_bits=10; server_max_window_bits=10")]
    [InlineData("permessage-deflate; client_max_window_bits; client_max_window_bits")]
    [InlineData("permessage-deflate; unknown")]
    [InlineData("permessage-deflate; __proto__=1")]
    [InlineData("permessage-deflate; constructor")]
    public void A34_An_offer_out_of_range_repeated_or_unknown_is_declined(string header) =>
        Assert.Equal(DeflateAnswer.Declined, DeflateNegotiation.Choose(header, out _));

    [Theory]
    [InlineData("permessage-deflate;")]
    [InlineData("permessage-deflate; a=")]
    [InlineData("permessage-deflate; a=\"")]
    [InlineData("permessage-deflate; a=\"b")]
    [InlineData("permessage-deflate; a=\"\"b\"\"")]
    [InlineData("permessage-deflate; a=\"b\\\"c\"")]
    [InlineData("permessage-deflate a")]
    [InlineData("=")]
    [InlineData("other, (")]
    [InlineData("x; y=\"a,b\"")]
    public void A34_A_header_that_breaks_the_grammar_is_invalid(string header) =>
        Assert.Equal(DeflateAnswer.Invalid, DeflateNegotiation.Choose(header, out _));

    [Fact]
    public void A08_At_most_eight_offers_are_looked_at()
    {
        string Offers(int others) => string.Join(',', Enumerable.Repeat("x", others).Append("permessage-deflate"));
        Assert.Equal(DeflateAnswer.Agreed, DeflateNegotiation.Choose(Offers(7), out _));
        Assert.Equal(DeflateAnswer.Declined, DeflateNegotiation.Choose(Offers(8), out _));
    }

    [Fact]
    public void A08_The_longest_header_takes_about_a_millisecond()
    {
        string[] headers =
        [
            string.Join(',', Enumerable.Repeat("permessage-deflate; x", 1000)),
            "permessage-deflate; a=" + new string('"', 30_000),
            "permessage-deflate" + string.Concat(Enumerable.Repeat("; a=\"b\"", 4_000)),
            new string(' ', 32_000),
            new string(',', 32_000),
            "permessage-deflate" + new string(';', 32_000),
        ];
        foreach (var header in headers)
        {
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 20; i++)
            {
                var watch = Stopwatch.StartNew();
                DeflateNegotiation.Choose(header, out _);
                if (watch.Elapsed < best) best = watch.Elapsed;
            }
            Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromMilliseconds(5));   // 1 ms when nothing else runs; a quadratic parser takes seconds
        }
    }

    [Theory]
    [InlineData("permessage-deflate; server_no_context_takeover", "Agreed")]
    [InlineData("permessage-deflate; server_no_context_takeover; client_no_context_takeover", "Agreed")]
    [InlineData("permessage-deflate; server_no_context_takeover; server_max_window_bits=8", "Agreed")]
    [InlineData("", "Declined")]
    [InlineData("permessage-deflate", "Invalid")]
    [InlineData("permessage-deflate; server_no_context_takeover; server_max_window_bits=16", "Invalid")]
    [InlineData("permessage-deflate; server_no_context_takeover; client_max_window_bits=10", "Invalid")]
    [InlineData("permessage-deflate; server_no_context_takeover; unknown", "Invalid")]
    [InlineData("permessage-deflate; server_no_context_takeover, permessage-deflate; server_no_context_takeover", "Invalid")]
    [InlineData("other", "Invalid")]
    [InlineData("permessage-deflate; server_no_context_takeover;", "Invalid")]
    public void A34_A_client_takes_only_the_answer_it_asked_for(string header, string answer) =>
        Assert.Equal(answer, DeflateNegotiation.CheckAnswer(header, out _).ToString());
}
