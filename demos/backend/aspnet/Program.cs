// A back end for Starling: says who connects and what is published, and prints what it is told.
// Run it with: dotnet run --project demos/backend/aspnet --urls http://127.0.0.1:3000
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);   // no four lines for each question: what it prints itself is to be seen
var app = builder.Build();
var secret = Encoding.UTF8.GetBytes(app.Configuration["HOOK_SECRET"] ?? "change me: at least thirty-two characters");

app.MapPost("/starling/connect", async request => await AnswerAsync(request, TextOf(await ReadAsync(request), "name") is { } name
    ? new JsonObject { ["result"] = new JsonObject { ["user"] = name, ["info"] = new JsonObject { ["name"] = name } } }
    : Refusal(1000, "say your name")));

app.MapPost("/starling/publish", async request => await AnswerAsync(request, TextOf(await ReadAsync(request), "text") is { } text
    ? new JsonObject { ["result"] = new JsonObject { ["data"] = new JsonObject { ["text"] = text[..Math.Min(200, text.Length)] } } }
    : Refusal(1001, "say something")));

app.MapPost("/starling/events", async request =>
{
    using var body = new MemoryStream();
    await request.Request.Body.CopyToAsync(body, request.RequestAborted);
    if (!IsSigned(body.ToArray(), request.Request.Headers["Starling-Signature"].ToString()))
    {
        request.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return;
    }
    using var told = JsonDocument.Parse(body.ToArray());
    foreach (var one in told.RootElement.GetProperty("events").EnumerateArray())
    {
        var user = one.TryGetProperty("user", out var named) ? named.GetString() : "";
        var channel = one.TryGetProperty("channel", out var about) ? about.GetString() : "";
        Console.WriteLine($"event {one.GetProperty("seq")} {one.GetProperty("type")} {user} {channel}");
    }
});

await app.RunAsync();

static async Task<JsonNode?> ReadAsync(HttpContext request) => await JsonNode.ParseAsync(request.Request.Body, cancellationToken: request.RequestAborted);

// What clients send may be anything: only a text that is there counts.
static string? TextOf(JsonNode? asked, string member) =>
    asked?["data"] is JsonObject data && data[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

static JsonObject Refusal(int code, string message) => new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };

static Task AnswerAsync(HttpContext request, JsonObject answer)
{
    request.Response.ContentType = "application/json";
    return request.Response.WriteAsync(answer.ToJsonString(), request.RequestAborted);
}

// t=<Unix seconds>,v1=<HMAC of the seconds, a dot and the body>; older than five minutes is a replay.
bool IsSigned(byte[] body, string header)
{
    if (header.Split(',') is not [['t', '=', .. var time], ['v', '1', '=', .. var signature]]) return false;
    if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
    if (Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > 300) return false;
    byte[] signed = [.. Encoding.ASCII.GetBytes($"{time}."), .. body];
    var expected = Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed));
    return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(signature));
}
