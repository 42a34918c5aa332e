using Starling.Operations;

namespace Starling.Brokers;

/// <summary>Names of streams.</summary>
internal static class Epoch
{
    /// <summary>Eight random letters, as the reference's; never the same twice by chance (I5).</summary>
    public static string New(RandomSource random) => string.Create(8, random, static (text, random) =>
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = bytes[i] % 52;   // the small bias of the remainder does no harm in a name
            text[i] = (char)(letter < 26 ? 'a' + letter : 'A' + letter - 26);
        }
    });
}
