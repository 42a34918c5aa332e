namespace Starling.Protocol;

/// <summary>Bounds of the codecs that hold whatever a server's options say.</summary>
public static class ProtocolLimits
{
    /// <summary>How deep objects and arrays may nest inside embedded JSON data. Deeper data is malformed.</summary>
    public const int EmbeddedDepthMax = 32;

    /// <summary>How deep <see cref="FilterNode"/>s may nest. A deeper filter is malformed.</summary>
    public const int FilterDepthMax = 16;

    /// <summary>How many <see cref="FilterNode"/>s one filter may have in all. A filter runs once per publication
    /// and subscriber, so its size is bounded where it is read.</summary>
    public const int FilterNodesMax = 256;
}
