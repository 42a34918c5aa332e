using System.Text.Json;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Reads a channel's history (protocol 4.6); the limits of clients do not apply.</summary>
internal sealed class HistoryCall : ApiCall
{
    private string _channel = "";
    private long _limit;
    private bool _reverse;
    private ulong? _sinceOffset;
    private string _sinceEpoch = "";

    public override string Method => "history";

    public static HistoryCall Read(ref ApiReader reader)
    {
        var call = new HistoryCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else if (reader.Is("limit"u8)) call._limit = reader.Int64();
            else if (reader.Is("reverse"u8)) call._reverse = reader.Flag();
            else if (reader.Is("since"u8)) call.ReadSince(ref reader);
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_channel.Length == 0 || (_reverse && _sinceOffset == 0)) return ApiReply.Fail(ProtocolErrors.BadRequest);
        if (api.Node.Namespaces.Find(_channel) is not { } rules) return ApiReply.Fail(ProtocolErrors.UnknownChannel);
        if (!rules.Storage.HasHistory) return ApiReply.Fail(ProtocolErrors.NotAvailable);
        var query = new HistoryQuery((int)Math.Clamp(_limit, -1, int.MaxValue), rules.Storage.MetaTtl) { SinceOffset = _sinceOffset, Reverse = _reverse };
        var page = await api.Node.Broker.ReadHistoryAsync(_channel, query, api.Node.Stopping);
        if (!page.IsAvailable) return ApiReply.Fail(ProtocolErrors.Internal);
        return _sinceEpoch.Length > 0 && _sinceEpoch != page.Epoch
            ? ApiReply.Fail(ProtocolErrors.UnrecoverablePosition)
            : ApiReply.Of(new PageResult(page));
    }

    private void ReadSince(ref ApiReader reader)
    {
        if (!reader.TryEnterObject()) return;
        _sinceOffset = 0;
        while (reader.NextMember())
        {
            if (reader.Is("offset"u8)) _sinceOffset = reader.UInt64();
            else if (reader.Is("epoch"u8)) _sinceEpoch = reader.Text();
            else reader.Skip();
        }
    }

    private sealed class PageResult(HistoryPage page) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("publications"u8);
            foreach (var publication in page.Publications) PublicationJson.Write(json, publication);
            json.WriteEndArray();
            json.WriteString("epoch"u8, page.Epoch);
            json.WriteNumber("offset"u8, page.Offset);
            json.WriteEndObject();
        }
    }
}

/// <summary>Drops the publications of a channel's history; its position stays.</summary>
internal sealed class HistoryRemoveCall : ApiCall
{
    private string _channel = "";

    public override string Method => "history_remove";

    public static HistoryRemoveCall Read(ref ApiReader reader)
    {
        var call = new HistoryRemoveCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_channel.Length == 0) return ApiReply.Fail(ProtocolErrors.BadRequest);
        if (api.Node.Namespaces.Find(_channel) is not { } rules) return ApiReply.Fail(ProtocolErrors.UnknownChannel);
        if (!rules.Storage.HasHistory) return ApiReply.Fail(ProtocolErrors.NotAvailable);
        var removed = await api.Node.Broker.RemoveHistoryAsync(_channel, api.Node.Stopping);
        api.Node.Channels.Find(_channel)?.History?.ForgetPages();
        return removed ? ApiReply.Done : ApiReply.Fail(ProtocolErrors.Internal);
    }
}
