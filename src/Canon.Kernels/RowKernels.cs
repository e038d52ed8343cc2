using System.Runtime.Intrinsics;

namespace Canon.Kernels;

/// <summary>
/// What is done to rows stored in one type, with float64 in between: sums of squares, largest numbers, and products with one factor an
/// entry and one for the row. Rows are addresses of memory that does not move. Entries are added up in an order that their place in memory
/// does not change: the same numbers give the same bits, but for what <see cref="ScaleFour"/> answers, which is a bound. Of what is not
/// finite nothing is told but that results in which it has a part are not finite either. Of four rows there are so many bytes from one to
/// the next; where that is 0 they are one row. They share what is read of the factors, and the machine fetches four rows sooner than one.
/// </summary>
internal abstract unsafe class RowKernels
{
    /// <summary>IEEE 754 binary64.</summary>
    public static RowKernels OfFloat64 { get; } = Widest<double>();

    /// <summary>IEEE 754 binary32.</summary>
    public static RowKernels OfFloat32 { get; } = Widest<float>();

    /// <summary>The upper half of float32.</summary>
    public static RowKernels OfBFloat16 { get; } = Widest<UpperHalf>();

    /// <summary>IEEE 754 binary16.</summary>
    public static RowKernels OfFloat16 { get; } = Widest<Half>();

    /// <summary>The bytes of a number.</summary>
    public abstract int Size { get; }

    /// <summary>Σ (x·f)² of each of four rows.</summary>
    public abstract void SquaresOfFour(nint row, nint stride, int n, double* factors, double* sums);

    /// <summary>The largest |x·f| of each of four rows; not a number where one of them is none.</summary>
    public abstract void LargestOfFour(nint row, nint stride, int n, double* factors, double* largest);

    /// <summary>Σ x·z of each of four rows.</summary>
    public abstract void DotsOfFour(nint row, nint stride, int n, double* z, double* dots);

    /// <summary>sumsᵢ ← sumsᵢ + Σ xᵢ·factor over four rows with one factor each; over one where the stride is 0.</summary>
    public abstract void AddFour(nint row, nint stride, int n, double* factors, double* sums);

    /// <summary>sumsᵢ ← sumsᵢ + Σ (xᵢ·factor)² over four rows with one factor each; over one where the stride is 0.</summary>
    public abstract void AddSquaresOfFour(nint row, nint stride, int n, double* factors, double* sums);

    /// <summary>
    /// largestᵢ ← the largest of largestᵢ and |xᵢ·factor| over four rows with one factor each, over one where the stride is 0; not a number
    /// where one of them is none.
    /// </summary>
    public abstract void LargestAcrossFour(nint row, nint stride, int n, double* factors, double* largest);

    /// <summary>
    /// The same, and where one is renewed placesᵢ ← the row that it is of: the first of them is `first`, the next `step` further. Of what
    /// is no number nothing is told.
    /// </summary>
    public abstract void PlaceLargestAcrossFour(
        nint row, nint stride, int n, double* factors, double* largest, double* places, double first, double step);

    /// <summary>The first i with |xᵢ·fᵢ| above the bound; n where there is none.</summary>
    public abstract int FirstAbove(nint row, int n, double* factors, double bound);

    /// <summary>
    /// target ← x·(f·outer), in the rows' own type, of four rows with one outer factor each; of one where the stride is 0. No sum is less
    /// than Σ of the squared products: where one is at most the square of half the largest number of the type, all numbers are of it;
    /// where they are null none are made. The targets may be the rows.
    /// </summary>
    public abstract void ScaleFour(
        nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums);

    /// <summary>
    /// The same without sums; the targets, which are none of the rows, do not enter the caches where that is faster. Other threads see them
    /// after a barrier.
    /// </summary>
    public abstract void ScaleFourPastCaches(nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride);

    /// <summary>target ← x·(f·outer), and Σ target².</summary>
    public abstract double Widen(nint row, int n, double* factors, double outer, double* target);

    /// <summary>target ← x.</summary>
    public abstract void Read(nint row, int n, double* target);

    /// <summary>target ← x, rounded to the type; all numbers are of it.</summary>
    public abstract void Write(double* row, int n, nint target);

    /// <summary>With the widest vectors that this machine has.</summary>
    private static RowKernels Widest<T>()
        where T : unmanaged =>
        Vector512.IsHardwareAccelerated ? new RowKernels<T, Lanes512, Vector512<double>>()
        : Vector256.IsHardwareAccelerated ? new RowKernels<T, Lanes256, Vector256<double>>()
        : new RowKernels<T, Lanes128, Vector128<double>>();
}
