using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Starling.Access;
using Starling.Cluster;
using Starling.Limits;

namespace Starling.Transports.Http;

/// <summary>What a client's HTTP request meets first: origin, method, room, the size of its body. Answers what it does not let
/// pass.</summary>
/// <param name="node">Whose room it is.</param>
/// <param name="methods">Allowed methods beside <c>OPTIONS</c>, as the header names them: <c>GET, POST</c>.</param>
/// <param name="bodyBytesMax">Bytes of a body.</param>
internal sealed class HttpDoor(Node node, string methods, int bodyBytesMax)
{
    /// <summary>How long a browser may keep the answer to a preflight, in seconds.</summary>
    private const string PreflightSeconds = "300";

    private readonly OriginPolicy _origins = new(node.Options.Client.AllowedOrigins, node.TakesHttpIdentity);
    private readonly string _allow = methods + ", OPTIONS";
    private readonly string[] _methods = methods.Split(", ");

    /// <summary>Judges origin (403) and method (405), and answers preflights (204); the page of an allowed origin may read the
    /// response (Fetch §3.2).</summary>
    /// <returns><see langword="false"/> when the request is answered.</returns>
    public bool TryPass(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (!_origins.Allows(request))
        {
            OriginRefusal.Answer(node, context);
            return false;
        }
        var headers = response.Headers;
        if (request.Headers.Origin.Count == 1)
        {
            headers.AccessControlAllowOrigin = request.Headers.Origin;
            headers.AccessControlAllowCredentials = "true";
            headers.Vary = "Origin";   // no cache may hand one page's answer to another
        }
        if (HttpMethods.IsOptions(request.Method))
        {
            // Given back as it came, if a header can hold it: the server reads more than it writes.
            var asked = request.Headers.AccessControlRequestHeaders.ToString();
            if (asked.Length > 0 && !asked.AsSpan().ContainsAnyExceptInRange(' ', '~')) headers.AccessControlAllowHeaders = asked;
            headers.AccessControlAllowMethods = _allow;
            headers.AccessControlMaxAge = PreflightSeconds;
            response.StatusCode = StatusCodes.Status204NoContent;
            return false;
        }
        if (Array.Exists(_methods, method => HttpMethods.Equals(method, request.Method))) return true;
        headers.Allow = _allow;
        response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return false;
    }

    /// <summary>Counts one more connection. One too many is turned away, and told what there is too much of and when to come back:
    /// when too many come from its address (429), and when the node has no room or stops (503). In this order: who floods takes no
    /// room from others.</summary>
    /// <param name="node">Whose room it is.</param>
    /// <param name="context">The request.</param>
    /// <param name="answering">What one too many is answered.</param>
    public static bool TryTakeRoom(Node node, HttpContext context, out Task answering)
    {
        var waitMs = node.RateLimiter.JudgeConnect(context.Connection.RemoteIpAddress, out var why);
        var shortage = waitMs > 0 ? Shortage.None : node.TakeRoom();
        if (waitMs > 0) answering = TurnAwayAsync(context, StatusCodes.Status429TooManyRequests, why, (waitMs + 999) / 1000);
        else if (shortage == Shortage.None) answering = Task.CompletedTask;
        else answering = TurnAwayAsync(context, StatusCodes.Status503ServiceUnavailable, TextOf(shortage), node.RetryAfterSeconds);
        return waitMs == 0 && shortage == Shortage.None;
    }

    private static Task TurnAwayAsync(HttpContext context, int status, string why, long seconds)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        response.Headers.Connection = "close";
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{why}, try again in {seconds} s\n"), context.RequestAborted);
    }

    private static string TextOf(Shortage shortage) => shortage switch
    {
        Shortage.Connections => "too many connections to this server",
        Shortage.PendingConnections => "too many connections to this server that are not connected yet",
        Shortage.NewConnections => "too many new connections to this server",
        _ => "this server is stopping",
    };

    /// <summary>Reads the body; one that is too long is answered with 413.</summary>
    /// <returns>To be disposed; <see langword="null"/> when the request is answered, or its sender is gone.</returns>
    public async ValueTask<RequestBody?> ReadBodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bodyBytesMax;
        var body = new RequestBody(bodyBytesMax, node.Time);
        try
        {
            if (await body.TryReadAsync(context.Request.BodyReader, context.RequestAborted)) return body;
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        }
        catch (BadHttpRequestException error)   // too long, too slow, or not HTTP
        {
            context.Response.StatusCode = error.StatusCode;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // nobody reads it; it shows in metrics
        }
        body.Dispose();
        return null;
    }
}
