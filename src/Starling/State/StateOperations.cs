using Starling.Access;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.State;

/// <summary>What the server itself does with keyed state, for its API and for the application: no permission is asked for.</summary>
internal sealed class StateOperations(Node node)
{
    /// <summary>Writes or removes a key.</summary>
    /// <param name="channel">The channel; its namespace must be keyed.</param>
    /// <param name="write">What to write, and on which conditions.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was written is then unknown.</param>
    public async ValueTask<StateOutcome> WriteAsync(string channel, StateWrite write, CancellationToken cancellationToken)
    {
        if (TryFind(channel, out var rules, out var state) is { } error) return new StateOutcome(error);
        if (!StateWrite.IsKey(write.Key) || !Accepts(rules, write)) return new StateOutcome(ProtocolErrors.BadRequest);
        var result = await node.Broker.WriteStateAsync(channel, write, state.Storage, cancellationToken);
        return new StateOutcome(ErrorOf(result.Status), result);
    }

    /// <summary>Reads keys.</summary>
    /// <returns>An error, or a page.</returns>
    public async ValueTask<(ProtocolError? Error, StatePage Page)> ReadAsync(string channel, StateQuery query, CancellationToken cancellationToken)
    {
        if (TryFind(channel, out _, out var state) is { } error) return (error, default);
        var page = await node.Broker.ReadStateAsync(channel, query, state.Storage, cancellationToken);
        return page.IsAvailable ? (null, page) : (ProtocolErrors.Internal, default);
    }

    /// <summary>Reads changes.</summary>
    /// <returns>An error, 108 for a channel that keeps none, or a page.</returns>
    public async ValueTask<(ProtocolError? Error, HistoryPage Page)> ReadStreamAsync(
        string channel, Func<StateStorage, HistoryQuery> query, CancellationToken cancellationToken)
    {
        if (TryFind(channel, out _, out var state) is { } error) return (error, default);
        if (!state.Storage.HasStream) return (ProtocolErrors.NotAvailable, default);
        var page = await node.Broker.ReadStateStreamAsync(channel, query(state.Storage), cancellationToken);
        return page.IsAvailable ? (null, page) : (ProtocolErrors.Internal, default);
    }

    /// <summary>Counts keys.</summary>
    public async ValueTask<(ProtocolError? Error, long Count)> CountAsync(string channel, CancellationToken cancellationToken)
    {
        if (TryFind(channel, out _, out _) is { } error) return (error, 0);
        return await node.Broker.CountKeysAsync(channel, cancellationToken) is { } count ? (null, count) : (ProtocolErrors.Internal, 0);
    }

    /// <summary>Removes all keys.</summary>
    public async ValueTask<ProtocolError?> ClearAsync(string channel, CancellationToken cancellationToken)
    {
        if (TryFind(channel, out _, out var state) is { } error) return error;
        return await node.Broker.ClearStateAsync(channel, state.Storage, cancellationToken) ? null : ProtocolErrors.Internal;
    }

    /// <summary>What a status is to whoever asked; suppressed writes are no error.</summary>
    public static ProtocolError? ErrorOf(StateWriteStatus status) => status switch
    {
        StateWriteStatus.Unavailable => ProtocolErrors.Internal,
        StateWriteStatus.Full => ProtocolErrors.LimitExceeded,
        _ => null,
    };

    private ProtocolError? TryFind(string channel, out ChannelRules rules, out StateRules state)
    {
        (rules, state) = (null!, null!);
        if (channel.Length == 0) return ProtocolErrors.BadRequest;
        if (node.Namespaces.Find(channel) is not { } found) return ProtocolErrors.UnknownChannel;
        if (found.State is null) return ProtocolErrors.BadRequest;
        (rules, state) = (found, found.State);
        return null;
    }

    private static bool Accepts(ChannelRules rules, StateWrite write)
    {
        if (write.Publication is not { } publication) return true;
        return PayloadCheck.Accepts(rules.DataFormat, publication.Data.Span)
            && (write.StreamData.IsEmpty || PayloadCheck.Accepts(rules.DataFormat, write.StreamData.Span));
    }
}

/// <summary>What became of a server's write: an error, or the broker's answer.</summary>
internal readonly record struct StateOutcome(ProtocolError? Error, StateWriteResult Result = default);
