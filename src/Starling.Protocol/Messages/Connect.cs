namespace Starling.Protocol;

/// <summary>Opens the session.</summary>
public sealed class ConnectRequest
{
    /// <summary>Connection token; empty when anonymous or authenticated by a proxy.</summary>
    public string Token { get; set; } = "";

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Requested or recovered server-side subscriptions by channel.</summary>
    public Dictionary<string, SubscribeRequest>? Subs { get; set; }

    /// <summary>Name of the SDK or application.</summary>
    public string Name { get; set; } = "";

    /// <summary>Version of the SDK or application.</summary>
    public string Version { get; set; } = "";

    /// <summary>Emulated HTTP headers.</summary>
    public Dictionary<string, string>? Headers { get; set; }

    /// <summary>Features the client offers.</summary>
    public ConnectFlags Flag { get; set; }

    /// <summary>Id of a compression dictionary the client already holds.</summary>
    public string Dict { get; set; } = "";

    /// <summary>Opaque, untrusted hint.</summary>
    public string Profile { get; set; } = "";
}

/// <summary>The session is open.</summary>
public sealed class ConnectResult
{
    /// <summary>Connection id.</summary>
    public string Client { get; set; } = "";

    /// <summary>Version of the server, informative.</summary>
    public string Version { get; set; } = "";

    /// <summary>Whether the client must refresh its token.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until the token expires.</summary>
    public uint Ttl { get; set; }

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Server-side subscriptions by channel.</summary>
    public Dictionary<string, SubscribeResult>? Subs { get; set; }

    /// <summary>Seconds between the server's pings; 0 for none.</summary>
    public uint Ping { get; set; }

    /// <summary>Whether the client must answer pings.</summary>
    public bool Pong { get; set; }

    /// <summary>Secret of the session; emulation transports only.</summary>
    public string Session { get; set; } = "";

    /// <summary>Id of the server node; emulation transports only.</summary>
    public string Node { get; set; } = "";

    /// <summary>Server time, Unix milliseconds; 0 when not configured.</summary>
    public long Time { get; set; }

    /// <summary>The offered features that are active.</summary>
    public ConnectFlags Flag { get; set; }

    /// <summary>The compression dictionary agreed on.</summary>
    public CompressionDictionary? Dict { get; set; }
}

/// <summary>Features of a connection.</summary>
[Flags]
public enum ConnectFlags : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Frames to the client compressed with a shared dictionary.</summary>
    DictionaryCompression = 1,
}

/// <summary>A dictionary for compressing frames to a client (<c>Dictionary</c> on the wire).</summary>
public sealed class CompressionDictionary
{
    /// <summary>Id, derived from the content.</summary>
    public string Id { get; set; } = "";

    /// <summary>Deflated content, on the Protobuf wire.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Deflated content in base 64, on the JSON wire.</summary>
    public string DataB64 { get; set; } = "";
}
