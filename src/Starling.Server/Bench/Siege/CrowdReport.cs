using System.Text.Json.Serialization;

namespace Starling.Server.Bench.Siege;

/// <summary>What came of the attacks of one <see cref="HostileCrowd"/>.</summary>
/// <param name="Attacks">Made.</param>
/// <param name="Shed">Kept out by a limit.</param>
/// <param name="Wrong">With another end than they should have, in words.</param>
internal sealed record CrowdReport(int Attacks, int Shed, IReadOnlyList<string> Wrong);

[JsonSerializable(typeof(CrowdReport))]
internal sealed partial class CrowdReportJson : JsonSerializerContext;
