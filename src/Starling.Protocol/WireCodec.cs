using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Starling.Protocol.Json;
using Starling.Protocol.Protobuf;

namespace Starling.Protocol;

/// <summary>Writes units of the protocol, and reads the few messages that travel outside of framed units.</summary>
/// <remarks>Nothing is allocated while writing: messages are put together in rented buffers and copied to the output once.</remarks>
public static class WireCodec
{
    /// <summary>Room for most messages at once; larger ones grow their buffer.</summary>
    private const int SizeHint = 512;

    private static readonly byte[] s_emptyJson = "{}"u8.ToArray();
    private static readonly byte[] s_emptyProtobuf = [0];

    /// <summary>The server's ping as one unit: an empty reply.</summary>
    public static ReadOnlyMemory<byte> Ping(Wire wire) => wire == Wire.Json ? s_emptyJson : s_emptyProtobuf;

    /// <summary>The client's pong as one unit: an empty command.</summary>
    public static ReadOnlyMemory<byte> Pong(Wire wire) => Ping(wire);

    /// <summary>Writes one reply as one unit: on Protobuf with its length before it, on JSON without a separator.</summary>
    /// <returns><see langword="false"/>, and nothing written, when embedded data is not valid JSON and the wire is JSON;
    /// the connection then closes with <see cref="Disconnects.InappropriateProtocol"/>.</returns>
    public static bool TryWriteReply(Wire wire, Reply reply, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(output);
        return wire == Wire.Json
            ? TryWriteJson(reply, EnvelopeJson.Write, output)
            : WriteProtobuf(reply, EnvelopeProtobuf.Write, output);
    }

    /// <summary>Writes a reply that holds a push that holds <paramref name="publication"/>, as one unit.</summary>
    /// <param name="wire">The encoding.</param>
    /// <param name="channel">The channel, or <see langword="null"/> when <paramref name="id"/> says it.</param>
    /// <param name="id">Numeric channel id; 0 for none.</param>
    /// <param name="publication">What to send.</param>
    /// <param name="output">Where to write.</param>
    /// <returns>As <see cref="TryWriteReply"/>.</returns>
    public static bool TryWritePublication(Wire wire, string? channel, long id, Publication publication, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(publication);
        ArgumentNullException.ThrowIfNull(output);
        int sizeHint = SizeHint + publication.Data.Length;
        if (wire == Wire.Json)
        {
            var json = new JsonOutput(sizeHint);
            json.BeginObject();
            EnvelopeJson.WritePublication(ref json, channel, id, publication);
            json.EndObject();
            return json.Finish(output);
        }
        var protobuf = new ProtobufOutput(sizeHint);
        EnvelopeProtobuf.WritePublication(ref protobuf, channel, id, publication);
        protobuf.Frame();
        protobuf.Finish(output);
        return true;
    }

    /// <summary>Writes a bare push, for unidirectional transports, without length or separator.</summary>
    /// <returns>As <see cref="TryWriteReply"/>.</returns>
    public static bool TryWritePush(Wire wire, Push push, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(push);
        ArgumentNullException.ThrowIfNull(output);
        if (wire == Wire.Json) return TryWriteJson(push, PushJson.Write, output);
        var protobuf = new ProtobufOutput(SizeHint);
        PushProtobuf.Write(ref protobuf, push);
        protobuf.Finish(output);
        return true;
    }

    /// <summary>Whether data may be embedded on the JSON wire: exactly one JSON value of bounded depth, in valid UTF-8.</summary>
    public static bool IsJson(ReadOnlySpan<byte> data) => JsonValue.IsValid(data);

    /// <summary>Writes one command as one unit: on Protobuf with its length before it, on JSON without a separator.</summary>
    /// <exception cref="ArgumentException">Embedded data is not valid JSON and the wire is JSON.</exception>
    public static void WriteCommand(Wire wire, Command command, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(output);
        bool written = wire == Wire.Json
            ? TryWriteJson(command, EnvelopeJson.Write, output)
            : WriteProtobuf(command, EnvelopeProtobuf.Write, output);
        if (!written) throw new ArgumentException("Data of a command on the JSON wire must be valid JSON.", nameof(command));
    }

    /// <summary>Reads the bare connect request of a unidirectional transport; on JSON, <c>null</c> is an empty request.</summary>
    /// <returns><see langword="false"/> when it is malformed.</returns>
    public static bool TryReadConnectRequest(
        Wire wire, ReadOnlyMemory<byte> body, [NotNullWhen(true)] out ConnectRequest? request)
    {
        if (wire == Wire.Json)
        {
            bool isNull = body.Span.Trim(" \t\r\n"u8).SequenceEqual("null"u8);
            request = isNull ? new ConnectRequest() : JsonInput.Read<ConnectRequest>(body, ConnectJson.Read);
        }
        else
        {
            request = ProtobufInput.Read<ConnectRequest>(body, ConnectProtobuf.Read);
        }
        return request is not null;
    }

    /// <summary>Reads the body of an emulation request, which has no length before it.</summary>
    /// <returns><see langword="false"/> when it is malformed.</returns>
    public static bool TryReadEmulationRequest(
        Wire wire, ReadOnlyMemory<byte> body, [NotNullWhen(true)] out EmulationRequest? request)
    {
        request = wire == Wire.Json
            ? JsonInput.Read<EmulationRequest>(body, EnvelopeJson.Read)
            : ProtobufInput.Read<EmulationRequest>(body, EnvelopeProtobuf.Read);
        return request is not null;
    }

    private static bool TryWriteJson<T>(T message, JsonWrite<T> write, IBufferWriter<byte> output)
    {
        var json = new JsonOutput(SizeHint);
        json.BeginObject();
        write(ref json, message);
        json.EndObject();
        return json.Finish(output);
    }

    /// <summary>Always succeeds: on this wire data may be anything.</summary>
    private static bool WriteProtobuf<T>(T message, ProtobufWrite<T> write, IBufferWriter<byte> output)
    {
        var protobuf = new ProtobufOutput(SizeHint);
        write(ref protobuf, message);
        protobuf.Frame();
        protobuf.Finish(output);
        return true;
    }
}
