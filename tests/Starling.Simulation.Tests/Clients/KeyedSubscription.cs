using System.Globalization;
using System.Text;
using System.Text.Json;
using Starling.Protocol;
using Starling.Simulation.Checks;
using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation.Clients;

/// <summary>A keyed channel a client wants: loads the state page by page, then the changes, then lives (protocol 4.12); comes back
/// with its position where there is one.</summary>
internal sealed class KeyedSubscription(SimClient client, string channel, Wish wish, Dice dice)
{
    private readonly Dictionary<string, byte[]> _bases = [];
    private string _epoch = "";
    private ulong _offset;
    private bool _hasPosition;
    private bool _hasDelta;
    private bool _isAsking;
    private int _questions;
    private int _failures;

    public string Channel => channel;

    public bool IsWanted { get; set; } = true;

    public bool IsLive { get; private set; }

    /// <summary>The server serves it, as far as the order of its messages tells.</summary>
    public bool IsServed { get; private set; }

    /// <summary>Stands for the channel's name in pushes; 0: none does.</summary>
    public long Id { get; private set; }

    /// <summary>Asks for it, unless it is there or asked for.</summary>
    public void Begin()
    {
        if (!client.IsConnected || !IsWanted || IsLive || _isAsking) return;
        _isAsking = true;
        _questions++;
        if (_hasPosition)
        {
            client.Write(new SimEvent(default, EventKind.Subscribing) { Channel = channel, Offset = _offset, Epoch = _epoch, Recovers = true });
            AskStream(isFirst: true);
            return;
        }
        client.Write(new SimEvent(default, EventKind.Subscribing) { Channel = channel });
        (_offset, _epoch) = (0, "");
        _bases.Clear();
        AskState("");
    }

    public void End()
    {
        if (!IsWanted) return;
        IsWanted = false;
        if (!client.IsConnected || !(IsLive || _isAsking)) return;
        if (IsLive) client.Write(new SimEvent(default, EventKind.Unsubscribed) { Channel = channel });
        (IsLive, _isAsking) = (false, false);
        _questions++;
        client.Ask(new Command { Unsubscribe = new UnsubscribeRequest { Channel = channel } }, _ => IsServed = false);
    }

    public void OnPublication(Publication publication)
    {
        if (!IsServed) client.Complain($"a change of {channel}, which is not subscribed");
        else if (IsLive) Take(EventKind.KeyReceived, publication);
    }

    public void OnUnsubscribed(uint code)
    {
        if (!IsServed) client.Complain($"an unsubscribe of {channel}, which is not subscribed");
        IsServed = false;
        if (!IsLive) return;
        IsLive = false;
        client.Write(new SimEvent(default, EventKind.Unsubscribed) { Channel = channel, Code = code });
        if (code == 2502) _hasPosition = false;
        if (code >= 2500) Begin();
        else IsWanted = false;
    }

    public void OnLost() => (IsLive, IsServed, _isAsking, Id) = (false, false, false, 0);

    private SubscribeRequest Request(MapPhase phase) => new()
    {
        Channel = channel,
        Type = SubscriptionType.Map,
        Phase = phase,
        Limit = 10,
        Offset = _offset,
        Epoch = _epoch,
        Delta = wish.WantsDelta ? "fossil" : "",
        Flag = wish.UsesId ? SubscribeFlags.ChannelCompaction : SubscribeFlags.None,
        Data = wish.Rate == 0 ? default : Encoding.UTF8.GetBytes("{\"starling\":{\"rate\":" + wish.Rate.ToString(CultureInfo.InvariantCulture) + "}}"),
    };

    private void AskState(string cursor)
    {
        var request = Request(MapPhase.State);
        request.Cursor = cursor;
        Ask(request);
    }

    private void AskStream(bool isFirst)
    {
        var request = Request(MapPhase.Stream);
        request.Recover = isFirst;
        Ask(request);
    }

    private void Ask(SubscribeRequest request)
    {
        var question = _questions;
        client.Ask(new Command { Subscribe = request }, reply =>
        {
            if (reply.Subscribe is { Phase: MapPhase.Live } live) (IsServed, Id) = (true, live.Id);
            if (question != _questions || !_isAsking) return;   // taken back while it was on its way
            if (reply.Subscribe is { } result) OnResult(result);
            else OnRefused(reply.Error!);
        });
    }

    private void OnResult(SubscribeResult result)
    {
        if (result.Phase == MapPhase.Live) _hasDelta = result.Delta;
        else _hasDelta = wish.WantsDelta;
        foreach (var entry in result.State ?? []) Take(EventKind.KeyLoaded, entry);
        switch (result.Phase)
        {
            case MapPhase.State:
                // Every page belongs to the position of the first.
                if (_epoch.Length == 0) (_offset, _epoch) = (result.Offset, result.Epoch);
                if (result.Cursor.Length > 0) AskState(result.Cursor);
                else AskStream(isFirst: false);
                break;
            case MapPhase.Stream:
                foreach (var change in result.Publications ?? []) Take(EventKind.KeyReceived, change);
                _offset = result.Offset;
                AskStream(isFirst: false);
                break;
            default:
                foreach (var change in result.Publications ?? []) Take(EventKind.KeyReceived, change);
                (IsLive, _isAsking, _failures, _hasPosition) = (true, false, 0, result.Recoverable);
                (_offset, _epoch) = (result.Offset, result.Epoch);
                client.Write(new SimEvent(default, EventKind.Subscribed) { Channel = channel, Offset = _offset, Epoch = _epoch, Recovers = result.Recovered });
                break;
        }
    }

    private void OnRefused(ProtocolError error)
    {
        _isAsking = false;
        client.Write(new SimEvent(default, EventKind.SubscribeRefused) { Channel = channel, Code = error.Code });
        if (error.Code == 112) _hasPosition = false;   // from the state again
        else if (error is { Temporary: false, Code: >= 100 })
        {
            client.Complain($"subscribing to {channel} was refused with {error.Code}");
            return;
        }
        client.Process.After(dice.UpTo(Math.Min(2_000, 100 << Math.Min(++_failures, 5))), Begin);
    }

    private void Take(EventKind kind, Publication publication)
    {
        if (publication.Offset > 0 && IsLive) _offset = publication.Offset;
        if (publication.Epoch.Length > 0 && IsLive) _epoch = publication.Epoch;
        var message = "";
        if (publication.Removed)
        {
            _bases.Remove(publication.Key);
        }
        else
        {
            try
            {
                var data = Whole(publication);
                message = Backbone.MessageOf(data);
                if (!client.IsWhole(message, data)) client.Complain($"I3: the data of '{message}' in {channel}/{publication.Key} is not what was written");
            }
            catch (FormatException error)
            {
                client.Complain($"I3: {channel}/{publication.Key}/{publication.Offset}: {error.Message}");
                return;
            }
        }
        client.Write(new SimEvent(default, kind) { Channel = channel, Key = publication.Key, Message = message, Offset = publication.Offset });
    }

    /// <summary>One chain of patches per key.</summary>
    private byte[] Whole(Publication publication)
    {
        if (!_hasDelta) return publication.Delta ? throw new FormatException("A patch nobody asked for.") : publication.Data.ToArray();
        var data = client.Wire == Wire.Json ? Encoding.UTF8.GetBytes(JsonDocument.Parse(publication.Data).RootElement.GetString()!) : publication.Data.ToArray();
        if (publication.Delta) data = FossilPatch.Apply(_bases.GetValueOrDefault(publication.Key) ?? throw new FormatException("A patch without a base."), data);
        return _bases[publication.Key] = data;
    }
}
