// An auction in an ASP.NET Core application: the application decides who comes in, who watches what and which bids count;
// Starling carries them. Run it with: dotnet run --project demos/embedded
using Starling;
using Starling.Demos.Embedded;
using Starling.Protocol;
using RpcResult = Starling.RpcResult;

const string secret = "of the demo alone";   // a real application keeps its own

var auction = new Auction();
var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(http => http.SerializerOptions.TypeInfoResolverChain.Insert(0, AuctionJson.Default));
builder.Services
    .AddStarling(options =>
    {
        options.Client.AllowedOrigins.Add("*");   // a real application names its own pages here
        // Who watches a lot sees who else does, and who comes and goes.
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "lot", Presence = true, JoinLeave = true, ForcePushJoinLeave = true });
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "desk" });
        // Prices are polled: whoever shows a list of lots follows those it shows, and the auction is asked once for all.
        var prices = new ChannelNamespaceOptions { Name = "prices", SubscriptionType = ChannelSubscriptionType.SharedPoll };
        prices.SharedPoll.RefreshInterval = TimeSpan.FromSeconds(1);
        options.Channel.Namespaces.Add(prices);
        options.SharedPoll.HmacSecretKey = secret;
    })
    .OnConnecting(context => ValueTask.FromResult(Door.Ask(context)))
    .OnSubscribing(context => ValueTask.FromResult(context.Channel switch
    {
        // Everyone watches the lots; a desk is its owner's alone.
        ['l', 'o', 't', ':', .. var lot] => SubscribingResult.Accept(data: AuctionJson.Bytes(auction.Highest(lot))),
        ['d', 'e', 's', 'k', ':', .. var owner] when owner == context.User => SubscribingResult.Accept(AuctionJson.Bytes(new Seat("owner"))),
        "prices:all" => SubscribingResult.Accept(),
        _ => SubscribingResult.Refuse(ProtocolErrors.PermissionDenied),
    }))
    .OnPublishing(context => ValueTask.FromResult(auction.TakeBid(context)))
    .OnMessage(async context =>
    {
        // A message has no reply; its acknowledgement goes to the desk of whoever sent it.
        var publisher = context.HttpContext!.RequestServices.GetRequiredService<ChannelPublisher>();
        var text = AuctionJson.Read(context.Data, AuctionJson.Default.Note)?.Text ?? "";
        await publisher.PublishAsync($"desk:{context.User}", new Received(text), AuctionJson.Default.Received, context.ConnectionClosed);
    })
    .MapRpc("highest", AuctionJson.Default.Lot, AuctionJson.Default.Bid, (_, lot) => ValueTask.FromResult(auction.Highest(lot.Name)))
    .OnPolling(context => ValueTask.FromResult(new PollingResult(
        [.. context.Items.Select(item => new PolledValue(item.Key, AuctionJson.Bytes(auction.Highest(item.Key))))])))
    // Everyone may follow every lot; a real application looks at the keys before it signs.
    .MapRpc("sign", AuctionJson.Default.Lots, AuctionJson.Default.Signed, (context, lots) => ValueTask.FromResult(new Signed(
        TrackSignature.Create(secret, context.User, "prices:all", lots.Keys, TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddMinutes(5)))))
    .MapRpc("again", _ => ValueTask.FromResult(RpcResult.Close(new Disconnect(4000, "come again"))))   // below 4500: the client comes back
    .MapRpc("fail", _ => ValueTask.FromResult(RpcResult.Fail(new ProtocolError(1000, "this always fails"))));

var app = builder.Build();
app.MapStarling();

// What happens elsewhere in the application is pushed from there: curl -X POST http://localhost:5000/lots/clock/close
app.MapPost("/lots/{lot}/close", async (string lot, ChannelPublisher publisher, CancellationToken cancellationToken) =>
{
    var sold = new Sold(auction.Close(lot));
    var error = await publisher.PublishAsync($"lot:{lot}", sold, AuctionJson.Default.Sold, cancellationToken);
    return error is null ? Results.Ok(sold) : Results.Problem(error.Message);
});

// The application can ask who is there: curl http://localhost:5000/lots/clock/visitors
app.MapGet("/lots/{lot}/visitors", async (string lot, ChannelMembers members, CancellationToken cancellationToken) =>
    (await members.ListAsync($"lot:{lot}", cancellationToken)).Clients.Select(client => client.User).ToArray());

app.Run();
