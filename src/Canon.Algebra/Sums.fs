namespace Canon.Algebra

open System
open Canon.Kernels

/// Sums over many numbers, in an order that their place in memory does not change: the same numbers give the same bits.
[<RequireQualifiedAccess>]
module internal Sums =

    /// Σ xᵢyᵢ over numbers as many as each other.
    let dot (xs: ReadOnlySpan<float>) (ys: ReadOnlySpan<float>) = Reductions.Dot(xs, ys)

    /// Σ xᵢ².
    let ofSquares (xs: ReadOnlySpan<float>) = dot xs xs

    /// Σ xᵢ, one after the other.
    let total (xs: ReadOnlySpan<float>) =
        let mutable total = 0.0

        for x in xs do
            total <- total + x

        total

    /// xᵢ ← xᵢ + yᵢ. There may be more y.
    let add (xs: float[]) (ys: float[]) =
        RowArithmetic.Add(ReadOnlySpan(ys, 0, xs.Length), Span xs)
