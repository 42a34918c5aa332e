using System.Buffers.Binary;
using Starling.Operations;

namespace Starling.Simulation.World;

/// <summary>Chance from a seed: the same on every machine and in every version of the runtime (SplitMix64, by S. Vigna).</summary>
/// <remarks>Each part of a world has dice of its own, so that leaving one part out does not change the others' throws.</remarks>
internal sealed class Dice : RandomSource
{
    private readonly ulong _seed;
    private ulong _state;

    public Dice(ulong seed) => _seed = _state = seed;

    /// <summary>Dice for one part: depend on the seed and the part's name only, not on throws made so far.</summary>
    public Dice For(string part)
    {
        var hash = 14695981039346656037UL ^ Mix(_seed);   // FNV-1a
        foreach (var letter in part) hash = (hash ^ letter) * 1099511628211UL;
        return new Dice(Mix(hash));
    }

    /// <summary>A whole number from 0 to below the bound.</summary>
    public int Below(int bound) => (int)(((UInt128)Next() * (uint)bound) >> 64);

    /// <summary>A whole number from the first to the second, both included.</summary>
    public int From(int least, int most) => least + Below(most - least + 1);

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + TimeSpan.FromTicks((long)((most - least).Ticks * NextDouble()));

    /// <summary>Up to so many milliseconds.</summary>
    public TimeSpan UpTo(int milliseconds) => Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(milliseconds));

    public TItem Of<TItem>(IReadOnlyList<TItem> items) => items[Below(items.Count)];

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return Mix(_state);
    }

    public override void Fill(Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[8];
        while (bytes.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            var length = Math.Min(8, bytes.Length);
            word[..length].CopyTo(bytes);
            bytes = bytes[length..];
        }
    }

    private static ulong Mix(ulong word)
    {
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9UL;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EBUL;
        return word ^ (word >> 31);
    }
}
