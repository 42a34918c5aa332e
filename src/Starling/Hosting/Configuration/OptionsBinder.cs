namespace Starling.Hosting.Configuration;

/// <summary>Turns sources into options: the one place that knows configuration; the rest sees options alone.</summary>
internal static class OptionsBinder
{
    /// <summary>Binds one source after the other, so that later ones win; a list is replaced as a whole.</summary>
    /// <returns>What an operator should know: unknown and unsupported keys as warnings, wrong values as errors.</returns>
    public static List<ConfigurationNotice> Bind<T>(T target, KeyTable<T> table, IEnumerable<ConfigurationSource> sources)
        where T : class, new()
    {
        var notices = new List<ConfigurationNotice>();
        foreach (var source in sources)
        {
            var context = new BindingContext(source.Name, notices, () => [.. table.DescribeAll(new T())]);
            table.BindSection(target, source.Value, path: "", context);
        }
        return notices;
    }
}
