using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Starling.Server.Hosting;

/// <summary>Settings of the runtime and of the web server's socket layer that a library must not make for its host, but a
/// process may make for itself. All of them are here.</summary>
internal static class RuntimeSettings
{
    /// <summary>To be called before the first socket, the first use of the thread pool and before the web server is loaded: they read
    /// these once.</summary>
    public static void ApplyToProcess()
    {
        // A completed receive goes on in the thread that polls the sockets instead of being handed to the thread pool, which
        // about halves the processor time of many small messages. The price: no code on that way may block, so what belongs to
        // applications leaves that thread first, and so does a peer that sends without a pause (FairInput).
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

        // A thread of the pool that has nothing to do sleeps at once instead of spinning for a while. It is woken for every message
        // that many get, and then often has nothing else to do: the spinning took half of the processor time of a server with
        // little load, and that time from whoever sends.
        AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);

        // A lone line feed does not end a header line: what two parsers read differently can smuggle a request (attack A06).
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true);
    }

    public static void ApplyToSockets(SocketTransportOptions sockets)
    {
        // The other half of inline completions: the pipe between socket and web server does not change threads either.
        sockets.UnsafePreferInlineScheduling = true;
        // What a peer can send ahead while it has to wait is worked through in one piece afterwards, and held meanwhile.
        sockets.MaxReadBufferSize = 128 * 1024;
    }
}
