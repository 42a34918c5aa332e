using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>What a client asks a server for.</summary>
internal sealed record WebSocketClientRequest
{
    /// <summary>The Host header: name, and port unless it is the scheme's own.</summary>
    public required string Host { get; init; }

    /// <summary>Path and query, percent-encoded; starts with a slash.</summary>
    public required string Target { get; init; }

    /// <summary>Subprotocols in order of preference.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>Further headers, as they are to travel; no line breaks.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Offer permessage-deflate.</summary>
    public bool Compression { get; init; }
}

/// <summary>What the server answered.</summary>
/// <param name="StatusCode">Of the HTTP response; 0: there was none that could be read.</param>
/// <param name="Failure">Why there is no WebSocket; <see langword="null"/>: there is one.</param>
/// <param name="Subprotocol">The server's choice; <see langword="null"/>: none.</param>
/// <param name="Deflate">The agreed compression; <see langword="null"/>: none.</param>
internal sealed record WebSocketClientAnswer(
    int StatusCode, string? Failure, string? Subprotocol = null, DeflateParameters? Deflate = null);

/// <summary>The client's half of the opening handshake over HTTP/1.1 (RFC 6455 §4.1), strict about the answer.</summary>
internal static class WebSocketClientHandshake
{
    private const int AnswerBytesMax = 16 * 1024;

    /// <summary>Sends the request and reads the answer; what follows the answer stays in <paramref name="input"/> for the
    /// session.</summary>
    /// <exception cref="IOException">The connection failed.</exception>
    /// <exception cref="ArgumentException">The request contains a line break or another control character.</exception>
    public static async Task<WebSocketClientAnswer> PerformAsync(
        PipeReader input, ByteOutput output, WebSocketClientRequest request, CancellationToken cancellationToken)
    {
        var key = HandshakeKey.Create();
        await output.WriteAsync(Encode(request, key));
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TryTakeHead(buffer, out var head, out var end))
            {
                var answer = Check(head, key, request);
                input.AdvanceTo(end);
                return answer;
            }
            input.AdvanceTo(buffer.Start, buffer.End);
            if (buffer.Length >= AnswerBytesMax) return new(0, "The answer's head is longer than 16 KiB.");
            if (result.IsCompleted) return new(0, "The connection ended before the answer was complete.");
        }
    }

    private static byte[] Encode(WebSocketClientRequest request, string key)
    {
        var text = new StringBuilder()
            .Append("GET ").Append(request.Target).Append(" HTTP/1.1\r\nHost: ").Append(request.Host)
            .Append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").Append(key);
        if (request.Subprotocols.Count > 0)
        {
            text.Append("\r\nSec-WebSocket-Protocol: ").AppendJoin(", ", request.Subprotocols);
        }
        if (request.Compression) text.Append("\r\nSec-WebSocket-Extensions: ").Append(DeflateNegotiation.Offer);
        var lines = 5 + (request.Subprotocols.Count > 0 ? 1 : 0) + (request.Compression ? 1 : 0) + request.Headers.Count;
        foreach (var (name, value) in request.Headers) text.Append("\r\n").Append(name).Append(": ").Append(value);
        var head = text.ToString();
        if (head.Count(char.IsControl) != 2 * lines)
        {
            throw new ArgumentException("The request contains a control character.", nameof(request));
        }
        return Encoding.UTF8.GetBytes(head + "\r\n\r\n");
    }

    private static bool TryTakeHead(ReadOnlySequence<byte> buffer, out string head, out SequencePosition end)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (reader.TryReadTo(out ReadOnlySequence<byte> bytes, "\r\n\r\n"u8) && bytes.Length <= AnswerBytesMax)
        {
            head = Encoding.Latin1.GetString(bytes);
            end = reader.Position;
            return true;
        }
        (head, end) = ("", default);
        return false;
    }

    private static WebSocketClientAnswer Check(string head, string key, WebSocketClientRequest request)
    {
        var lines = head.Split("\r\n");
        if (!AnswerHeaders.TryReadStatus(lines[0], out var status)) return new(0, "The answer is no HTTP/1.1.");
        if (!AnswerHeaders.TryRead(lines.AsSpan(1), out var headers)) return new(status, "A header of the answer is malformed.");
        if (status != 101) return new(status, "The server answered with status " + lines[0][9..12] + ".");
        if (!headers.IsOnly("Upgrade", "websocket", StringComparison.OrdinalIgnoreCase)) return new(status, "Upgrade is not websocket.");
        if (!headers.HasToken("Connection", "upgrade")) return new(status, "Connection is not Upgrade.");
        if (!headers.IsOnly("Sec-WebSocket-Accept", HandshakeKey.Accept(key), StringComparison.Ordinal))
        {
            return new(status, "Sec-WebSocket-Accept is not the answer to our key.");
        }
        var subprotocols = headers["Sec-WebSocket-Protocol"];
        if (subprotocols.Count > 1 || subprotocols.Count == 1 && !request.Subprotocols.Contains(subprotocols[0]))
        {
            return new(status, "The server chose a subprotocol that was not offered.");
        }
        var chosen = subprotocols.Count == 0 ? null : subprotocols[0];
        var extensions = string.Join(',', headers["Sec-WebSocket-Extensions"]);
        return DeflateNegotiation.CheckAnswer(extensions, out var deflate) switch
        {
            DeflateAnswer.Declined => new(status, null, chosen),
            DeflateAnswer.Agreed when request.Compression => new(status, null, chosen, deflate),
            _ => new(status, "The server's extensions are not what was offered."),
        };
    }
}
