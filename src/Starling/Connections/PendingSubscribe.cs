namespace Starling.Connections;

/// <summary>A subscribe that is being decided; a connection's commands run one after the other, so there is one at most.</summary>
internal struct PendingSubscribe(string channel)
{
    /// <summary>The server ended the subscription before it had begun.</summary>
    public bool IsRevoked { get; private set; }

    /// <param name="other">The channel the server ends; <see langword="null"/>: all.</param>
    public void Revoke(string? other) => IsRevoked |= channel is not null && (other is null || other == channel);
}
