namespace Starling.Connections;

/// <summary>Id of a connection (`client` in the protocol): a version 4 UUID.</summary>
internal readonly record struct ConnectionId(Guid Value)
{
    public static bool TryParse(string text, out ConnectionId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value);
        id = new ConnectionId(value);
        return parsed;
    }

    public override string ToString() => Value.ToString("D");
}
