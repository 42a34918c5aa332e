using System.Text.Json;

namespace Starling.Api.Calls;

/// <summary>Tells about the nodes.</summary>
internal sealed class InfoCall : ApiCall
{
    public override string Method => "info";

    public static InfoCall Read(ref ApiReader reader)
    {
        while (reader.NextMember()) reader.Skip();
        return new InfoCall();
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api) => ValueTask.FromResult(ApiReply.Of(new InfoResult(api)));

    private sealed class InfoResult(ServerApi api) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            var node = api.Node;
            var name = node.Options.Node.Name;
            var usage = api.Usage.Read();
            json.WriteStartObject();
            json.WriteStartArray("nodes"u8);
            json.WriteStartObject();
            json.WriteString("uid"u8, node.Id);
            json.WriteString("name"u8, name.Length > 0 ? name : Environment.MachineName);
            json.WriteString("version"u8, node.Version);
            json.WriteNumber("num_clients"u8, node.Connections.Count);
            json.WriteNumber("num_users"u8, node.Connections.UserCount);
            json.WriteNumber("num_subs"u8, node.Channels.All.Sum(static channel => channel.SubscriberCount));
            json.WriteNumber("num_channels"u8, node.Channels.Count);
            json.WriteNumber("uptime"u8, (long)(node.Time.GetUtcNow() - node.StartedAt).TotalSeconds);
            WriteFigures(json);
            json.WriteStartObject("process"u8);
            json.WriteNumber("cpu"u8, Math.Round(usage.CpuPercent, 2));
            json.WriteNumber("rss"u8, usage.ResidentBytes);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        private void WriteFigures(Utf8JsonWriter json)
        {
            var figures = api.Node.Figures;
            if (figures.Interval == TimeSpan.Zero) return;
            json.WriteStartObject("metrics"u8);
            json.WriteNumber("interval"u8, figures.Interval.TotalSeconds);
            json.WriteStartObject("items"u8);
            foreach (var (name, value) in figures.Latest) json.WriteNumber(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
