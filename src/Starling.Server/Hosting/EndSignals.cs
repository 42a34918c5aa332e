using System.Runtime.InteropServices;

namespace Starling.Server.Hosting;

/// <summary>The signals that ask the process to end, from its first moment to its last.</summary>
/// <remarks>The host listens only between its start and its end. Before, a signal would kill the process; after, a second one
/// would, and the exit code would say that something went wrong.</remarks>
internal static class EndSignals
{
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>Listens for the rest of the process's life. Called once, by the command that is all the process does.</summary>
    /// <returns>Is cancelled by the first signal; later ones change nothing.</returns>
    public static CancellationToken Listen()
    {
        var ending = new CancellationTokenSource();
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;   // the default would be to kill the process
                ending.Cancel();
            }));
        }
        return ending.Token;
    }
}
