namespace Starling.Protocol;

/// <summary>Publishes into a channel.</summary>
public sealed class PublishRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Into a stream or a map; a peer may send any value.</summary>
    public PublishType Type { get; set; }

    /// <summary>Key in a map channel.</summary>
    public string Key { get; set; } = "";

    /// <summary>Whether to remove the key.</summary>
    public bool Removed { get; set; }
}

/// <summary>The publication is accepted.</summary>
public sealed class PublishResult;

/// <summary>Kinds of publish.</summary>
public enum PublishType
{
    /// <summary>Into a stream.</summary>
    Stream = 0,

    /// <summary>Into keyed state.</summary>
    Map = 1,
}

/// <summary>A message to the server that gets no reply.</summary>
public sealed class SendRequest
{
    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}

/// <summary>A call to the server.</summary>
public sealed class RpcRequest
{
    /// <summary>Arguments.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>The method; may be empty.</summary>
    public string Method { get; set; } = "";
}

/// <summary>The answer of a call.</summary>
public sealed class RpcResult
{
    /// <summary>The answer.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}

/// <summary>A ping of the client's own.</summary>
public sealed class PingRequest;

/// <summary>The answer to a client's own ping.</summary>
public sealed class PingResult;
