using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Starling.Server.Hosting;

/// <summary>Meets every connection before anything else does. Peers that connect and say nothing are gone in ten seconds (attack
/// A09; the web server itself gives them the time of an idle connection between two requests, which is two minutes). And there are
/// never more connections than the process has files for: out of files, the accept loop would spin, and the runtime ends the
/// process when it cannot map memory (attack A78).</summary>
/// <param name="connectionsMax">0: any number.</param>
internal sealed class PeerGuard(int connectionsMax)
{
    /// <summary>Files for everything that is no connection of a client, with room for sockets that are being closed.</summary>
    private const int ReservedFiles = 256;

    private const int ConnectionsMin = 16;

    private static readonly TimeSpan s_firstByteTimeout = TimeSpan.FromSeconds(10);

    private int _open;

    /// <summary>The guard of a process with so many files.</summary>
    /// <param name="fileLimit">0: unknown, or any number.</param>
    public static PeerGuard For(int fileLimit) => new(fileLimit == 0 ? 0 : Math.Max(ConnectionsMin, fileLimit - ReservedFiles));

    /// <summary>Counts a connection that was accepted; it is counted off when it is over.</summary>
    /// <returns><see langword="false"/> when there is no room: whoever accepted it closes it.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= connectionsMax || connectionsMax == 0) return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>To be the first to see a connection, before encryption.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        try
        {
            if (await SpeaksAsync(connection.Transport.Input)) await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };

    private static async ValueTask<bool> SpeaksAsync(PipeReader input)
    {
        using var deadline = new CancellationTokenSource(s_firstByteTimeout, TimeProvider.System);
        try
        {
            var read = await input.ReadAsync(deadline.Token);
            input.AdvanceTo(read.Buffer.Start);   // nothing is taken: the next reader gets it at once
            return !read.IsCompleted || !read.Buffer.IsEmpty;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            return false;   // too slow, or gone
        }
    }
}
