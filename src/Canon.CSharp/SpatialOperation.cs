using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What a pool makes of the positions that it sees, each channel by itself.</summary>
public enum PoolKind
{
    /// <summary>The largest.</summary>
    Max,

    /// <summary>The smallest.</summary>
    Min,

    /// <summary>The mean; what lies outside the positions does not count.</summary>
    Average,

    /// <summary>The mean; what lies outside the positions counts as zeros.</summary>
    AverageWithPadding,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>Σ |x|.</summary>
    L1,

    /// <summary>√Σ x².</summary>
    L2,

    /// <summary>Σ x²: positively homogeneous of degree 2.</summary>
    SumOfSquares,
}

/// <summary>What stands beyond the edge.</summary>
public enum EdgeKind
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The outermost position again.</summary>
    Nearest,

    /// <summary>The positions mirrored at the outermost, which does not stand twice.</summary>
    Mirrored,

    /// <summary>The positions from the other side.</summary>
    Wrapped,
}

/// <summary>From which input positions an output position of a resized axis is made.</summary>
public enum InterpolationKind
{
    /// <summary>The nearest one; of two equally near ones the first.</summary>
    NearestFirst,

    /// <summary>The nearest one; of two equally near ones the last.</summary>
    NearestLast,

    /// <summary>The one at or before.</summary>
    NearestBefore,

    /// <summary>The one at or behind.</summary>
    NearestBehind,

    /// <summary>The two around, by distance.</summary>
    Linear,

    /// <summary>The four around, by the cubic convolution kernel.</summary>
    Cubic,
}

/// <summary>Which point of the input an output position lies on, for x the output position and s the output size over the input size.</summary>
public enum AlignmentKind
{
    /// <summary>(x + ½)/s − ½.</summary>
    HalfPixel,

    /// <summary>The same, but 0 for an output of one position.</summary>
    HalfPixelOrFirst,

    /// <summary>The same, symmetric even where s was rounded.</summary>
    HalfPixelSymmetric,

    /// <summary>x·(input − 1)/(output − 1): first on first, last on last.</summary>
    Corners,

    /// <summary>x/s.</summary>
    Origin,
}

/// <summary>
/// An operation on space: every channel by itself, all in the same way, and positively homogeneous, so that scales pass. Axes of
/// space count from 0.
/// </summary>
public sealed class SpatialOperation : IEquatable<SpatialOperation>
{
    internal SpatialOperation(Core.Spatial value) => Value = value;

    internal Core.Spatial Value { get; }

    /// <summary>The d with operation(c·x) = cᵈ·operation(x) for c ≥ 0.</summary>
    public int Degree => Core.SpatialModule.degree(Value);

    /// <summary>A pool over windows.</summary>
    /// <param name="kind">What is made of what a window sees.</param>
    /// <param name="window">The window.</param>
    /// <param name="ceil">Whether a last window that does not fit whole is kept.</param>
    /// <returns>The operation.</returns>
    public static SpatialOperation Pool(PoolKind kind, Window window, bool ceil = false)
    {
        ArgumentNullException.ThrowIfNull(window);
        return new(Core.Spatial.NewPool(Pooling(kind), Core.PoolRegion.NewSliding(window.Value, ceil)));
    }

    /// <summary>A pool over whole axes of space.</summary>
    /// <param name="kind">What is made of them.</param>
    /// <param name="axes">The axes; null for all.</param>
    /// <param name="keep">Whether the axes stay, with one position.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">An axis is negative or stands twice.</exception>
    public static SpatialOperation Reduce(PoolKind kind, IEnumerable<int>? axes = null, bool keep = true) =>
        Sound(Core.Spatial.NewPool(
            Pooling(kind),
            Core.PoolRegion.NewWhole(
                axes is null ? null : FSharpOption<FSharpList<int>>.Some(ListModule.OfSeq(axes)), keep)));

    /// <summary>A pool of the norms (Σ |x|ᵖ)^(1/p).</summary>
    /// <param name="p">p, at least 1.</param>
    /// <param name="window">The window; null for all of space, whose axes stay with one position.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">p is below 1.</exception>
    public static SpatialOperation NormPool(int p, Window? window = null) =>
        Sound(Core.Spatial.NewPool(
            Core.Pooling.NewNorm(p),
            window is null ? Core.PoolRegion.NewWhole(null, true) : Core.PoolRegion.NewSliding(window.Value, false)));

    /// <summary>Positions are added.</summary>
    /// <param name="before">Before the first, an axis.</param>
    /// <param name="after">Behind the last, an axis.</param>
    /// <param name="edge">What stands there.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">Lists of different lengths, or negative counts.</exception>
    public static SpatialOperation Pad(IEnumerable<int> before, IEnumerable<int> after, EdgeKind edge = EdgeKind.Zeros)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return Sound(Core.Spatial.NewPad(
            ListModule.OfSeq(before),
            ListModule.OfSeq(after),
            edge switch
            {
                EdgeKind.Zeros => Core.Edge.Zeros,
                EdgeKind.Nearest => Core.Edge.Nearest,
                EdgeKind.Mirrored => Core.Edge.Mirrored,
                EdgeKind.Wrapped => Core.Edge.Wrapped,
                _ => throw new ArgumentOutOfRangeException(nameof(edge), edge, "unknown edge"),
            }));
    }

    /// <summary>Some positions are taken.</summary>
    /// <param name="runs">An axis: the first, how many, and their distance, negative to go backwards.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">A run is empty, begins before the first position, or does not move.</exception>
    public static SpatialOperation Crop(params IEnumerable<(int First, int Count, int Step)> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return Sound(Core.Spatial.NewCrop(ListModule.OfSeq(runs.Select(run => new Core.Run(run.First, run.Count, run.Step)))));
    }

    /// <summary>Another number of positions, given by factors: ⌊size · factor⌋.</summary>
    /// <param name="interpolation">From which positions one is made.</param>
    /// <param name="alignment">Where it lies among them.</param>
    /// <param name="factors">Positive, an axis.</param>
    /// <param name="cubicCoefficient">The coefficient of the cubic kernel.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">A factor is not positive.</exception>
    public static SpatialOperation Resize(
        InterpolationKind interpolation, AlignmentKind alignment, IEnumerable<double> factors, double cubicCoefficient = -0.75)
    {
        ArgumentNullException.ThrowIfNull(factors);
        return Resized(interpolation, alignment, cubicCoefficient, Core.Resizing.NewBy(ListModule.OfSeq(factors)));
    }

    /// <summary>Another number of positions, given by the sizes themselves.</summary>
    /// <param name="interpolation">From which positions one is made.</param>
    /// <param name="alignment">Where it lies among them.</param>
    /// <param name="sizes">At least 1, an axis.</param>
    /// <param name="cubicCoefficient">The coefficient of the cubic kernel.</param>
    /// <returns>The operation.</returns>
    /// <exception cref="ArgumentException">A size is below 1.</exception>
    public static SpatialOperation ResizeTo(
        InterpolationKind interpolation, AlignmentKind alignment, IEnumerable<int> sizes, double cubicCoefficient = -0.75)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        return Resized(interpolation, alignment, cubicCoefficient, Core.Resizing.NewTo(ListModule.OfSeq(sizes)));
    }

    /// <inheritdoc/>
    public bool Equals(SpatialOperation? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpatialOperation);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two operations are the same.</summary>
    public static bool operator ==(SpatialOperation? left, SpatialOperation? right) => Equals(left, right);

    /// <summary>Whether two operations differ.</summary>
    public static bool operator !=(SpatialOperation? left, SpatialOperation? right) => !Equals(left, right);

    /// <summary>The arrow notation, such as <c>max_pool(2x2, stride 2x2)</c>.</summary>
    public override string ToString() => Core.Print.network(Core.NetworkModule.spatial(Value, ""));

    private static SpatialOperation Resized(
        InterpolationKind interpolation, AlignmentKind alignment, double coefficient, Core.Resizing resizing) =>
        Sound(Core.Spatial.NewResize(
            interpolation switch
            {
                InterpolationKind.NearestFirst => Core.Interpolation.NearestFirst,
                InterpolationKind.NearestLast => Core.Interpolation.NearestLast,
                InterpolationKind.NearestBefore => Core.Interpolation.NearestBefore,
                InterpolationKind.NearestBehind => Core.Interpolation.NearestBehind,
                InterpolationKind.Linear => Core.Interpolation.Linear,
                InterpolationKind.Cubic => Core.Interpolation.NewCubic(coefficient),
                _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "unknown interpolation"),
            },
            alignment switch
            {
                AlignmentKind.HalfPixel => Core.Alignment.HalfPixel,
                AlignmentKind.HalfPixelOrFirst => Core.Alignment.HalfPixelOrFirst,
                AlignmentKind.HalfPixelSymmetric => Core.Alignment.HalfPixelSymmetric,
                AlignmentKind.Corners => Core.Alignment.Corners,
                AlignmentKind.Origin => Core.Alignment.Origin,
                _ => throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "unknown alignment"),
            },
            resizing));

    private static SpatialOperation Sound(Core.Spatial operation) =>
        Core.SpatialModule.fault(operation) is { } fault ? throw new ArgumentException(fault.Value) : new(operation);

    private static Core.Pooling Pooling(PoolKind kind) => kind switch
    {
        PoolKind.Max => Core.Pooling.Maximum,
        PoolKind.Min => Core.Pooling.Minimum,
        PoolKind.Average => Core.Pooling.NewMean(false),
        PoolKind.AverageWithPadding => Core.Pooling.NewMean(true),
        PoolKind.Sum => Core.Pooling.Total,
        PoolKind.L1 => Core.Pooling.NewNorm(1),
        PoolKind.L2 => Core.Pooling.NewNorm(2),
        PoolKind.SumOfSquares => Core.Pooling.SumOfSquares,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown pool"),
    };
}
