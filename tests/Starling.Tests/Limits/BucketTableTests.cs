using System.Net;
using Starling.Limits;

namespace Starling.Tests.Limits;

[Collection(nameof(WebSockets.MemoryTests))]   // alone: it looks at the memory of the process
public sealed class BucketTableTests
{
    [Fact]
    public void Coming_back_does_not_fill_a_bucket()
    {
        var table = new BucketTable<string>();
        var buckets = table.Hold("ada")!;
        buckets[LimitKind.Publish] = 5_000_000_000;
        table.Leave("ada", buckets);
        table.ForgetFull(4_999);
        Assert.Same(buckets, table.Find("ada"));
        table.ForgetFull(5_000);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Buckets_that_connections_hold_stay()
    {
        var table = new BucketTable<string>();
        var buckets = table.Hold("ada")!;
        Assert.Same(buckets, table.Hold("ada"));
        table.Leave("ada", buckets);
        table.ForgetFull(1_000);
        Assert.Same(buckets, table.Find("ada"));
        table.Leave("ada", buckets);
        table.ForgetFull(1_000);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void So_many_may_hold_them_and_no_more()
    {
        var table = new BucketTable<string>();
        var buckets = table.Hold("ada", 2)!;
        Assert.NotNull(table.Hold("ada", 2));
        Assert.Null(table.Hold("ada", 2));
        Assert.NotNull(table.Hold("ben", 2));
        table.Leave("ada", buckets);
        Assert.NotNull(table.Hold("ada", 2));
    }

    [Fact]
    public void A77_A_flood_from_a_million_networks_is_not_remembered_without_bound_and_shuts_nobody_out()
    {
        var table = new BucketTable<IPAddress>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 1_000_000; i++)
        {
            var buckets = table.Find(new IPAddress(i));
            buckets[LimitKind.Connect] = long.MaxValue;
        }
        Assert.Equal(BucketTable<IPAddress>.IdleMax, table.Count);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 * 1024 * 1024);
        Assert.Equal(0, table.Find(IPAddress.Broadcast)[LimitKind.Connect]);
        Assert.NotNull(table.Hold(IPAddress.Broadcast, 1));
        Assert.Null(table.Hold(IPAddress.Broadcast, 1));
        GC.KeepAlive(table);
    }

    [Fact]
    public void A77_An_IPv6_network_is_one_address_and_a_mapped_IPv4_address_is_itself()
    {
        Assert.Equal(AddressNetwork.Of(IPAddress.Parse("2001:db8:1:2::1")), AddressNetwork.Of(IPAddress.Parse("2001:db8:1:2:ffff::9")));
        Assert.NotEqual(AddressNetwork.Of(IPAddress.Parse("2001:db8:1:2::1")), AddressNetwork.Of(IPAddress.Parse("2001:db8:1:3::1")));
        Assert.Equal(IPAddress.Parse("192.0.2.1"), AddressNetwork.Of(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.Equal(IPAddress.Loopback, AddressNetwork.Of(null));
    }
}
