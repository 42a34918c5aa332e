using System.Net;
using Starling.Api;
using Starling.TestKit;

namespace Starling.Tests.Api;

public sealed class WrongKeyTableTests
{
    private readonly ManualTime _time = new();
    private readonly WrongKeyTable _table;

    public WrongKeyTableTests() => _table = new WrongKeyTable(_time);

    [Fact]
    public void Tries_come_back_one_a_second()
    {
        var address = IPAddress.Parse("192.0.2.1");
        Exhaust(address);
        Assert.True(IsSlowed(address));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(IsSlowed(address));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(IsSlowed(address));
        Assert.True(_table.OnWrongKey(address));
        Assert.True(IsSlowed(address));
    }

    [Fact]
    public void Addresses_do_not_share_their_tries()
    {
        Exhaust(IPAddress.Parse("192.0.2.1"));
        Assert.False(IsSlowed(IPAddress.Parse("192.0.2.2")));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    public void A77_An_IPv6_network_counts_as_one_address_and_a_mapped_IPv4_address_as_itself(string one, string other, bool same)
    {
        Exhaust(IPAddress.Parse(one));
        Assert.Equal(same, IsSlowed(IPAddress.Parse(other)));
    }

    [Fact]
    public void A_full_table_makes_all_further_addresses_share_one_entry_until_there_is_room_again()
    {
        for (var i = 0; i < WrongKeyTable.AddressesMax; i++) _table.OnWrongKey(new IPAddress(i + 1));
        for (var i = 0; i < WrongKeyTable.Burst; i++) _table.OnWrongKey(new IPAddress(1_000_000 + i));
        Assert.True(IsSlowed(new IPAddress(2_000_000)));
        Assert.False(IsSlowed(new IPAddress(1)));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(IsSlowed(new IPAddress(2_000_000)));
    }

    [Fact]
    public void Trust_ends_after_an_hour_without_the_right_key()
    {
        var address = IPAddress.Parse("192.0.2.1");
        _table.OnRightKey(address);
        _time.Advance(TimeSpan.FromMinutes(59));
        _table.IsSlowed(address, out var isTrusted);
        Assert.True(isTrusted);
        _time.Advance(TimeSpan.FromMinutes(1));
        _table.IsSlowed(address, out isTrusted);
        Assert.False(isTrusted);
    }

    private bool IsSlowed(IPAddress address) => _table.IsSlowed(address, out _);

    private void Exhaust(IPAddress address)
    {
        for (var i = 1; i <= WrongKeyTable.Burst; i++) Assert.Equal(i == WrongKeyTable.Burst, _table.OnWrongKey(address));
    }
}
