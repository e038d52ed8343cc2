using System.Runtime.Intrinsics;

namespace Canon.Kernels;

/// <summary>
/// What is done to a stored row of float32 (<c>single</c>) or float64, with float64 in between: sums of squares, and products with
/// one factor an entry and one for the row. Rows are addresses of memory that does not move. Entries are added up in an order that their
/// place in memory does not change: the same numbers give the same bits.
/// </summary>
internal abstract unsafe class RowKernels
{
    /// <summary>Those with the widest vectors that this machine has.</summary>
    public static RowKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new RowKernels<Lanes512, Vector512<double>>()
        : Vector256.IsHardwareAccelerated ? new RowKernels<Lanes256, Vector256<double>>()
        : new RowKernels<Lanes128, Vector128<double>>();

    /// <summary>Σ x².</summary>
    public abstract double Squares(bool single, nint row, int n);

    /// <summary>Σ x² and Σ (x·f)².</summary>
    public abstract (double Own, double Scaled) BothSquares(bool single, nint row, int n, double* factors);

    /// <summary>sumsᵢ ← sumsᵢ + (xᵢ·factor)².</summary>
    public abstract void AddSquares(bool single, nint row, int n, double factor, double* sums);

    /// <summary>
    /// target ← x·(f·outer), in the row's own type, and Σ target². Where that is at most the square of the largest number of the type,
    /// all numbers are of it.
    /// </summary>
    public abstract double Scale(bool single, nint row, int n, double* factors, double outer, nint target);

    /// <summary>The same with a target of float64.</summary>
    public abstract double Widen(bool single, nint row, int n, double* factors, double outer, nint target);

    /// <summary>target ← x·(f·outer), in the row's own type, and Σ (z·f)² of the next row z: it is read while this one is computed.</summary>
    public abstract double ScaleAndGoOn(bool single, nint row, int n, double* factors, double outer, nint target, nint next);
}
