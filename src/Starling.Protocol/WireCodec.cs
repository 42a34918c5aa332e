using System.Buffers;

namespace Starling.Protocol;

/// <summary>Writes units of the protocol, and reads the few messages that travel outside of framed units.</summary>
public static class WireCodec
{
    /// <summary>The server's ping as one unit.</summary>
    public static ReadOnlyMemory<byte> Ping(Wire wire) => throw new NotSupportedException();

    /// <summary>The client's pong as one unit.</summary>
    public static ReadOnlyMemory<byte> Pong(Wire wire) => throw new NotSupportedException();

    /// <summary>Writes one reply as one unit: on Protobuf with its length before it, on JSON without a separator.</summary>
    /// <returns><see langword="false"/>, and nothing written, when embedded data is not valid JSON and the wire is JSON;
    /// the connection then closes with <see cref="Disconnects.InappropriateProtocol"/>.</returns>
    public static bool TryWriteReply(Wire wire, Reply reply, IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Writes a reply that holds a push that holds <paramref name="publication"/>, as one unit.</summary>
    /// <param name="wire">The encoding.</param>
    /// <param name="channel">The channel, or <see langword="null"/> when <paramref name="id"/> says it.</param>
    /// <param name="id">Numeric channel id; 0 for none.</param>
    /// <param name="publication">What to send; its <see cref="Publication.PrevData"/> is left out.</param>
    /// <param name="output">Where to write.</param>
    /// <returns>As <see cref="TryWriteReply"/>.</returns>
    public static bool TryWritePublication(
        Wire wire, string? channel, long id, Publication publication, IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Writes a bare push, for unidirectional transports, without length or separator.</summary>
    /// <returns>As <see cref="TryWriteReply"/>.</returns>
    public static bool TryWritePush(Wire wire, Push push, IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Writes one command as one unit: on Protobuf with its length before it, on JSON without a separator.</summary>
    /// <exception cref="ArgumentException">Embedded data is not valid JSON and the wire is JSON.</exception>
    public static void WriteCommand(Wire wire, Command command, IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Reads the bare connect request of a unidirectional transport; on JSON, <c>null</c> is an empty request.</summary>
    /// <returns><see langword="false"/> when it is malformed.</returns>
    public static bool TryReadConnectRequest(Wire wire, ReadOnlyMemory<byte> body, out ConnectRequest? request) =>
        throw new NotSupportedException();

    /// <summary>Reads the body of an emulation request, which has no length before it.</summary>
    /// <returns><see langword="false"/> when it is malformed.</returns>
    public static bool TryReadEmulationRequest(Wire wire, ReadOnlyMemory<byte> body, out EmulationRequest? request) =>
        throw new NotSupportedException();
}
