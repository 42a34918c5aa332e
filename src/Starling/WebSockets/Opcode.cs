namespace Starling.WebSockets;

/// <summary>What a frame is (RFC 6455 §5.2). Every other value is a protocol error.</summary>
internal enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>Which side of the connection we are: a client masks its frames and refuses masked ones, a server the reverse.</summary>
internal enum WebSocketRole
{
    Server,
    Client,
}
