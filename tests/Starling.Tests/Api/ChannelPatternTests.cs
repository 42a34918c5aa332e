using Starling.Api;

namespace Starling.Tests.Api;

public sealed class ChannelPatternTests
{
    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("*", "anything", true)]
    [InlineData("chat:*", "chat:1", true)]
    [InlineData("chat:*", "chat:", true)]
    [InlineData("chat:*", "xchat:1", false)]
    [InlineData("*:1", "chat:1", true)]
    [InlineData("*:1", "chat:12", false)]
    [InlineData("c?at", "chat", true)]
    [InlineData("c?at", "cat", false)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("$secret", "$secret", true)]
    [InlineData("a+(b)|c", "a+(b)|c", true)]
    [InlineData("[abc]1", "b1", true)]
    [InlineData("[abc]1", "d1", false)]
    [InlineData("[a-c]1", "b1", true)]
    [InlineData("[!a-c]1", "d1", true)]
    [InlineData("[!a-c]1", "b1", false)]
    [InlineData("[\\d]", "5", false)]
    [InlineData("{chat,news}:*", "news:1", true)]
    [InlineData("{chat,news}:*", "mail:1", false)]
    [InlineData("{a,{b,c}d}", "cd", true)]
    [InlineData("a,b", "a,b", true)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("*", "line\nbreak", true)]
    [InlineData("news", "news\n", false)]
    public void Matches_as_a_glob_does(string pattern, string channel, bool matches)
    {
        Assert.True(ChannelPattern.TryParse(pattern, out var parsed));
        Assert.Equal(matches, parsed.Matches(channel));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("[!]")]
    [InlineData("[z-a]")]
    [InlineData("{a")]
    [InlineData("a}")]
    [InlineData("a\\")]
    [InlineData("{{{{{{{{{a}}}}}}}}}")]
    public void Refuses_what_is_no_glob(string pattern) => Assert.False(ChannelPattern.TryParse(pattern, out _));

    [Fact]
    public void Refuses_a_pattern_longer_than_a_name_can_be()
    {
        Assert.True(ChannelPattern.TryParse(new string('a', ChannelPattern.LengthMax), out _));
        Assert.False(ChannelPattern.TryParse(new string('a', ChannelPattern.LengthMax + 1), out _));
    }

    [Fact]
    public void A53_A_pattern_made_to_be_slow_is_not()
    {
        // A matcher that tries every way would need longer than the universe is old to find that the first branch does not match. The
        // right answer is yes, by the second one: running out of time is a no, and fails.
        Assert.True(ChannelPattern.TryParse($"{{{string.Concat(Enumerable.Repeat("*a", 50))}b,a*}}", out var pattern));
        Assert.True(pattern.Matches(new string('a', 10_000)));
        Assert.False(pattern.Matches("x" + new string('a', 10_000)));
    }
}
