using System.Buffers.Binary;
using System.Text;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>How the length of a frame is written: a peer may break the rule of the shortest form.</summary>
public enum LengthForm
{
    Shortest,
    Bits16,
    Bits64,
}

/// <summary>One frame as a peer writes it, right or wrong. Written from RFC 6455 §5.2 alone, without the code under test.</summary>
internal sealed record TestFrame
{
    public bool Fin { get; init; } = true;

    /// <summary>RSV1 to RSV3 as bits 4, 2, 1.</summary>
    public int Rsv { get; init; }

    public int Opcode { get; init; } = 1;

    public byte[] Payload { get; init; } = [];

    /// <summary>The mask; <see langword="null"/>: not masked.</summary>
    public byte[]? Mask { get; init; } = [0x37, 0xFA, 0x21, 0x3D];

    public LengthForm Length { get; init; }

    /// <summary>A length that lies about the payload.</summary>
    public ulong? ClaimedLength { get; init; }

    public static TestFrame Text(string text) => new() { Payload = Encoding.UTF8.GetBytes(text) };

    public static TestFrame Text(byte[] bytes) => new() { Payload = bytes };

    public static TestFrame Binary(byte[] bytes) => new() { Opcode = 2, Payload = bytes };

    public static TestFrame Continuation(byte[] bytes) => new() { Opcode = 0, Payload = bytes };

    public static TestFrame Ping(string text = "") => new() { Opcode = 9, Payload = Encoding.UTF8.GetBytes(text) };

    public static TestFrame Pong(string text = "") => new() { Opcode = 10, Payload = Encoding.UTF8.GetBytes(text) };

    public static TestFrame Close(int code, string reason = "") =>
        new() { Opcode = 8, Payload = [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)] };

    public static TestFrame EmptyClose() => new() { Opcode = 8 };

    public TestFrame NotFinal() => this with { Fin = false };

    public TestFrame Unmasked() => this with { Mask = null };

    public TestFrame Compressed() => this with { Rsv = 4 };

    public byte[] Encode()
    {
        var bytes = new List<byte> { (byte)((Fin ? 0x80 : 0) | Rsv << 4 | Opcode) };
        var length = ClaimedLength ?? (ulong)Payload.Length;
        var maskBit = Mask is null ? 0 : 0x80;
        var form = Length != LengthForm.Shortest ? Length
            : length > ushort.MaxValue ? LengthForm.Bits64
            : length > 125 ? LengthForm.Bits16
            : LengthForm.Shortest;
        switch (form)
        {
            case LengthForm.Shortest:
                bytes.Add((byte)(maskBit | (int)length));
                break;
            case LengthForm.Bits16:
                bytes.Add((byte)(maskBit | 126));
                bytes.AddRange([(byte)(length >> 8), (byte)length]);
                break;
            default:
                bytes.Add((byte)(maskBit | 127));
                Span<byte> wide = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64BigEndian(wide, length);
                bytes.AddRange(wide);
                break;
        }
        if (Mask is not null) bytes.AddRange(Mask);
        for (var i = 0; i < Payload.Length; i++) bytes.Add((byte)(Payload[i] ^ (Mask is null ? 0 : Mask[i % 4])));
        return [.. bytes];
    }
}
