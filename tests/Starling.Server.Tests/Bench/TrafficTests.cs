using System.Net.Sockets;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Load;

namespace Starling.Server.Tests.Bench;

public sealed class TrafficTests : IDisposable
{
    private readonly Traffic _traffic = new() { IsMeasuring = true };
    private readonly Swarm _swarm;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly BenchConnection[] _subscribers;

    public TrafficTests()
    {
        _swarm = new Swarm(new Uri("ws://127.0.0.1:1"), BenchDriver.Create(BenchProtocol.Plain), _traffic);
        _subscribers = [.. Enumerable.Range(0, 3).Select(i => new BenchConnection(_swarm, _socket, i, null) { Seen = new uint[1] })];
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _socket.Dispose();
    }

    [Fact]
    public void A_publication_is_complete_with_its_last_copy()
    {
        var completed = new List<BenchConnection>();
        _traffic.Completed = completed.Add;
        var number = Publish(1);

        _traffic.OnCopy(_subscribers[0], number);
        _traffic.OnCopy(_subscribers[2], number);
        Assert.Equal(1, _traffic.InFlight);
        Assert.Empty(completed);

        _traffic.OnCopy(_subscribers[1], number);
        Assert.Equal(0, _traffic.InFlight);
        Assert.Equal([_subscribers[1]], completed);
        Assert.Equal(3, _traffic.Latency.Count);
        Assert.Equal(1, _traffic.LastCopy.Count);
        Assert.Equal(_traffic.MeasuredExpected, _traffic.MeasuredCopies);
    }

    [Fact]
    public void A_missing_copy_is_a_difference_between_expected_and_received()
    {
        var (first, second) = (Publish(1), Publish(2));
        foreach (var subscriber in _subscribers) _traffic.OnCopy(subscriber, second);
        _traffic.OnCopy(_subscribers[0], first);

        Assert.Equal(6, _traffic.MeasuredExpected);
        Assert.Equal(4, _traffic.MeasuredCopies);
        Assert.Equal(1, _traffic.InFlight);
    }

    [Fact]
    public void The_same_copy_twice_is_counted_as_repeated_and_not_as_received()
    {
        var number = Publish(1);
        _traffic.OnCopy(_subscribers[0], number);
        _traffic.OnCopy(_subscribers[0], number);

        Assert.Equal(1, _traffic.Duplicates);
        Assert.Equal(1, _traffic.MeasuredCopies);
        Assert.Equal(1, _traffic.InFlight);
    }

    [Fact]
    public void A_copy_after_its_successor_is_out_of_order()
    {
        var (first, second) = (Publish(1), Publish(2));
        _traffic.OnCopy(_subscribers[0], second);
        _traffic.OnCopy(_subscribers[0], first);
        _traffic.OnCopy(_subscribers[1], first);
        _traffic.OnCopy(_subscribers[1], second);

        Assert.Equal(1, _traffic.OrderErrors);
        Assert.Equal(0, _traffic.Duplicates);
    }

    [Fact]
    public void A_number_nobody_sent_is_counted_as_repeated()
    {
        _traffic.OnCopy(_subscribers[0], 12345);
        Assert.Equal(1, _traffic.Duplicates);
        Assert.Equal(0, _traffic.MeasuredCopies);
    }

    [Fact]
    public void What_was_sent_before_measuring_counts_only_as_arrival()
    {
        _traffic.IsMeasuring = false;
        var number = Publish(1);
        _traffic.IsMeasuring = true;
        foreach (var subscriber in _subscribers) _traffic.OnCopy(subscriber, number);

        Assert.Equal(3, _traffic.Arrivals);
        Assert.Equal(0, _traffic.MeasuredCopies);
        Assert.Equal(0, _traffic.Latency.Count);
    }

    private uint Publish(uint sequence) => _traffic.Begin(member: 0, sequence, expected: 3);
}
