using System.Text.RegularExpressions;

namespace Starling.Repository.Tests;

/// <summary>A member with code of its own, from the line of its declaration (attributes left out) to its last line.</summary>
internal sealed record CSharpMember(string Name, int FirstLine, int LastLine)
{
    public int Lines => LastLine - FirstLine + 1;
}

/// <summary>Finds methods, constructors, operators, properties and lambdas kept in fields, and how long each one is.</summary>
/// <remarks>A local function or a lambda counts as part of the member that holds it; top-level statements are one member.
/// Tables in field initialisers are data and not counted.</remarks>
internal sealed partial class CSharpMembers
{
    private readonly string _code;
    private readonly List<CSharpMember> _members = [];
    private int _at;
    private int _topLevelFirst = -1;
    private int _topLevelLast;

    private CSharpMembers(string code) => _code = code;

    /// <summary>Lists the members of a source file.</summary>
    public static IReadOnlyList<CSharpMember> Of(string source)
    {
        var members = new CSharpMembers(CSharpText.CodeOf(source));
        members.ReadDeclarations(inType: false);
        if (members._topLevelFirst >= 0)
        {
            members.Add("top-level statements", members._topLevelFirst, members._topLevelLast);
        }
        return members._members;
    }

    private void ReadDeclarations(bool inType)
    {
        while (SkipToDeclaration())
        {
            if (_code[_at] == '}') { _at++; return; }
            var start = _at;
            var shape = ReadHeader();
            var header = _code[start.._at];
            if (shape == Shape.Block && TypeKeyword().IsMatch(TypeHeader(header)))
            {
                _at++;
                ReadDeclarations(inType: !NamespaceKeyword().IsMatch(header));
                continue;
            }
            if (shape == Shape.Block) SkipBlock();
            else if (shape != Shape.None) SkipToSemicolon();
            if (inType) AddMember(shape, header, start);
            else if (!FileDirective().IsMatch(header)) AddTopLevel(start);
        }
    }

    private enum Shape { None, Block, Expression, Initialiser }

    /// <summary>Moves over white space and attributes; false at the end of the file.</summary>
    private bool SkipToDeclaration()
    {
        while (_at < _code.Length)
        {
            if (_code[_at] == '[') SkipBlock();
            else if (char.IsWhiteSpace(_code[_at]) || _code[_at] == ';') _at++;
            else return true;
        }
        return false;
    }

    /// <summary>Moves to what decides the shape of a declaration: its block, its arrow, its equals sign or its end.</summary>
    private Shape ReadHeader()
    {
        while (_at < _code.Length)
        {
            switch (_code[_at])
            {
                case ';' or '}': return Shape.None;
                case '{': return Shape.Block;
                case '(' or '[': SkipBlock(); continue;
                case '=' when Next(1) == '>': return Shape.Expression;
                case '=' when Next(1) != '=' && Next(-1) is not ('=' or '!' or '<' or '>'): return Shape.Initialiser;
                default: _at++; continue;
            }
        }
        return Shape.None;
    }

    private char Next(int offset) => _at + offset < _code.Length && _at + offset >= 0 ? _code[_at + offset] : '\0';

    /// <summary>Moves past the bracket that closes the one here.</summary>
    private void SkipBlock()
    {
        var depth = 0;
        do
        {
            if (_code[_at] is '(' or '[' or '{') depth++;
            if (_code[_at] is ')' or ']' or '}') depth--;
            _at++;
        }
        while (depth > 0 && _at < _code.Length);
    }

    private void SkipToSemicolon()
    {
        while (_at < _code.Length && _code[_at] is not (';' or '}'))
        {
            if (_code[_at] is '(' or '[' or '{') SkipBlock();
            else _at++;
        }
        if (_at < _code.Length && _code[_at] == ';') _at++;
    }

    private void AddMember(Shape shape, string header, int start)
    {
        if (shape == Shape.None) return;
        if (shape == Shape.Initialiser && !LambdaBlock().IsMatch(_code.AsSpan(start, _at - start))) return;
        Add(NameIn().Match(header) is { Success: true } name ? name.Groups[1].Value : header.Trim(), start, _at - 1);
    }

    private void AddTopLevel(int start)
    {
        if (_topLevelFirst < 0) _topLevelFirst = start;
        _topLevelLast = Math.Max(start, _at - 1);
    }

    private void Add(string name, int start, int end) =>
        _members.Add(new CSharpMember(name, CSharpText.LineOf(_code, start), CSharpText.LineOf(_code, end)));

    /// <summary>The part of a header that may hold a type keyword: not the constraints, where <c>class</c> means another thing.</summary>
    private static string TypeHeader(string header)
    {
        var withoutBrackets = Brackets().Replace(header, " ");
        var where = WhereKeyword().Match(withoutBrackets);
        return where.Success ? withoutBrackets[..where.Index] : withoutBrackets;
    }

    [GeneratedRegex(@"\b(namespace|class|struct|interface|enum|record|extension)\b")]
    private static partial Regex TypeKeyword();

    [GeneratedRegex(@"^\s*namespace\b")]
    private static partial Regex NamespaceKeyword();

    [GeneratedRegex(@"\bwhere\b")]
    private static partial Regex WhereKeyword();

    [GeneratedRegex(@"\([^()]*(\([^()]*\)[^()]*)*\)")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"^\s*(global\s+)?(using\s+(static\s+)?[\w.]+\s*$|using\s+\w+\s*$|namespace\b|extern\s+alias|[\w\s]*\b(class|struct|interface|enum|record|delegate)\b)")]
    private static partial Regex FileDirective();

    [GeneratedRegex(@"=>\s*\{")]
    private static partial Regex LambdaBlock();

    [GeneratedRegex(@"(\S+?)\s*(<[^()]*>)?\s*(\([\s\S]*\)\s*(:[\s\S]*|where[\s\S]*)?)?\s*$")]
    private static partial Regex NameIn();
}
