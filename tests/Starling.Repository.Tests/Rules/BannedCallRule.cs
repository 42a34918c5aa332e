using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>Time and randomness are injected, and nobody sleeps. Only <c>TimeProvider</c> tells time; whole nodes must run in
/// one test process with a fake clock and a seed.</summary>
internal static class BannedCallRule
{
    private const string UseTimeProvider = "take the time from the injected TimeProvider";
    private const string UseWheel = "let an owner with a clock tick it (timing wheel); a test waits for a condition with a deadline";
    private const string UseRandom = "take randomness from the injected source";

    private static readonly (string Call, Regex Pattern, string Instead)[] s_sleeps =
    [
        ("Task.Delay", Code(@"\bTask\s*\.\s*Delay\b"), UseWheel),
        ("Thread.Sleep", Code(@"\bThread\s*\.\s*Sleep\b"), UseWheel),
    ];

    private static readonly (string Call, Regex Pattern, string Instead)[] s_clocks =
    [
        .. s_sleeps,
        ("DateTime.UtcNow", Code(@"\bDateTime\s*\.\s*(Utc)?Now\b"), UseTimeProvider),
        ("DateTimeOffset.UtcNow", Code(@"\bDateTimeOffset\s*\.\s*(Utc)?Now\b"), UseTimeProvider),
        ("DateTime.Today", Code(@"\bDateTime\s*\.\s*Today\b"), UseTimeProvider),
        ("Stopwatch", Code(@"\bStopwatch\b"), UseTimeProvider),
        ("Environment.TickCount", Code(@"\bEnvironment\s*\.\s*TickCount"), UseTimeProvider),
        ("new Timer(", Code(@"\bnew\s+(System\s*\.\s*)?(Threading\s*\.\s*|Timers\s*\.\s*)?Timer\s*\("), UseWheel),
        ("PeriodicTimer", Code(@"\bPeriodicTimer\b"), UseWheel),
        ("Random.Shared", Code(@"\bRandom\s*\.\s*Shared\b"), UseRandom),
        ("new Random(", Code(@"\bnew\s+(System\s*\.\s*)?Random\s*\("), UseRandom),
        ("Guid.NewGuid", Code(@"\bGuid\s*\.\s*(NewGuid|CreateVersion7)\b"), UseRandom),
    ];

    /// <summary>Where real time is the subject: the load generator, the micro-benchmarks and the kit that waits for conditions.</summary>
    private static readonly string[] s_exempt = ["src/Starling.Server/Bench/", "bench/", "tests/Starling.TestKit/"];

    public static IEnumerable<Violation> Check(string file, string source)
    {
        if (s_exempt.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))) return [];
        var banned = file.StartsWith("tests/", StringComparison.Ordinal) ? s_sleeps : s_clocks;
        var code = CSharpText.CodeOf(source);
        return from ban in banned
               from Match match in ban.Pattern.Matches(code)
               select new Violation(file, CSharpText.LineOf(code, match.Index), $"{ban.Call} is banned here: {ban.Instead}.");
    }

    private static Regex Code(string pattern) => new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
}
