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
                options.Channel.WithoutNamespace.AllowSubscribeForClient = true;
                options.Channel.WithoutNamespace.AllowPublishForSubscriber = true;
            })
            .OnConnecting(context => ValueTask.FromResult(ConnectingResult.Accept(user: "42")));   // ask your session here

        var app = builder.Build();
        app.MapStarling();
        app.MapPost("/hello", (ChannelPublisher publisher) => publisher.PublishAsync("news", """{"text":"hello"}"""u8.ToArray()));
        app.Run("http://localhost:8000");
        // end
    }
}
