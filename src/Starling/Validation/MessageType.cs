using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Starling.Validation;

/// <summary>One kind of message that clients may publish.</summary>
internal abstract class MessageType
{
    /// <summary>Judges a message of this type.</summary>
    /// <param name="data">A JSON object.</param>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    public abstract string? Check(ReadOnlySpan<byte> data);
}

/// <summary>A message that is read as <typeparamref name="T"/> and then judged by the application.</summary>
internal sealed class MessageType<T>(JsonTypeInfo<T> json, Func<T, string?>? check) : MessageType
{
    private const string Malformed = "it does not have the form of its type";

    public override string? Check(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, json) is { } message ? check?.Invoke(message) : Malformed;
        }
        catch (JsonException)
        {
            return Malformed;   // the exception's text would repeat the message
        }
    }
}
