using System.Runtime.Intrinsics;

namespace Canon.Kernels;

/// <summary>
/// What is done to a stored row, with float64 in between: sums of squares, and products with one factor an entry and one for the row.
/// Rows are addresses of memory that does not move. Entries are added up in an order that their place in memory does not change: the same
/// numbers give the same bits. What <see cref="ScaleFour"/> answers is a bound.
/// </summary>
internal abstract unsafe class RowKernels
{
    /// <summary>Those with the widest vectors that this machine has.</summary>
    public static RowKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new RowKernels<Lanes512, Vector512<double>>()
        : Vector256.IsHardwareAccelerated ? new RowKernels<Lanes256, Vector256<double>>()
        : new RowKernels<Lanes128, Vector128<double>>();

    /// <summary>
    /// Σ (x·f)² of four rows, so many bytes from one to the next; of one row, four times, where that is 0. They share what is read of the
    /// factors, and the machine fetches four rows sooner than one. <paramref name="areWrittenNext"/>: they are written over next.
    /// </summary>
    public abstract void SquaresOfFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums, bool areWrittenNext);

    /// <summary>Σ x² and Σ (x·f)² of a row: the bits that it has of the four, without factors and with them.</summary>
    public abstract (double Own, double Through) BothSquares(StoredType type, nint row, int n, double* factors);

    /// <summary>Σ x·z of four rows, as far from one to the next as in <see cref="SquaresOfFour"/>.</summary>
    public abstract void DotsOfFour(StoredType type, nint row, nint stride, int n, double* z, double* dots);

    /// <summary>sumsᵢ ← sumsᵢ + Σ xᵢ·factor over four rows with one factor each; over one where the stride is 0.</summary>
    public abstract void AddFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums);

    /// <summary>sumsᵢ ← sumsᵢ + Σ (xᵢ·factor)² over four rows with one factor each; over one where the stride is 0.</summary>
    public abstract void AddSquaresOfFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums);

    /// <summary>
    /// target ← x·(f·outer), in the rows' own type, of four rows with one outer factor each; of one where the stride is 0. No sum is less
    /// than Σ of the squared products: where it is at most the square of half the largest number of the type, all numbers are of it. The targets may be
    /// the rows.
    /// </summary>
    public abstract void ScaleFour(
        StoredType type, nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums);

    /// <summary>target ← x·(f·outer), and Σ target².</summary>
    public abstract double Widen(StoredType type, nint row, int n, double* factors, double outer, double* target);

    /// <summary>target ← x.</summary>
    public abstract void Read(StoredType type, nint row, int n, double* target);

    /// <summary>target ← x, rounded to the type; all numbers are of it.</summary>
    public abstract void Write(StoredType type, double* row, int n, nint target);
}
