using System.Globalization;
using System.Text;

namespace Starling.Tokens;

/// <summary>Keeps revocations over a restart: one line each, appended and flushed to the disk before the caller is answered;
/// written anew, without what has had its time or is there twice, at every start and whenever it has grown well past the table.</summary>
/// <remarks>A line that was cut by a crash is passed over: its caller was never answered.</remarks>
internal sealed class RevocationFile : IDisposable
{
    /// <summary>Lines the file may have beyond twice as many as the table has entries: a small table is not written anew all the time.</summary>
    public const int SpareLines = 256;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly RevocationTable _table;
    private FileStream? _file;   // null after a failure: then the next one writes everything
    private long _lines;

    private RevocationFile(string path, RevocationTable table)
    {
        _path = path;
        _table = table;
    }

    /// <summary>Reads the file, if there is one, and goes on with it.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">Not by this process.</exception>
    public static RevocationFile Open(string path, RevocationTable table)
    {
        if (File.Exists(path))
        {
            foreach (var line in File.ReadLines(path, Encoding.UTF8))
            {
                if (Parse(line) is { } revocation) table.TryAdd(revocation);
            }
        }
        var file = new RevocationFile(path, table);
        file.WriteAnew_NeedsLock();   // nobody else has it yet
        return file;
    }

    /// <summary>Writes one down. When this returns it is on the disk.</summary>
    /// <param name="revocation">Is in the table. One that was there before is written again: its first writing may have failed.</param>
    /// <exception cref="IOException">It is not.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not, either.</exception>
    public void Append(Revocation revocation)
    {
        lock (_gate)
        {
            if (_file is null || _lines >= SpareLines + (2L * _table.Count))
            {
                WriteAnew_NeedsLock();
                return;
            }
            _file.Write(Line(revocation));
            _lines++;
            _file.Flush(flushToDisk: true);
        }
    }

    public void Dispose()
    {
        lock (_gate) _file?.Dispose();
    }

    /// <summary>Puts what the table holds into the place of the file, in one step: a crash leaves the old file or the new one.</summary>
    private void WriteAnew_NeedsLock()
    {
        var revocations = _table.Snapshot();
        var fresh = new FileStream(_path + ".new", FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
        try
        {
            foreach (var revocation in revocations) fresh.Write(Line(revocation));
            fresh.Flush(flushToDisk: true);
            _file?.Dispose();   // not every system replaces a file that is open
            _file = null;
            File.Move(_path + ".new", _path, overwrite: true);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
        _file = fresh;
        _lines = revocations.Count;
    }

    private static byte[] Line(Revocation revocation) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{revocation.Kind} {revocation.At} {revocation.Until} {Convert.ToBase64String(Encoding.UTF8.GetBytes(revocation.Name))} .\n"));

    private static Revocation? Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts is not [var kind, var at, var until, var name, "."]) return null;
        var bytes = new byte[name.Length];
        return Enum.TryParse<RevocationKind>(kind, out var what)
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var made)
            && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && Convert.TryFromBase64String(name, bytes, out var length)
            ? new Revocation(what, Encoding.UTF8.GetString(bytes, 0, length), made, end)
            : null;
    }
}
