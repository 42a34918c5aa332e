using Starling.Protocol;

namespace Starling.Transports;

/// <summary>One way for a connection to read commands and to be written to. The connection above does not know which.</summary>
internal abstract class Transport
{
    /// <summary>Name as the protocol's proxies know it: <c>websocket</c>, …</summary>
    public abstract string Name { get; }

    /// <summary>How units are written to this transport.</summary>
    public abstract Framing Framing { get; }

    /// <summary>The client only listens: it sends nothing after its connect request.</summary>
    public bool IsOneWay => Framing.IsBare;

    /// <summary>A client that is there shows it after each ping; otherwise only its carrier can tell that it is gone.</summary>
    public virtual bool AnswersPings => true;

    /// <summary>The secret under which the client sends its commands in requests of their own; empty when they come on the
    /// transport itself.</summary>
    public virtual string Session => "";

    /// <summary>The transport has a liveness check of its own that replaces the protocol's pings.</summary>
    public abstract bool HasOwnPings { get; }

    /// <summary>A write is pending because the peer does not read.</summary>
    public abstract bool IsWriteBlocked { get; }

    /// <summary>Bytes the peer's side has taken so far.</summary>
    public abstract long BytesAccepted { get; }

    /// <summary>The connection may have something to write.</summary>
    public abstract void Signal();

    /// <summary>Sends a ping of the transport's own, if it has such a thing.</summary>
    public abstract void SendPing();

    /// <summary>Writes what waits, tells the peer why, and ends the connection; bounded in time.</summary>
    public abstract void Close(Disconnect disconnect);

    /// <summary>Ends the connection at once.</summary>
    public abstract void Abort();

    /// <summary>Lets the transport look at its deadlines; called every now and then.</summary>
    /// <returns>Milliseconds until it wants to look again; <see cref="int.MaxValue"/> when it waits for nothing.</returns>
    public abstract int Tick();
}
