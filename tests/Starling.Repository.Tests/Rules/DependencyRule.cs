using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>Keeps the parts of the sources apart as <see cref="DependencyTable"/> says.</summary>
internal static partial class DependencyRule
{
    private const string Engine = "src/Starling/";
    private const string StandAloneServer = "src/Starling.Server/";
    private const string Options = "src/Starling/Hosting/Options/";
    private const string Protocol = "src/Starling.Protocol/";

    /// <summary>Checks the references of one project file.</summary>
    public static IEnumerable<Violation> CheckProject(string file, string xml)
    {
        var allowed = DependencyTable.Projects.Where(project => project.Project == file).Select(project => project.References).FirstOrDefault();
        if (allowed is null)
        {
            yield return new Violation(file, 1, "has no row in DependencyTable.Projects.");
            yield break;
        }
        foreach (Match match in Reference().Matches(xml))
        {
            var name = match.Groups["name"].Value.Replace('\\', '/').Split('/')[^1].Replace(".csproj", "", StringComparison.Ordinal);
            if (!allowed.Contains(name)) yield return new Violation(file, CSharpText.LineOf(xml, match.Index), $"must not reference {name}.");
        }
    }

    /// <summary>Checks one source file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="source">Its text.</param>
    /// <param name="publicTypes">Types of the engine in the namespace <c>Starling</c>, with the slice they lie in: they are
    /// visible everywhere without a using.</param>
    public static IEnumerable<Violation> CheckSource(string file, string source, IReadOnlyDictionary<string, string> publicTypes)
    {
        var code = CSharpText.CodeOf(source);
        if (file.StartsWith(Protocol, StringComparison.Ordinal)) return CheckProtocol(file, code);
        if (file.StartsWith(StandAloneServer, StringComparison.Ordinal)) return CheckServer(file, code);
        if (!file.StartsWith(Engine, StringComparison.Ordinal)) return [];
        return CheckSlice(file, code, publicTypes);
    }

    /// <summary>The slice a file of the engine lies in; empty for the root folder. The options are a slice of their own:
    /// all may read them, while hosting reads all.</summary>
    public static string SliceOf(string file) => file.StartsWith(Options, StringComparison.Ordinal) ? "Options" : FolderOf(file);

    private static string FolderOf(string file)
    {
        var parts = file[Engine.Length..].Split('/');
        return parts.Length > 1 ? parts[0] : "";
    }

    /// <summary>The types a file of the engine declares in the namespace <c>Starling</c> itself.</summary>
    public static IEnumerable<(string Name, string Slice)> PublicTypesOf(string file, string source)
    {
        if (!file.StartsWith(Engine, StringComparison.Ordinal) || Namespace().Match(CSharpText.CodeOf(source)).Groups["name"].Value != "Starling")
        {
            return [];
        }
        return NameRule.TypesIn(source).Select(type => (type.Name, SliceOf(file)));
    }

    private static IEnumerable<Violation> CheckProtocol(string file, string code) =>
        from Match match in Identifier().Matches(code)
        where DependencyTable.ProtocolMustNotName.Contains(match.Value) && !IsMember(code, match.Index)
        select new Violation(file, CSharpText.LineOf(code, match.Index), $"'{match.Value}': Starling.Protocol does no I/O and does not wait.");

    private static IEnumerable<Violation> CheckSlice(string file, string code, IReadOnlyDictionary<string, string> publicTypes)
    {
        var own = SliceOf(file);
        var rule = RowOf(file, DependencyTable.Slices);
        if (rule is null)
        {
            return [new Violation(file, 1, $"slice '{own}' has no row in DependencyTable.Slices: say what it may use.")];
        }
        return CheckNamespace(file, code, FolderOf(file))
            .Concat(from used in SlicesUsed(code, publicTypes)
                    where used.Slice != own && !rule.MayUse.Contains("*") && !rule.MayUse.Contains(used.Slice)
                    select new Violation(file, CSharpText.LineOf(code, used.At), $"'{used.Text}': {own} must not use {used.Slice}."))
            .Concat(from Match match in AspNet().Matches(code)
                    where !rule.MayUseAspNet
                    select new Violation(file, CSharpText.LineOf(code, match.Index), $"{own} must not use ASP.NET Core here."))
            .Concat(from Match match in Identifier().Matches(code)
                    where rule.MustNotName.Contains(match.Value) && !IsMember(code, match.Index)
                    select new Violation(file, CSharpText.LineOf(code, match.Index), $"{own} must not use {match.Value}."))
            .Concat(from Match match in Server().Matches(code)
                    select new Violation(file, CSharpText.LineOf(code, match.Index), "the engine must not know the stand-alone server."));
    }

    private static IEnumerable<Violation> CheckServer(string file, string code)
    {
        var rule = RowOf(file, DependencyTable.ServerSlices)!;
        return from used in SlicesUsed(code, new Dictionary<string, string>())
               where !rule.MayUse.Contains(used.Slice)
               select new Violation(file, CSharpText.LineOf(code, used.At), $"'{used.Text}': use the engine's public face, not its {used.Slice} (decision 0001).");
    }

    private static Slice? RowOf(string file, IEnumerable<Slice> table) =>
        table.Where(slice => file.StartsWith(slice.Path, StringComparison.Ordinal)).MaxBy(slice => slice.Path.Length);

    /// <summary>A namespace that is not the folder's would slip past the check of its users.</summary>
    private static IEnumerable<Violation> CheckNamespace(string file, string code, string folder)
    {
        var match = Namespace().Match(code);
        var name = match.Groups["name"].Value;
        var isFolder = name == "Starling" || name == $"Starling.{folder}" || name.StartsWith($"Starling.{folder}.", StringComparison.Ordinal);
        if (match.Success && !isFolder && !name.StartsWith("Microsoft.", StringComparison.Ordinal))
        {
            yield return new Violation(file, CSharpText.LineOf(code, match.Index), $"namespace {name}: it must be Starling.{folder}, or Starling for the public face.");
        }
        foreach (Match global in GlobalUsing().Matches(code))
        {
            yield return new Violation(file, CSharpText.LineOf(code, global.Index), "no global using of a slice: each file says what it uses.");
        }
    }

    private static IEnumerable<(string Slice, string Text, int At)> SlicesUsed(string code, IReadOnlyDictionary<string, string> publicTypes)
    {
        foreach (Match match in SliceName().Matches(code))
        {
            var slice = match.Groups["slice"].Value;
            if (slice is not ("Protocol" or "Server") && !IsDeclaredThere(code, match.Index)) yield return (slice, match.Value, match.Index);
        }
        foreach (Match match in Identifier().Matches(code))
        {
            if (publicTypes.TryGetValue(match.Value, out var slice) && !IsMember(code, match.Index)) yield return (slice, match.Value, match.Index);
        }
    }

    private static bool IsDeclaredThere(string code, int at) =>
        code.AsSpan(0, at).TrimEnd().EndsWith("namespace", StringComparison.Ordinal);

    /// <summary>What comes after a dot, or is followed by an accessor or an equals sign, is a member that has the type's name.</summary>
    private static bool IsMember(string code, int at)
    {
        if (at > 0 && code[at - 1] == '.') return true;
        var end = at;
        while (end < code.Length && (char.IsLetterOrDigit(code[end]) || code[end] == '_')) end++;
        var rest = code.AsSpan(end).TrimStart();
        return rest.Length > 0 && (rest[0] is '{' or ';' || (rest[0] == '=' && rest.Length > 1 && rest[1] != '='));
    }

    [GeneratedRegex(@"<(ProjectReference|PackageReference|FrameworkReference)\s+Include=""(?<name>[^""]+)""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\bnamespace\s+(?<name>[\w.]+)")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bStarling\s*\.\s*(?<slice>[A-Z]\w*)")]
    private static partial Regex SliceName();

    [GeneratedRegex(@"\bglobal\s+using\s+(static\s+)?Starling\b")]
    private static partial Regex GlobalUsing();

    [GeneratedRegex(@"\bStarling\s*\.\s*Server\b")]
    private static partial Regex Server();

    [GeneratedRegex(@"\bMicrosoft\s*\.\s*AspNetCore\b")]
    private static partial Regex AspNet();

    [GeneratedRegex(@"(?<![\w@])[A-Za-z_]\w*")]
    private static partial Regex Identifier();
}
