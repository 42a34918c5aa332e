using System.Text;

namespace Starling.Protocol.Tests.Fuzz;

/// <summary>Makes hostile frames out of good ones: by the grammar of the wire, and byte by byte.</summary>
internal sealed class FrameMutator
{
    private const int CorpusSize = 2000;

    private readonly Wire _wire;
    private readonly Random _random;
    private readonly byte[][] _corpus = new byte[CorpusSize][];
    private readonly JsonTree[] _jsonTrees = new JsonTree[CorpusSize];
    private readonly ProtobufTree[] _protobufTrees = new ProtobufTree[CorpusSize];

    /// <param name="wire">The encoding.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="write">Makes one good unit.</param>
    public FrameMutator(Wire wire, Random random, Func<byte[]> write)
    {
        _wire = wire;
        _random = random;
        for (int i = 0; i < CorpusSize; i++)
        {
            byte[] unit = _corpus[i] = write();
            if (wire == Wire.Json)
            {
                _jsonTrees[i] = JsonTree.Parse(unit);
                continue;
            }
            int prefix = Protocol.Protobuf.ProtobufInput.ReadVarint(unit, out _);
            _protobufTrees[i] = ProtobufTree.Parse(unit.AsSpan(prefix));
        }
    }

    public byte[] Next()
    {
        var frame = new List<byte>(1024);
        int units = _random.Next(8) == 0 ? 2 + _random.Next(3) : 1;
        for (int i = 0; i < units; i++)
        {
            if (i > 0 && _wire == Wire.Json) frame.Add((byte)'\n');
            frame.AddRange(_random.Next(4) == 0 ? _corpus[_random.Next(CorpusSize)] : SpoiledUnit());
        }
        if (_random.Next(3) == 0) SpoilBytes(frame);
        return [.. frame];
    }

    private byte[] SpoiledUnit()
    {
        int index = _random.Next(CorpusSize);
        if (_wire == Wire.Json)
        {
            var text = new StringBuilder();
            _jsonTrees[index].WriteSpoiled(text, _random);
            return Encoding.UTF8.GetBytes(text.ToString());
        }
        var message = new List<byte>();
        _protobufTrees[index].WriteSpoiled(message, _random);
        var unit = new List<byte>();
        ProtobufTree.WriteVarint(unit, (ulong)message.Count);
        return [.. unit, .. message];
    }

    private void SpoilBytes(List<byte> frame)
    {
        for (int times = 1 + _random.Next(3); times > 0 && frame.Count > 0; times--)
        {
            int at = _random.Next(frame.Count);
            int length = _random.Next(Math.Min(64, frame.Count - at) + 1);
            switch (_random.Next(7))
            {
                case 0: frame[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: frame[at] = (byte)_random.Next(256); break;
                case 2: frame.Insert(at, (byte)_random.Next(256)); break;
                case 3: frame.RemoveRange(at, length); break;
                case 4: frame.RemoveRange(at, frame.Count - at); break;
                case 5: frame.InsertRange(at, frame.GetRange(at, length)); break;
                default:
                    // Two frames cut and put together.
                    byte[] other = _corpus[_random.Next(CorpusSize)];
                    frame.RemoveRange(at, frame.Count - at);
                    frame.AddRange(other.AsSpan(_random.Next(other.Length)));
                    break;
            }
        }
    }
}
