using System.Text;
using Starling.Deltas;

namespace Starling.Tests.Deltas;

/// <summary>The patch format of protocol 4.9.</summary>
public sealed class FossilDeltaTests
{
    private const string Base = """{"symbol":"AAPL","price":100,"currency":"USD"}""";
    private const string Result = """{"symbol":"AAPL","price":101,"currency":"USD"}""";
    private const string Patch = "j\nR@0,1:1I@S,1YeeLj;";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Apply(byte[] source, byte[] patch)
    {
        Assert.True(FossilDelta.TryApply(source, patch, 1 << 20, out var result));
        return result;
    }

    [Fact]
    public void Checklist_101_The_worked_example_decodes_to_the_stated_result() =>
        Assert.Equal(Result, Encoding.UTF8.GetString(Apply(Bytes(Base), Bytes(Patch))));

    [Fact]
    public void The_worked_example_is_encoded_to_a_patch_as_short() =>
        Assert.InRange(FossilDelta.TryCreate(Bytes(Base), Bytes(Result))!.Length, 1, Patch.Length);

    [Fact]
    public void Checklist_100_There_is_no_patch_that_is_not_shorter()
    {
        Assert.Null(FossilDelta.TryCreate(Bytes("abcdefgh"), Bytes("12345678")));
        Assert.Null(FossilDelta.TryCreate([], Bytes(Result)));
        Assert.Null(FossilDelta.TryCreate(Bytes(Base), []));
    }

    /// <summary>Payloads made of each other's pieces, so that patches copy, insert and reach back.</summary>
    [Fact]
    public void What_is_patched_is_what_was_published_for_100000_related_payloads()
    {
        var random = new Random(20261122);
        var source = new byte[200];
        random.NextBytes(source);
        var patched = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var target = Mutate(source, random);
            if (FossilDelta.TryCreate(source, target) is { } patch)
            {
                patched++;
                Assert.True(patch.Length < target.Length);
                Assert.Equal(target, Apply(source, patch));
            }
            source = target;
        }
        Assert.InRange(patched, 50_000, 100_000);   // otherwise the test would show nothing
    }

    [Fact]
    public void A55_No_damaged_patch_gives_another_result_than_the_one_it_promises()
    {
        var random = new Random(7);
        var source = Bytes(string.Concat(Enumerable.Repeat(Base, 8)));
        var target = Bytes(string.Concat(Enumerable.Repeat(Result, 8)));
        var patch = FossilDelta.TryCreate(source, target)!;
        for (var i = 0; i < 100_000; i++)
        {
            var damaged = patch.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) damaged = damaged[..random.Next(damaged.Length)];
            if (FossilDelta.TryApply(source, damaged, 1 << 16, out var result) && !damaged.AsSpan().SequenceEqual(patch)) Assert.InRange(result.Length, 0, 1 << 16);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("j")]
    [InlineData("j\n")]
    [InlineData("j\nR@0,1:1I@S,1YeeLk;")]      // checksum
    [InlineData("k\nR@0,1:1I@S,1YeeLj;")]      // size
    [InlineData("j\nR@0,1:1I@T,1YeeLj;")]      // copy past the base
    [InlineData("j\nR@0,1:1I@S,1YeeLj;x")]     // something behind the end
    [InlineData("j\nR@0,1:1I@S,1YeeLj")]       // no end
    [InlineData("j\nR@0,ZZ:1")]                // insert past the patch
    [InlineData("~~~~~~\n~~~~~@0,")]           // promises gigabytes
    public void A55_A_malformed_patch_is_refused(string patch) => Assert.False(FossilDelta.TryApply(Bytes(Base), Bytes(patch), 1 << 20, out _));

    [Fact]
    public void A55_A_result_beyond_the_limit_is_refused() =>
        Assert.False(FossilDelta.TryApply(Bytes(Base), Bytes(Patch), Result.Length - 1, out _));

    private static byte[] Mutate(byte[] source, Random random)
    {
        var target = new List<byte>(source);
        for (var edits = random.Next(0, 4); edits > 0; edits--)
        {
            var at = random.Next(target.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    target.RemoveRange(at, Math.Min(random.Next(20), target.Count - at));
                    break;
                case 1:
                    var inserted = new byte[random.Next(20)];
                    random.NextBytes(inserted);
                    target.InsertRange(at, inserted);
                    break;
                case 2:
                    var from = random.Next(source.Length);
                    target.InsertRange(at, source.AsSpan(from, Math.Min(random.Next(60), source.Length - from)).ToArray());
                    break;
                default:
                    if (at < target.Count) target[at]++;
                    break;
            }
        }
        if (target.Count > 400) target.RemoveRange(0, 200);
        if (target.Count == 0) target.Add(1);
        return [.. target];
    }
}
