using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/http-api.md, compiled; a test keeps the two equal.</summary>
internal static class ApiMapping
{
    public static void Map(WebApplication app)
    {
        // snippet
        app.MapStarling();
        app.MapStarlingApi().RequireHost("*:9000");
        // end
    }
}
