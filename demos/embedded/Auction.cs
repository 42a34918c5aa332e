using Starling.Protocol;

namespace Starling.Demos.Embedded;

/// <summary>The highest bid of every lot, in memory.</summary>
internal sealed class Auction
{
    private static readonly Dictionary<string, string> s_tags = new() { ["kind"] = "bid" };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Bid> _highest = [];
    private readonly HashSet<string> _closed = [];

    public Bid Highest(string lot)
    {
        lock (_gate) return _highest.GetValueOrDefault(lot, new Bid(0));
    }

    /// <summary>Takes a bid that is higher than all before it; everyone then sees it, with whose it is.</summary>
    public PublishingResult TakeBid(PublishingContext context)
    {
        if (context.Channel is not ['l', 'o', 't', ':', .. var lot]) return PublishingResult.Refuse(ProtocolErrors.PermissionDenied);
        if (AuctionJson.Read(context.Data, AuctionJson.Default.Bid) is not { } bid) return PublishingResult.Refuse(ProtocolErrors.BadRequest);
        lock (_gate)
        {
            if (_closed.Contains(lot)) return PublishingResult.Refuse(new ProtocolError(410, "the lot is closed"));
            if (bid.Amount <= _highest.GetValueOrDefault(lot, new Bid(0)).Amount) return PublishingResult.Refuse(new ProtocolError(409, "there is a higher bid"));
            bid = bid with { Bidder = context.User };
            _highest[lot] = bid;
        }
        return PublishingResult.Accept(AuctionJson.Bytes(bid), s_tags);
    }

    /// <summary>Takes no more bids for a lot.</summary>
    /// <returns>The bid that won.</returns>
    public Bid Close(string lot)
    {
        lock (_gate)
        {
            _closed.Add(lot);
            return _highest.GetValueOrDefault(lot, new Bid(0));
        }
    }
}
