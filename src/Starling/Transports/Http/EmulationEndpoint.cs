using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>Takes the commands of clients whose transport only flows down (protocol 1.6).</summary>
internal sealed class EmulationEndpoint(Node node, SessionTable sessions)
{
    private readonly HttpDoor _door = new(node, HttpMethods.Post, node.Options.Emulation.MaxRequestBodySize);

    public async Task HandleAsync(HttpContext context)
    {
        if (!_door.TryPass(context)) return;
        var wire = RequestWire.Of(context.Request);
        EmulationRequest? request;
        using (var body = await _door.ReadBodyAsync(context))
        {
            if (body is null) return;
            if (!WireCodec.TryReadEmulationRequest(wire, body.Memory, out request))
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            request.Data = request.Data.ToArray();   // outlives the body while earlier requests are in work
        }
        context.Response.StatusCode = await TryDeliverAsync(request) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
    }

    /// <summary>Brings a batch of commands to its session. The request as a whole is what a node of a cluster would hand on to
    /// the node it names.</summary>
    /// <returns><see langword="false"/> when no such node is known.</returns>
    private async ValueTask<bool> TryDeliverAsync(EmulationRequest request)
    {
        if (!string.Equals(request.Node, node.Id, StringComparison.Ordinal)) return false;
        // A session that is gone is no error of this request: its stream has said why it ended (protocol 1.6).
        if (sessions.TryFind(request.Session, out var session)) await session.TakeAsync(request.Data);
        return true;
    }
}
