using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>What only a real server and a real socket can show.</summary>
public sealed class SocketTests
{
    private static WebSocketHandshakeOptions Writes(bool direct) => new() { DirectSocketWrites = direct };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A17_After_a_protocol_error_good_answers_and_the_close_frame_arrive_every_time_and_no_reset_comes_first(bool direct)
    {
        await using var server = await KestrelEcho.StartAsync(Writes(direct));
        var garbage = new byte[32 * 1024];
        await Parallel.ForAsync(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (run, _) =>
        {
            using var client = await RawClient.OpenAsync(server.Port);
            await client.SendAsync([
                .. TestConnection.Concat(TestFrame.Text("good 1"), TestFrame.Text("good 2"), TestFrame.Text("bad") with { Rsv = run % 2 == 0 ? 2 : 4 }),
                .. garbage]);
            var frames = await client.ReadToCloseAsync();
            Assert.Equal(["good 1", "good 2"], frames[..^1].Select(frame => frame.Text));
            Assert.Equal(1002, frames[^1].CloseCode);
            client.ShutdownSend();
            await client.ReadToEndAsync();   // throws on a reset
        });
        Assert.Equal(500, server.Accepted.Count);
        await Eventually.IsTrueAsync(() => server.Accepted.All(handler => handler.Closed is not null), "all connections to be over");
        Assert.All(server.Accepted, handler => Assert.Equal(CloseOrigin.ProtocolError, handler.Closed?.Origin));
    }

    [Fact]
    public async Task A17_With_direct_writes_the_FIN_follows_the_close_frame_while_we_still_read()
    {
        await using var server = await KestrelEcho.StartAsync(Writes(direct: true));
        using var client = await RawClient.OpenAsync(server.Port);
        await client.SendAsync(TestFrame.Text("x").Unmasked());
        var frames = SimpleParser.ParseAll(await client.ReadToEndAsync());   // the FIN came although we have not ended our side
        Assert.Equal(1002, Assert.Single(frames).CloseCode);
        await client.SendAsync(new byte[100_000]);
        client.ShutdownSend();
        await Eventually.IsTrueAsync(() => server.Accepted.Single().Closed is not null, "the connection to be over");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A26_TCP_is_closed_within_two_seconds_after_the_peers_close(bool direct)
    {
        await using var server = await KestrelEcho.StartAsync(Writes(direct));
        using var client = await RawClient.OpenAsync(server.Port);
        await client.SendAsync(TestFrame.Text("last"), TestFrame.Close(1000, "bye"), TestFrame.Text("late"), TestFrame.Close(1001));
        var start = TimeProvider.System.GetTimestamp();
        var frames = SimpleParser.ParseAll(await client.ReadToEndAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal([1, 8], frames.Select(frame => frame.Opcode));
        Assert.Equal(1000, frames[^1].CloseCode);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A29_Many_senders_pings_and_a_close_at_once_through_small_buffers_give_whole_frames(bool direct, bool aborts)
    {
        const int Senders = 8, Frames = 100;
        await using var server = await KestrelEcho.StartAsync(
            Writes(direct), new WebSocketSettings { CloseTimeout = TimeSpan.FromSeconds(60) }, sendBuffer: 2 * 1024);
        using var client = await RawClient.OpenAsync(server.Port, receiveBuffer: 2 * 1024);
        await client.SendAsync(TestFrame.Text("start"));
        await client.ReadFramesAsync(1);
        var handler = server.Accepted.Single();
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() => SendMany(handler, sender, Frames), TestContext.Current.CancellationToken)));
        var pinging = Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await client.SendAsync(TestFrame.Ping("ping " + i));
        }, TestContext.Current.CancellationToken);
        if (aborts)
        {
            await client.ReceiveAsync();
            handler.Session!.Abort();
            await sending;
            return;   // A28: what the pools hold afterwards is looked at by the test of the canaries
        }
        var reading = client.ReadToCloseAsync();
        await Task.WhenAll(sending, pinging);
        handler.Session!.Close(3000, "enough");
        var frames = await reading;
        AssertWholeAndInOrder(frames, Senders, Frames);
        Assert.Equal(3000, frames[^1].CloseCode);
    }

    private static void SendMany(RecordingHandler handler, int sender, int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            var payload = new byte[8 + i * 7 % 900];
            BinaryPrimitives.WriteInt32BigEndian(payload, sender);
            BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), i);
            payload.AsSpan(8).Fill((byte)sender);
            handler.Send(FrameWriter.Prepare(Opcode.Binary, payload));
        }
    }

    private static void AssertWholeAndInOrder(List<ParsedFrame> frames, int senders, int each)
    {
        var next = new int[senders];
        foreach (var frame in frames.Where(frame => frame.Opcode == 2))
        {
            var sender = BinaryPrimitives.ReadInt32BigEndian(frame.Payload);
            Assert.Equal(next[sender]++, BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4)));
            Assert.False(frame.Payload.AsSpan(8).ContainsAnyExcept((byte)sender));
        }
        Assert.All(next, count => Assert.Equal(each, count));
    }

    [Fact]
    public async Task A28_No_byte_of_a_pooled_buffer_gets_out_and_no_buffer_is_given_back_twice()
    {
        const byte Canary = 0xCA;
        var sizes = Enumerable.Range(8, 10).Select(power => 1 << power).ToArray();
        foreach (var size in sizes)
        {
            var rented = Enumerable.Range(0, 20).Select(_ => ArrayPool<byte>.Shared.Rent(size)).ToList();
            foreach (var array in rented)
            {
                Array.Fill(array, Canary);
                ArrayPool<byte>.Shared.Return(array);
            }
        }
        for (var run = 0; run < 3; run++)
        {
            await A29_Many_senders_pings_and_a_close_at_once_through_small_buffers_give_whole_frames(direct: true, aborts: run % 2 == 0);
        }
        await using var server = await KestrelEcho.StartAsync(new WebSocketHandshakeOptions { Compression = true });
        using var client = await RawClient.OpenAsync(server.Port, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        for (var i = 0; i < 50; i++)
        {
            var parts = Enumerable.Range(0, 5).Select(_ => new byte[1 + i * 37]).ToArray();
            await client.SendAsync([.. parts.Select((part, n) => new TestFrame { Opcode = n == 0 ? 2 : 0, Fin = n == 4, Payload = part })]);
            await client.SendAsync(TestFrame.Binary(Deflated.Message(new byte[i * 997])).Compressed());
        }
        server.Accepted.Single().Session!.Close(3000, "odd \ufffd reason");
        var frames = await client.ReadToCloseAsync();
        Assert.All(frames, frame => Assert.False(frame.Payload.AsSpan().Contains(Canary)));
        foreach (var size in sizes)
        {
            var rented = Enumerable.Range(0, 200).Select(_ => ArrayPool<byte>.Shared.Rent(size)).ToList();
            Assert.Equal(200, rented.Distinct(ReferenceEqualityComparer.Instance).Count());
            rented.ForEach(array => ArrayPool<byte>.Shared.Return(array));
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task The_frameworks_client_is_understood(bool compression, bool direct)
    {
        await using var server = await KestrelEcho.StartAsync(new WebSocketHandshakeOptions
        {
            Compression = compression,
            DirectSocketWrites = direct,
            Subprotocols = ["echo"],
        });
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("echo");
        if (compression) client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}/any/path"), TestContext.Current.CancellationToken);
        Assert.Equal("echo", client.SubProtocol);
        await AssertEchoesAsync(client);
        Assert.True(server.Accepted.Single().Closed is null or { IsClean: true });
    }

    [Fact]
    public async Task A_WebSocket_over_TLS_is_served_through_the_pipe()
    {
        using var certificate = SelfSigned();
        await using var server = await KestrelEcho.StartAsync(listen: endpoint => endpoint.UseHttps(certificate));
        using var client = new ClientWebSocket();
        client.Options.RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString();
        await client.ConnectAsync(new Uri($"wss://localhost:{server.Port}/"), TestContext.Current.CancellationToken);
        await AssertEchoesAsync(client);
    }

    [Fact]
    public async Task A_WebSocket_over_HTTP2_is_served()
    {
        await using var server = await KestrelEcho.StartAsync(
            new WebSocketHandshakeOptions { Compression = true }, listen: endpoint => endpoint.Protocols = HttpProtocols.Http2);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = System.Net.HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}/"), http, TestContext.Current.CancellationToken);
        await AssertEchoesAsync(client);
        Assert.NotNull(server.Accepted.Single());
    }

    private static async Task AssertEchoesAsync(ClientWebSocket client)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        foreach (var size in (int[])[0, 1, 125, 126, 4096, 50_000, 65_536])
        {
            var sent = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, size).Select(i => (char)('a' + i % 26))));
            await client.SendAsync(sent, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            var received = new byte[size + 1];
            var count = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await client.ReceiveAsync(received.AsMemory(count), cancellationToken);
                count += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(sent, received[..count]);
        }
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", cancellationToken);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
