using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/shared-poll.md, compiled; a test keeps the two equal.</summary>
internal static class SharedPolling
{
    private sealed record Product(string Key, byte[] Json);

    private interface IShop
    {
        Task<IReadOnlyList<Product>> ReadStockAsync(IEnumerable<string> keys, CancellationToken cancellationToken);
    }

    private static void Add(WebApplicationBuilder builder, IShop shop)
    {
        // snippet
        builder.Services
            .AddStarling(options =>
            {
                var stock = new ChannelNamespaceOptions
                {
                    Name = "stock",
                    SubscriptionType = ChannelSubscriptionType.SharedPoll,
                    AllowSubscribeForClient = true,
                };
                stock.SharedPoll.RefreshInterval = TimeSpan.FromSeconds(5);
                options.Channel.Namespaces.Add(stock);
                options.SharedPoll.HmacSecretKey = builder.Configuration["StockSecret"]!;
            })
            .OnPolling(async context => new PollingResult(
                [.. (await shop.ReadStockAsync(context.Items.Select(item => item.Key), context.Cancelled))
                    .Select(product => new PolledValue(product.Key, product.Json))]));
        // end
    }

    private static string Sign(string secret, string user, string[] keys)
    {
        // snippet
        var signature = TrackSignature.Create(secret, user, "stock:all", keys, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddMinutes(10));
        // end
        return signature;
    }
}
