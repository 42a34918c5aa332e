using System.Text.Json;
using System.Text.Unicode;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Hooks;

/// <summary>What a back end answered (protocol 7.1): a disconnect, an error, a result, or nothing that could be used.</summary>
/// <param name="Disconnect">Ends the connection; wins over the others.</param>
/// <param name="Error">Goes to the client; wins over the result. Error 100 when nothing usable came.</param>
/// <param name="Result">The object <c>result</c>; empty when there was none.</param>
internal readonly record struct HookAnswer(Disconnect? Disconnect, ProtocolError? Error, ReadOnlyMemory<byte> Result)
{
    private const uint ErrorMin = 400;
    private const uint ErrorMax = 1999;
    private const uint DisconnectMin = 4000;
    private const uint DisconnectMax = 4999;

    /// <summary>Levels of nesting an answer may have.</summary>
    public const int DepthMax = 64;

    /// <summary>The back end decided nothing.</summary>
    public static HookAnswer None { get; } = new(null, ProtocolErrors.Internal, default);

    /// <summary>The back end could not be asked, or what came was no answer.</summary>
    public bool IsFailure => ReferenceEquals(Error, ProtocolErrors.Internal);

    public bool HasResult => !Result.IsEmpty;

    /// <param name="body">Of a reply with status 200.</param>
    /// <param name="why">What is wrong with it.</param>
    public static HookAnswer Read(byte[] body, out string why)
    {
        // What is inside goes on to clients as it is, and the framework's reader lets invalid UTF-8 inside of strings pass.
        why = "its answer is not a JSON object of result, error or disconnect";
        if (!Utf8.IsValid(body)) return None;
        try
        {
            var json = new ClaimReader(body, DepthMax);
            ReadOnlyMemory<byte> result = default;
            (uint Code, string Text, bool Temporary)? error = null, disconnect = null;
            if (!json.TryEnterObject()) return None;
            while (json.NextMember())
            {
                switch (json.Name())
                {
                    case "result": result = json.RawObject(); break;
                    case "error": error = ReadRefusal(ref json); break;
                    case "disconnect": disconnect = ReadRefusal(ref json); break;
                    default: json.Skip(); break;
                }
            }
            if (!json.IsWhole) return None;
            why = "the code of its error is not in 400 to 1999, or that of its disconnect not in 4000 to 4999";
            return Of(result, error, disconnect);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            return None;
        }
    }

    private static HookAnswer Of(
        ReadOnlyMemory<byte> result, (uint Code, string Text, bool Temporary)? error, (uint Code, string Text, bool Temporary)? disconnect)
    {
        if (disconnect is { } end)
        {
            return end.Code is < DisconnectMin or > DisconnectMax
                ? None
                : new HookAnswer(new Disconnect(end.Code, end.Text.Length > 0 ? end.Text : "disconnected by the application"), null, default);
        }
        if (error is { } refusal)
        {
            return refusal.Code is < ErrorMin or > ErrorMax
                ? None
                : new HookAnswer(null, new ProtocolError(refusal.Code, refusal.Text, refusal.Temporary), default);
        }
        return new HookAnswer(null, null, result);
    }

    private static (uint Code, string Text, bool Temporary)? ReadRefusal(ref ClaimReader json)
    {
        if (!json.TryEnterObject()) return null;
        uint code = 0;
        var (text, temporary) = ("", false);
        while (json.NextMember())
        {
            switch (json.Name())
            {
                case "code": code = (uint)Math.Clamp(json.Seconds(uint.MaxValue) ?? 0, 0, uint.MaxValue); break;
                case "message" or "reason": text = json.Text(); break;
                case "temporary": temporary = json.Flag(); break;
                default: json.Skip(); break;
            }
        }
        return (code, text, temporary);
    }
}
