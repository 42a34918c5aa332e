using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Starling.Server.Bench.Load;

/// <summary>Linux epoll, straight.</summary>
/// <remarks>The runtime's own asynchronous receive needs a second, failing receive and a dispatch per message; with one small
/// message per receive that doubles the generator's cost, and the generator then sets the time to the last copy.</remarks>
internal sealed partial class EpollPoller : Poller
{
    private const int ControlAdd = 1, ControlRemove = 2;
    private const uint Readable = 1;

    // struct epoll_event { uint32 events; uint64 data; } is packed on x86 only.
    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;
    private static readonly int s_eventBytes = s_dataOffset + 8;

    private readonly byte[] _events = new byte[BatchMax * s_eventBytes];
    private readonly int[] _tokens = new int[BatchMax];
    private readonly int _epoll;
    private bool _disposed;

    public EpollPoller()
    {
        _epoll = Create(0);
        if (_epoll < 0) throw new Win32Exception();
    }

    public override void Add(Socket socket, int token)
    {
        Span<byte> entry = stackalloc byte[s_eventBytes];
        entry.Clear();
        MemoryMarshal.Write(entry, Readable);
        MemoryMarshal.Write(entry[s_dataOffset..], (long)token);
        if (Control(_epoll, ControlAdd, (int)socket.Handle, entry) < 0) throw new Win32Exception();
    }

    public override void Remove(Socket socket, int token)
    {
        Span<byte> entry = stackalloc byte[s_eventBytes];
        if (Control(_epoll, ControlRemove, (int)socket.Handle, entry) < 0) throw new Win32Exception();
    }

    public override ReadOnlySpan<int> Wait(int milliseconds)
    {
        var count = Wait(_epoll, _events, BatchMax, milliseconds);   // a signal interrupts the wait: nothing is ready then
        for (var i = 0; i < count; i++)
        {
            _tokens[i] = (int)MemoryMarshal.Read<long>(_events.AsSpan(i * s_eventBytes + s_dataOffset));
        }
        return _tokens.AsSpan(0, Math.Max(count, 0));
    }

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Close(_epoll);
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int descriptor, Span<byte> entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, byte[] events, int eventsMax, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
