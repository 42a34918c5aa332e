using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>A method of the protocol whose feature this version does not have: error 108, once the request itself is right.</summary>
internal sealed class UnavailableCall : ApiCall
{
    private enum Subject
    {
        Channel,
        Method,
    }

    private readonly Subject _subject;
    private string _name = "";

    private UnavailableCall(Subject subject) => _subject = subject;

    public override string Method => "unavailable";

    public static UnavailableCall ReadOfChannel(ref ApiReader reader) => Read(ref reader, Subject.Channel, "channel"u8);

    public static UnavailableCall ReadOfMethod(ref ApiReader reader) => Read(ref reader, Subject.Method, "method"u8);

    public override ValueTask<ApiReply> RunAsync(ServerApi api) => ValueTask.FromResult(ApiReply.Fail(_subject switch
    {
        Subject.Channel or Subject.Method when _name.Length == 0 => ProtocolErrors.BadRequest,
        Subject.Channel when api.Node.Namespaces.Find(_name) is null => ProtocolErrors.UnknownChannel,
        _ => ProtocolErrors.NotAvailable,
    }));

    private static UnavailableCall Read(ref ApiReader reader, Subject subject, ReadOnlySpan<byte> member)
    {
        var call = new UnavailableCall(subject);
        while (reader.NextMember())
        {
            if (reader.Is(member)) call._name = reader.Text();
            else reader.Skip();
        }
        return call;
    }
}
