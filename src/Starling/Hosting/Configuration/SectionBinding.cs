using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Starling.Hosting.Configuration;

/// <summary>Binds the section <c>Starling</c> of the application's own configuration, if there is one, before the options set
/// in code, which win.</summary>
internal sealed partial class SectionBinding(ILogger<StarlingOptions> logger, IConfiguration? configuration = null)
    : IConfigureOptions<StarlingOptions>
{
    /// <summary>Name of the section.</summary>
    public const string SectionName = "Starling";

    /// <exception cref="OptionsValidationException">A value has the wrong type; the message names every one.</exception>
    public void Configure(StarlingOptions options)
    {
        var section = configuration?.GetSection(SectionName);
        if (section is null || !section.Exists()) return;
        var notices = OptionsBinder.Bind(options, StarlingKeys.Embedded, [ConfigurationSource.FromConfiguration(section)]);
        foreach (var notice in notices)
        {
            if (notice.Severity == ConfigurationSeverity.Warning) Warning(logger, notice);
        }
        var errors = notices.Where(notice => notice.Severity == ConfigurationSeverity.Error).Select(notice => notice.ToString()).ToList();
        if (errors.Count > 0) throw new OptionsValidationException(SectionName, typeof(StarlingOptions), errors);
    }

    [LoggerMessage(1, LogLevel.Warning, "Configuration: {Notice}")]
    private static partial void Warning(ILogger logger, ConfigurationNotice notice);
}
