using System.Globalization;
using System.Text;

namespace Starling.Tokens;

/// <summary>Keeps revocations over a restart: one line each, appended and flushed to the disk before the caller is answered;
/// written anew, without what has had its time, at every start.</summary>
/// <remarks>A line that was cut by a crash is passed over: its caller was never answered.</remarks>
internal sealed class RevocationFile : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _file;

    private RevocationFile(FileStream file) => _file = file;

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
        var fresh = path + ".new";
        using (var writer = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            foreach (var revocation in table.Snapshot()) writer.Write(Line(revocation));
            writer.Flush(flushToDisk: true);
        }
        File.Move(fresh, path, overwrite: true);
        return new RevocationFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
    }

    /// <summary>Writes one down. When this returns it is on the disk.</summary>
    /// <exception cref="IOException">It is not.</exception>
    public void Append(Revocation revocation)
    {
        lock (_gate)
        {
            _file.Write(Line(revocation));
            _file.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _file.Dispose();

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
