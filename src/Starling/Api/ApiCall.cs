using System.Text.Json;
using Starling.Protocol;

namespace Starling.Api;

/// <summary>One call of the API, read from its request object.</summary>
internal abstract class ApiCall
{
    /// <summary>The method's name, for metrics and logs; never what a caller sent.</summary>
    public abstract string Method { get; }

    public abstract ValueTask<ApiReply> RunAsync(ServerApi api);
}

/// <summary>What a call answers: an error, or a result.</summary>
internal readonly record struct ApiReply(ProtocolError? Error, ApiResult? Result)
{
    /// <summary>Success with nothing to say.</summary>
    public static ApiReply Done { get; } = Of(new EmptyResult());

    public static ApiReply Of(ApiResult result) => new(null, result);

    public static ApiReply Fail(ProtocolError error) => new(error, null);

    /// <summary>An error, or success with nothing to say.</summary>
    public static ApiReply Of(ProtocolError? error) => error is null ? Done : Fail(error);

    /// <summary>Writes the error object as it stands everywhere: the API has no <c>temporary</c>.</summary>
    public static void WriteError(Utf8JsonWriter json, ProtocolError error)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
    }

    private sealed class EmptyResult : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
    }
}

/// <summary>The result of a call that succeeded.</summary>
internal abstract class ApiResult
{
    /// <summary>The result is the whole answer, without <c>{"result": …}</c> around it.</summary>
    public virtual bool IsBare => false;

    /// <summary>Writes one JSON object.</summary>
    public abstract void Write(Utf8JsonWriter json);
}
