using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Starling.Server.Hosting;

/// <summary>Closes connections for which there is no room as they are accepted: one file more than allowed, and only for a
/// moment.</summary>
internal sealed class GuardedListener(IConnectionListener inner, PeerGuard guard) : IConnectionListener
{
    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<Microsoft.AspNetCore.Connections.ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await inner.AcceptAsync(cancellationToken) is { } connection)
        {
            if (guard.TryEnter(connection.RemoteEndPoint)) return connection;
            connection.Abort();
            await connection.DisposeAsync();
        }
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

/// <summary>Makes guarded listeners, but for the internal port: operators get in when the public does not.</summary>
internal sealed class GuardedListenerFactory(IConnectionListenerFactory inner, PeerGuard guard, int internalPort) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await inner.BindAsync(endpoint, cancellationToken);
        return internalPort > 0 && endpoint is IPEndPoint { Port: var port } && port == internalPort ? listener : new GuardedListener(listener, guard);
    }
}
