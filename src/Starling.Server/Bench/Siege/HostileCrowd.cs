using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Starling.Server.Bench.Siege;

/// <summary>So many peers that attack again and again, each time in another way.</summary>
/// <param name="port">Of the server on the loopback address.</param>
/// <param name="size">Peers.</param>
/// <param name="seed">Of the order of attacks.</param>
/// <param name="only">The numbers of the attacks that are made; none: all of them.</param>
internal sealed class HostileCrowd(int port, int size, int seed, string[] only)
{
    private const int PauseMsMin = 50, PauseMsMax = 500;

    /// <summary>Answers of a door that lets nobody in at the moment.</summary>
    private static readonly string[] s_shed = ["429", "503", "unreachable"];

    private readonly HostileAct[] _acts = only is [] ? AttackList.All : [.. AttackList.All.Where(act => only.Contains(act.Number))];

    private readonly ConcurrentDictionary<(HostileAct Act, string Outcome), int> _outcomes = new();

    /// <summary>What has come of it so far.</summary>
    public CrowdReport Report => new(
        _outcomes.Values.Sum(),
        _outcomes.Where(static one => s_shed.Contains(one.Key.Outcome)).Sum(static one => one.Value),
        [.. Wrong]);

    private IEnumerable<string> Wrong => _outcomes
        .Where(static one => !s_shed.Contains(one.Key.Outcome) && !one.Key.Act.Answers.Contains(one.Key.Outcome))
        .OrderBy(static one => one.Key.Act.Number, StringComparer.Ordinal)
        .Select(static one => $"{one.Key.Act.Number} {one.Key.Act.Words}: {one.Key.Outcome} ({one.Value}) instead of {string.Join(" or ", one.Key.Act.Answers)}");

    /// <summary>Attacks until it is over.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var seeds = new Random(seed);
        return Task.WhenAll(Enumerable.Range(0, size).Select(_ =>
        {
            var random = new Random(seeds.Next());
            return Task.Run(() => AttackAsync(random, cancellationToken), CancellationToken.None);
        }));
    }

    private async Task AttackAsync(Random random, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(random.Next(PauseMsMin, PauseMsMax), cancellationToken);
                var act = _acts[random.Next(_acts.Length)];
                var outcome = await PlayAsync(act, random, cancellationToken);
                _outcomes.AddOrUpdate((act, outcome), 1, static (_, count) => count + 1);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It is over.
        }
    }

    private async Task<string> PlayAsync(HostileAct act, Random random, CancellationToken cancellationToken)
    {
        HostilePeer peer;
        try
        {
            peer = await HostilePeer.ConnectAsync(port, random, cancellationToken);
        }
        catch (SocketException)
        {
            return "unreachable";
        }
        using (peer)
        {
            try
            {
                return await act.Play(peer);
            }
            catch (DoorException refused)
            {
                return refused.Message;
            }
            catch (SocketException)
            {
                return "reset";
            }
        }
    }
}
