using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Starling.Operations;

namespace Starling.Transports.Http;

/// <summary>The sessions of this node by their secrets: who knows the secret may send commands for the connection.</summary>
internal sealed class SessionTable(RandomSource random)
{
    /// <summary>144 random bits: no padding in base 64, and beyond guessing.</summary>
    private const int SecretBytes = 18;

    private readonly ConcurrentDictionary<string, EmulatedSession> _sessions = new(StringComparer.Ordinal);

    public int Count => _sessions.Count;

    /// <summary>A new secret.</summary>
    public string NewSecret()
    {
        Span<byte> bytes = stackalloc byte[SecretBytes];
        random.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    public void Add(string secret, EmulatedSession session) => _sessions[secret] = session;

    public void Remove(string secret) => _sessions.TryRemove(secret, out _);

    public bool TryFind(string secret, [NotNullWhen(true)] out EmulatedSession? session) => _sessions.TryGetValue(secret, out session);
}
