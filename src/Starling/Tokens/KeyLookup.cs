using System.Runtime.InteropServices;

namespace Starling.Tokens;

/// <summary>The keys that may prove one token; none when it cannot be proved (3500), or not at the moment (100).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyLookup(IReadOnlyList<VerificationKey> Keys, bool IsUnavailable = false)
{
    public static KeyLookup None { get; } = new([]);

    public static KeyLookup Unavailable { get; } = new([], IsUnavailable: true);
}
