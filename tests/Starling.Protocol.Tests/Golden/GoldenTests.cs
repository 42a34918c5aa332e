using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Golden;

/// <summary>The codecs against the public JavaScript SDK, by files made with it (see <c>make.mjs</c>).</summary>
public sealed class GoldenTests
{
    /// <summary>Set to a folder, it makes the tests write <c>replies.json</c> there instead of comparing with it.</summary>
    private const string WriteVariable = "STARLING_GOLDEN_WRITE";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_frames_the_SDK_was_shown_are_what_we_write_today()
    {
        var today = new JsonArray([.. ReplySamples.All.Select(sample => new JsonObject
        {
            ["name"] = sample.Name,
            ["json"] = Codec.Json(sample.Reply),
            ["protobuf"] = Codec.Hex(sample.Reply),
        })]);
        if (Environment.GetEnvironmentVariable(WriteVariable) is { } folder)
        {
            File.WriteAllText(Path.Combine(folder, "replies.json"), today.ToJsonString(s_indented) + "\n");
            return;
        }
        AssertSame(Golden("replies.json"), today, "replies.json; make the golden files anew");
    }

    [Fact]
    public void The_SDK_reads_from_both_wires_what_we_meant()
    {
        var decoded = Golden("decoded.json");
        Assert.Equal(ReplySamples.All.Select(sample => sample.Name), decoded.Select(one => (string)one!["name"]!));
        foreach (var (sample, one) in ReplySamples.All.Zip(decoded))
        {
            var meant = WithoutDefaults(JsonNode.Parse(Codec.Json(sample.Reply)));
            AssertSame(meant, WithoutDefaults(Assert.Single(one!["json"]!.AsArray())), $"{sample.Name} on JSON");
            AssertSame(meant, WithoutDefaults(Assert.Single(one["protobuf"]!.AsArray())), $"{sample.Name} on Protobuf");
        }
    }

    [Fact]
    public void We_read_what_the_SDK_encodes()
    {
        foreach (var (sample, one) in ReplySamples.All.Zip(Golden("decoded.json")))
        {
            MessageComparison.AssertSame(sample.Reply, Codec.ReadReply(Wire.Protobuf, Convert.FromHexString((string)one!["encoded"]!)));
        }
    }

    [Fact]
    public void We_read_the_same_commands_from_both_wires_of_the_SDK()
    {
        var kinds = new HashSet<CommandKind>();
        var frames = Golden("sent.json");
        foreach (var frame in frames)
        {
            var json = new CommandReader(Wire.Json, Codec.Bytes((string)frame!["json"]!));
            var protobuf = new CommandReader(Wire.Protobuf, Convert.FromHexString((string)frame["protobuf"]!));
            ReadStatus status;
            do
            {
                status = json.Read(out var fromJson);
                Assert.Equal(status, protobuf.Read(out var fromProtobuf));
                Assert.NotEqual(ReadStatus.Malformed, status);
                MessageComparison.AssertSame(fromJson, fromProtobuf);
                if (fromJson is not null) kinds.Add(fromJson.Kind);
            }
            while (status == ReadStatus.Unit);
        }
        Assert.Equal(Enum.GetValues<CommandKind>().Except([CommandKind.None, CommandKind.Ping]).Order(), kinds.Order());
    }

    [Fact]
    public void Nothing_the_SDK_sends_is_lost_between_reading_and_writing()
    {
        foreach (var frame in Golden("sent.json"))
        {
            var reader = new CommandReader(Wire.Json, Codec.Bytes((string)frame!["json"]!));
            foreach (string line in ((string)frame["json"]!).Split('\n'))
            {
                Assert.Equal(ReadStatus.Unit, reader.Read(out var command));
                AssertSame(WithoutDefaults(JsonNode.Parse(line)), WithoutDefaults(JsonNode.Parse(Codec.Json(command!))), (string)frame["scene"]!);
            }
            Assert.Equal(ReadStatus.End, reader.Read(out _));
        }
    }

    [Fact]
    public void A_batch_of_the_SDK_is_one_frame_of_several_units()
    {
        var batch = Golden("sent.json").Where(frame => (string)frame!["scene"]! == "a batch").ToList();
        var reader = new CommandReader(Wire.Protobuf, Convert.FromHexString((string)Assert.Single(batch)!["protobuf"]!));
        Assert.Equal(ReadStatus.Unit, reader.Read(out _));
        Assert.Equal(ReadStatus.Unit, reader.Read(out _));
        Assert.Equal(ReadStatus.Unit, reader.Read(out _));
        Assert.Equal(ReadStatus.End, reader.Read(out _));
    }

    private static JsonArray Golden(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file)))!.AsArray();

    private static void AssertSame(JsonNode? expected, JsonNode? actual, string what) => Assert.True(
        JsonNode.DeepEquals(expected, actual), $"{what}:\nexpected {expected?.ToJsonString(s_indented)}\nactual {actual?.ToJsonString(s_indented)}");

    /// <summary>Leaves out what the wires may leave out. Messages that are set but empty stay; of an empty map nobody can tell.</summary>
    private static JsonNode? WithoutDefaults(JsonNode? node, bool outermost = true)
    {
        switch (node)
        {
            case JsonObject members:
                var kept = new JsonObject();
                foreach (var (name, value) in members)
                {
                    var member = WithoutDefaults(value, outermost: false);
                    if (!IsDefault(member) || (outermost && value is JsonObject)) kept[name] = member;
                }
                return kept;
            case JsonArray elements:
                return new JsonArray([.. elements.Select(element => WithoutDefaults(element, outermost: false))]);
            default:
                return node?.DeepClone();
        }
    }

    private static bool IsDefault(JsonNode? node) => node switch
    {
        null => true,
        JsonObject members => members.Count == 0,
        JsonArray elements => elements.Count == 0,
        JsonValue value => value.ToJsonString() is "0" or "false" or "\"\"",
        _ => false,
    };
}
