using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Starling.Brokers;
using Starling.Protocol;
using Starling.State;

namespace Starling;

/// <summary>Reads and writes the keys of map channels from anywhere in the application. A singleton of its services;
/// thread-safe.</summary>
/// <remarks>The server may do everything: permissions of clients do not apply. Subscribers on every node see each change.</remarks>
public sealed class KeyedState
{
    private readonly StateOperations _state;

    internal KeyedState(StateOperations state) => _state = state;

    /// <summary>Writes a key.</summary>
    /// <param name="channel">A channel whose namespace is of a map kind.</param>
    /// <param name="key">The key; 1 to 255 bytes in UTF-8.</param>
    /// <param name="data">The value; copied. Subscribers on the JSON wire need JSON.</param>
    /// <param name="options">Tags and conditions; <see langword="null"/>: none.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was written is then unknown.</param>
    public ValueTask<KeyedWriteResult> SetAsync(
        string channel, string key, ReadOnlyMemory<byte> data, KeyedWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new KeyedWriteOptions();
        var publication = new Publication
        {
            Data = data.ToArray(),
            Tags = options.Tags is null ? null : new Dictionary<string, string>(options.Tags),
            Score = options.Score,
        };
        return WriteAsync(channel, options.Apply(new StateWrite(key, publication)), cancellationToken);
    }

    /// <summary>Writes a key with a value as JSON.</summary>
    /// <param name="channel">A channel whose namespace is of a map kind.</param>
    /// <param name="key">The key; 1 to 255 bytes in UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <param name="type">How to write it (from a <c>JsonSerializerContext</c>).</param>
    /// <param name="options">Tags and conditions; <see langword="null"/>: none.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was written is then unknown.</param>
    public ValueTask<KeyedWriteResult> SetAsync<T>(
        string channel, string key, T value, JsonTypeInfo<T> type, KeyedWriteOptions? options = null, CancellationToken cancellationToken = default) =>
        SetAsync(channel, key, JsonSerializer.SerializeToUtf8Bytes(value, type), options, cancellationToken);

    /// <summary>Removes a key; one that does not exist is no error.</summary>
    /// <param name="channel">A channel whose namespace is of a map kind.</param>
    /// <param name="key">The key; not empty.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was removed is then unknown.</param>
    public ValueTask<KeyedWriteResult> RemoveAsync(string channel, string key, CancellationToken cancellationToken = default) =>
        WriteAsync(channel, new StateWrite(key, Publication: null), cancellationToken);

    /// <summary>Reads one key.</summary>
    /// <returns>A page with the key, or an empty one when there is no such key.</returns>
    public ValueTask<KeyedPage> ReadKeyAsync(string channel, string key, CancellationToken cancellationToken = default) =>
        ReadAsync(channel, new StateQuery(1) { Key = key }, cancellationToken);

    /// <summary>Reads keys, page by page.</summary>
    /// <param name="channel">A channel whose namespace is of a map kind.</param>
    /// <param name="limit">Entries of the page at most; negative: all.</param>
    /// <param name="cursor">Where the page before ended; empty for the first.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<KeyedPage> ReadAsync(string channel, int limit = -1, string cursor = "", CancellationToken cancellationToken = default) =>
        ReadAsync(channel, new StateQuery(limit) { Cursor = cursor }, cancellationToken);

    /// <summary>Removes all keys of a channel.</summary>
    /// <returns><see langword="null"/> when they are gone, else the error.</returns>
    public ValueTask<ProtocolError?> ClearAsync(string channel, CancellationToken cancellationToken = default) =>
        _state.ClearAsync(channel, cancellationToken);

    private async ValueTask<KeyedWriteResult> WriteAsync(string channel, StateWrite write, CancellationToken cancellationToken)
    {
        var (error, result) = await _state.WriteAsync(channel, write, cancellationToken);
        return new KeyedWriteResult(error, result.Offset, result.Epoch ?? "", error is null ? result.SuppressReason : "");
    }

    private async ValueTask<KeyedPage> ReadAsync(string channel, StateQuery query, CancellationToken cancellationToken)
    {
        var (error, page) = await _state.ReadAsync(channel, query, cancellationToken);
        if (error is not null) return new KeyedPage(error, [], 0, "", "");
        return new KeyedPage(null, [.. page.Entries.Select(static entry => new KeyedEntry(entry))], page.Offset, page.Epoch, page.Cursor);
    }
}

/// <summary>What goes with a write, and on which conditions it is made.</summary>
public sealed record KeyedWriteOptions
{
    /// <summary>Tags of the value, which subscribers can filter by.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Handed on to subscribers.</summary>
    public long Score { get; init; }

    /// <summary>What must be true of the key. Default: nothing.</summary>
    public KeyedWriteCondition Condition { get; init; }

    /// <summary>A repeat with the same key within five minutes is not written and gets the first result; empty: none.</summary>
    public string IdempotencyKey { get; init; } = "";

    /// <summary>Not written unless above the version the key has; 0: no version.</summary>
    public ulong Version { get; init; }

    /// <summary>Scope of <see cref="Version"/>; a version of another scope does not count.</summary>
    public string VersionEpoch { get; init; } = "";

    /// <summary>Not written unless the key's last write has this offset (0: there is no key); <see langword="null"/>: wherever it
    /// stands. Needs a mode with a stream.</summary>
    public ulong? ExpectedOffset { get; init; }

    /// <summary>Epoch of <see cref="ExpectedOffset"/>.</summary>
    public string ExpectedEpoch { get; init; } = "";

    internal StateWrite Apply(StateWrite write) => write with
    {
        Condition = Condition switch
        {
            KeyedWriteCondition.IfNew => KeyCondition.IfNew,
            KeyedWriteCondition.IfExists => KeyCondition.IfExists,
            _ => KeyCondition.None,
        },
        IdempotencyKey = IdempotencyKey,
        Version = Version,
        VersionEpoch = VersionEpoch,
        Expected = ExpectedOffset is { } offset ? new ExpectedPosition(offset, ExpectedEpoch) : null,
    };
}

/// <summary>What must be true of a key for a write to it.</summary>
public enum KeyedWriteCondition
{
    /// <summary>Nothing.</summary>
    Always,

    /// <summary>It does not exist.</summary>
    IfNew,

    /// <summary>It exists.</summary>
    IfExists,
}

/// <summary>What became of a write.</summary>
/// <param name="Error"><see langword="null"/>, or the error: 102 unknown namespace, 107 no map channel, or a key or value it does not take,
/// 106 the channel is full, 100 the broker cannot be reached (temporary).</param>
/// <param name="Offset">Position of the write; 0 in mode ephemeral.</param>
/// <param name="Epoch">Epoch of the position; empty in mode ephemeral.</param>
/// <param name="SuppressReason">The condition that did not hold: <c>idempotency</c>, <c>version</c>, <c>key_exists</c>,
/// <c>key_not_found</c> or <c>position_mismatch</c>; empty when it was written.</param>
public readonly record struct KeyedWriteResult(ProtocolError? Error, ulong Offset, string Epoch, string SuppressReason)
{
    /// <summary>It was written now.</summary>
    public bool IsWritten => Error is null && SuppressReason.Length == 0;
}

/// <summary>A page of keys.</summary>
/// <param name="Error"><see langword="null"/>, or the error: 102 unknown namespace, 107 no map channel, 100 the broker cannot be
/// reached (temporary).</param>
/// <param name="Entries">The keys with their values.</param>
/// <param name="Offset">Top of the channel's stream; 0 in mode ephemeral.</param>
/// <param name="Epoch">Its epoch; empty in mode ephemeral.</param>
/// <param name="Cursor">Where the next page begins; empty when there is none.</param>
public readonly record struct KeyedPage(ProtocolError? Error, IReadOnlyList<KeyedEntry> Entries, ulong Offset, string Epoch, string Cursor);

/// <summary>A key and its value.</summary>
public sealed class KeyedEntry
{
    private readonly StateEntry _entry;

    internal KeyedEntry(StateEntry entry) => _entry = entry;

    /// <summary>The key.</summary>
    public string Key => _entry.Publication.Key;

    /// <summary>The value.</summary>
    public ReadOnlyMemory<byte> Data => _entry.Publication.Data;

    /// <summary>Its tags; <see langword="null"/> when it has none.</summary>
    public IReadOnlyDictionary<string, string>? Tags => _entry.Publication.Tags;

    /// <summary>The client that wrote it; <see langword="null"/> when the server did.</summary>
    public ClientInfo? Info => _entry.Publication.Info;

    /// <summary>Offset of the write; 0 in mode ephemeral.</summary>
    public ulong Offset => _entry.Publication.Offset;

    /// <summary>Its score.</summary>
    public long Score => _entry.Publication.Score;

    /// <summary>When it was written.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(_entry.TimeMs);
}
