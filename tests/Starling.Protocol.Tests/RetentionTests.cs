using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests;

/// <summary>Looks at the memory of the whole process, and therefore runs alone.</summary>
[Collection(nameof(RetentionTests))]
[CollectionDefinition(nameof(RetentionTests), DisableParallelization = true)]
public sealed class RetentionTests
{
    public static TheoryData<Wire> Wires => [Wire.Json, Wire.Protobuf];

    [Theory]
    [MemberData(nameof(Wires))]
    public void A52_Messages_that_end_in_the_middle_leave_nothing_behind(Wire wire)
    {
        var generator = new MessageGenerator(new Random(31));
        var random = new Random(32);
        byte[][] frames = [.. Enumerable.Range(0, 100).Select(_ => Codec.Write(wire, generator.Command()))];
        ReadCut(1000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        ReadCut(100_000);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.InRange(after - before, long.MinValue, 1024 * 1024);

        void ReadCut(int count)
        {
            for (int i = 0; i < count; i++)
            {
                byte[] frame = frames[random.Next(frames.Length)];
                new CommandReader(wire, frame.AsMemory(0, random.Next(frame.Length))).Read(out _);
            }
        }
    }
}
