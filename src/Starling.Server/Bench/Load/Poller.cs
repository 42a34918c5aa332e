using System.Net.Sockets;

namespace Starling.Server.Bench.Load;

/// <summary>Tells which sockets have something to read; level-triggered: what is not read is told again.</summary>
internal abstract class Poller : IDisposable
{
    /// <summary>The sockets told by one call at most; the others come with the next.</summary>
    protected const int BatchMax = 512;

    public static Poller Create() => OperatingSystem.IsLinux() ? new EpollPoller() : new SelectPoller();

    /// <summary>Watches a connected, non-blocking socket under a number of the caller's choice.</summary>
    public abstract void Add(Socket socket, int token);

    /// <summary>Ends watching; call it before the socket is closed.</summary>
    public abstract void Remove(Socket socket, int token);

    /// <summary>Waits until something can be read or the time has passed.</summary>
    /// <returns>The tokens, valid until the next call.</returns>
    public abstract ReadOnlySpan<int> Wait(int milliseconds);

    public abstract void Dispose();
}

/// <summary>The portable way; its cost grows with the number of sockets, good for about a thousand.</summary>
internal sealed class SelectPoller : Poller
{
    private readonly Dictionary<Socket, int> _tokens = [];
    private readonly List<Socket> _candidates = [];
    private readonly List<int> _ready = [];

    public override void Add(Socket socket, int token) => _tokens[socket] = token;

    public override void Remove(Socket socket, int token) => _tokens.Remove(socket);

    public override ReadOnlySpan<int> Wait(int milliseconds)
    {
        _ready.Clear();
        if (_tokens.Count == 0)
        {
            Thread.Sleep(milliseconds);
            return default;
        }
        _candidates.Clear();
        _candidates.AddRange(_tokens.Keys);
        Socket.Select(_candidates, null, null, milliseconds * 1000);
        foreach (var socket in _candidates) _ready.Add(_tokens[socket]);
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ready);
    }

    public override void Dispose() => _tokens.Clear();
}
