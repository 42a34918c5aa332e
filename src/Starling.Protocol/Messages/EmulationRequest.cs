namespace Starling.Protocol;

/// <summary>Carries commands of a client whose transport flows only from the server.</summary>
public sealed class EmulationRequest
{
    /// <summary>Id of the node that holds the session.</summary>
    public string Node { get; set; } = "";

    /// <summary>Secret of the session.</summary>
    public string Session { get; set; } = "";

    /// <summary>Framed commands, as <see cref="CommandReader"/> reads them. (On the JSON wire they travel as one JSON string.)</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}
