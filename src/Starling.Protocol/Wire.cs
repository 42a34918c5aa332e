namespace Starling.Protocol;

/// <summary>The encoding a connection agreed on.</summary>
public enum Wire : byte
{
    /// <summary>JSON text; units in one frame are separated by a newline.</summary>
    Json,

    /// <summary>Protobuf (proto3); every unit is preceded by its length as an unsigned varint.</summary>
    Protobuf,
}

/// <summary>What a reader found at its position.</summary>
public enum ReadStatus
{
    /// <summary>One whole unit was read.</summary>
    Unit,

    /// <summary>The frame is used up.</summary>
    End,

    /// <summary>The rest of the frame is no valid unit; the reader stays in this state.</summary>
    Malformed,
}
