using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/presence.md, compiled; a test keeps the two equal.</summary>
internal static class AskingForMembers
{
    public static void Map(WebApplication app)
    {
        // snippet
        app.MapGet("/rooms/{room}/people", async (string room, ChannelMembers members, CancellationToken cancellationToken) =>
            (await members.ListAsync($"room:{room}", cancellationToken)).Clients.Select(client => client.User));
        // end
    }
}
