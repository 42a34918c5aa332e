using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>The door for connections that are written to through an HTTP response (protocol 1.4, 1.5, 1.7).</summary>
internal sealed class StreamEndpoint
{
    /// <summary>What the client connects with, in the address: for <c>EventSource</c>, which can send nothing else.</summary>
    public const string ConnectParameter = "cf_connect";

    private readonly Node _node;
    private readonly StreamForm _form;
    private readonly SessionTable? _sessions;
    private readonly HttpDoor _door;
    private readonly byte[][] _openings;

    /// <param name="node">The node.</param>
    /// <param name="form">What is written, and how.</param>
    /// <param name="options">The transport's section.</param>
    /// <param name="sessions">Where the way up finds its connection; one-way transports have none.</param>
    public StreamEndpoint(Node node, StreamForm form, StreamTransportOptions options, SessionTable? sessions)
    {
        _node = node;
        _form = form;
        _sessions = sessions;
        _door = new HttpDoor(node, form.IsEvents ? "GET, POST" : HttpMethods.Post, options.MaxRequestBodySize);
        _openings = [form.Opening(Wire.Json, options.PaddingSize), form.Opening(Wire.Protobuf, options.PaddingSize)];
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (!_door.TryPass(context)) return;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            var text = context.Request.Query[ConnectParameter].ToString();
            if (text.Length == 0 && !_form.IsOneWay) context.Response.StatusCode = StatusCodes.Status400BadRequest;
            else await ConnectAsync(context, Encoding.UTF8.GetBytes(text));
            return;
        }
        Task? serving;
        using (var body = await _door.ReadBodyAsync(context))
        {
            serving = body is null ? null : ConnectAsync(context, body.Memory);
        }
        if (serving is not null) await serving;   // without the body: a connection that waits holds no buffer
    }

    /// <param name="context">The request.</param>
    /// <param name="first">Commands, or a bare connect request; not needed any more when this returns.</param>
    private Task ConnectAsync(HttpContext context, ReadOnlyMemory<byte> first)
    {
        var wire = _form is { IsEvents: false, IsOneWay: false } ? RequestWire.Of(context.Request) : Wire.Json;
        if (_form.IsOneWay)
        {
            if (OneWayConnect.TryRead(first) is not { } command)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return Task.CompletedTask;
            }
            first = command;
        }
        if (!HttpDoor.TryTakeRoom(_node, context, out var answering)) return answering;
        LiftLimits(context.Features);
        if (_form.IsOneWay) PeerTimeout.Set(context.Features, _node.Limits.PingIntervalMs + _node.Limits.PongTimeoutMs);
        _form.WriteHeaders(context.Response, wire);
        var secret = _sessions?.NewSecret() ?? "";
        var transport = new StreamTransport(_node, context, _form, _form.FramingOf(wire), secret, _openings[(int)wire]);
        if (_sessions is null) return transport.RunAsync(first);
        return RunAsync(transport, first, secret, _sessions);
    }

    /// <summary>The client can send more as soon as it has the answer to connect, which leaves while the rest of its first frame runs.</summary>
    private async Task RunAsync(StreamTransport transport, ReadOnlyMemory<byte> first, string secret, SessionTable sessions)
    {
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sessions.Add(secret, new EmulatedSession(_node, transport.Connection, opening.Task));
        try
        {
            var serving = transport.RunAsync(first);
            opening.TrySetResult();
            await serving;
        }
        finally
        {
            opening.TrySetResult();
            sessions.Remove(secret);
        }
    }

    /// <summary>The response never ends: what guards responses against slow peers would end it. Our own watch does that.</summary>
    private static void LiftLimits(IFeatureCollection features)
    {
        features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
    }
}
