using System.Buffers;
using System.Text;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("{\"x\":1}", "\"{\\\"x\\\":1}\"")]
    [InlineData("j\nR@0,1:1I@S,1YeeLj;", "\"j\\nR@0,1:1I@S,1YeeLj;\"")]
    [InlineData("", "\"\"")]
    [InlineData("é\0😀", "\"é\\u0000😀\"")]
    public void Text_becomes_one_JSON_string_and_back(string text, string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(JsonText.TryQuote(Codec.Bytes(text), output));
        Assert.Equal(json, Encoding.UTF8.GetString(output.WrittenSpan));

        output.Clear();
        Assert.True(JsonText.TryUnquote(Codec.Bytes(json), output));
        Assert.Equal(text, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_patch_that_cuts_a_character_is_no_text()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(JsonText.TryQuote(Codec.Bytes("é").AsSpan(0, 1), output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"a\"\"b\"")]
    [InlineData("\"a\" x")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\n\"")]
    public void What_is_not_one_JSON_string_stays_where_it_is(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(JsonText.TryUnquote(Codec.Bytes(json), output));
        Assert.Equal(0, output.WrittenCount);
    }
}
