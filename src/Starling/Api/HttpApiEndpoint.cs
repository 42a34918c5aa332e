using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Starling.Cluster;
using Starling.Limits;
using Starling.Protocol;

namespace Starling.Api;

/// <summary>The API over HTTP: key, method, body, then the call (protocol 6).</summary>
internal sealed class HttpApiEndpoint
{
    /// <summary>Name of the route's part behind the prefix.</summary>
    public const string MethodParameter = "method";

    private const string ErrorModeHeader = "X-Centrifugo-Error-Mode";

    private readonly ServerApi _api;
    private readonly ApiKeyCheck _key;
    private readonly TimeProvider _time;
    private readonly int _bodyBytesMax;

    public HttpApiEndpoint(Node node)
    {
        _api = new ServerApi(node);
        _key = new ApiKeyCheck(node.Options.HttpApi, node.Time, node.Log);
        _time = node.Time;
        _bodyBytesMax = node.Options.HttpApi.MaxRequestBodySize;
    }

    /// <summary>Answers one request, in this order: 401, 405, 404, 413, 400, then the call's result or error.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        switch (_key.Judge(context))
        {
            case KeyVerdict.Refused:
                context.Response.Headers.WWWAuthenticate = "apikey";
                await RefuseAsync(context, StatusCodes.Status401Unauthorized, "unauthorized");
                return;
            case KeyVerdict.Slowed:
                context.Response.Headers.RetryAfter = "1";
                await RefuseAsync(context, StatusCodes.Status429TooManyRequests, "too many wrong keys");
                return;
            case KeyVerdict.FromPage:
                await RefuseAsync(context, StatusCodes.Status403Forbidden, "http_api.insecure is on: requests of web pages are refused");
                return;
        }
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            await RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, "method not allowed");
            return;
        }
        var method = (context.Request.RouteValues[MethodParameter] as string)?.TrimEnd('/');
        ReadApiCall? read = string.IsNullOrEmpty(method) ? LegacyCall.Read : ApiCallTable.Find(method);
        if (read is null)
        {
            await WriteAsync(context, ApiReply.Fail(ProtocolErrors.MethodNotFound), StatusCodes.Status404NotFound);
            return;
        }
        if (await ReadCallAsync(context, read) is { } call) await WriteAsync(context, await _api.RunAsync(call), StatusCodes.Status200OK);
    }

    /// <returns><see langword="null"/> when there is none; the request is answered then, or its sender is gone.</returns>
    private async ValueTask<ApiCall?> ReadCallAsync(HttpContext context, ReadApiCall read)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = _bodyBytesMax;
        using var body = new RequestBody(_bodyBytesMax, _time);
        try
        {
            if (!await body.TryReadAsync(context.Request.BodyReader, context.RequestAborted))
            {
                await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "request body too large");
                return null;
            }
        }
        catch (BadHttpRequestException error)   // too long, too slow, or not HTTP
        {
            await RefuseAsync(context, error.StatusCode, "bad request");
            return null;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)   // the sender hung up
        {
            return null;
        }
        if (ApiReader.TryRead(body.Bytes, read, out var call)) return call;
        await RefuseAsync(context, StatusCodes.Status400BadRequest, "bad request");
        return null;
    }

    private static Task WriteAsync(HttpContext context, ApiReply reply, int status)
    {
        var isTransportMode = string.Equals(context.Request.Headers[ErrorModeHeader], "transport", StringComparison.OrdinalIgnoreCase);
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { SkipValidation = true }))
        {
            if (reply.Error is { } error)
            {
                if (isTransportMode)
                {
                    status = StatusOf(error);
                    ApiReply.WriteError(json, error);
                }
                else
                {
                    WriteEnvelope(json, "error"u8, error, static (to, e) => ApiReply.WriteError(to, e));
                }
            }
            else if (reply.Result!.IsBare)
            {
                reply.Result.Write(json);
            }
            else
            {
                WriteEnvelope(json, "result"u8, reply.Result, static (to, result) => result.Write(to));
            }
        }
        context.Response.StatusCode = status;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.WrittenCount;
        return context.Response.Body.WriteAsync(bytes.WrittenMemory, context.RequestAborted).AsTask();
    }

    private static void WriteEnvelope<T>(Utf8JsonWriter json, ReadOnlySpan<byte> name, T content, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.WritePropertyName(name);
        write(json, content);
        json.WriteEndObject();
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private static int StatusOf(ProtocolError error) => error.Code switch
    {
        102 or 104 => StatusCodes.Status404NotFound,
        106 or 107 or 108 => StatusCodes.Status400BadRequest,
        112 => StatusCodes.Status416RangeNotSatisfiable,
        113 => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status500InternalServerError,
    };
}
