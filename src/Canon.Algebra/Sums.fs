namespace Canon.Algebra

open System
open System.Numerics
open System.Numerics.Tensors
open System.Runtime.InteropServices

/// Sums over many numbers, in an order that their place in memory does not change: the same numbers give the same bits.
[<RequireQualifiedAccess>]
module internal Sums =

    /// Σ xᵢyᵢ over numbers as many as each other.
    let dot (xs: ReadOnlySpan<float>) (ys: ReadOnlySpan<float>) =
        let vs = MemoryMarshal.Cast<float, Vector<float>> xs
        let ws = MemoryMarshal.Cast<float, Vector<float>> ys
        let mutable a = Vector<float>.Zero
        let mutable b = Vector<float>.Zero
        let mutable c = Vector<float>.Zero
        let mutable d = Vector<float>.Zero
        let mutable i = 0

        while i + 4 <= vs.Length do
            a <- Vector.FusedMultiplyAdd(vs[i], ws[i], a)
            b <- Vector.FusedMultiplyAdd(vs[i + 1], ws[i + 1], b)
            c <- Vector.FusedMultiplyAdd(vs[i + 2], ws[i + 2], c)
            d <- Vector.FusedMultiplyAdd(vs[i + 3], ws[i + 3], d)
            i <- i + 4

        while i < vs.Length do
            a <- Vector.FusedMultiplyAdd(vs[i], ws[i], a)
            i <- i + 1

        let lanes = (a + b) + (c + d)
        let mutable total = 0.0

        for k in 0 .. Vector<float>.Count - 1 do
            total <- total + lanes[k]

        for k in vs.Length * Vector<float>.Count .. xs.Length - 1 do
            total <- total + xs[k] * ys[k]

        total

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
        TensorPrimitives.Add(ReadOnlySpan xs, ReadOnlySpan(ys, 0, xs.Length), Span xs)
