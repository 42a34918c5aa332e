using System.Text;
using Starling.Server.Bench.Frames;

namespace Starling.Server.Tests.Bench;

public sealed class PayloadTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(0x12345678u)]
    [InlineData(uint.MaxValue)]
    public void The_number_stamped_into_a_payload_is_found_inside_a_message(uint number)
    {
        var payload = Payload.Create(128);
        Payload.Stamp(payload, number);
        byte[] message = [.. "{\"push\":{\"channel\":\"room0\",\"pub\":{\"data\":"u8, .. payload, .. "}}}"u8];

        Assert.True(Payload.TryFind(message, out var found));
        Assert.Equal(number, found);
    }

    [Theory]
    [InlineData(Payload.BytesMin)]
    [InlineData(13)]
    [InlineData(128)]
    [InlineData(4096)]
    public void A_payload_is_a_JSON_string_of_exactly_the_length_asked_for(int bytes)
    {
        var payload = Payload.Create(bytes);

        Assert.Equal(bytes, payload.Length);
        Assert.Equal(bytes - 2, System.Text.Json.JsonDocument.Parse(payload).RootElement.GetString()!.Length);
        Assert.True(Payload.TryFind(payload, out _));
    }

    [Fact]
    public void A_payload_without_room_for_its_number_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Payload.Create(Payload.BytesMin - 1));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"id\":1,\"publish\":{}}")]
    [InlineData("~~aaaaaaa")]
    [InlineData("~~aaaaqaaa")]
    [InlineData("~~aaaa~aaa")]
    [InlineData("~~12345678")]
    public void What_holds_no_number_is_no_payload(string message) =>
        Assert.False(Payload.TryFind(Encoding.UTF8.GetBytes(message), out _));
}
