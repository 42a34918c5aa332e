using System.Buffers;
using System.Net.Sockets;

namespace Starling.Transports;

/// <summary>Output straight into a socket: one system call per write, on the thread that writes, while the peer keeps up.</summary>
/// <remarks>For plaintext connections whose carrier has nothing left to send: nobody else may write to the socket.</remarks>
internal sealed class SocketOutput : ByteOutput
{
    /// <summary>Bytes of one send that waits: it completes as a whole, and a slow peer that reads must show progress.</summary>
    private const int PartBytesMax = 16 * 1024;

    private readonly Socket _socket;
    private readonly Action? _abort;
    private long _accepted;

    /// <param name="socket">Made non-blocking here; closed by its owner.</param>
    /// <param name="abort">Drops the connection; <see langword="null"/>: the socket is closed with a reset.</param>
    public SocketOutput(Socket socket, Action? abort = null)
    {
        _socket = socket;
        _abort = abort;
        socket.Blocking = false;   // "would block" is an answer here, never a wait
    }

    public override long BytesAccepted => Volatile.Read(ref _accepted);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var sent = _socket.Send(bytes.Span, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock)) throw Gone(new SocketException((int)error));
        if (sent > 0) Volatile.Write(ref _accepted, _accepted + sent);
        return sent == bytes.Length ? default : FinishAsync(bytes[sent..]);
    }

    public override bool TryShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The connection is over already: there is nothing left to end.
        }
        return true;
    }

    public override void Abort()
    {
        if (_abort is not null) _abort();
        else _socket.Close(timeout: 0);
    }

    /// <summary>The rest waits in a rented copy, so that the caller's memory is free at once. It is returned when the send
    /// has ended, however it ended.</summary>
    private ValueTask FinishAsync(ReadOnlyMemory<byte> rest)
    {
        var copy = ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(copy);
        return SendRestAsync(copy, rest.Length);
    }

    private async ValueTask SendRestAsync(byte[] copy, int length)
    {
        try
        {
            for (var done = 0; done < length;)
            {
                var sent = await _socket.SendAsync(copy.AsMemory(done, Math.Min(PartBytesMax, length - done)), SocketFlags.None);
                done += sent;
                Volatile.Write(ref _accepted, _accepted + sent);
            }
        }
        catch (SocketException error)
        {
            throw Gone(error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static IOException Gone(SocketException error) => new("The peer has gone: " + error.Message, error);
}
