using System.Net;
using System.Net.Sockets;
using Starling.TestKit;
using Starling.Transports;

namespace Starling.Tests.Transports;

public sealed class SocketOutputTests : IDisposable
{
    private readonly Socket _ours;
    private readonly Socket _peer;

    public SocketOutputTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        _peer.Connect(listener.LocalEndPoint!);
        _ours = listener.Accept();
        _ours.SendBufferSize = 4096;
    }

    public void Dispose()
    {
        _ours.Dispose();
        _peer.Dispose();
    }

    private async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var received = await _peer.ReceiveAsync(bytes.AsMemory(done), SocketFlags.None, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, received);
            done += received;
        }
        return bytes;
    }

    [Fact]
    public async Task What_the_socket_takes_at_once_needs_no_task()
    {
        var output = new SocketOutput(_ours);
        Assert.Equal(default, output.WriteAsync("hello"u8.ToArray()));
        Assert.Equal(5, output.BytesAccepted);
        Assert.Equal("hello"u8.ToArray(), await ReceiveAsync(5));
    }

    [Fact]
    public async Task What_the_socket_does_not_take_waits_in_a_copy_and_follows_in_order()
    {
        var output = new SocketOutput(_ours);
        var bytes = Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7 >> 3)).ToArray();
        var write = output.WriteAsync(bytes);
        Assert.False(write.IsCompleted);
        var accepted = output.BytesAccepted;
        Assert.InRange(accepted, 1, bytes.Length - 1);
        var expected = bytes.ToArray();
        Array.Clear(bytes);   // the caller's memory is free at once
        Assert.Equal(expected, await ReceiveAsync(expected.Length));
        await write;
        Assert.Equal(expected.Length, output.BytesAccepted);
    }

    [Fact]
    public async Task A79_A_peer_that_reads_slowly_shows_progress_before_all_is_sent()
    {
        var output = new SocketOutput(_ours);
        var write = output.WriteAsync(new byte[1_000_000]);
        var accepted = output.BytesAccepted;
        var received = 0;
        while (output.BytesAccepted == accepted)
        {
            Assert.False(write.IsCompleted);
            received += (await ReceiveAsync(1_000)).Length;
        }
        Assert.InRange(received, 1, 500_000);
        Assert.False(write.IsCompleted);
        await ReceiveAsync(1_000_000 - received);
        await write;
    }

    [Fact]
    public async Task A_peer_that_has_gone_is_an_IOException()
    {
        var output = new SocketOutput(_ours);
        _peer.Close(timeout: 0);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true) await output.WriteAsync(new byte[1000]);
        });
    }

    [Fact]
    public async Task Aborting_ends_a_pending_write_and_resets_the_connection()
    {
        var output = new SocketOutput(_ours);
        var write = output.WriteAsync(new byte[10_000_000]).AsTask();
        output.Abort();
        await Assert.ThrowsAnyAsync<Exception>(() => write.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await _peer.ReceiveAsync(new byte[1 << 20], SocketFlags.None, TestContext.Current.CancellationToken) > 0)
            {
            }
        });
    }

    [Fact]
    public async Task Ending_our_side_lets_the_peer_go_on()
    {
        var output = new SocketOutput(_ours);
        await output.WriteAsync("last"u8.ToArray());
        Assert.True(output.TryShutdownSend());
        await ReceiveAsync(4);
        Assert.Equal(0, await _peer.ReceiveAsync(new byte[1], SocketFlags.None, TestContext.Current.CancellationToken));
        await _peer.SendAsync("more"u8.ToArray(), SocketFlags.None, TestContext.Current.CancellationToken);
        var received = new byte[4];
        Assert.Equal(4, await _ours.ReceiveAsync(received, SocketFlags.None, TestContext.Current.CancellationToken));
        Assert.True(output.TryShutdownSend());
    }
}
