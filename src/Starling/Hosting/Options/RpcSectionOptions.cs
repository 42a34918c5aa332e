namespace Starling;

/// <summary>Calls of clients; bound from the section <c>rpc</c>.</summary>
public sealed class RpcSectionOptions
{
    /// <summary>Key <c>ping</c>: the built-in method that answers at once.</summary>
    public RpcPingOptions Ping { get; set; } = new();

    /// <summary>Key <c>without_namespace</c>: options of methods without a namespace.</summary>
    public RpcOptions WithoutNamespace { get; set; } = new();

    /// <summary>Key <c>namespaces</c>: namespaces of methods (before the first <c>:</c>). Names are unique. Default: none.</summary>
    public List<RpcNamespaceOptions> Namespaces { get; set; } = [];

    /// <summary>Key <c>proxy</c>: the back end under the name <c>default</c>.</summary>
    public ProxyOptions Proxy { get; set; } = new();
}

/// <summary>The built-in method; bound from <c>rpc.ping</c>.</summary>
public sealed class RpcPingOptions
{
    /// <summary>Key <c>enabled</c>: whether the method exists. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>method</c>: its name. Not empty; default <c>ping</c>.</summary>
    public string Method { get; set; } = "ping";
}

/// <summary>Where calls go.</summary>
public class RpcOptions
{
    /// <summary>Key <c>proxy_enabled</c>: calls go to a backend. Default: false.</summary>
    public bool ProxyEnabled { get; set; }

    /// <summary>Key <c>proxy_name</c>: the proxy to call. Default: <c>default</c>.</summary>
    public string ProxyName { get; set; } = "default";
}

/// <summary>One namespace of methods; bound from <c>rpc.namespaces</c>.</summary>
public sealed class RpcNamespaceOptions : RpcOptions
{
    /// <summary>Key <c>name</c>: what stands before the first <c>:</c> of a method. At least two characters of
    /// <c>-a-zA-Z0-9_.</c>; unique.</summary>
    public string Name { get; set; } = "";
}
