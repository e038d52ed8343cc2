namespace Canon.Bench

// Addresses of rows.
#nowarn "9"

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// Gains and canonical weights by loops written for one case alone: square float32 layers of a multiple of 32 units, one row after the
/// other, float64 in between; nothing is allocated and nothing checked.
[<Sealed>]
type BareLoop(width: int) =
    let gains = Array.init 2 (fun _ -> Array.create width 1.0)

    /// The norm of a row of which each number has a factor.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    static member private Norm(row: nativeptr<float32>, factors: nativeptr<float>, width) =
        let mutable a, b = Vector512<float>.Zero, Vector512<float>.Zero
        let mutable c, d = Vector512<float>.Zero, Vector512<float>.Zero
        let mutable j = 0

        while j < width do
            let x, y =
                Vector512.Load(NativePtr.add row j), Vector512.Load(NativePtr.add row (j + 16))

            let p = Vector512.WidenLower x * Vector512.Load(NativePtr.add factors j)
            let q = Vector512.WidenUpper x * Vector512.Load(NativePtr.add factors (j + 8))
            let r = Vector512.WidenLower y * Vector512.Load(NativePtr.add factors (j + 16))
            let s = Vector512.WidenUpper y * Vector512.Load(NativePtr.add factors (j + 24))
            a <- Vector512.FusedMultiplyAdd(p, p, a)
            b <- Vector512.FusedMultiplyAdd(q, q, b)
            c <- Vector512.FusedMultiplyAdd(r, r, c)
            d <- Vector512.FusedMultiplyAdd(s, s, d)
            j <- j + 32

        Math.Sqrt(Vector512.Sum((a + b) + (c + d)))

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    static member private Scale(row: nativeptr<float32>, factors: nativeptr<float>, outer: float, target, width) =
        let outers = Vector512.Create outer
        let mutable j = 0

        while j < width do
            let x = Vector512.Load(NativePtr.add row j)
            let lower = Vector512.Load(NativePtr.add factors j) * outers
            let upper = Vector512.Load(NativePtr.add factors (j + 8)) * outers

            Vector512.Store(
                Vector512.Narrow(Vector512.WidenLower x * lower, Vector512.WidenUpper x * upper),
                NativePtr.add target j
            )

            j <- j + 16

    /// The gains of a chain of layers, and its canonical weights into the targets where there are any.
    member _.Run(weights: byte[][], targets: byte[][] option) =
        Array.Fill(gains[0], 1.0)

        for k in 0 .. weights.Length - 1 do
            use row = fixed weights[k]
            use factors = fixed gains[k % 2]
            let own = gains[(k + 1) % 2]

            use target = fixed (Option.defaultValue weights targets)[k]

            for i in 0 .. width - 1 do
                let at start =
                    NativePtr.toNativeInt start + nativeint (i * width * sizeof<float32>)
                    |> NativePtr.ofNativeInt<float32>

                own[i] <- BareLoop.Norm(at row, factors, width)

                if targets.IsSome then
                    BareLoop.Scale(at row, factors, 1.0 / own[i], at target, width)
