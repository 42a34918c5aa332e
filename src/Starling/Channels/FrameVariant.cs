using Starling.Transports;

namespace Starling.Channels;

/// <summary>What stands in the data of a publication.</summary>
internal enum PayloadForm : byte
{
    /// <summary>The payload as it was published.</summary>
    Plain,

    /// <summary>The payload for a subscription with deltas: on the JSON wire a string (protocol 4.9).</summary>
    Full,

    /// <summary>A patch against the publication before, or <see cref="Full"/> when none is worth it.</summary>
    Patch,
}

/// <summary>One of the forms in which an entry is written: all connections that share it share the bytes.</summary>
/// <param name="Framing">Of the connection's transport.</param>
/// <param name="Form">Of the payload.</param>
/// <param name="ById">The channel goes by its number, not by its name (protocol 4.13).</param>
internal readonly record struct FrameVariant(Framing Framing, PayloadForm Form, bool ById)
{
    /// <summary>Framings are the same when they are one: asked for every frame that is written.</summary>
    public bool Equals(FrameVariant other) => ReferenceEquals(Framing, other.Framing) && Form == other.Form && ById == other.ById;

    public override int GetHashCode() => HashCode.Combine(Framing, Form, ById);
}
