using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/keyed-state.md, compiled; a test keeps the two equal.</summary>
internal static class WritingKeys
{
    public static void Map(WebApplication app)
    {
        // snippet
        app.MapPost("/cards/{id}/done", async (string id, KeyedState state) =>
        {
            var written = await state.SetAsync("board:1", id, """{"column":"done"}"""u8.ToArray(),
                new KeyedWriteOptions { Condition = KeyedWriteCondition.IfExists });
            return written.IsWritten ? Results.NoContent() : Results.NotFound();
        });
        // end
    }
}
