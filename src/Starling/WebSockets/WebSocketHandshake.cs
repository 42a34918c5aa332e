using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>The server's half of the opening handshake: RFC 6455 §4.2 over HTTP/1.1, RFC 8441 over HTTP/2.</summary>
internal static class WebSocketHandshake
{
    /// <summary>The switch (<see cref="AppContext.SetSwitch"/>, before the first server starts) that makes Kestrel refuse request
    /// lines and headers ended by a bare line feed. Two parsers that disagree about them are what request smuggling lives on.</summary>
    public const string StrictLineEndingsSwitch = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Checks an upgrade request and accepts it, or answers it with 400, 405, 426 or 501.</summary>
    /// <remarks>Says nothing about who may connect: check origin and credentials before. The carrier lives as long as the
    /// request: return from its delegate when the session is over.</remarks>
    /// <returns>The carrier; <see langword="null"/> when the request was answered with an error.</returns>
    public static async Task<WebSocketUpgrade?> AcceptAsync(HttpContext context, WebSocketHandshakeOptions options)
    {
        if (UpgradeRequest.Read(context, options, out var upgrade) is { } refusal)
        {
            await refusal.WriteAsync(context.Response);
            return null;
        }
        LiftLimits(context.Features);
        var headers = context.Response.Headers;
        if (upgrade.Subprotocol is not null) headers.SecWebSocketProtocol = upgrade.Subprotocol;
        if (upgrade.Deflate is { } deflate) headers.SecWebSocketExtensions = DeflateNegotiation.Answer(deflate);
        var (input, output) = upgrade.Key is null
            ? await ConnectAsync(context)
            : await SwitchAsync(context, upgrade.Key, options);
        return new WebSocketUpgrade(input, output, upgrade.Subprotocol, upgrade.Deflate);
    }

    /// <summary>A WebSocket is one endless request: what guards requests against slow peers would end it.</summary>
    private static void LiftLimits(IFeatureCollection features)
    {
        features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (features.Get<IHttpMinRequestBodyDataRateFeature>() is { } requestRate) requestRate.MinDataRate = null;
        if (features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate) responseRate.MinDataRate = null;
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
    }

    private static async Task<(PipeReader Input, ByteOutput Output)> ConnectAsync(HttpContext context)
    {
        var stream = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
        return OverStream(stream, context);
    }

    private static async Task<(PipeReader Input, ByteOutput Output)> SwitchAsync(
        HttpContext context, string key, WebSocketHandshakeOptions options)
    {
        var headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = HandshakeKey.Accept(key);
        var socket = options.DirectSocketWrites ? PlainSocket(context.Features) : null;
        ulong sentBefore = 0;
        if (socket is not null && !TcpInfo.TryReadBytesSent(socket, out sentBefore)) socket = null;
        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        var stream = await upgrade.UpgradeAsync();

        // On Kestrel, with nobody in between, the connection's own pipes are ours from here on: one copy of everything less than
        // through the stream, and payloads are unmasked where they were received. (The response's writer is no way out: it throws
        // once the connection is upgraded.)
        var isKestrel = ReferenceEquals(upgrade, context.Features.Get<IHttpRequestFeature>());
        if (!isKestrel || context.Features.Get<IConnectionTransportFeature>()?.Transport is not { } transport)
        {
            return OverStream(stream, context);
        }
        return (transport.Input, socket is null
            ? new PipeOutput(transport.Output, context.Abort)
            : new UpgradedOutput(socket, sentBefore, transport.Output, context.Abort));
    }

    /// <summary>The socket, when what we write is what travels.</summary>
    private static Socket? PlainSocket(IFeatureCollection features) =>
        features.Get<ITlsHandshakeFeature>() is null ? features.Get<IConnectionSocketFeature>()?.Socket : null;

    private static (PipeReader Input, ByteOutput Output) OverStream(Stream stream, HttpContext context)
    {
        // Zero-byte reads: no buffer is held while the peer is silent.
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: OutputBatch.BytesMax, leaveOpen: true));
        return (input, new PipeOutput(output, context.Abort));
    }
}
