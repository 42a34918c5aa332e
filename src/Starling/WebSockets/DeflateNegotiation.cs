using System.Globalization;

namespace Starling.WebSockets;

/// <summary>What an extension header came to.</summary>
internal enum DeflateAnswer
{
    /// <summary>No compression.</summary>
    Declined,

    /// <summary>Both sides compress, without context takeover.</summary>
    Agreed,

    /// <summary>The header breaks the grammar, or the answer breaks the rules: the handshake fails (RFC 6455 §9.1).</summary>
    Invalid,
}

/// <summary>Negotiates permessage-deflate (RFC 7692 §5 and §7.1), both sides.</summary>
internal static class DeflateNegotiation
{
    /// <summary>Offers looked at; real clients make one or two.</summary>
    public const int OffersMax = 8;

    /// <summary>What our clients offer.</summary>
    public const string Offer = Name + "; " + ServerNoContextTakeover + "; " + ClientNoContextTakeover;

    private const string Name = "permessage-deflate";
    private const string ServerNoContextTakeover = "server_no_context_takeover";
    private const string ClientNoContextTakeover = "client_no_context_takeover";
    private const string ServerMaxWindowBits = "server_max_window_bits";
    private const string ClientMaxWindowBits = "client_max_window_bits";

    /// <summary>The server's choice: the first acceptable offer among the first <see cref="OffersMax"/>.</summary>
    /// <param name="header">All lines of the client's header, joined with commas.</param>
    /// <param name="parameters">What was agreed.</param>
    public static DeflateAnswer Choose(ReadOnlySpan<char> header, out DeflateParameters parameters)
    {
        parameters = default;
        var list = new ExtensionList(header);
        for (var offers = 0; offers < OffersMax && list.TryReadExtension(out var name); offers++)
        {
            var offer = Read(ref list);
            if (offer.IsValid && name.Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                parameters = new DeflateParameters(offer.ServerBits ?? 15) { AnswerServerBits = offer.ServerBits is not null };
                return list.IsMalformed ? DeflateAnswer.Invalid : DeflateAnswer.Agreed;
            }
        }
        return list.IsMalformed ? DeflateAnswer.Invalid : DeflateAnswer.Declined;
    }

    /// <summary>The server's header for what it chose. The client's window is not limited: ours fits any.</summary>
    public static string Answer(DeflateParameters parameters) => parameters.AnswerServerBits
        ? string.Create(CultureInfo.InvariantCulture, $"{Offer}; {ServerMaxWindowBits}={parameters.SendWindowBits}")
        : Offer;

    /// <summary>The client's check of the server's answer to <see cref="Offer"/>.</summary>
    public static DeflateAnswer CheckAnswer(ReadOnlySpan<char> header, out DeflateParameters parameters)
    {
        parameters = new DeflateParameters();
        var list = new ExtensionList(header);
        if (!list.TryReadExtension(out var name)) return list.IsMalformed ? DeflateAnswer.Invalid : DeflateAnswer.Declined;
        var answer = Read(ref list);
        // What was asked for must be granted; a limit on our window must not be set unless we offered to take one (§7.1.2.2).
        var granted = answer is { IsValid: true, HasServerNoTakeover: true, HasClientBits: false }
            && name.Equals(Name, StringComparison.OrdinalIgnoreCase);
        var alone = !list.TryReadExtension(out _) && !list.IsMalformed;
        return granted && alone ? DeflateAnswer.Agreed : DeflateAnswer.Invalid;
    }

    /// <summary>Reads the parameters of one extension to its end, also when one is unknown, repeated or out of range.</summary>
    private static Parameters Read(ref ExtensionList list)
    {
        var read = new Parameters { IsValid = true };
        while (list.TryReadParameter(out var name, out var value, out var hasValue))
        {
            var known = name switch
            {
                ServerNoContextTakeover => !hasValue && Set(ref read.HasServerNoTakeover),
                ClientNoContextTakeover => !hasValue && Set(ref read.HasClientNoTakeover),
                ServerMaxWindowBits => read.ServerBits is null && (read.ServerBits = WindowBits(value)) is not null,
                ClientMaxWindowBits => Set(ref read.HasClientBits) && (!hasValue || WindowBits(value) is not null),
                _ => false,
            };
            if (!known) read.IsValid = false;
        }
        return read;
    }

    private static bool Set(ref bool seen)
    {
        var first = !seen;
        seen = true;
        return first;
    }

    /// <summary>8 to 15 in decimal, without a leading zero (RFC 7692 §7.1.2.1).</summary>
    private static int? WindowBits(ReadOnlySpan<char> value) => value switch
    {
        "8" => 8,
        "9" => 9,
        ['1', >= '0' and <= '5'] => 10 + value[1] - '0',
        _ => null,
    };

    private ref struct Parameters
    {
        public bool IsValid;
        public bool HasServerNoTakeover;
        public bool HasClientNoTakeover;
        public bool HasClientBits;
        public int? ServerBits;
    }
}
