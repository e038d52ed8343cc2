namespace Canon.Algebra

open System
open System.Numerics.Tensors
open System.Runtime.CompilerServices
open Canon.Kernels

/// A norm of a row. Kernels answer a measure of it: the sum of squares, or the largest number.
[<Struct; RequireQualifiedAccess>]
type internal VectorNorm =
    /// ‖·‖₂.
    | Euclidean
    /// ‖·‖∞.
    | Maximum

    /// The norm of a measure.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member x.Of(measure: float) =
        match x with
        | Euclidean -> Math.Sqrt measure
        | Maximum -> measure

    /// Whether a measure has lost nothing that matters to underflow, and nothing to overflow.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    member x.IsSafe(measure: float) =
        match x with
        | Euclidean -> measure > 1e-240 && measure < Double.PositiveInfinity
        | Maximum -> measure > 1e-120 && measure < Double.PositiveInfinity

    member x.OfMagnitudes xs =
        match x with
        | Euclidean -> Magnitude.norm xs
        | Maximum -> Magnitude.largest xs

    /// The measures of rows whose numbers have one factor each.
    member x.Along(matrix: StoredMatrix, rows: FourRows, factors, measures) =
        let kernels, width = matrix.Kernels, matrix.InnerCount

        match x with
        | Euclidean -> kernels.SquaresOfFour(rows.Address, rows.Stride, width, factors, measures)
        | Maximum -> kernels.LargestOfFour(rows.Address, rows.Stride, width, factors, measures)

    /// Joins stored rows, of which each has a factor, to the measures of the columns.
    member x.Across(matrix: StoredMatrix, rows: FourRows, factors, measures) =
        let kernels, width = matrix.Kernels, matrix.InnerCount

        match x with
        | Euclidean -> kernels.AddSquaresOfFour(rows.Address, rows.Stride, width, factors, measures)
        | Maximum -> kernels.LargestAcrossFour(rows.Address, rows.Stride, width, factors, measures)

    /// Joins other measures to as many that there are.
    member x.Join(measures: Span<float>, others: ReadOnlySpan<float>) =
        match x with
        | Euclidean -> RowArithmetic.Add(others, measures)
        | Maximum -> TensorPrimitives.Max(Span.op_Implicit measures, others, measures)

    /// The measure of what some measures are of.
    member x.Total(measures: ReadOnlySpan<float>) =
        match x with
        | Euclidean -> Sums.total measures
        | Maximum -> TensorPrimitives.Max measures
