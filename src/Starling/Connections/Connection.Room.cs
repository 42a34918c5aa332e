namespace Starling.Connections;

/// <summary>How much may wait for the peer. What the server has to say is bounded by closing; what the client asks for, by not
/// answering any further until it reads.</summary>
internal sealed partial class Connection
{
    private TaskCompletionSource? _room;

    /// <summary>Bytes a long answer may take: what is left of the first half of the bound on what waits. The other half is for
    /// all that has to be said besides.</summary>
    public int ReplyRoom
    {
        get
        {
            lock (_gate) return (_node.Limits.QueueBytesMax / 2) - _control.Length;
        }
    }

    /// <summary>Completes when there is room for another answer, or nobody is left to be answered.</summary>
    /// <remarks>A client that loads much at once, through a thin line, is served as fast as it reads. One that does not read at all
    /// is the heartbeat's to close.</remarks>
    public ValueTask ReplyRoomAsync()
    {
        if (ReplyRoom > 0) return default;
        Flush();
        lock (_gate)
        {
            if (_isClosing || _control.Length < _node.Limits.QueueBytesMax / 2) return default;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task);
        }
    }

    /// <summary>Under the gate: what waited is on its way.</summary>
    private void GiveRoom()
    {
        _room?.TrySetResult();
        _room = null;
    }

    /// <summary>Under the gate. A closed connection takes everything and writes nothing.</summary>
    private bool TryQueue(ReadOnlySpan<byte> unit) =>
        _isClosing || unit.IsEmpty || _control.TryAdd(_transport.Framing, unit, _node.Limits.QueueBytesMax);

    /// <summary>Under the gate: the same for the answer to a command, which is taken whatever waits.</summary>
    private bool TryAnswer(ReadOnlySpan<byte> unit) =>
        _isClosing || unit.IsEmpty || _control.TryAddAnswer(_transport.Framing, unit, _node.Limits.QueueBytesMax);
}
