using Starling.Access;

namespace Starling.Tests.Access;

/// <summary>Whom the list of a user-limited channel names (protocol 5.1).</summary>
public sealed class NamespaceTableTests
{
    [Theory]
    [InlineData("room#42", "42", true)]
    [InlineData("ns:room#41,42", "42", true)]
    [InlineData("room#41#42", "42", true)]
    [InlineData("room#41#42", "41", false)]
    [InlineData("room#421", "42", false)]
    [InlineData("room#42 ", "42", false)]
    [InlineData("room#Ann", "ann", false)]
    [InlineData("room#", "", false)]
    [InlineData("room#41,,42", "", false)]
    [InlineData("room#ann,bob", "ann,bob", false)]
    [InlineData("room#ann#42", "ann#42", false)]
    public void A73_A_list_names_whole_ids_and_nobody_else(string channel, string user, bool expected) =>
        Assert.Equal(expected, NamespaceTable.NamesUser(channel, user));
}
