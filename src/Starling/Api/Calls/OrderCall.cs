using Starling.Cluster;

namespace Starling.Api.Calls;

/// <summary>A call about the connections of a user.</summary>
internal abstract class OrderCall : ApiCall
{
    private string _user = "";
    private string _client = "";
    private string _session = "";

    protected OrderTarget Target => new(_user, _client, _session);

    /// <summary>Reads the member if it says which connections are meant, and passes over it otherwise.</summary>
    protected void ReadMember(ref ApiReader reader)
    {
        if (reader.Is("user"u8)) _user = reader.Text();
        else if (reader.Is("client"u8)) _client = reader.Text();
        else if (reader.Is("session"u8)) _session = reader.Text();
        else reader.Skip();
    }
}
