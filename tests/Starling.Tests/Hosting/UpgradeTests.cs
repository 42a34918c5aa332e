using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Starling.Tests.Hosting;

/// <summary>A client on a real socket of an application with the engine inside.</summary>
public sealed class UpgradeTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]   // what connections with TLS always do
    public async Task A_client_is_answered_with_and_without_direct_writes_to_the_socket(bool directSocketWrites)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_deadline);
        await using var application = await StartAsync(directSocketWrites, deadline.Token);
        using var client = new ClientWebSocket();
        var address = application.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal);
        await client.ConnectAsync(new Uri($"{address}/connection/websocket"), deadline.Token);
        await client.SendAsync("""{"id":1,"connect":{}}"""u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);

        var buffer = new byte[1024];
        var reply = await client.ReceiveAsync(buffer, deadline.Token);
        Assert.StartsWith("{\"id\":1,\"connect\":{", Encoding.UTF8.GetString(buffer, 0, reply.Count), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(bool directSocketWrites, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddStarling(options =>
        {
            options.Client.Insecure = true;
            options.WebSocket.DirectSocketWrites = directSocketWrites;
        });
        var application = builder.Build();
        application.MapStarling();
        await application.StartAsync(cancellationToken);
        return application;
    }
}
