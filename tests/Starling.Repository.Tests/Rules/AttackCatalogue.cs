namespace Starling.Repository.Tests.Rules;

/// <summary>One attack the server must stand.</summary>
/// <param name="Number">As in the names of tests.</param>
/// <param name="Words">What it is.</param>
/// <param name="Without">Why no test carries the number; empty when one should.</param>
internal sealed record Attack(int Number, string Words, string Without = "");

/// <summary>The attacks by number.</summary>
internal static class AttackCatalogue
{
    public static readonly (string Title, Attack[] Attacks)[] Groups =
    [
        ("Handshake and HTTP",
        [
            new(1, "page of another origin"), new(2, "look-alike origins"), new(3, "no origin, but a cookie"),
            new(4, "no proper upgrade request"), new(5, "other WebSocket versions"), new(6, "requests two parsers read differently"),
            new(7, "too many or too long headers"), new(8, "headers that are slow to parse"), new(9, "slow headers, silent peers"),
            new(10, "open, but never connected"), new(11, "bytes behind a refused upgrade"),
        ]),
        ("Frames",
        [
            new(12, "reserved bits"), new(13, "missing mask"), new(14, "lengths in the long form"), new(15, "huge lengths"),
            new(16, "messages over the limit"), new(17, "answers and close frame before the end"), new(18, "broken UTF-8"),
            new(19, "long or split control frames"), new(20, "reserved opcodes"), new(21, "fragments out of order"),
            new(22, "close codes that must not travel"), new(23, "empty fragments without end"), new(24, "fragments never finished"),
            new(25, "ping floods"), new(26, "data after close"), new(27, "close never answered"),
            new(28, "buffers given back wrongly"), new(29, "many senders at once"), new(30, "any cut of a stream"),
        ]),
        ("Compression",
        [
            new(31, "odd deflate blocks"), new(32, "bombs"), new(33, "bombs over fragments and messages"), new(34, "bad negotiation"),
            new(35, "windows of many connections"), new(36, "secrets beside an attacker's text"), new(37, "garbage in deflate"),
        ]),
        ("Application protocol",
        [
            new(38, "deep nesting"), new(39, "declared counts"), new(40, "malformed commands"),
            new(41, "names of object members as keys"), new(42, "numbers out of range"), new(43, "hostile channel names"),
            new(44, "line feeds on the way to a broker", "the broker in memory has no commands; due with the first one over a network"), new(45, "labels and channels without end"), new(46, "subscribe and unsubscribe in a loop"),
            new(47, "publish floods"), new(48, "recovery in a loop"), new(49, "presence of large channels in a loop"),
            new(50, "resumable sessions without end", "a client comes back by its position, and the server keeps nothing for it"),
            new(51, "guessed sessions"), new(52, "half-read messages"), new(53, "slow filters"),
            new(54, "control characters in logs and pages"), new(55, "malicious patches"),
        ]),
        ("Who may",
        [
            new(56, "tokens without signature"), new(57, "algorithms swapped"), new(58, "unknown key ids"), new(59, "keys inside tokens"),
            new(60, "issuers that are not ours"), new(61, "keys of another issuer"), new(62, "odd times in tokens"),
            new(63, "tokens for something else"), new(64, "expiry while connected"), new(65, "revocation"), new(66, "huge tokens"),
            new(67, "secrets in logs"), new(68, "tokens in the subprotocol"), new(69, "cookies"), new(70, "guessed API keys"),
            new(71, "key sets slow or hostile"), new(72, "change of keys under load"), new(73, "spellings of private channels"),
            new(74, "revoked while subscribing"), new(75, "reading without permission"), new(76, "API without key, from pages"),
        ]),
        ("Resources and network",
        [
            new(77, "connection floods, forged addresses"), new(78, "out of files"), new(79, "readers that stop"),
            new(80, "readers that stop, but talk"), new(81, "dead peers"), new(82, "HTTP/2 floods"), new(83, "TLS floods"),
            new(84, "transports over HTTP"), new(85, "operators' pages in public"), new(86, "hostile servers"),
            new(87, "publishing while offline", "concerns clients, whose queue it is; the SDKs are not ours"),
            new(88, "forged cluster messages", "nodes do not talk to each other yet"), new(89, "log floods"), new(90, "slow handlers"), new(91, "memory after an attack"),
            new(92, "everything at once"), new(93, "vulnerable packages"),
        ]),
    ];
}
