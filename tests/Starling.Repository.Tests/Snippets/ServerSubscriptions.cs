using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/channels.md, compiled; a test keeps the two equal.</summary>
internal static class ServerSubscriptions
{
    public static void Add(WebApplicationBuilder builder)
    {
        // snippet
        builder.Services.AddStarling().OnConnecting(context => ValueTask.FromResult(ConnectingResult.Accept(
            user: "42",
            subscriptions: new Dictionary<string, ServerSubscription>
            {
                ["news"] = new(),
                ["orders:42"] = new() { Override = new SubscriptionOverride { ForceRecovery = true } },
            })));
        // end
    }
}
