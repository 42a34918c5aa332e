namespace Starling.Protocol;

/// <summary>Fields of a <see cref="ProtocolError"/>, which is immutable, while they are being read.</summary>
internal sealed class ErrorFields
{
    public uint Code { get; set; }

    public string Message { get; set; } = "";

    public bool Temporary { get; set; }
}
