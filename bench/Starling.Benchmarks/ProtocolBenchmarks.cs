using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Starling.Protocol;

namespace Starling.Benchmarks;

/// <summary>What the codecs do for every message: read a publish or a call, write a publication or an answer.</summary>
public class ProtocolBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private Publication _publication = new();
    private Reply _rpcReply = new();
    private Reply _publishReply = new();
    private byte[] _publishFrame = [];
    private byte[] _rpcFrame = [];

    [Params(Wire.Json, Wire.Protobuf)]
    public Wire Wire { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        // A payload of 128 bytes, as in the workloads of the load generator.
        byte[] data = Encoding.UTF8.GetBytes("{\"id\":12345,\"from\":\"anna\",\"text\":\"" + new string('x', 92) + "\"}");
        _publication = new Publication { Data = data, Offset = 123456 };
        _rpcReply = new Reply { Id = 77, Rpc = new RpcResult { Data = data } };
        _publishReply = new Reply { Id = 77, Publish = new PublishResult() };
        _publishFrame = Frame(new Command { Id = 77, Publish = new PublishRequest { Channel = "chat:general", Data = data } });
        _rpcFrame = Frame(new Command { Id = 77, Rpc = new RpcRequest { Method = "echo", Data = data } });
    }

    [Benchmark]
    public Command? Read_a_publish() => Read(_publishFrame);

    [Benchmark]
    public Command? Read_a_call() => Read(_rpcFrame);

    [Benchmark]
    public int Write_a_publication()
    {
        _output.ResetWrittenCount();
        WireCodec.TryWritePublication(Wire, "chat:general", 0, _publication, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Write_the_answer_of_a_call() => Write(_rpcReply);

    [Benchmark]
    public int Write_the_answer_of_a_publish() => Write(_publishReply);

    private Command? Read(byte[] frame)
    {
        new CommandReader(Wire, frame).Read(out var command);
        return command;
    }

    private int Write(Reply reply)
    {
        _output.ResetWrittenCount();
        WireCodec.TryWriteReply(Wire, reply, _output);
        return _output.WrittenCount;
    }

    private byte[] Frame(Command command)
    {
        var output = new ArrayBufferWriter<byte>();
        WireCodec.WriteCommand(Wire, command, output);
        return output.WrittenSpan.ToArray();
    }
}
