using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>What no text file may hold: paths of one machine, addresses of package registries, unowned reminders.</summary>
internal static class TextRule
{
    private static readonly (Regex Pattern, string Message)[] s_everywhere =
    [
        (Text(@"(?<![\w.~*\-/])/(home|Users|root|work|tmp)/[\w.\-]"), "path of one machine; make it relative to the repository"),
        (Text(@"\b[A-Za-z]:\\+(Users|Projects|src|dev|work|temp)\b"), "path of one machine; make it relative to the repository"),
        (Text(@"\bregistry\.(npmjs|yarnpkg)\b|\bapi\.nuget\.org\b|\bnpm\.pkg\.github\b|\b(artifactory|verdaccio|nexus)[.:/]"),
            "host of a package registry; leave the choice to the user's own configuration"),
    ];

    private static readonly (Regex Pattern, string Message) s_resolved =
        (Text(@"""resolved""\s*:\s*""\w+:"), "lock file with a registry address; write it with omit-lockfile-registry-resolved=true");

    private static readonly (Regex Pattern, string Message) s_reminder =
        (Text(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK)\b"), "do it, or write it where it is planned");

    public static IEnumerable<Violation> Check(string file, string text)
    {
        var rules = s_everywhere.AsEnumerable();
        if (IsLockFile(file)) rules = rules.Append(s_resolved);
        else rules = rules.Append(s_reminder);   // a lock file is full of hashes, which spell anything
        return from rule in rules
               from Match match in rule.Pattern.Matches(text)
               select new Violation(file, CSharpText.LineOf(text, match.Index), $"'{match.Value}': {rule.Message}.");
    }

    private static bool IsLockFile(string file) =>
        Path.GetFileName(file) is "package-lock.json" or "npm-shrinkwrap.json" or "packages.lock.json" or "yarn.lock" or "pnpm-lock.yaml";

    private static Regex Text(string pattern) => new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
}
