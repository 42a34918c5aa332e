namespace Starling;

/// <summary>The API for backends; bound from the section <c>http_api</c>.</summary>
public sealed class HttpApiOptions
{
    /// <summary>Key <c>key</c>: the secret a call must carry. Empty and not <see cref="Insecure"/>: every call is refused with
    /// 401. Default: empty.</summary>
    public string Key { get; set; } = "";

    /// <summary>Key <c>insecure</c>: calls need no key. Only behind a firewall; warned of at start. Default: false.</summary>
    public bool Insecure { get; set; }

    /// <summary>Key <c>disabled</c>: there is no API. Default: false.</summary>
    public bool Disabled { get; set; }

    /// <summary>Key <c>external</c>: with an internal port set, the API is on the public port nevertheless. Default: false.</summary>
    public bool External { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/api</c>.</summary>
    public string HandlerPrefix { get; set; } = "/api";

    /// <summary>Key <c>max_request_body_size</c> (Starling's own): bytes a call may have; a longer one is refused with HTTP 413.
    /// It bounds what one call of a back end can make the server hold: a batch or a broadcast is held as a whole.
    /// 1 KiB to 1 GiB; default 16 MiB.</summary>
    public int MaxRequestBodySize { get; set; } = 16 * 1024 * 1024;
}
