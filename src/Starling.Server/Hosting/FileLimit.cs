using System.Globalization;

namespace Starling.Server.Hosting;

/// <summary>The limit of open files, which bounds the connections of a process. The runtime has raised it as far as the
/// system lets it before the first line of ours runs.</summary>
internal static class FileLimit
{
    private const int OwnFiles = 200;   // assemblies, pipes, the console

    /// <param name="connections">Sockets wanted.</param>
    /// <param name="limit">The limit; 0 where the system does not tell.</param>
    public static bool Allows(int connections, out int limit)
    {
        limit = Read();
        return limit == 0 || connections + OwnFiles <= limit;
    }

    /// <summary>The limit; 0 where there is none, or the system does not tell.</summary>
    public static int Read()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        const string Name = "Max open files";
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : 0;
    }
}
