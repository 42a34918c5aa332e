using Starling.Protocol;

namespace Starling.Connections;

/// <summary>What a connection does when time passes: pings, the deadlines of its phase, the watch on a stalled reader.</summary>
internal sealed partial class Connection
{
    /// <summary>Every connection is looked at this often, so that a stalled write is noticed. At 20,000 connections this
    /// is 10,000 looks a second, well below one percent of a core.</summary>
    private const int LookMs = 2_000;

    /// <summary>While it is closing, deadlines of one second must be kept.</summary>
    private const int LookWhileClosingMs = 200;

    /// <summary>A refused client has this long to go by itself (protocol 3.5).</summary>
    private const int RefusedMs = 5_000;

    /// <summary>After the process stood still, peers are not judged by their silence for this long: what they sent is read first.</summary>
    private const int WakingMs = 2_000;

    private long _lastSeenMs;
    private long _nextPingMs;
    private long _pongDueMs;
    private long _progressMs;
    private long _refusedMs;
    private long _bytesAccepted;
    private int _pongsOwed;

    /// <summary>When the connection was opened, in milliseconds of the node's wheel.</summary>
    public long OpenedMs { get; }

    /// <summary>When the peer last sent anything; any traffic counts as life.</summary>
    public long LastSeenMs
    {
        get => Volatile.Read(ref _lastSeenMs);
        set => Volatile.Write(ref _lastSeenMs, value);
    }

    /// <summary>Puts the connection on the wheel; its first deadline is the connect command's.</summary>
    public void StartWatching() => _node.Wheel.Schedule(this, OpenedMs + LookMs);

    /// <summary>Starts the pings: the first one after a random half to whole interval, so that they spread.</summary>
    public void StartPinging()
    {
        if (_node.Limits.PingIntervalMs == 0) return;
        Volatile.Write(ref _nextPingMs, _node.Wheel.NowMs + (long)(_node.Limits.PingIntervalMs * (0.5 + (_node.Random.NextDouble() / 2))));
        _node.Wheel.Schedule(this, Math.Min(_nextPingMs, _node.Wheel.NowMs + LookMs));
    }

    /// <summary>The client answered a ping.</summary>
    /// <returns><see langword="false"/> when there was none, which is no violation but costs what a command costs.</returns>
    public bool OnPong()
    {
        // A pong without a ping is a protocol violation; so is a second one (protocol 1.9). In requests of their own pongs may
        // come twice, sent again by a browser or a proxy: there one too many means nothing.
        if (Interlocked.Decrement(ref _pongsOwed) >= 0 && !_transport.HasOwnPings) return true;
        if (Session.Length > 0 && Phase == ConnectionPhase.Connected)
        {
            Interlocked.Increment(ref _pongsOwed);
            return false;
        }
        Disconnect(Disconnects.BadRequest);
        return true;   // the connection is over: there is nothing to pay any more
    }

    protected internal override void OnDue(long nowMs)
    {
        var transportMs = _transport.Tick();
        var next = nowMs + LookMs;
        if (_isClosing)
        {
            if (_evictMs != 0 && nowMs >= _evictMs) _transport.Abort();
            next = nowMs + LookWhileClosingMs;
        }
        else if (nowMs - _node.Wheel.WokeMs < WakingMs)
        {
            next = nowMs + LookWhileClosingMs;
        }
        else
        {
            CheckPhase(nowMs);
            CheckProgress(nowMs);
            next = Math.Min(next, Math.Min(CheckPing(nowMs), CheckExpiry(nowMs)));
        }
        lock (_gate)
        {
            if (!_isClosed) _node.Wheel.Schedule(this, Math.Min(next, nowMs + Math.Min(transportMs, LookMs)));
        }
    }

    private void CheckPhase(long nowMs)
    {
        switch (Phase)
        {
            case ConnectionPhase.New when nowMs - OpenedMs >= _node.Limits.StaleMs:
            case ConnectionPhase.Connecting when nowMs - OpenedMs >= _node.Limits.StaleMs:
                Disconnect(Disconnects.Stale);
                break;
            case ConnectionPhase.Refused when Session.Length > 0:
                if (nowMs - OpenedMs >= _node.Limits.StaleMs) Disconnect(Disconnects.Stale);   // its end is said on the stream
                break;
            case ConnectionPhase.Refused when nowMs - _refusedMs >= RefusedMs:
                _transport.Abort();
                break;
        }
    }

    /// <summary>A peer that takes no byte for the allowed time while something waits is closed as slow.</summary>
    private void CheckProgress(long nowMs)
    {
        var accepted = _transport.BytesAccepted;
        if (!_transport.IsWriteBlocked || accepted != _bytesAccepted)
        {
            _bytesAccepted = accepted;
            _progressMs = nowMs;
        }
        else if (nowMs - _progressMs >= _node.Limits.WriteStallMs)
        {
            ConnectionLog.WriteStalled(_node.Log, Id, nowMs - _progressMs);
            Disconnect(Disconnects.Slow);
        }
    }

    /// <returns>When to look again.</returns>
    private long CheckPing(long nowMs)
    {
        var nextPing = Volatile.Read(ref _nextPingMs);
        if (nextPing == 0) return long.MaxValue;
        if (_pongDueMs > 0 && nowMs >= _pongDueMs)
        {
            var silentSince = _pongDueMs - _node.Limits.PongTimeoutMs;
            _pongDueMs = 0;
            // A command in work delays the pongs behind it: its client is alive until the work ends.
            if (LastSeenMs < silentSince && !_commands.IsBusy) Disconnect(Disconnects.NoPong);
        }
        if (nowMs >= nextPing)
        {
            nextPing = nowMs + _node.Limits.PingIntervalMs;
            Volatile.Write(ref _nextPingMs, nextPing);
            if (_pongDueMs == 0 && _transport.AnswersPings) _pongDueMs = nowMs + _node.Limits.PongTimeoutMs;
            Ping();
        }
        return _pongDueMs > 0 ? Math.Min(nextPing, _pongDueMs) : nextPing;
    }

    private void Ping()
    {
        if (_transport.HasOwnPings)
        {
            _transport.SendPing();
            return;
        }
        if (IsOneWay) _transport.SendPing();   // nobody answers the protocol's
        else Interlocked.Increment(ref _pongsOwed);
        bool overflow;
        lock (_gate) overflow = !TryQueue(WireCodec.Ping(Wire).Span);
        if (overflow) Disconnect(Disconnects.Slow);
        else _transport.Signal();
    }
}
