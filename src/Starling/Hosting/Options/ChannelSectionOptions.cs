namespace Starling;

/// <summary>Channels and their namespaces; bound from the section <c>channel</c>.</summary>
public sealed class ChannelSectionOptions
{
    /// <summary>Key <c>without_namespace</c>: options of channels without a namespace.</summary>
    public ChannelOptions WithoutNamespace { get; set; } = new();

    /// <summary>Key <c>namespaces</c>: the namespaces; a channel <c>chat:lobby</c> has the options of namespace <c>chat</c>,
    /// a channel of an unknown namespace is refused with 102. Names are unique. Default: none.</summary>
    public List<ChannelNamespaceOptions> Namespaces { get; set; } = [];

    /// <summary>Key <c>history_meta_ttl</c>: life of a stream's offset and epoch after its last use; longer than every
    /// <c>history_ttl</c>. Default 720 h.</summary>
    public TimeSpan HistoryMetaTtl { get; set; } = TimeSpan.FromHours(720);

    /// <summary>Key <c>max_length</c>: bytes of a channel's name; a longer one is refused with 107. 1 to 65535; default 255.</summary>
    public int MaxLength { get; set; } = 255;

    /// <summary>Key <c>proxy</c>: back ends that decide over channels.</summary>
    public ChannelProxyOptions Proxy { get; set; } = new();
}

/// <summary>One namespace: a name and its options; bound from <c>channel.namespaces</c>.</summary>
public sealed class ChannelNamespaceOptions : ChannelOptions
{
    /// <summary>Key <c>name</c>: what stands before the first <c>:</c> of a channel. At least two characters of
    /// <c>-a-zA-Z0-9_.</c>; unique.</summary>
    public string Name { get; set; } = "";
}
