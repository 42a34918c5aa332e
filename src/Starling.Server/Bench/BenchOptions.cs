using System.CommandLine;

namespace Starling.Server.Bench;

/// <summary>The kinds of options the commands of <c>bench</c> take.</summary>
internal static class BenchOptions
{
    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public static Option<int> Number(string name, int usual, int least, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least) result.AddError($"{name} must be at least {least}.");
        });
        return option;
    }

    /// <summary>A time as <see cref="Duration"/> reads it.</summary>
    public static Option<TimeSpan> Time(string name, string usual, string description) => new(name)
    {
        Description = $"{description} [default: {usual}]",
        HelpName = "time",
        CustomParser = result =>
        {
            if (Duration.TryParse(result.Tokens.Count == 0 ? usual : result.Tokens[0].Value, out var time)) return time;
            result.AddError($"{name} takes a time as 20s, 500ms or 1m.");
            return default;
        },
        DefaultValueFactory = _ => Duration.TryParse(usual, out var time) ? time : default,
    };

    /// <summary>A WebSocket URL without TLS.</summary>
    public static Option<Uri> Url(string name, string usual, string description) => new(name)
    {
        Description = $"{description} [default: {usual}]",
        HelpName = "url",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme == "ws") return url;
            result.AddError($"{name} takes a URL that begins with ws://.");
            return null;
        },
        DefaultValueFactory = _ => new Uri(usual),
    };

    /// <summary>One of the names of an enumeration, in any case.</summary>
    public static Option<TChoice> Choice<TChoice>(string name, TChoice usual, string description) where TChoice : struct, Enum => new(name)
    {
        Description = $"{description} [default: {usual.ToString().ToLowerInvariant()}]",
        HelpName = string.Join('|', Enum.GetNames<TChoice>()).ToLowerInvariant(),
        DefaultValueFactory = _ => usual,
    };
}
