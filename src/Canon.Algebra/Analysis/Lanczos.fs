namespace Canon.Algebra.Analysis

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Algebra

/// The largest eigenvalue of a symmetric matrix without negative eigenvalues, of which only products with vectors are known.
/// Source: Golub, Van Loan, Matrix Computations, §10.1.
[<RequireQualifiedAccess>]
module internal Lanczos =

    let private mostSteps = 500

    /// Whether a symmetric tridiagonal matrix has an eigenvalue above x: a pivot of T − x that is positive.
    let private hasAbove (diagonal: List<float>) (beside: List<float>) x =
        let mutable pivot = diagonal[0] - x
        let mutable found = pivot > 0.0
        let mutable k = 1

        while not found && k < diagonal.Count do
            pivot <-
                diagonal[k]
                - x
                - beside[k - 1] * beside[k - 1] / (if pivot = 0.0 then -Double.Epsilon else pivot)

            found <- pivot > 0.0
            k <- k + 1

        found

    let private largestOf (diagonal: List<float>) (beside: List<float>) =
        let reach k =
            if k >= 0 && k < beside.Count then abs beside[k] else 0.0

        let mutable low = Seq.max diagonal

        let mutable high =
            diagonal |> Seq.mapi (fun k d -> d + reach (k - 1) + reach k) |> Seq.max

        for _ in 1..60 do
            let middle = 0.5 * (low + high)

            if hasAbove diagonal beside middle then low <- middle else high <- middle

        high

    let private scaled (factor: float) (xs: float[]) = xs |> Array.map ((*) factor)

    /// The eigenvalue, from below; it has converged when it no longer changes in its twelfth digit. The same from the same seed.
    let largest seed dimension (apply: float[] -> float[]) =
        let random = Random(seed: int)
        let norm (xs: float[]) = TensorPrimitives.Norm(ReadOnlySpan xs)
        let start = Array.init dimension (fun _ -> Normal.next random)
        let diagonal, beside = List<float>(), List<float>()

        let rec step (before: float[]) (v: float[]) value unchanged =
            let w = apply v
            let along = TensorPrimitives.Dot(ReadOnlySpan w, ReadOnlySpan v)
            diagonal.Add along
            let last = if beside.Count > 0 then beside[beside.Count - 1] else 0.0
            let rest = Array.map3 (fun w v b -> w - along * v - last * b) w v before
            let next = largestOf diagonal (beside.GetRange(0, diagonal.Count - 1))
            let unchanged = if abs (next - value) <= 1e-12 * next then unchanged + 1 else 0
            let length = norm rest

            if length <= 1e-14 * next || unchanged = 3 || diagonal.Count = mostSteps then
                next
            else
                beside.Add length
                step v (scaled (1.0 / length) rest) next unchanged

        step (Array.zeroCreate dimension) (scaled (1.0 / norm start) start) 0.0 0
