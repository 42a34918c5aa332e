using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Starling.Limits;

/// <summary>The body of one request in a rented buffer, which grows with the bytes that come and not with the length that is
/// announced. Disposing gives it back.</summary>
internal sealed class RequestBody(int bytesMax, TimeProvider time) : IDisposable
{
    private const int InitialBytes = 4 * 1024;

    /// <summary>How long the web server may take to see what its reader saw.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(1);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(InitialBytes, bytesMax));
    private int _length;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>The same, for whoever reads it later; not after it is disposed.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <returns><see langword="false"/> when there is more than allowed; the rest is left unread.</returns>
    /// <param name="reader">Where it comes in.</param>
    /// <param name="aborted">The request is over.</param>
    public async ValueTask<bool> TryReadAsync(PipeReader reader, CancellationToken aborted)
    {
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(aborted);
                var isTooLong = read.Buffer.Length > bytesMax - _length;
                if (!isTooLong) Append(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                if (isTooLong || read.IsCompleted) return !isTooLong;
            }
        }
        catch (IOException error) when (error.InnerException is SocketException)
        {
            // A reset is told to the reader a moment before the web server knows that the request is over. Whoever returned now would
            // make it read on, and log that it cannot as its own error: one for each reset (attack A89).
            await new TaskCompletionSource().Task.WaitAsync(s_settling, time, aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Append(in ReadOnlySequence<byte> bytes)
    {
        var needed = _length + (int)bytes.Length;
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(_buffer.Length * 2L, bytesMax)));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
    }
}
