using Core = Canon.Algebra;

namespace Canon.Tests.Onnx;

/// <summary>Networks in gauges of chance: hidden channels rescaled, hidden units in another order.</summary>
internal static class Disguise
{
    public static Network Of(Network network, int seed)
    {
        var random = new Random(seed);
        Core.Rescaling rescaling = Core.RescalingModule.ofNetwork(false, network.Value).ResultValue;
        bool[] isFree = Core.RescalingModule.isFree(rescaling);
        // Where channels become one, as from depth to space, their scales stay in front: the canonical form keeps the factor.
        foreach (Core.Channel channel in rescaling.Shares.SelectMany(share => share.Rows))
            isFree[channel.Class] &= rescaling.Pinned[channel.Unit]?.Value != "several channels become one";
        Core.Magnitude[] factors = [.. isFree.Select(free => Core.MagnitudeModule.ofFloat(free ? Math.Exp(2 * random.NextDouble() - 1) : 1))];
        int[] order = [.. Enumerable.Range(0, rescaling.Pinned.Length)];
        foreach (int[] units in Interchangeable(rescaling, isFree))
        {
            int[] places = [.. units];
            random.Shuffle(places);
            foreach ((int unit, int place) in units.Zip(places))
                order[unit] = place;
        }

        var gauge = Core.GaugeModule.create(factors, order, rescaling);
        Assert.True(gauge.IsOk, gauge.IsOk ? "" : gauge.ErrorValue);
        return new Gauge(gauge.ResultValue).Apply(network);
    }

    /// <summary>Units that may change places: those that stand in the same lists of channels equally often.</summary>
    private static IEnumerable<int[]> Interchangeable(Core.Rescaling rescaling, bool[] isFree)
    {
        Core.Share[] shares = [.. rescaling.Shares, .. rescaling.Carried];
        Core.Channel[][] lists =
        [
            .. shares.Select(share => share.Rows),
            .. shares.Select(share => share.Columns?.Value).OfType<Core.Channel[]>(),
            .. rescaling.Gains.Select(gain => gain.Item2),
            .. rescaling.Outputs,
        ];
        ILookup<int, string> stands = lists.Index()
            .SelectMany(list => list.Item.Select(channel => (channel.Unit, Place: $"{list.Index} {channel.Degree} {isFree[channel.Class]}")))
            .ToLookup(stand => stand.Unit, stand => stand.Place);
        return Enumerable.Range(0, rescaling.Pinned.Length)
            .Where(unit => rescaling.Pinned[unit] is null)
            .GroupBy(unit => string.Join(',', stands[unit]))
            .Select(units => units.ToArray());
    }
}
