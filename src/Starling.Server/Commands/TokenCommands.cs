using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Starling.Hosting.Configuration;
using Starling.Server.Configuration;
using Starling.Server.Hosting;
using Starling.Tokens;

namespace Starling.Server.Commands;

/// <summary>The commands <c>gentoken</c> and <c>checktoken</c>: to try things out, and to see why a token is refused.</summary>
internal static class TokenCommands
{
    public static Command CreateGenerate()
    {
        var flags = new ConfigurationFlags();
        var user = new Option<string>("--user") { Description = "The user; empty for an anonymous one.", HelpName = "ID", DefaultValueFactory = static _ => "" };
        var channel = new Option<string?>("--channel") { Description = "Make a subscription token for this channel.", HelpName = "NAME" };
        var ttl = new Option<string>("--ttl") { Description = "How long it is good; 0 for ever.", HelpName = "DURATION", DefaultValueFactory = static _ => "1h" };
        var command = new Command("gentoken", "Print a token signed with client.token.hmac_secret_key of the configuration, to try things out.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        foreach (Option option in (Option[])[flags.File, user, channel, ttl]) command.Options.Add(option);
        command.SetAction(arguments =>
        {
            if (Load(flags, arguments) is not { } client) return ExitCodes.BadConfiguration;
            var isForChannel = arguments.GetValue(channel) is not null;
            var options = isForChannel && client.SubscriptionToken.Enabled ? client.SubscriptionToken : client.Token;
            if (options.HmacSecretKey.Length == 0) return Refuse(arguments, "no hmac_secret_key is configured; tokens of other keys are made where their private key is");
            if (!DurationText.TryParse(arguments.GetValue(ttl)!, out var lasts) || lasts < TimeSpan.Zero) return Refuse(arguments, $"--ttl: allowed: {DurationText.Allowed}");
            arguments.InvocationConfiguration.Output.WriteLine(Generate(options, arguments.GetValue(user)!, arguments.GetValue(channel), lasts));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Command CreateCheck()
    {
        var flags = new ConfigurationFlags();
        var token = new Argument<string>("TOKEN") { Description = "A connection token or a subscription token." };
        var command = new Command("checktoken", "Say what the server would make of a token with this configuration. Exit code 0: it is good.");
        command.Options.Add(flags.File);
        command.Arguments.Add(token);
        command.SetAction(async (arguments, _) =>
        {
            if (Load(flags, arguments) is not { } client) return ExitCodes.BadConfiguration;
            using var tokens = new ClientTokens(client, TimeProvider.System, NullLogger.Instance);
            var (isGood, verdict) = await CheckAsync(tokens, arguments.GetValue(token)!);
            arguments.InvocationConfiguration.Output.WriteLine(verdict);
            return isGood ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static ClientOptions? Load(ConfigurationFlags flags, ParseResult arguments)
    {
        if (flags.Origin(arguments) is not { } origin) return null;
        var configuration = LoadedConfiguration.Load(origin);
        if (configuration.IsValid) return configuration.Options.Engine.Client;
        CheckConfigCommand.Print(configuration.Notices, arguments.InvocationConfiguration.Error);
        return null;
    }

    private static int Refuse(ParseResult arguments, string why)
    {
        arguments.InvocationConfiguration.Error.WriteLine($"error: {why}");
        return ExitCodes.BadConfiguration;
    }

    private static string Generate(TokenOptions options, string user, string? channel, TimeSpan ttl)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var claims = new MemoryStream();
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString(options.UserIdClaim.Length > 0 ? options.UserIdClaim : "sub", user);
            if (channel is not null) json.WriteString("channel"u8, channel);
            if (ttl > TimeSpan.Zero) json.WriteNumber("exp"u8, (now + ttl).ToUnixTimeSeconds());
            json.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            json.WriteString("jti"u8, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
            if (options.Audience.Length > 0) json.WriteString("aud"u8, options.Audience);
            if (options.Issuer.Length > 0) json.WriteString("iss"u8, options.Issuer);
            json.WriteEndObject();
        }
        var signed = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8) + "." + Base64Url.EncodeToString(claims.ToArray());
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.HmacSecretKey), Encoding.ASCII.GetBytes(signed));
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    private static async Task<(bool IsGood, string Verdict)> CheckAsync(ClientTokens tokens, string token)
    {
        if (token.Count(static letter => letter == '.') != 2) return (false, "not a JWT: it is not three parts with dots between them");
        var connection = await tokens.Connections.VerifyConnectionAsync(token);
        if (connection.Token is { } connecting)
        {
            var channels = connecting.Subscriptions.Count == 0 ? "" : $", channels {string.Join(' ', connecting.Subscriptions.Keys)}";
            return (true, $"a good connection token: user '{connecting.User}', {Expiry(connecting.ConnectionExpiresAt)}{channels}");
        }
        var subscription = await tokens.Subscriptions.VerifySubscriptionAsync(token);
        if (subscription.Token is { } subscribing)
        {
            return (true, $"a good subscription token: user '{subscribing.User}', channel '{subscribing.Channel}', {Expiry(subscribing.SubscriptionExpiresAt)}");
        }
        var status = connection.Status == TokenStatus.Invalid ? subscription.Status : connection.Status;
        return (false, status switch
        {
            TokenStatus.Expired => "expired, or not good yet",
            TokenStatus.Unavailable => "its key cannot be had at the moment: the key set does not answer, or does not know the key",
            _ => "not valid: not signed by a configured key, for another audience or issuer, or not a token of this kind",
        });
    }

    private static string Expiry(long expiresAt) => expiresAt == 0
        ? "never expires"
        : $"expires in {Math.Max(0, expiresAt - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())} s";
}
