using System.Text.Json;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Runs many calls and answers them in their order, each with its own result or error.</summary>
internal sealed class BatchCall : ApiCall
{
    /// <summary>More commands than this are refused as a whole: an empty one has three bytes, its answer fifty.</summary>
    public const int CommandsMax = 10_000;

    private readonly List<Entry> _commands = [];
    private bool _isParallel;
    private bool _isTooLong;

    public override string Method => ApiCallTable.Batch;

    public static BatchCall Read(ref ApiReader reader)
    {
        var call = new BatchCall();
        while (reader.NextMember())
        {
            if (reader.Is("commands"u8)) call.ReadCommands(ref reader);
            else if (reader.Is("parallel"u8)) call._isParallel = reader.Flag();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_isTooLong) return ApiReply.Fail(ApiErrors.BatchTooLong);
        ApiReply[] replies;
        if (_isParallel)
        {
            replies = await Task.WhenAll(_commands.ConvertAll(command => RunAsync(api, command).AsTask()));
        }
        else
        {
            replies = new ApiReply[_commands.Count];
            for (var i = 0; i < replies.Length; i++) replies[i] = await RunAsync(api, _commands[i]);
        }
        return ApiReply.Of(new BatchResult(_commands, replies));
    }

    private void ReadCommands(ref ApiReader reader)
    {
        if (!reader.TryEnterArray()) return;
        while (reader.NextObject())
        {
            var entry = ReadCommand(ref reader);
            if (_commands.Count < CommandsMax) _commands.Add(entry);
            else _isTooLong = true;
        }
    }

    /// <summary>Reads <c>{"publish": {…}}</c>. Two methods in one command have no order: error 107.</summary>
    private static Entry ReadCommand(ref ApiReader reader)
    {
        var entry = new Entry("", null, ProtocolErrors.MethodNotFound);
        while (reader.NextMember())
        {
            var method = reader.Name();
            if (method == ApiCallTable.Batch || ApiCallTable.Find(method) is not { } read)
            {
                reader.Skip();
            }
            else if (reader.TryEnterObject())
            {
                var call = read(ref reader);
                entry = entry.Method.Length == 0 ? new Entry(method, call, null) : entry with { Call = null, Error = ProtocolErrors.BadRequest };
            }
        }
        return entry;
    }

    private static ValueTask<ApiReply> RunAsync(ServerApi api, Entry entry) =>
        entry.Call is { } call ? api.RunAsync(call) : ValueTask.FromResult(ApiReply.Fail(entry.Error!));

    private readonly record struct Entry(string Method, ApiCall? Call, ProtocolError? Error);

    private sealed class BatchResult(List<Entry> commands, ApiReply[] replies) : ApiResult
    {
        public override bool IsBare => true;

        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("replies"u8);
            for (var i = 0; i < replies.Length; i++)
            {
                json.WriteStartObject();
                if (replies[i].Error is { } error)
                {
                    json.WritePropertyName("error"u8);
                    ApiReply.WriteError(json, error);
                }
                else
                {
                    json.WritePropertyName(commands[i].Method);
                    replies[i].Result!.Write(json);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
