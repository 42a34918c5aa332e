using System.Buffers;

namespace Starling.Protocol;

/// <summary>Text as one JSON string: how payloads and patches travel on JSON connections with delta compression.</summary>
public static class JsonText
{
    /// <summary>Writes UTF-8 text as a JSON string with its quotes.</summary>
    /// <returns><see langword="false"/>, and nothing written, when it is not valid UTF-8.</returns>
    public static bool TryQuote(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output) => throw new NotSupportedException();

    /// <summary>Writes the UTF-8 text that a JSON string stands for.</summary>
    /// <returns><see langword="false"/>, and nothing written, when <paramref name="json"/> is not one JSON string.</returns>
    public static bool TryUnquote(ReadOnlySpan<byte> json, IBufferWriter<byte> output) => throw new NotSupportedException();
}
