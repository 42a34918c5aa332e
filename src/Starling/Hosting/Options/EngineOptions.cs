namespace Starling;

/// <summary>What carries publications between nodes; bound from the section <c>engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>Key <c>type</c>: <c>memory</c> (one process) or <c>redis</c> (many). Default: memory.</summary>
    public EngineType Type { get; set; } = EngineType.Memory;
}

/// <summary>The engines a configuration can name.</summary>
public enum EngineType
{
    /// <summary>One process; history, presence and state live in its memory.</summary>
    Memory,

    /// <summary>Many nodes on Redis.</summary>
    Redis,
}
