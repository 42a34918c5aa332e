using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Starling.Server.Hosting;

/// <summary>Ends connections of peers that connect and say nothing (attack A09). The web server itself gives them the time of an
/// idle connection between two requests, which is two minutes.</summary>
internal static class SilentPeers
{
    private static readonly TimeSpan s_firstByteTimeout = TimeSpan.FromSeconds(10);

    /// <summary>To be the first to see a connection, before encryption.</summary>
    public static ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        if (await SpeaksAsync(connection.Transport.Input)) await next(connection);
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
