using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>Long polling: one request asks for what is newer than a position, and gets it as soon as there is something. The last
/// resort, where nothing else comes through, and the simplest way for a plain HTTP client.</summary>
internal sealed class LongPollEndpoint(Node node)
{
    private const string Bearer = "Bearer ";

    private readonly LongPollOptions _options = node.Options.LongPoll;
    private readonly HttpDoor _door = new(node, HttpMethods.Get, bodyBytesMax: 0);

    /// <summary>Answers with 200, with 304 when nothing came for a position in <c>If-None-Match</c>, or with what is wrong.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!_door.TryPass(context)) return;
        var channels = context.Request.Query["channel"].OfType<string>().ToArray();
        var tag = context.Request.Headers.IfNoneMatch.ToString();
        var since = tag.Length > 0 ? tag : context.Request.Query["position"].ToString();
        StreamPosition[] positions = [];
        if (!AreFit(channels))
        {
            await RefuseAsync(context, $"name 1 to {_options.ChannelLimit} channels, each once");
            return;
        }
        if (since.Length > 0 && !LongPollPosition.TryParse(since, channels.Length, out positions))
        {
            await RefuseAsync(context, "not a position of these channels");
            return;
        }
        if (!HttpDoor.TryTakeRoom(node, context, out var answering))
        {
            await answering;
            return;
        }
        var answer = new LongPollAnswer(channels, positions);
        if (Array.Find(channels, channel => node.Namespaces.Find(channel) is null) is { } unknown)
        {
            answer.Refuse(ProtocolErrors.UnknownChannel, unknown);   // named in the connect request it would be a violation
            await WriteAsync(context, answer, isConditional: false);
            return;
        }
        var commands = Commands(context.Request, channels, positions);
        await new LongPollTransport(node, context, answer, _options.Wait).RunAsync(commands, context.RequestAborted);
        if (!context.RequestAborted.IsCancellationRequested) await WriteAsync(context, answer, isConditional: tag.Length > 0);
    }

    private static Task RefuseAsync(HttpContext context, string why)
    {
        var answer = new LongPollAnswer([], []);
        answer.Refuse(new ProtocolError(ProtocolErrors.BadRequest.Code, why), channel: "");
        return WriteAsync(context, answer, isConditional: false);
    }

    private bool AreFit(string[] channels) =>
        channels.Length > 0 && channels.Length <= _options.ChannelLimit
        && !channels.Contains("") && channels.Distinct().Count() == channels.Length;

    /// <summary>What a client on another transport would send.</summary>
    private static ReadOnlyMemory<byte> Commands(HttpRequest request, string[] channels, StreamPosition[] positions)
    {
        var frame = new ArrayBufferWriter<byte>(256);
        var authorization = request.Headers.Authorization.ToString();
        var token = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
        var connect = new ConnectRequest { Token = token, Subs = [] };   // channels the server gives it go on at their positions too
        for (var i = 0; i < channels.Length; i++) connect.Subs[channels[i]] = Subscribe("", positions, i);
        WireCodec.WriteCommand(Wire.Json, new Command { Id = LongPollAnswer.ConnectId, Connect = connect }, frame);
        for (var i = 0; i < channels.Length; i++)
        {
            frame.Write("\n"u8);
            var command = new Command { Id = LongPollAnswer.ConnectId + 1 + (uint)i, Subscribe = Subscribe(channels[i], positions, i) };
            WireCodec.WriteCommand(Wire.Json, command, frame);
        }
        return frame.WrittenMemory;
    }

    private static SubscribeRequest Subscribe(string channel, StreamPosition[] positions, int i)
    {
        var request = new SubscribeRequest { Channel = channel, Positioned = true, Recoverable = true };
        if (positions.Length > 0) (request.Recover, request.Offset, request.Epoch) = (true, positions[i].Offset, positions[i].Epoch);
        return request;
    }

    private static async Task WriteAsync(HttpContext context, LongPollAnswer answer, bool isConditional)
    {
        var (response, headers) = (context.Response, context.Response.Headers);
        headers.CacheControl = "private, no-store, no-transform";
        headers.AccessControlExposeHeaders = "ETag";
        var body = new ArrayBufferWriter<byte>(256);
        if (answer.Error is { } error)
        {
            response.StatusCode = StatusOf(error);
            WriteError(body, error, answer.ErrorChannel);
        }
        else if (answer.Disconnect is { } disconnect && answer.Pushes.IsEmpty)
        {
            response.StatusCode = StatusOf(disconnect);
            if (disconnect.Reconnects) headers.RetryAfter = "1";
            WriteDisconnect(body, disconnect);
        }
        else
        {
            var position = LongPollPosition.Format(answer.Positions);
            headers.ETag = $"\"{position}\"";
            if (isConditional && answer.Pushes.IsEmpty && answer.Lost.Count == 0)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            WriteNews(body, position, answer);
        }
        response.ContentType = "application/json";
        headers.XContentTypeOptions = "nosniff";
        await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void WriteNews(ArrayBufferWriter<byte> body, string position, LongPollAnswer answer)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("position"u8, position);
        json.WritePropertyName("pushes"u8);
        json.WriteRawValue([.. "["u8, .. answer.Pushes.Span, .. "]"u8], skipInputValidation: true);
        if (answer.Lost.Count > 0)
        {
            json.WriteStartArray("lost"u8);
            foreach (var channel in answer.Lost) json.WriteStringValue(channel);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteError(ArrayBufferWriter<byte> body, ProtocolError error, string channel)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        if (channel.Length > 0) json.WriteString("channel"u8, channel);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDisconnect(ArrayBufferWriter<byte> body, Disconnect disconnect)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartObject("disconnect"u8);
        json.WriteNumber("code"u8, disconnect.Code);
        json.WriteString("reason"u8, disconnect.Reason);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static int StatusOf(ProtocolError error) => error.Code switch
    {
        101 or 109 or 110 => StatusCodes.Status401Unauthorized,
        102 => StatusCodes.Status404NotFound,
        103 => StatusCodes.Status403Forbidden,
        111 => StatusCodes.Status429TooManyRequests,
        _ => error.Temporary ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest,
    };

    /// <summary>3501 is what a client without credentials gets (protocol 3.5).</summary>
    private static int StatusOf(Disconnect disconnect) => disconnect.Code switch
    {
        3500 or 3501 or 3005 => StatusCodes.Status401Unauthorized,
        3013 or 3504 => StatusCodes.Status429TooManyRequests,
        _ => disconnect.Reconnects ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status403Forbidden,
    };
}
