using System.Text.Json;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>The methods <c>starling.publish</c> and <c>starling.call</c>: a client that does not know whether its publish or call
/// arrived sends it again with the same id, and it is done once.</summary>
/// <remarks>An id belongs to the user, so that nobody can take another's away; anonymous clients share theirs, and choose ids
/// that cannot be guessed.</remarks>
internal static class RepeatableCalls
{
    public const string Publish = "starling.publish";
    public const string Call = "starling.call";

    /// <summary>Bytes of an id at most.</summary>
    private const int IdBytesMax = 128;

    /// <summary>Publishes at most once within <see cref="Brokers.PublishOptions.IdempotencyWindow"/>; a repeat gets the first result.</summary>
    /// <returns>The position, <c>{}</c> for a channel without history, or the error a publish would have been answered with.</returns>
    public static async ValueTask<RpcResult> PublishAsync(Node node, Connection connection, ReadOnlyMemory<byte> argument)
    {
        if (!RepeatableArgument.TryRead(argument, "channel"u8, out var read)) return RpcResult.Fail(ProtocolErrors.BadRequest);
        var request = new PublishRequest { Channel = read.Name, Data = read.Data };
        var outcome = await PublishCommand.PublishAsync(node, connection, request, $"{connection.User}\n{read.Id}");
        return outcome.Error is { } error ? RpcResult.Fail(error) : RpcResult.Ok(Position(outcome));
    }

    /// <summary>Runs a method of the application at most once on this node; a repeat gets the first answer, and waits for it when it
    /// is still in work. What failed for the time being (error 100) is not kept.</summary>
    public static async ValueTask<RpcResult> CallAsync(Node node, Connection connection, ReadOnlyMemory<byte> argument)
    {
        if (!RepeatableArgument.TryRead(argument, "method"u8, out var read)) return RpcResult.Fail(ProtocolErrors.BadRequest);
        if (RpcCommand.Find(node, read.Name, out var refusal) is not { } handler) return RpcResult.Fail(refusal);
        // Asked each time: a repeat is answered to whoever may call now.
        var data = read.Data.ToArray();
        if (await RpcCommand.JudgeAsync(node, connection, read.Name, data) is { } refused) return refused;
        if (!node.Calls.TryBegin($"{connection.User}\n{read.Name}", read.Id, argument.Length, out var attempt)) return await attempt.Outcome;
        var result = RpcResult.Fail(ProtocolErrors.Internal);
        try
        {
            result = await handler(new RpcContext(connection, read.Name, data));
        }
        finally
        {
            node.Calls.End(attempt, result, BytesOf(result), failed: result.Disconnect is not null || result.Error is { Temporary: true });
        }
        return result;
    }

    private static int BytesOf(RpcResult result) => result.Data.Length + (2 * (result.Error?.Message.Length ?? 0));

    private static byte[] Position(PublishOutcome outcome)
    {
        using var buffer = new System.IO.MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (outcome.Offset > 0) json.WriteNumber("offset"u8, outcome.Offset);
            if (outcome.Epoch.Length > 0) json.WriteString("epoch"u8, outcome.Epoch);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>What both methods take: an object of a name, an id and the data, in any order.</summary>
    private readonly record struct RepeatableArgument(string Name, string Id, ReadOnlyMemory<byte> Data)
    {
        public static bool TryRead(ReadOnlyMemory<byte> argument, ReadOnlySpan<byte> nameOf, out RepeatableArgument read)
        {
            read = new RepeatableArgument("", "", default);
            try
            {
                var json = new Utf8JsonReader(argument.Span);
                if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    if (json.ValueTextEquals(nameOf)) read = read with { Name = Text(ref json) };
                    else if (json.ValueTextEquals("id"u8)) read = read with { Id = Text(ref json) };
                    else if (json.ValueTextEquals("data"u8)) read = read with { Data = Embedded(ref json, argument) };
                    else if (json.ValueTextEquals("b64data"u8)) read = read with { Data = Base64(ref json) };
                    else Skip(ref json);
                }
                return read.Name.Length > 0 && read.Id.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(read.Id) <= IdBytesMax;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
            {
                return false;   // not JSON, or of other types than these
            }
        }

        private static string Text(ref Utf8JsonReader json)
        {
            json.Read();
            return json.GetString() ?? "";
        }

        private static ReadOnlyMemory<byte> Embedded(ref Utf8JsonReader json, ReadOnlyMemory<byte> argument)
        {
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            return argument[start..(int)json.BytesConsumed];
        }

        private static ReadOnlyMemory<byte> Base64(ref Utf8JsonReader json)
        {
            json.Read();
            return json.GetBytesFromBase64();
        }

        private static void Skip(ref Utf8JsonReader json)
        {
            json.Read();
            json.Skip();
        }
    }
}
