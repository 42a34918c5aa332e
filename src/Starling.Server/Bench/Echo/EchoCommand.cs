using System.CommandLine;

namespace Starling.Server.Bench.Echo;

/// <summary>The command <c>bench echo</c>: the frame layer alone, for conformance suites and as the ceiling of a benchmark.</summary>
internal static class EchoCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Listen on this port of this machine.", HelpName = "N", DefaultValueFactory = _ => 9001 };
        var deflate = new Option<bool>("--deflate") { Description = "Agree to compression (permessage-deflate)." };
        var pipe = new Option<bool>("--pipe") { Description = "Write through the web server's pipe instead of straight to the socket." };
        var command = new Command("echo", "Send every WebSocket message back as it came, at any path.") { port, deflate, pipe };
        command.SetAction((arguments, cancellationToken) => new EchoServer
        {
            Port = arguments.GetValue(port),
            Deflate = arguments.GetValue(deflate),
            DirectSocketWrites = !arguments.GetValue(pipe),
        }.RunAsync(arguments.InvocationConfiguration.Output, cancellationToken));
        return command;
    }
}
