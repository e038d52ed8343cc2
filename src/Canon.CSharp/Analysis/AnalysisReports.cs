using Analysis = Canon.Algebra.Analysis;

namespace Canon;

/// <summary>How much a linear layer stretches at most.</summary>
/// <param name="Name">The name of the weight.</param>
/// <param name="Kind">The kind of layer, such as <c>conv</c>.</param>
/// <param name="Norm">
/// The largest ‖W·x‖₂ for ‖x‖₂ = 1, the bias left out; of a convolution on the space that it reads, where its sizes are known.
/// </param>
public sealed record SpectralNorm(string Name, string Kind, Figure Norm);

/// <summary>The range of the numbers of a stored tensor.</summary>
/// <param name="Name">The name of the parameter.</param>
/// <param name="ElementType">How its numbers are stored.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Zeros">How many of them are 0.</param>
/// <param name="Largest">The largest |entry|; 0 where all are 0.</param>
/// <param name="Smallest">The smallest |entry| that is not 0; 0 where all are.</param>
/// <param name="RootMeanSquare">The root mean square.</param>
/// <param name="Bits">log₂(largest/smallest): the binary orders of magnitude that a number format has to span.</param>
/// <param name="Float16Headroom">65504 over the largest: the factor that leads to the overflow of float16; ∞ where all are 0.</param>
public sealed record TensorRange(
    string Name,
    ElementType ElementType,
    long Count,
    long Zeros,
    double Largest,
    double Smallest,
    double RootMeanSquare,
    double Bits,
    double Float16Headroom);

/// <summary>How numbers are distributed.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Lower">A quarter of them lie below it.</param>
/// <param name="Median">Half of them lie below it.</param>
/// <param name="Upper">Three quarters of them lie below it.</param>
/// <param name="Most">The largest.</param>
public sealed record Quantiles(double Mean, double Least, double Lower, double Median, double Upper, double Most)
{
    internal static Quantiles Of(Analysis.Quantiles value) =>
        new(value.Mean, value.Least, value.Lower, value.Median, value.Upper, value.Most);
}

/// <summary>Where one of several models stands: a checkpoint among others.</summary>
/// <param name="GlobalGainLog2">log₂ of the global gain; null where there is none.</param>
/// <param name="CosineToFirst">
/// The cosine between its gain direction and that of the first model; null where one has none, or they have not as many outputs.
/// </param>
/// <param name="CosineToPrevious">The same with the model before; null for the first.</param>
/// <param name="Interference">The interference of all rows of all layers that read something alive.</param>
public sealed record Waypoint(double? GlobalGainLog2, double? CosineToFirst, double? CosineToPrevious, Quantiles? Interference);
