using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using Spectre.Console;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Load;
using Starling.Server.Hosting;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench run</c>: one run against one server, the result as a table and as JSON.</summary>
internal static class BenchRunCommand
{
    private const int Clean = 0, NotClean = 1, Refused = 2;

    private static readonly Option<Uri> s_url = BenchOptions.Url(
        "--url", "ws://127.0.0.1:8000", "WebSocket URL of the server; without a path, the protocol's usual one");

    private static readonly Option<BenchProtocol> s_wire = BenchOptions.Choice(
        "--wire", BenchProtocol.Json, "json and protobuf: the Centrifuge protocol; plain, signalr, socketio: the servers in bench/peers");

    private static readonly Option<BenchTransport> s_transport = BenchOptions.Choice(
        "--transport", BenchTransport.WebSocket, "what subscribers and idle connections come over; the others speak JSON (fanout and idle)");

    private static readonly Option<LoadMode> s_mode = BenchOptions.Choice(
        "--mode", LoadMode.Fanout, "fanout: own publishers, all others subscribe; members: everyone publishes; echo: calls in a closed loop; idle");

    private static readonly Option<int> s_connections = BenchOptions.Number(
        "--connections", 1000, 1, "Connections that subscribe, call or idle");

    private static readonly Option<int> s_rooms = BenchOptions.Number("--rooms", 1, 0, "Rooms they are dealt out to; 0 only for idle");

    private static readonly Option<double> s_rate = new("--rate")
    {
        Description = "Publications per second and room (fanout) or member (members)",
        HelpName = "n",
        DefaultValueFactory = _ => 50,
    };

    private static readonly Option<bool> s_saturate = new("--saturate")
    {
        Description = "Publish as fast as the server takes it instead of at a rate (fanout)",
    };

    private static readonly Option<int> s_inFlight = BenchOptions.Number(
        "--in-flight", 64, 1, "Publications on their way at a time with --saturate");

    private static readonly Option<int> s_publishers = BenchOptions.Number("--publishers", 1, 1, "Connections that publish (fanout)");

    private static readonly Option<int> s_payload = BenchOptions.Number(
        "--payload", 128, Frames.Payload.BytesMin, "Bytes of data per publication, a JSON string");

    private static readonly Option<TimeSpan> s_duration = BenchOptions.Time("--duration", "20s", "Measured time, as 20s, 500ms or 1m");

    private static readonly Option<TimeSpan> s_warmup = BenchOptions.Time(
        "--warmup", "5s", "The same load before it, not measured; a JIT-compiled server wants 30s");

    private static readonly Option<int?> s_serverPid = new("--server-pid")
    {
        Description = "The server's process: measures its CPU time and memory",
        HelpName = "pid",
    };

    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file, too", HelpName = "file" };

    private static readonly Option<bool> s_quiet = new("--quiet") { Description = "Show neither progress nor table" };

    public static Command Create()
    {
        var command = new Command("run", "Run one workload against one server.")
        {
            s_url, s_wire, s_transport, s_mode, s_connections, s_rooms, s_rate, s_saturate, s_inFlight, s_publishers, s_payload,
            s_duration, s_warmup, s_serverPid, s_json, s_quiet,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var settings = new RunSettings
        {
            Url = arguments.GetRequiredValue(s_url),
            Protocol = arguments.GetValue(s_wire),
            Transport = arguments.GetValue(s_transport),
            Mode = arguments.GetValue(s_mode),
            Connections = arguments.GetValue(s_connections),
            Rooms = arguments.GetValue(s_rooms),
            Publishers = arguments.GetValue(s_publishers),
            Rate = arguments.GetValue(s_rate),
            Saturate = arguments.GetValue(s_saturate),
            InFlight = arguments.GetValue(s_inFlight),
            PayloadBytes = arguments.GetValue(s_payload),
            Warmup = arguments.GetValue(s_warmup),
            Duration = arguments.GetValue(s_duration),
            ServerPid = arguments.GetValue(s_serverPid),
        };
        if (settings.Rooms == 0 && settings.Mode is (LoadMode.Fanout or LoadMode.Members))
        {
            Console.Error.WriteLine("--rooms 0 makes sense only with --mode idle or echo.");
            return Refused;
        }
        if (settings.Transport != BenchTransport.WebSocket && settings.Mode is (LoadMode.Members or LoadMode.Echo))
        {
            Console.Error.WriteLine("--transport works with --mode fanout and idle: the others send on the same connection.");
            return Refused;
        }
        if (!FileLimit.Allows(settings.Connections, out var limit))
        {
            Console.Error.WriteLine($"{settings.Connections} connections need more open files than this process may have ({limit}). " +
                "Raise the limit (ulimit -n) for the load generator and for the server.");
            return Refused;
        }
        try
        {
            var isQuiet = arguments.GetValue(s_quiet);
            var report = isQuiet ? Execute(settings, _ => { }) : WithProgress(settings);
            if (arguments.GetValue(s_json) is { } file)
            {
                File.WriteAllText(file.FullName, JsonSerializer.Serialize(report, RunReportJson.Default.RunReport) + "\n");
            }
            if (!isQuiet) AnsiConsole.Write(RunTable.Of(report));
            return report.IsClean ? Clean : NotClean;
        }
        catch (Exception error) when (error is SocketException or InvalidDataException or InvalidOperationException or ArgumentException)
        {
            Console.Error.WriteLine($"{settings.Url}: {error.Message}");
            return Refused;
        }
    }

    private static RunReport Execute(RunSettings settings, Action<string> progress)
    {
        using var run = new LoadRun(settings, progress);
        return run.Execute();
    }

    private static RunReport WithProgress(RunSettings settings) =>
        // Without a terminal every change would become a line of its own.
        AnsiConsole.Profile.Capabilities.Interactive
            ? AnsiConsole.Status().Start("connecting", status => Execute(settings, text => status.Status(Markup.Escape(text))))
            : Execute(settings, _ => { });
}
