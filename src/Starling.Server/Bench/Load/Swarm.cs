using System.Diagnostics;
using System.Net.Sockets;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Frames;

namespace Starling.Server.Bench.Load;

/// <summary>All connections of a run and the one loop that serves them. Not thread-safe: one thread does everything, so
/// nothing on the way of a message is locked or queued.</summary>
internal sealed class Swarm : IDisposable
{
    // Below the listen backlog of every server we know (511): a full backlog drops the handshake, which costs a second.
    private const int ConnectingMax = 100;

    // A client address has about 28,000 ports; more connections take the next address of the loopback network.
    private const int ConnectionsPerAddress = 10_000;

    private readonly IPEndPoint _server;
    private readonly byte[] _upgrade;
    private readonly string _authority;
    private readonly BenchTransport _transport;
    private readonly Poller _poller = Poller.Create();
    private readonly byte[] _shared = new byte[512 * 1024];
    private readonly List<BenchConnection> _connections = [];
    private readonly TimeSpan? _keepAlive;
    private List<BenchConnection> _blocked = [];
    private List<BenchConnection> _retried = [];
    private int _opened;
    private int _ready;
    private readonly long _keepAliveFrom = Stopwatch.GetTimestamp();
    private long _keepAlives;

    public Swarm(Uri url, BenchDriver driver, Traffic traffic, BenchTransport transport = BenchTransport.WebSocket)
    {
        _transport = transport;
        _authority = url.Authority;
        if (url.Scheme != "ws") throw new ArgumentException("Only ws:// can be measured.", nameof(url));
        Driver = driver;
        Traffic = traffic;
        _keepAlive = driver.KeepAliveInterval;
        var address = IPAddress.TryParse(url.Host, out var literal) ? literal : Dns.GetHostAddresses(url.Host)[0];
        _server = new IPEndPoint(address, url.Port);
        _upgrade = UpgradeRequest(url, driver);
    }

    public BenchDriver Driver { get; }

    public Traffic Traffic { get; }

    public ErrorLog Errors { get; } = new();

    public MessageWriter Writer { get; } = new();

    /// <summary>Told of every connection that ends and why, when ends are what the run is about; otherwise an end is an error.</summary>
    public Action<BenchConnection, string>? Ended { get; set; }

    /// <summary>Connections that are open and have joined what they should.</summary>
    public int Ready => _ready;

    /// <summary>Opens one connection per entry (its room, or none) and serves the loop until all are ready.</summary>
    /// <returns>The connections in order; some are closed when the server refused them (see <see cref="Errors"/>).</returns>
    public List<BenchConnection> Connect(IReadOnlyList<Room?> rooms, TimeSpan patience, Action<int>? progress = null) =>
        Connect(rooms, patience, _transport, progress);

    /// <summary>The same over a WebSocket, whatever the run is about: for those who send.</summary>
    public List<BenchConnection> ConnectPublishers(int count, TimeSpan patience) =>
        Connect(new Room?[count], patience, BenchTransport.WebSocket, progress: null);

    private List<BenchConnection> Connect(IReadOnlyList<Room?> rooms, TimeSpan patience, BenchTransport transport, Action<int>? progress)
    {
        var first = _connections.Count;
        var lastProgress = Stopwatch.GetTimestamp();
        var before = -1;
        while (true)
        {
            while (_connections.Count - first < rooms.Count && _opened - _ready < ConnectingMax) Open(rooms[_connections.Count - first], transport);
            if (_connections.Count - first == rooms.Count && _opened == _ready) break;
            Poll(1);
            if (before != _ready)
            {
                before = _ready;
                lastProgress = Stopwatch.GetTimestamp();
                progress?.Invoke(_ready);
            }
            else if (Stopwatch.GetElapsedTime(lastProgress) > patience)
            {
                Errors.Add($"no connection became ready for {patience.TotalSeconds:F0} s, {_opened - _ready} are waiting");
                break;
            }
        }
        return _connections.GetRange(first, _connections.Count - first);
    }

    /// <summary>Serves what has come, waiting up to the given time for something to come.</summary>
    public void Poll(int milliseconds)
    {
        foreach (var token in _poller.Wait(milliseconds)) _connections[token].Receive(_shared);
        if (_blocked.Count > 0)
        {
            (_retried, _blocked) = (_blocked, _retried);
            foreach (var connection in _retried) connection.Flush();
            _retried.Clear();
        }
        if (_keepAlive is { } interval) KeepAlive(interval);
    }

    /// <summary>Leaves what comes for a connection where it is, until <see cref="ReadAgain"/>.</summary>
    public void StopReading(BenchConnection connection) => _poller.Remove(connection.Socket, connection.Index);

    public void ReadAgain(BenchConnection connection)
    {
        if (!connection.IsClosed) _poller.Add(connection.Socket, connection.Index);
    }

    /// <summary>Closes everything that is open.</summary>
    /// <param name="prepare">Says how each socket is to be closed; none: as usual.</param>
    public void CloseAll(Action<Socket>? prepare = null)
    {
        foreach (var connection in _connections)
        {
            if (!connection.IsClosed) prepare?.Invoke(connection.Socket);
            connection.Close(null);
        }
        _connections.Clear();
        _blocked.Clear();
    }

    public void Dispose()
    {
        CloseAll();
        _poller.Dispose();
    }

    public void OnReady(BenchConnection connection)
    {
        _ready++;
        if (connection.Room is { } room) room.Subscribers++;
    }

    public void OnPayload(BenchConnection connection, uint number) => Traffic.OnCopy(connection, number);

    public void OnError(BenchConnection connection, string said)
    {
        if (connection.IsReady)
        {
            Errors.Add(said);
        }
        else
        {
            connection.Close(said);   // it would wait for ever
        }
    }

    public void OnBlocked(BenchConnection connection) => _blocked.Add(connection);

    public void OnClosed(BenchConnection connection, string? reason)
    {
        if (reason is not null && Ended is not null && connection.WasReady) Ended(connection, reason);
        else if (reason is not null) Errors.Add(reason);
        _poller.Remove(connection.Socket, connection.Index);
        _opened--;
        if (!connection.WasReady) return;
        _ready--;
        if (connection.Room is { } room) room.Subscribers--;
    }

    private static byte[] UpgradeRequest(Uri url, BenchDriver driver)
    {
        var path = url.PathAndQuery is "/" ? driver.DefaultPath : url.PathAndQuery;
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var subprotocol = driver.Subprotocol is { } name ? $"Sec-WebSocket-Protocol: {name}\r\n" : "";
        return Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{subprotocol}\r\n");
    }

    private void Open(Room? room, BenchTransport transport)
    {
        var socket = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var index = _connections.Count;
        if (index >= ConnectionsPerAddress && IPAddress.IsLoopback(_server.Address) && _server.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(1 + index / ConnectionsPerAddress)]), 0));
        }
        socket.Connect(_server);
        socket.Blocking = false;
        var connection = new BenchConnection(this, socket, index, room, transport);
        _connections.Add(connection);
        _poller.Add(socket, index);
        _opened++;
        connection.SendRaw(transport == BenchTransport.WebSocket ? _upgrade : StreamRequest.Create(transport, _authority, room?.Name));
        connection.Flush();
    }

    private void KeepAlive(TimeSpan interval)
    {
        // Spread over the interval: by now this many of all connections' turns have passed.
        var due = (long)(Stopwatch.GetElapsedTime(_keepAliveFrom) / interval * _connections.Count);
        for (; _keepAlives < due; _keepAlives++)
        {
            var connection = _connections[(int)(_keepAlives % _connections.Count)];
            if (!connection.IsReady) continue;
            Driver.KeepAlive(connection);
            connection.Flush();
        }
    }
}

/// <summary>What went wrong in a run: how often, and the first different texts.</summary>
internal sealed class ErrorLog
{
    private const int TextsMax = 5;

    private readonly List<string> _texts = [];

    public long Count { get; private set; }

    public IReadOnlyList<string> Texts => _texts;

    public void Add(string text)
    {
        Count++;
        if (_texts.Count < TextsMax && !_texts.Contains(text, StringComparer.Ordinal)) _texts.Add(text);
    }
}
