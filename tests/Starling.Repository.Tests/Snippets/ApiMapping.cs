using Microsoft.AspNetCore.Builder;

namespace Starling.Repository.Tests.Snippets;

/// <summary>The C# of docs/http-api.md, compiled; a test keeps the two equal.</summary>
internal static class ApiMapping
{
    public static void Map(WebApplication app)
    {
        // snippet
        app.MapStarling();
        app.MapWhen(context => context.Connection.LocalPort == 9000, port => port.UseRouting().UseEndpoints(endpoints => endpoints.MapStarlingApi()));
        // end
    }
}
