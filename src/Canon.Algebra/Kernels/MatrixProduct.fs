namespace Canon.Algebra

// As for vectors.
#nowarn "9"
#nowarn "3535"

open System
open System.Buffers
open System.Numerics
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Where the parts of `count` rows begin. Fills one offset for each part of each; −1 where all of it is zero.
type internal Locate = delegate of first: int * count: int * offsets: Span<int> -> unit

/// The right side of products: a matrix of `inner` rows and `outer` columns, rounded to the precision of the products. It holds nothing
/// in particular until it is filled.
[<AbstractClass>]
type internal Panels(inner: int, outer: int) =
    member _.Inner = inner
    member _.Outer = outer

    /// Row k.
    abstract SetRow: k: int * numbers: ReadOnlySpan<float> -> unit

    /// All columns, which stand one after the other.
    abstract SetColumns: work: Work * numbers: float[] -> unit

    /// output[row·stride + column + n] for `count` rows, each of `parts` runs of `length` numbers of the input.
    /// `column`: the first column in each row of the output; `continued`: sums go on from what stands there.
    abstract Multiply:
        work: Work *
        count: int *
        parts: int *
        length: int *
        locate: Locate *
        input: float[] *
        output: float[] *
        stride: int *
        column: int *
        continued: bool ->
            unit

    abstract Dispose: unit -> unit

    interface IDisposable with
        member x.Dispose() = x.Dispose()

/// Rows times a matrix. Law: each output is one chain of fused multiply-adds over k = 0, 1, … from zero on, or from what stood
/// there: the same bits on every machine, whatever its vectors, the number of threads and the sizes of blocks. In single precision
/// both sides are rounded to float32, and so is each multiply-add; inputs and outputs are float64 all the same.
[<RequireQualifiedAccess>]
module internal MatrixProduct =

    /// Numbers of a row that go through a panel at once: so much of a panel stays in the nearest cache.
    [<Literal>]
    let private Depth = 256

    /// Numbers of a column that are turned into a panel at once: as many rows of it stay in the nearest cache.
    [<Literal>]
    let private Stretch = 64

    let inline private at (p: nativeptr<'N>) (k: int) = NativePtr.add p k

    /// 'V: the vectors of a machine, of numbers in the precision 'T.
    [<Sealed>]
    type private Packed<'K, 'T, 'V
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> INumberBase<'T>
        and 'K :> IVectors<'T, 'V>>(inner: int, outer: int) =
        inherit Panels(inner, outer)

        /// Columns of a panel.
        let width = 2 * 'K.Lanes

        let panels = (outer + width - 1) / width

        /// Rows from panel to panel: one more than there are, so that the same row of all panels does not compete for one line of a cache.
        let pitch = inner + 1

        // Panel after panel, of each row by row. What stands beyond the last column may be anything: its sums are dropped.
        let data = ArrayPool<'T>.Shared.Rent(panels * width * pitch)

        /// `depth` numbers of each of some columns become rows of a panel.
        static member Turn(columns: nativeptr<float>, stride, count, depth, panel: nativeptr<'T>) =
            let rounded = NativePtr.stackalloc<'T> Stretch

            for column in 0 .. count - 1 do
                Tile<'K, 'T, 'V>.Narrow(at columns (column * stride), rounded, depth)
                let mutable target = at panel column

                for k in 0 .. depth - 1 do
                    NativePtr.write target (NativePtr.get rounded k)
                    target <- at target (2 * 'K.Lanes)

        override _.SetRow(k, numbers) =
            use source = fixed numbers
            use target = fixed &data[k * width]

            for first in 0..width .. outer - 1 do
                Tile<'K, 'T, 'V>.Narrow(at source first, at target (first * pitch), min width (outer - first))

        override _.SetColumns(work, numbers) =
            Work.each work (int64 inner * int64 outer) panels (fun p ->
                use source = fixed &numbers[p * width * inner]
                use target = fixed &data[p * width * pitch]

                for k in 0..Stretch .. inner - 1 do
                    let count, depth = min width (outer - p * width), min Stretch (inner - k)
                    Packed<'K, 'T, 'V>.Turn(at source k, inner, count, depth, at target (k * width)))

        override _.Multiply(work, count, parts, length, locate, input, output, stride, column, continued) =
            // Few rows are shared out by their columns too.
            let chunkRows = max 1 (work.Positions / Tile.Rows) * Tile.Rows
            let chunks = (count + chunkRows - 1) / chunkRows
            let shares = if chunks >= 8 then 1 else min panels (8 / chunks)
            let panelsEach = (panels + shares - 1) / shares
            // Sixteen multiply-adds are a nanosecond, more or less.
            let cost = int64 count * int64 outer * int64 inner / 16L

            Work.each work cost (chunks * shares) (fun task ->
                let firstRow = task / shares * chunkRows
                let here = min chunkRows (count - firstRow)
                let offsets = Array.zeroCreate<int> (here * parts)

                locate.Invoke(firstRow, here, Span offsets)

                // The last tile reads as many rows as the others.
                let rounded = ArrayPool<'T>.Shared.Rent((here + Tile.Rows - 1) * min Depth inner)
                use input = fixed input
                use output = fixed output
                use data = fixed data
                use rows = fixed rounded
                use places = fixed offsets

                for k in 0..Depth .. inner - 1 do
                    let depth = min Depth (inner - k)

                    for r in 0 .. here - 1 do
                        Tile<'K, 'T, 'V>.Gather(input, at places (r * parts), length, k, depth, at rows (r * depth))

                    let firstPanel = task % shares * panelsEach

                    for p in firstPanel .. min panels (firstPanel + panelsEach) - 1 do
                        for r in 0 .. Tile.Rows .. here - 1 do
                            Tile<'K, 'T, 'V>
                                .Run(
                                    at rows (r * depth),
                                    depth,
                                    at data ((p * pitch + k) * width),
                                    at output ((firstRow + r) * stride + column + p * width),
                                    stride,
                                    (k = 0 && not continued),
                                    min Tile.Rows (here - r),
                                    min width (outer - p * width)
                                )

                ArrayPool<'T>.Shared.Return rounded)

        override _.Dispose() = ArrayPool<'T>.Shared.Return data

    /// The right side of products of this precision, to be filled.
    let panels precision inner outer : Panels =
        match precision with
        | Precision.Single when Vector512.IsHardwareAccelerated ->
            new Packed<Vectors512<float32>, float32, Vector512<float32>>(inner, outer)
        | Precision.Single when Vector256.IsHardwareAccelerated ->
            new Packed<Vectors256<float32>, float32, Vector256<float32>>(inner, outer)
        | Precision.Single -> new Packed<Vectors128<float32>, float32, Vector128<float32>>(inner, outer)
        | Precision.Double when Vector512.IsHardwareAccelerated ->
            new Packed<Vectors512<float>, float, Vector512<float>>(inner, outer)
        | Precision.Double when Vector256.IsHardwareAccelerated ->
            new Packed<Vectors256<float>, float, Vector256<float>>(inner, outer)
        | Precision.Double -> new Packed<Vectors128<float>, float, Vector128<float>>(inner, outer)

    /// The right side whose columns stand one after the other.
    let ofColumns work precision inner outer numbers =
        let panels = panels precision inner outer
        panels.SetColumns(work, numbers)
        panels

    /// The right side whose rows stand one after the other.
    let ofRows work precision inner outer (numbers: float[]) =
        let panels = panels precision inner outer

        Work.chunks work outer inner (fun first last ->
            for k in first .. last - 1 do
                panels.SetRow(k, ReadOnlySpan(numbers, k * outer, outer)))

        panels

    /// `count` rows that stand `stride` numbers apart, each read from `first` on; the output has `outputStride` columns.
    let dense work count stride first input (panels: Panels) output outputStride column continued =
        let locate =
            Locate(fun row count offsets ->
                for k in 0 .. count - 1 do
                    offsets[k] <- (row + k) * stride + first)

        panels.Multiply(work, count, 1, panels.Inner, locate, input, output, outputStride, column, continued)

    /// `count` rows times each of `outer` rows of a weight: of both the numbers stand one after the other. The fewer are made panels of:
    /// a product is the same bits whichever side its factors stand on.
    let withRows work precision count inner outer input weight (output: float[]) stride column =
        if count >= outer then
            use panels = ofColumns work precision inner outer weight
            dense work count inner 0 input panels output stride column false
        else
            use panels = ofColumns work precision inner count input
            let across = ArrayPool<float>.Shared.Rent(outer * count)
            dense work outer inner 0 weight panels across count 0 false

            Work.chunks work outer count (fun first last ->
                for row in first .. last - 1 do
                    for n in 0 .. outer - 1 do
                        output[row * stride + column + n] <- across[n * count + row])

            ArrayPool<float>.Shared.Return across
