namespace Canon.Algebra

// Pointers to pinned arrays; static members of interfaces, which the machine's compiler resolves for each precision and vector.
#nowarn "9"
#nowarn "3535"

open System
open Microsoft.FSharp.NativeInterop

/// The innermost loop of a product: a tile of its output, which stays in registers.
[<RequireQualifiedAccess>]
module internal Tile =

    /// Rows: with two vectors of columns twelve sums, which fit the registers of every machine.
    [<Literal>]
    let Rows = 6

    let inline private at (p: nativeptr<'N>) (k: int) = NativePtr.add p k

    /// All of a tile. `both`: both vectors of the panel count, and not the first alone.
    let inline private compute<'K, 'T, 'V when 'T: unmanaged and 'K :> IVectors<'T, 'V>>
        (both: bool)
        (rows: nativeptr<'T>)
        (depth: int)
        (panel: nativeptr<'T>)
        (target: nativeptr<float>)
        (stride: int)
        (fresh: bool)
        =
        let lanes = 'K.Lanes
        let zero = Unchecked.defaultof<'V>
        let mutable s00 = zero
        let mutable s01 = zero
        let mutable s10 = zero
        let mutable s11 = zero
        let mutable s20 = zero
        let mutable s21 = zero
        let mutable s30 = zero
        let mutable s31 = zero
        let mutable s40 = zero
        let mutable s41 = zero
        let mutable s50 = zero
        let mutable s51 = zero

        if not fresh then
            s00 <- 'K.Narrow target
            s10 <- 'K.Narrow(at target stride)
            s20 <- 'K.Narrow(at target (2 * stride))
            s30 <- 'K.Narrow(at target (3 * stride))
            s40 <- 'K.Narrow(at target (4 * stride))
            s50 <- 'K.Narrow(at target (5 * stride))

            if both then
                s01 <- 'K.Narrow(at target lanes)
                s11 <- 'K.Narrow(at target (stride + lanes))
                s21 <- 'K.Narrow(at target (2 * stride + lanes))
                s31 <- 'K.Narrow(at target (3 * stride + lanes))
                s41 <- 'K.Narrow(at target (4 * stride + lanes))
                s51 <- 'K.Narrow(at target (5 * stride + lanes))

        let r1 = at rows depth
        let r2 = at rows (2 * depth)
        let r3 = at rows (3 * depth)
        let r4 = at rows (4 * depth)
        let r5 = at rows (5 * depth)
        let mutable b = panel

        for k in 0 .. depth - 1 do
            let b0 = 'K.Load b
            let b1 = if both then 'K.Load(at b lanes) else b0
            let x = 'K.Splat(at rows k)
            s00 <- 'K.FusedMultiplyAdd(x, b0, s00)

            if both then
                s01 <- 'K.FusedMultiplyAdd(x, b1, s01)

            let x = 'K.Splat(at r1 k)
            s10 <- 'K.FusedMultiplyAdd(x, b0, s10)

            if both then
                s11 <- 'K.FusedMultiplyAdd(x, b1, s11)

            let x = 'K.Splat(at r2 k)
            s20 <- 'K.FusedMultiplyAdd(x, b0, s20)

            if both then
                s21 <- 'K.FusedMultiplyAdd(x, b1, s21)

            let x = 'K.Splat(at r3 k)
            s30 <- 'K.FusedMultiplyAdd(x, b0, s30)

            if both then
                s31 <- 'K.FusedMultiplyAdd(x, b1, s31)

            let x = 'K.Splat(at r4 k)
            s40 <- 'K.FusedMultiplyAdd(x, b0, s40)

            if both then
                s41 <- 'K.FusedMultiplyAdd(x, b1, s41)

            let x = 'K.Splat(at r5 k)
            s50 <- 'K.FusedMultiplyAdd(x, b0, s50)

            if both then
                s51 <- 'K.FusedMultiplyAdd(x, b1, s51)

            b <- at b (2 * lanes)

        'K.Widen(s00, target)
        'K.Widen(s10, at target stride)
        'K.Widen(s20, at target (2 * stride))
        'K.Widen(s30, at target (3 * stride))
        'K.Widen(s40, at target (4 * stride))
        'K.Widen(s50, at target (5 * stride))

        if both then
            'K.Widen(s01, at target lanes)
            'K.Widen(s11, at target (stride + lanes))
            'K.Widen(s21, at target (2 * stride + lanes))
            'K.Widen(s31, at target (3 * stride + lanes))
            'K.Widen(s41, at target (4 * stride + lanes))
            'K.Widen(s51, at target (5 * stride + lanes))

    let private whole<'K, 'T, 'V when 'T: unmanaged and 'K :> IVectors<'T, 'V>>
        (rows: nativeptr<'T>)
        depth
        panel
        target
        stride
        fresh
        =
        compute<'K, 'T, 'V> true rows depth panel target stride fresh

    let private half<'K, 'T, 'V when 'T: unmanaged and 'K :> IVectors<'T, 'V>>
        (rows: nativeptr<'T>)
        depth
        panel
        target
        stride
        fresh
        =
        compute<'K, 'T, 'V> false rows depth panel target stride fresh

    /// Computed aside, where it reaches beyond the output: of it `height` rows and `breadth` columns are kept.
    let private edge<'K, 'T, 'V when 'T: unmanaged and 'K :> IVectors<'T, 'V>>
        (rows: nativeptr<'T>)
        depth
        panel
        target
        stride
        fresh
        height
        breadth
        =
        let width = 2 * 'K.Lanes
        let aside = NativePtr.stackalloc<float> (Rows * width)

        let copy (source: nativeptr<float>) sourceStride (destination: nativeptr<float>) destinationStride =
            for r in 0 .. height - 1 do
                Span<float>(NativePtr.toVoidPtr (at source (r * sourceStride)), breadth)
                    .CopyTo(Span<float>(NativePtr.toVoidPtr (at destination (r * destinationStride)), breadth))

        if not fresh then
            Span<float>(NativePtr.toVoidPtr aside, Rows * width).Clear()
            copy target stride aside width

        if breadth > 'K.Lanes then
            whole<'K, 'T, 'V> rows depth panel aside width fresh
        else
            half<'K, 'T, 'V> rows depth panel aside width fresh

        copy aside width target stride

    /// `height` rows and `breadth` columns of the output, `stride` numbers from row to row, gain `depth` numbers of each row, which
    /// stand one row after the other, times as many rows of a panel. `fresh`: sums begin with zero.
    let run<'K, 'T, 'V when 'T: unmanaged and 'K :> IVectors<'T, 'V>>
        (rows: nativeptr<'T>)
        depth
        panel
        target
        stride
        fresh
        height
        breadth
        =
        if height = Rows && breadth = 2 * 'K.Lanes then
            whole<'K, 'T, 'V> rows depth panel target stride fresh
        elif height = Rows && breadth = 'K.Lanes then
            half<'K, 'T, 'V> rows depth panel target stride fresh
        else
            edge<'K, 'T, 'V> rows depth panel target stride fresh height breadth
