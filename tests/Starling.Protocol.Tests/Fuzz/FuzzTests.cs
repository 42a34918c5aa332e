using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Fuzz;

/// <summary>A40: whatever a peer sends is a message or malformed; it never throws, hangs or takes memory without measure.</summary>
/// <remarks>The number of inputs is set by <c>STARLING_FUZZ_INPUTS</c> (for both wires and both directions together), the seed by
/// <c>STARLING_FUZZ_SEED</c>.</remarks>
public sealed class FuzzTests
{
    private const int DefaultInputs = 100_000;

    /// <summary>Most a frame may allocate whatever its length: an exception of the framework's JSON reader, and the first message.</summary>
    private const int AllocatedBase = 16 * 1024;

    /// <summary>Most that may be allocated per byte of a frame: two bytes of Protobuf make one empty message of a list.</summary>
    private const int AllocatedPerByte = 128;

    /// <summary>Far above what any frame takes; only a reader that does not end passes it.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(20);

    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _again = new(64 * 1024);

    public static TheoryData<Wire, string> Readers =>
        new() { { Wire.Json, "command" }, { Wire.Protobuf, "command" }, { Wire.Json, "reply" }, { Wire.Protobuf, "reply" } };

    [Theory]
    [MemberData(nameof(Readers))]
    public void A40_Any_frame_is_read_or_malformed(Wire wire, string what)
    {
        int inputs = Setting("STARLING_FUZZ_INPUTS", DefaultInputs) / 4;
        int seed = Setting("STARLING_FUZZ_SEED", 1);
        var random = new Random(seed);
        var generator = new MessageGenerator(random);
        bool commands = what == "command";
        var mutator = new FrameMutator(wire, random, () => commands ? Codec.Write(wire, generator.Command()) : Codec.Write(wire, generator.Reply()));
        var figures = new Figures();
        for (int i = 0; i < inputs; i++)
        {
            byte[] frame = mutator.Next();
            try
            {
                Check(wire, commands, frame, thorough: i % 8 == 0, figures);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}, input {i}: {Convert.ToHexString(frame)}", error);
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{wire} {what}: {inputs} inputs, {figures}");
        Assert.True(figures.Units > 0 && figures.Malformed > 0, "The inputs are all good or all bad.");
    }

    private void Check(Wire wire, bool commands, byte[] frame, bool thorough, Figures figures)
    {
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        var status = commands ? ReadCommands(wire, frame, out int units) : ReadReplies(wire, frame, out units);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var elapsed = Stopwatch.GetElapsedTime(start);
        figures.Add(status, units, frame.Length, allocated, elapsed);
        if (allocated > AllocatedBase + (AllocatedPerByte * (long)frame.Length)) Assert.Fail($"{frame.Length} bytes made {allocated} bytes.");
        if (elapsed > s_hang) Assert.Fail($"{frame.Length} bytes took {elapsed}.");
        if (units > 0) CheckWriting(wire, commands, frame, thorough);
    }

    private static ReadStatus ReadCommands(Wire wire, byte[] frame, out int units)
    {
        var reader = new CommandReader(wire, frame);
        ReadStatus status;
        for (units = 0; (status = reader.Read(out _)) == ReadStatus.Unit; units++)
        {
            if (units > frame.Length) Assert.Fail("There are more units than bytes.");
        }
        if (status == ReadStatus.End && reader.Consumed != frame.Length) Assert.Fail("The end is not the end.");
        return status;
    }

    private static ReadStatus ReadReplies(Wire wire, byte[] frame, out int units)
    {
        var reader = new ReplyReader(wire, frame);
        ReadStatus status;
        for (units = 0; (status = reader.Read(out _)) == ReadStatus.Unit; units++)
        {
            if (units > frame.Length) Assert.Fail("There are more units than bytes.");
        }
        if (status == ReadStatus.End && reader.Consumed != frame.Length) Assert.Fail("The end is not the end.");
        return status;
    }

    /// <summary>Whatever was read can be written, and reads back as the same.</summary>
    private void CheckWriting(Wire wire, bool commands, byte[] frame, bool thorough)
    {
        var commandReader = new CommandReader(wire, frame);
        var replyReader = new ReplyReader(wire, frame);
        while (true)
        {
            Command? command = null;
            Reply? reply = null;
            var status = commands ? commandReader.Read(out command) : replyReader.Read(out reply);
            if (status != ReadStatus.Unit) return;
            Write(wire, command, reply, _output);
            var again = ReadBack(wire, commands);
            Write(wire, again as Command, again as Reply, _again);
            // The order of a map's entries is free on Protobuf; on JSON it stays.
            bool same = wire == Wire.Json ? _output.WrittenSpan.SequenceEqual(_again.WrittenSpan) : _output.WrittenCount == _again.WrittenCount;
            if (!same) Assert.Fail("Written again it is not the same.");
            // A carriage return in embedded data is white space that is left out while writing.
            if (thorough && (wire == Wire.Protobuf || !frame.AsSpan().Contains((byte)'\r')))
            {
                MessageComparison.AssertSame((object?)command ?? reply, again);
            }
        }
    }

    private static void Write(Wire wire, Command? command, Reply? reply, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        if (command is not null) WireCodec.WriteCommand(wire, command, output);
        else if (!WireCodec.TryWriteReply(wire, reply!, output)) Assert.Fail("What was read cannot be written.");
    }

    private object ReadBack(Wire wire, bool commands)
    {
        Command? command = null;
        Reply? reply = null;
        var status = commands
            ? new CommandReader(wire, _output.WrittenMemory).Read(out command)
            : new ReplyReader(wire, _output.WrittenMemory).Read(out reply);
        if (status != ReadStatus.Unit) Assert.Fail("What was written cannot be read.");
        return (object?)command ?? reply!;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private sealed class Figures
    {
        private long _bytes;
        private long _allocatedMost;
        private double _allocatedPerByteMost;
        private TimeSpan _slowest;

        public long Units { get; private set; }

        public long Malformed { get; private set; }

        public void Add(ReadStatus status, int units, int length, long allocated, TimeSpan elapsed)
        {
            Units += units;
            if (status == ReadStatus.Malformed) Malformed++;
            _bytes += length;
            _allocatedMost = Math.Max(_allocatedMost, allocated);
            if (length >= 1024) _allocatedPerByteMost = Math.Max(_allocatedPerByteMost, (double)allocated / length);
            if (elapsed > _slowest) _slowest = elapsed;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{_bytes} bytes, {Units} units, {Malformed} malformed, at most {_allocatedMost} bytes allocated ({_allocatedPerByteMost:F1} per byte), slowest {_slowest.TotalMilliseconds:F1} ms");
    }
}
