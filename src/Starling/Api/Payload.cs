namespace Starling.Api;

/// <summary>Bytes that come as an embedded JSON value or, for binary ones, in base64. Base64 wins when it is not empty.</summary>
internal struct Payload
{
    private byte[]? _embedded;
    private byte[]? _binary;

    /// <summary>What was meant to be base64 is not (error 107).</summary>
    public bool IsInvalid { get; private set; }

    public readonly ReadOnlyMemory<byte> Bytes => _binary is { Length: > 0 } ? _binary : _embedded;

    public void ReadEmbedded(ref ApiReader reader) => _embedded = reader.Embedded();

    public void ReadBase64(ref ApiReader reader)
    {
        _binary = reader.Base64();
        IsInvalid = _binary is null;
    }
}
