namespace Starling.Demos.Embedded;

/// <summary>Who comes in. A real application asks its session, cookie or token; here a client says its own name.</summary>
internal static class Door
{
    public static ConnectingResult Ask(ConnectingContext context)
    {
        var name = AuctionJson.Read(context.Data, AuctionJson.Default.Visitor)?.Name ?? "";
        if (name.Length == 0) return ConnectingResult.Refuse(new Protocol.ProtocolError(400, "say your name"));
        if (name == "mallory") return ConnectingResult.Close(new Protocol.Disconnect(4500, "barred"));
        return ConnectingResult.Accept(name, AuctionJson.Bytes(new Visitor(name)), AuctionJson.Bytes(new Visitor(name)));
    }
}
