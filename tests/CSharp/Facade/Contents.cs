namespace Canon.Tests.Facade;

internal static class Contents
{
    /// <summary>What <see cref="Network.Match"/> hands to the case of the outermost term.</summary>
    public static T Content<T>(this Network network) => (T)network.Match<object?>(
        linear => linear,
        unitRowLinear => unitRowLinear,
        scale => scale,
        activation => activation,
        clip => clip,
        spatial => spatial,
        rearrange => rearrange,
        normalize => normalize,
        compose => compose,
        sum => sum,
        concat => concat,
        product => product,
        @as => @as,
        wire => wire,
        tuple => tuple,
        opaque => opaque)!;
}
