using Starling.Protocol;

namespace Starling.Api;

/// <summary>Errors of the API that say more than the protocol's own words; clients decide by the code.</summary>
internal static class ApiErrors
{
    public static ProtocolError BatchTooLong { get; } =
        ProtocolErrors.BadRequest with { Message = $"bad request: more than {Calls.BatchCall.CommandsMax} commands" };
}
