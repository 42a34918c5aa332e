using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Starling.Limits;

namespace Starling.Server.Hosting;

/// <summary>Meets every connection before anything else does. Peers that connect and say nothing are gone in ten seconds (attack
/// A09; the web server itself gives them the time of an idle connection between two requests, which is two minutes). And there are
/// never more connections than the process has files for: out of files, the accept loop would spin, and the runtime ends the
/// process when it cannot map memory (attack A78). Nor can one address take all of them with requests that are answered and followed by nothing (attack A77).</summary>
/// <param name="connectionsMax">0: any number.</param>
/// <param name="addressMax">Of one address, as <see cref="AddressNetwork"/> counts them. 0: any number.</param>
/// <param name="isProxy">Whose connections belong to many peers, so that they are not counted by address.</param>
internal sealed class PeerGuard(int connectionsMax, int addressMax = 0, Predicate<IPAddress>? isProxy = null)
{
    /// <summary>TCP connections for each that a client may hold: a browser opens up to six to one host for its requests, beside the one that stays.</summary>
    private const int ConnectionsPerClient = 8;

    /// <summary>Files for everything that is no connection of a client, with room for sockets that are being closed.</summary>
    private const int ReservedFiles = 256;

    private const int ConnectionsMin = 16;

    private static readonly TimeSpan s_firstByteTimeout = TimeSpan.FromSeconds(10);

    private readonly Dictionary<IPAddress, int> _ofAddress = [];   // under its own lock
    private int _open;

    /// <summary>The guard of a process with so many files.</summary>
    /// <param name="fileLimit">0: unknown, or any number.</param>
    /// <param name="addressClientsMax">Clients of one address. 0: any number.</param>
    /// <param name="isProxy">See the constructor.</param>
    public static PeerGuard For(int fileLimit, int addressClientsMax, Predicate<IPAddress> isProxy) => new(
        fileLimit == 0 ? 0 : Math.Max(ConnectionsMin, fileLimit - ReservedFiles),
        (int)Math.Min(int.MaxValue, (long)addressClientsMax * ConnectionsPerClient),
        isProxy);

    /// <summary>Counts a connection that was accepted; it is counted off when it is over.</summary>
    /// <returns><see langword="false"/> when there is no room: whoever accepted it closes it.</returns>
    /// <param name="peer">Its other end.</param>
    public bool TryEnter(EndPoint? peer)
    {
        if ((Interlocked.Increment(ref _open) <= connectionsMax || connectionsMax == 0) && TryCount(peer)) return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    /// <summary>To be the first to see a connection, before encryption.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        var peer = connection.RemoteEndPoint;
        try
        {
            if (await SpeaksAsync(connection.Transport.Input)) await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            Discount(peer);
        }
    };

    private bool TryCount(EndPoint? peer)
    {
        if (!IsCounted(peer, out var network)) return true;
        lock (_ofAddress)
        {
            var count = _ofAddress.GetValueOrDefault(network);
            if (count >= addressMax) return false;
            _ofAddress[network] = count + 1;
            return true;
        }
    }

    private void Discount(EndPoint? peer)
    {
        if (!IsCounted(peer, out var network)) return;
        lock (_ofAddress)
        {
            if (_ofAddress[network] > 1) _ofAddress[network]--;
            else _ofAddress.Remove(network);
        }
    }

    private bool IsCounted(EndPoint? peer, out IPAddress network)
    {
        network = IPAddress.None;
        if (addressMax == 0 || peer is not IPEndPoint { Address: var address } || isProxy?.Invoke(address) == true) return false;
        network = AddressNetwork.Of(address);
        return true;
    }

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
