using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Starling.Server.Bench.Compare;
using Starling.Server.Hosting;

namespace Starling.Server.Bench.Scenarios;

/// <summary>The server a scenario is played against: <c>bench target</c> on a core of its own.</summary>
internal static class ScenarioServer
{
    private const int Clean = 0, NotClean = 1, Refused = 2;

    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(20);

    /// <summary>Starts the server, plays the scenario and shows its report.</summary>
    /// <param name="clients">Connections it needs.</param>
    /// <param name="options">Of <c>bench target</c>.</param>
    /// <param name="play">From the server's port and process to the report.</param>
    /// <param name="json">Where to write it, too.</param>
    /// <param name="type">How.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The exit code: 0 clean, 1 not, 2 it could not be made.</returns>
    public static async Task<int> PlayAsync<TReport>(
        int clients, string[] options, Func<int, int, Task<TReport>> play, FileInfo? json, JsonTypeInfo<TReport> type, CancellationToken cancellationToken)
        where TReport : IScenarioReport
    {
        if (!FileLimit.Allows(clients, out var limit))
        {
            await Console.Error.WriteLineAsync($"{clients} clients need more open files than this process may have ({limit}). Raise the limit (ulimit -n).");
            return Refused;
        }
        var port = ChildProcess.FreePort();
        string[] target = ["bench", "target", "--port", port.ToString(CultureInfo.InvariantCulture), .. options];
        using var server = ChildProcess.Start(Peer.Self(target), core: 0, Environment.CurrentDirectory);
        if (!await server.ListensAsync(port, s_startPatience, cancellationToken))
        {
            await Console.Error.WriteLineAsync("The server did not start.");
            return Refused;
        }
        var report = await play(port, server.Id);
        if (json is not null) await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(report, type) + "\n", cancellationToken);
        AnsiConsole.Write(report.ToTable());
        return report.IsClean ? Clean : NotClean;
    }
}

/// <summary>What came of a scenario.</summary>
internal interface IScenarioReport
{
    /// <summary>Everything was as it must be.</summary>
    bool IsClean { get; }

    Table ToTable();
}
