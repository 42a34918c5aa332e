namespace Starling.Repository.Tests;

/// <summary>The files of this repository as a clone holds them: everything below the root that no .gitignore names.</summary>
/// <remarks>Walks the folders itself instead of asking git: a source archive has no git, and a file that is about to be
/// added is judged before it is committed.</remarks>
internal static class RepositoryTree
{
    private static readonly string[] s_textExtensions =
    [
        ".cs", ".csproj", ".props", ".targets", ".slnx", ".md", ".json", ".jsonc", ".yml", ".yaml", ".ts", ".tsx", ".js", ".mjs",
        ".cjs", ".html", ".css", ".svg", ".sh", ".txt", ".proto", ".xml", ".config", ".toml", ".editorconfig", ".gitignore",
        ".npmrc", ".dockerignore", ".gitattributes", "",
    ];

    /// <summary>The folder that holds the solution file.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Every file, with '/' between folders and relative to <see cref="Root"/>, sorted.</summary>
    public static IReadOnlyList<string> Files { get; } = Walk(Root);

    public static IEnumerable<string> CSharpFiles => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> MarkdownFiles => Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    public static IEnumerable<string> TextFiles =>
        Files.Where(file => s_textExtensions.Contains(Path.GetExtension(file).ToLowerInvariant()));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>Walks <paramref name="root"/>. Understands the forms of .gitignore that this repository uses: a folder name
    /// (<c>name/</c>), a file name and <c>*.extension</c>, each valid below the folder that holds the .gitignore.</summary>
    public static IReadOnlyList<string> Walk(string root)
    {
        var files = new List<string>();
        Visit(new DirectoryInfo(root), "", [".git/", ".git"]);
        files.Sort(StringComparer.Ordinal);
        return files;

        void Visit(DirectoryInfo folder, string prefix, IReadOnlyList<string> inherited)
        {
            var ignored = inherited;
            var ignoreFile = Path.Combine(folder.FullName, ".gitignore");
            if (File.Exists(ignoreFile)) ignored = [.. inherited, .. IgnorePatterns(File.ReadAllText(ignoreFile))];
            foreach (var file in folder.EnumerateFiles())
            {
                if (!ignored.Any(pattern => IsIgnored(file.Name, pattern))) files.Add(prefix + file.Name);
            }
            foreach (var child in folder.EnumerateDirectories())
            {
                if (child.LinkTarget is not null || ignored.Any(pattern => IsIgnored(child.Name + "/", pattern))) continue;
                Visit(child, prefix + child.Name + "/", ignored);
            }
        }
    }

    private static IEnumerable<string> IgnorePatterns(string text) => text.Split('\n')
        .Select(line => line.Trim().TrimStart('/'))
        .Where(line => line.Length > 0 && line[0] != '#');

    private static bool IsIgnored(string name, string pattern)
    {
        if (pattern.StartsWith('*')) return name.TrimEnd('/').EndsWith(pattern[1..].TrimEnd('/'), StringComparison.Ordinal);
        return name == pattern || name == pattern + "/";
    }

    private static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Starling.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException($"No Starling.slnx above {start}: the repository test must run inside the repository.");
    }
}
