using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling;

/// <summary>Pushes into channels from anywhere in the application. A singleton of its services; thread-safe.</summary>
/// <remarks>The server may do everything: permissions of clients do not apply.</remarks>
public sealed class ChannelPublisher
{
    private readonly Node _node;

    internal ChannelPublisher(Node node) => _node = node;

    /// <summary>Publishes bytes into a channel.</summary>
    /// <param name="channel">The channel; its namespace must be configured.</param>
    /// <param name="data">The payload; copied. Subscribers on the JSON wire need JSON.</param>
    /// <param name="tags">Tags of the publication.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was published is then unknown.</param>
    /// <returns><see langword="null"/> when it was published, else the error: 102 unknown namespace, 107 a payload the namespace
    /// does not take, 100 the broker cannot be reached (temporary).</returns>
    public async ValueTask<ProtocolError?> PublishAsync(
        string channel,
        ReadOnlyMemory<byte> data,
        IReadOnlyDictionary<string, string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        var outcome = await _node.PublishAsync(
            channel,
            new Publication { Data = data.ToArray(), Tags = tags is null ? null : new Dictionary<string, string>(tags) },
            conditions: null,
            cancellationToken);
        return outcome.Error;
    }

    /// <summary>Publishes a value as JSON.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, IReadOnlyDictionary{string, string}?, CancellationToken)"/>
    /// <param name="channel">The channel; its namespace must be configured.</param>
    /// <param name="value">The payload.</param>
    /// <param name="type">How to write it (from a <c>JsonSerializerContext</c>).</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was published is then unknown.</param>
    public ValueTask<ProtocolError?> PublishAsync<T>(
        string channel, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken = default) =>
        PublishAsync(channel, JsonSerializer.SerializeToUtf8Bytes(value, type), tags: null, cancellationToken);
}
