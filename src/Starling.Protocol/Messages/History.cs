namespace Starling.Protocol;

/// <summary>Asks for past publications.</summary>
public sealed class HistoryRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";

    /// <summary>How many; 0 asks for the position alone, negative for all the server allows. A peer may send any value.</summary>
    public int Limit { get; set; }

    /// <summary>Where to begin; unset for the beginning or, reversed, the end.</summary>
    public StreamPosition? Since { get; set; }

    /// <summary>Newest first.</summary>
    public bool Reverse { get; set; }
}

/// <summary>Past publications.</summary>
public sealed class HistoryResult
{
    /// <summary>The publications; on the JSON wire always there, also when empty.</summary>
    public List<Publication>? Publications { get; set; }

    /// <summary>Epoch of the stream.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Offset of the newest publication of the stream.</summary>
    public ulong Offset { get; set; }
}
