using System.Text.Json;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Reads the keys of a channel, page by page or one of them (protocol 6); the limits of clients do not apply.</summary>
internal sealed class MapReadStateCall : ApiCall
{
    private string _channel = "";
    private string _key = "";
    private string _cursor = "";
    private long _limit;
    private ulong _revisionOffset;
    private string _revisionEpoch = "";

    public override string Method => "map_read_state";

    public static MapReadStateCall Read(ref ApiReader reader)
    {
        var call = new MapReadStateCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else if (reader.Is("key"u8)) call._key = reader.Text();
            else if (reader.Is("cursor"u8)) call._cursor = reader.Text();
            else if (reader.Is("limit"u8)) call._limit = reader.Int64();
            else if (reader.Is("revision_offset"u8)) call._revisionOffset = reader.UInt64();
            else if (reader.Is("revision_epoch"u8)) call._revisionEpoch = reader.Text();
            else reader.Skip();   // `asc` too: the order of the pages has no meaning
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        var query = new StateQuery((int)Math.Clamp(_limit, -1, int.MaxValue))
        {
            Key = _key,
            Cursor = _cursor,
            RevisionOffset = _revisionOffset > 0 ? _revisionOffset : null,
        };
        var (error, page) = await api.State.ReadAsync(_channel, query, api.Node.Stopping);
        if (error is not null) return ApiReply.Fail(error);
        return _revisionEpoch.Length > 0 && _revisionEpoch != page.Epoch
            ? ApiReply.Fail(ProtocolErrors.UnrecoverablePosition)
            : ApiReply.Of(new PageResult(page));
    }

    private sealed class PageResult(StatePage page) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("entries"u8);
            foreach (var entry in page.Entries) PublicationJson.WriteKeyed(json, entry.Publication, entry.TimeMs);
            json.WriteEndArray();
            json.WriteNumber("offset"u8, page.Offset);
            json.WriteString("epoch"u8, page.Epoch);
            if (page.Cursor.Length > 0) json.WriteString("cursor"u8, page.Cursor);
            json.WriteEndObject();
        }
    }
}

/// <summary>Reads the changes of a channel's keys.</summary>
internal sealed class MapReadStreamCall : ApiCall
{
    private string _channel = "";
    private long _limit;
    private ulong? _sinceOffset;
    private string _sinceEpoch = "";
    private bool _reverse;

    public override string Method => "map_read_stream";

    public static MapReadStreamCall Read(ref ApiReader reader)
    {
        var call = new MapReadStreamCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else if (reader.Is("limit"u8)) call._limit = reader.Int64();
            else if (reader.Is("since_offset"u8)) call._sinceOffset = reader.UInt64();
            else if (reader.Is("since_epoch"u8)) call._sinceEpoch = reader.Text();
            else if (reader.Is("reverse"u8)) call._reverse = reader.Flag();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_reverse && _sinceOffset == 0) return ApiReply.Fail(ProtocolErrors.BadRequest);
        var limit = (int)Math.Clamp(_limit, -1, int.MaxValue);
        var (error, page) = await api.State.ReadStreamAsync(
            _channel,
            storage => new HistoryQuery(limit, storage.MetaTtl) { SinceOffset = _sinceOffset, Reverse = _reverse },
            api.Node.Stopping);
        if (error is not null) return ApiReply.Fail(error);
        return _sinceEpoch.Length > 0 && _sinceEpoch != page.Epoch
            ? ApiReply.Fail(ProtocolErrors.UnrecoverablePosition)
            : ApiReply.Of(new PageResult(page));
    }

    private sealed class PageResult(HistoryPage page) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("entries"u8);
            foreach (var publication in page.Publications) PublicationJson.WriteKeyed(json, publication, timeMs: 0);
            json.WriteEndArray();
            json.WriteNumber("offset"u8, page.Offset);
            json.WriteString("epoch"u8, page.Epoch);
            json.WriteEndObject();
        }
    }
}

/// <summary>Counts the keys of a channel.</summary>
internal sealed class MapStatsCall : ApiCall
{
    private string _channel = "";

    public override string Method => "map_stats";

    public static MapStatsCall Read(ref ApiReader reader)
    {
        var call = new MapStatsCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        var (error, count) = await api.State.CountAsync(_channel, api.Node.Stopping);
        return error is not null ? ApiReply.Fail(error) : ApiReply.Of(new CountResult(count));
    }

    private sealed class CountResult(long count) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("num_keys"u8, count);
            json.WriteEndObject();
        }
    }
}

/// <summary>Removes all keys of a channel.</summary>
internal sealed class MapClearCall : ApiCall
{
    private string _channel = "";

    public override string Method => "map_clear";

    public static MapClearCall Read(ref ApiReader reader)
    {
        var call = new MapClearCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api) => ApiReply.Of(await api.State.ClearAsync(_channel, api.Node.Stopping));
}
