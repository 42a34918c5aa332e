namespace Starling.Repository.Tests;

/// <summary>C# source with comments, preprocessor lines and the text of literals replaced by spaces; code inside the holes of
/// interpolated strings stays. Same length and same lines as the source, so that positions agree.</summary>
/// <remarks>Knows regular, verbatim, interpolated and raw strings in every combination. It does not evaluate
/// <c>#if</c>: both branches count as code.</remarks>
internal sealed class CSharpText
{
    private readonly string _source;
    private readonly char[] _code;
    private int _at;

    private CSharpText(string source)
    {
        _source = source;
        _code = source.ToCharArray();
    }

    /// <summary>Blanks everything that is not code.</summary>
    public static string CodeOf(string source)
    {
        var text = new CSharpText(source);
        text.ReadCode(inHole: false);
        return new string(text._code);
    }

    /// <summary>The 1-based line of a position.</summary>
    public static int LineOf(string text, int position) => 1 + text.AsSpan(0, position).Count('\n');

    private void ReadCode(bool inHole)
    {
        var depth = 0;
        while (_at < _source.Length)
        {
            var c = _source[_at];
            if (inHole && depth == 0 && c == '}') return;
            if (c == ':' && Peek(1) == ':') { _at += 2; continue; }
            if (inHole && depth == 0 && c == ':') { ReadFormat(); return; }
            if (c is '(' or '[' or '{') depth++;
            if (c is ')' or ']' or '}') depth--;
            if (c == '/' && Peek(1) == '/') BlankWhile(() => _source[_at] != '\n');
            else if (c == '/' && Peek(1) == '*') ReadBlockComment();
            else if (c == '#' && !inHole && IsFirstOfLine()) BlankWhile(() => _source[_at] != '\n');
            else if (c == '\'') ReadCharacter();
            else if (!TryReadString()) _at++;
        }
    }

    private char Peek(int offset) => _at + offset < _source.Length ? _source[_at + offset] : '\0';

    private void Blank()
    {
        if (_source[_at] != '\n') _code[_at] = ' ';
        _at++;
    }

    private void Blank(int count)
    {
        for (var i = 0; i < count && _at < _source.Length; i++) Blank();
    }

    private void BlankWhile(Func<bool> condition)
    {
        while (_at < _source.Length && condition()) Blank();
    }

    private bool IsFirstOfLine()
    {
        for (var i = _at - 1; i >= 0 && _source[i] != '\n'; i--)
        {
            if (!char.IsWhiteSpace(_source[i])) return false;
        }
        return true;
    }

    private void ReadBlockComment()
    {
        Blank(2);
        BlankWhile(() => _source[_at] != '*' || Peek(1) != '/');
        Blank(2);
    }

    private void ReadCharacter()
    {
        _at++;
        while (_at < _source.Length && _source[_at] is not ('\'' or '\n')) Blank(_source[_at] == '\\' ? 2 : 1);
        _at++;
    }

    private void ReadFormat() => BlankWhile(() => _source[_at] != '}');

    private bool TryReadString()
    {
        var prefix = 0;
        while (Peek(prefix) is '$' or '@') prefix++;
        if (Peek(prefix) != '"') return false;
        var marks = _source.AsSpan(_at, prefix);
        var dollars = marks.Count('$');
        var verbatim = marks.Contains('@');
        Blank(prefix);
        var quotes = CountOf('"');
        if (quotes >= 3 && !verbatim) ReadRaw(quotes, dollars);
        else ReadQuoted(verbatim, dollars > 0);
        return true;
    }

    private int CountOf(char c)
    {
        var count = 0;
        while (Peek(count) == c) count++;
        return count;
    }

    private void ReadQuoted(bool verbatim, bool interpolated)
    {
        _at++;   // the quotes stay: what comes between them is blank
        while (_at < _source.Length)
        {
            var c = _source[_at];
            if (c == '"' && verbatim && Peek(1) == '"') Blank(2);
            else if (c == '"') { _at++; return; }
            else if (c == '\\' && !verbatim) Blank(2);
            else if (c == '\n' && !verbatim) return;   // not valid C#; better than losing the rest of the file
            else if (c == '{' && interpolated && Peek(1) == '{') Blank(2);
            else if (c == '{' && interpolated) ReadHole(braces: 1);
            else Blank();
        }
    }

    private void ReadRaw(int quotes, int dollars)
    {
        Blank(quotes);
        while (_at < _source.Length)
        {
            if (_source[_at] == '"' && CountOf('"') is var run && run >= quotes) { Blank(run); return; }
            if (dollars > 0 && _source[_at] == '{')
            {
                var braces = CountOf('{');
                if (braces >= dollars) ReadHole(braces);
                else Blank(braces);
            }
            else Blank();
        }
    }

    private void ReadHole(int braces)
    {
        Blank(braces);
        ReadCode(inHole: true);
        Blank(Math.Min(braces, Math.Max(1, CountOf('}'))));
    }
}
