using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>C# of docs/channels.md, compiled; a test keeps the two equal.</summary>
internal static class KnownMessages
{
    public static void Run(WebApplicationBuilder builder)
    {
        // snippet
        builder.Services.AddStarling()
            .AllowMessage("chat", "line", ChatJson.Default.ChatLine, line => line.Text.Length is > 0 and <= 500 ? null : "text has 1 to 500 characters")
            .AllowMessage("chat", "line", ChatJson.Default.ChatLineV2, version: 2);
        // end
    }
}

internal sealed record ChatLine([property: JsonRequired] string Text);

internal sealed record ChatLineV2([property: JsonRequired] string Text, string? ReplyTo);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChatLine))]
[JsonSerializable(typeof(ChatLineV2))]
internal sealed partial class ChatJson : JsonSerializerContext;
