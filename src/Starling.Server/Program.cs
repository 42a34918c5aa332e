using Starling.Server.Commands;
using Starling.Server.Hosting;

namespace Starling.Server;

/// <summary>The executable <c>starling</c>.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        RuntimeSettings.ApplyToProcess();
        return StarlingCommand.RunAsync(args);
    }
}
