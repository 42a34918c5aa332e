using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of README.md, compiled; a test keeps the two equal.</summary>
internal static class Embedding
{
    public static void Run(string[] args)
    {
        // snippet
        var builder = WebApplication.CreateBuilder(args);
        builder.Services
            .AddStarling(options =>
            {
                options.Client.AllowedOrigins = ["http://localhost:8000", "http://localhost:5173"];   // pages of its own, and of Vite
                options.Channel.WithoutNamespace.AllowSubscribeForClient = true;
                options.Channel.WithoutNamespace.AllowPublishForSubscriber = true;
            })
            .OnConnecting(context => ValueTask.FromResult(ConnectingResult.Accept(user: "42")));   // ask your session here

        var app = builder.Build();
        app.MapStarling();
        app.MapPost("/hello", async (ChannelPublisher publisher) =>
            (await publisher.PublishAsync("news", """{"text":"hello"}"""u8.ToArray()))?.Message ?? "published");
        app.Run("http://localhost:8000");
        // end
    }
}
