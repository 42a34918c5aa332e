using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Starling.Server.Tests.Processes;

/// <summary>A configuration file that changes under a running server.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string OldSecret = "the secret before, 32 bytes or more, surely", NewSecret = "the secret after, 32 bytes or more, surely";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A72_SIGHUP_changes_the_keys_of_tokens_and_ends_no_connection()
    {
        Write($$$"""{"client": {"token": {"hmac_secret_key": "{{{OldSecret}}}"} } }""");
        await using var server = ServerProcess.Start(["serve", "--config", _file, "--address", "127.0.0.1", "--port", "0"]);
        var address = await server.AddressAsync();
        using var before = new ClientWebSocket();
        Assert.Contains("\"connect\":{\"client\"", await ConnectAsync(before, address, OldSecret), StringComparison.Ordinal);

        Write($$$"""{"client": {"token": {"hmac_secret_key": "{{{NewSecret}}}"} } }""");
        await server.SignalAsync("HUP");
        await server.LineAsync("Read the configuration again: keys of tokens");
        using var refused = new ClientWebSocket();
        Assert.Equal("3500", await ConnectAsync(refused, address, OldSecret));
        using var after = new ClientWebSocket();
        Assert.Contains("\"connect\":{\"client\"", await ConnectAsync(after, address, NewSecret), StringComparison.Ordinal);
        await SendAsync(before, """{"id":2,"rpc":{"method":"nothing"}}""");
        Assert.Contains("\"id\":2,", await ReceiveAsync(before), StringComparison.Ordinal);

        // What is wrong leaves everything as it was, and the log says why without a secret.
        Write($$$"""{"client": {"ping_interval": "1ms", "token": {"hmac_secret_key": "{{{OldSecret}}}"} } }""");
        await server.SignalAsync("HUP");
        Assert.Contains("client.ping_interval", await server.LineAsync("everything stays as it was"), StringComparison.Ordinal);
        using var still = new ClientWebSocket();
        Assert.Contains("\"connect\":{\"client\"", await ConnectAsync(still, address, NewSecret), StringComparison.Ordinal);
        Assert.DoesNotContain(OldSecret, server.Output, StringComparison.Ordinal);
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.ExitAsync());
    }

    private void Write(string json) => File.WriteAllText(_file, json);

    /// <returns>The reply, or the code of the close.</returns>
    private static async Task<string> ConnectAsync(ClientWebSocket socket, Uri address, string secret)
    {
        await socket.ConnectAsync(new Uri($"ws://{address.Authority}/connection/websocket"), Cancelled);
        await SendAsync(socket, $$$"""{"id":1,"connect":{"token":"{{{Token(secret)}}}"} }""");
        return await ReceiveAsync(socket);
    }

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, Cancelled);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var result = await socket.ReceiveAsync(buffer, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        return result.MessageType == WebSocketMessageType.Close
            ? ((int)result.CloseStatus!).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private static string Token(string secret)
    {
        var signed = Base64Url.EncodeToString("""{"alg":"HS256"}"""u8) + "." + Base64Url.EncodeToString("""{"sub":"42"}"""u8);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)));
    }
}
