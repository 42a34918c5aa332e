using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Ends subscriptions of a user, those the clients asked for too; without a channel, all of them.</summary>
internal sealed class UnsubscribeCall : OrderCall
{
    private string _channel = "";

    public override string Method => "unsubscribe";

    public static UnsubscribeCall Read(ref ApiReader reader)
    {
        var call = new UnsubscribeCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        api.Orders.Unsubscribe(Target, _channel, Unsubscribes.Server);
        return ValueTask.FromResult(ApiReply.Done);
    }
}
