namespace Canon.Algebra

// Pointers to pinned arrays: a gather of rows by address needs no copy of them.
#nowarn "9"
#nowarn "51"

open System
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// Rows times a matrix. Law: each output is one chain of fused multiply-adds over k = 0, 1, … from zero on, or from what stood
/// there: the same bits on every machine, whatever its vectors, the number of threads and the sizes of blocks.
[<RequireQualifiedAccess>]
module internal MatrixProduct =

    /// Rows that the innermost loop works on: with two vectors of columns twelve sums, which fit the registers of every machine.
    [<Literal>]
    let private Tile = 6

    let private lanes =
        if Vector512.IsHardwareAccelerated then 8
        elif Vector256.IsHardwareAccelerated then 4
        else 2

    /// Columns of a panel.
    let width = 2 * lanes

    /// A matrix of `inner` rows and `outer` columns, `width` columns after the other, of each row by row, filled up with zeros.
    [<Sealed>]
    type Panels(inner: int, outer: int) =
        let data = Array.zeroCreate<float> ((outer + width - 1) / width * width * inner)

        member _.Inner = inner
        member _.Outer = outer
        member _.Data = data

        /// Row k.
        member _.SetRow(k: int, numbers: ReadOnlySpan<float>) =
            for first in 0..width .. outer - 1 do
                let here = min width (outer - first)
                numbers.Slice(first, here).CopyTo(Span(data, first * inner + k * width, here))

        /// Column n.
        member _.SetColumn(n: int, numbers: ReadOnlySpan<float>) =
            let first = n / width * width * inner + n % width

            for k in 0 .. inner - 1 do
                data[first + k * width] <- numbers[k]

    let inline private at (p: nativeptr<float>) (k: int) = NativePtr.add p k

    /// A tile of the output, `stride` numbers from row to row, gains the rows at the addresses of each segment times its part of
    /// the panel. `fresh`: it begins with zeros.
    let inline private tile
        (lanes: int)
        (both: bool)
        ([<InlineIfLambda>] zero: unit -> 'V)
        ([<InlineIfLambda>] load: nativeptr<float> -> 'V)
        ([<InlineIfLambda>] splat: float -> 'V)
        ([<InlineIfLambda>] fma: 'V -> 'V -> 'V -> 'V)
        ([<InlineIfLambda>] store: 'V -> nativeptr<float> -> unit)
        (rows: nativeptr<nativeint>)
        (lengths: nativeptr<int>)
        (segments: int)
        (panel: nativeptr<float>)
        (target: nativeptr<float>)
        (stride: int)
        (fresh: bool)
        =
        let mutable s00, s01 = zero (), zero ()
        let mutable s10, s11 = zero (), zero ()
        let mutable s20, s21 = zero (), zero ()
        let mutable s30, s31 = zero (), zero ()
        let mutable s40, s41 = zero (), zero ()
        let mutable s50, s51 = zero (), zero ()

        if not fresh then
            s00 <- load target
            s10 <- load (at target stride)
            s20 <- load (at target (2 * stride))
            s30 <- load (at target (3 * stride))
            s40 <- load (at target (4 * stride))
            s50 <- load (at target (5 * stride))

            if both then
                s01 <- load (at target lanes)
                s11 <- load (at target (stride + lanes))
                s21 <- load (at target (2 * stride + lanes))
                s31 <- load (at target (3 * stride + lanes))
                s41 <- load (at target (4 * stride + lanes))
                s51 <- load (at target (5 * stride + lanes))

        let mutable b = panel

        for s in 0 .. segments - 1 do
            let addresses = NativePtr.add rows (s * Tile)
            let r0: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 0)
            let r1: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 1)
            let r2: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 2)
            let r3: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 3)
            let r4: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 4)
            let r5: nativeptr<float> = NativePtr.ofNativeInt (NativePtr.get addresses 5)

            for k in 0 .. NativePtr.get lengths s - 1 do
                let b0 = load b
                let b1 = if both then load (at b lanes) else b0
                let x = splat (NativePtr.get r0 k)
                s00 <- fma x b0 s00

                if both then
                    s01 <- fma x b1 s01

                let x = splat (NativePtr.get r1 k)
                s10 <- fma x b0 s10

                if both then
                    s11 <- fma x b1 s11

                let x = splat (NativePtr.get r2 k)
                s20 <- fma x b0 s20

                if both then
                    s21 <- fma x b1 s21

                let x = splat (NativePtr.get r3 k)
                s30 <- fma x b0 s30

                if both then
                    s31 <- fma x b1 s31

                let x = splat (NativePtr.get r4 k)
                s40 <- fma x b0 s40

                if both then
                    s41 <- fma x b1 s41

                let x = splat (NativePtr.get r5 k)
                s50 <- fma x b0 s50

                if both then
                    s51 <- fma x b1 s51

                b <- at b (2 * lanes)

        store s00 target
        store s10 (at target stride)
        store s20 (at target (2 * stride))
        store s30 (at target (3 * stride))
        store s40 (at target (4 * stride))
        store s50 (at target (5 * stride))

        if both then
            store s01 (at target lanes)
            store s11 (at target (stride + lanes))
            store s21 (at target (2 * stride + lanes))
            store s31 (at target (3 * stride + lanes))
            store s41 (at target (4 * stride + lanes))
            store s51 (at target (5 * stride + lanes))

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile512 (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            8
            true
            (fun () -> Vector512<float>.Zero)
            (fun p -> Vector512.Load p)
            (fun (x: float) -> Vector512.Create x)
            (fun x y z -> Vector512.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector512.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile512Half (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            8
            false
            (fun () -> Vector512<float>.Zero)
            (fun p -> Vector512.Load p)
            (fun (x: float) -> Vector512.Create x)
            (fun x y z -> Vector512.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector512.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile256 (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            4
            true
            (fun () -> Vector256<float>.Zero)
            (fun p -> Vector256.Load p)
            (fun (x: float) -> Vector256.Create x)
            (fun x y z -> Vector256.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector256.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile256Half (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            4
            false
            (fun () -> Vector256<float>.Zero)
            (fun p -> Vector256.Load p)
            (fun (x: float) -> Vector256.Create x)
            (fun x y z -> Vector256.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector256.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile128 (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            2
            true
            (fun () -> Vector128<float>.Zero)
            (fun p -> Vector128.Load p)
            (fun (x: float) -> Vector128.Create x)
            (fun x y z -> Vector128.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector128.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private tile128Half (rows, lengths, segments, panel, target, stride, fresh) =
        tile
            2
            false
            (fun () -> Vector128<float>.Zero)
            (fun p -> Vector128.Load p)
            (fun (x: float) -> Vector128.Create x)
            (fun x y z -> Vector128.FusedMultiplyAdd(x, y, z))
            (fun v p -> Vector128.Store(v, p))
            rows
            lengths
            segments
            panel
            target
            stride
            fresh

    /// `half`: of the panel only the first vector counts.
    let private runTile (rows, lengths, segments, panel, target, stride, fresh, half) =
        match lanes, half with
        | 8, false -> tile512 (rows, lengths, segments, panel, target, stride, fresh)
        | 8, true -> tile512Half (rows, lengths, segments, panel, target, stride, fresh)
        | 4, false -> tile256 (rows, lengths, segments, panel, target, stride, fresh)
        | 4, true -> tile256Half (rows, lengths, segments, panel, target, stride, fresh)
        | _, false -> tile128 (rows, lengths, segments, panel, target, stride, fresh)
        | _, true -> tile128Half (rows, lengths, segments, panel, target, stride, fresh)

    /// A tile that reaches beyond the output is computed aside.
    let private runEdge (rows, lengths, segments, panel, target, stride, fresh, half, height, breadth) =
        let aside = NativePtr.stackalloc<float> (Tile * 16)

        let copy (source: nativeptr<float>) sourceStride (destination: nativeptr<float>) destinationStride =
            for r in 0 .. height - 1 do
                Span<float>(NativePtr.toVoidPtr (at source (r * sourceStride)), breadth)
                    .CopyTo(Span<float>(NativePtr.toVoidPtr (at destination (r * destinationStride)), breadth))

        if not fresh then
            Span<float>(NativePtr.toVoidPtr aside, Tile * 16).Clear()
            copy target stride aside width

        runTile (rows, lengths, segments, panel, aside, width, fresh, half)
        copy aside width target stride

    /// Numbers of a row in one segment at most, and in those that go through a panel at once: so much of it stays in the nearest
    /// cache.
    [<Literal>]
    let private Longest = 256

    /// How rows of `parts` runs of `length` numbers are cut: the part, the first number in it and how many, for each segment.
    let private cut parts length =
        [| for part in 0 .. parts - 1 do
               for first in 0..Longest .. length - 1 -> struct (part, first, min Longest (length - first)) |]

    /// Where the parts of a row begin. Fills one offset for each part; −1 where all of it is zero.
    type Locate = delegate of row: int * offsets: Span<int> -> unit

    /// output[row·stride + column n] for `count` rows, each of `parts` runs of `length` numbers of the input.
    /// `column`: the first column in each row of the output; `continued`: sums go on from what stands there.
    let rows
        work
        count
        parts
        length
        (locate: Locate)
        (input: float[])
        (panels: Panels)
        (output: float[])
        stride
        column
        continued
        =
        let segments = cut parts length
        let lengths = segments |> Array.map (fun struct (_, _, n) -> n)

        /// Blocks of segments of `Longest` numbers together, or one segment: first and last.
        let blocks =
            let ends = Collections.Generic.List<struct (int * int * int)>()
            let mutable first = 0
            let mutable k = 0

            while first < segments.Length do
                let mutable last = first + 1
                let mutable size = lengths[first]

                while last < segments.Length && size + lengths[last] <= Longest do
                    size <- size + lengths[last]
                    last <- last + 1

                ends.Add(struct (first, last, k))
                k <- k + size
                first <- last

            ends.ToArray()

        use pinnedInput = input.AsMemory().Pin()
        use pinnedPanels = panels.Data.AsMemory().Pin()
        use pinnedOutput = output.AsMemory().Pin()
        use pinnedLengths = lengths.AsMemory().Pin()
        let zeros = Array.zeroCreate<float> (min Longest length)
        use pinnedZeros = zeros.AsMemory().Pin()

        let address (handle: Buffers.MemoryHandle) =
            NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> handle.Pointer)

        let inputAt = address pinnedInput
        let zerosAt = address pinnedZeros
        let panelsAt: nativeptr<float> = NativePtr.ofNativeInt (address pinnedPanels)
        let outputAt: nativeptr<float> = NativePtr.ofNativeInt (address pinnedOutput)
        let lengthsAt: nativeptr<int> = NativePtr.ofNativeInt (address pinnedLengths)

        // Few rows are shared out by their columns too.
        let allPanels = (panels.Outer + width - 1) / width
        let chunkRows = max 1 (work.Positions / Tile) * Tile
        let chunks = (count + chunkRows - 1) / chunkRows
        let shares = if chunks >= 8 then 1 else min allPanels (8 / chunks)
        let panelsEach = (allPanels + shares - 1) / shares
        // Sixteen multiply-adds are a nanosecond, more or less.
        let cost = int64 count * int64 panels.Outer * int64 panels.Inner / 16L

        Work.each work cost (chunks * shares) (fun task ->
            let firstRow = task / shares * chunkRows
            let here = min chunkRows (count - firstRow)
            let tiles = (here + Tile - 1) / Tile
            let addresses = Array.create (tiles * segments.Length * Tile) zerosAt
            let offsets = Array.zeroCreate<int> parts

            for r in 0 .. here - 1 do
                locate.Invoke(firstRow + r, Span offsets)
                let first = r / Tile * segments.Length * Tile + r % Tile

                for s in 0 .. segments.Length - 1 do
                    let struct (part, from, _) = segments[s]

                    if offsets[part] >= 0 then
                        addresses[first + s * Tile] <- inputAt + nativeint (offsets[part] + from) * 8n

            use pinnedAddresses = addresses.AsMemory().Pin()

            let addressesAt: nativeptr<nativeint> =
                NativePtr.ofNativeInt (address pinnedAddresses)

            for struct (first, last, k) in blocks do
                let fresh = k = 0 && not continued
                let firstPanel = task % shares * panelsEach

                for p in firstPanel .. min allPanels (firstPanel + panelsEach) - 1 do
                    let panel = at panelsAt ((p * panels.Inner + k) * width)
                    let breadth = min width (panels.Outer - p * width)
                    let half = breadth <= lanes

                    for t in 0 .. tiles - 1 do
                        let height = min Tile (here - t * Tile)
                        let addresses = NativePtr.add addressesAt ((t * segments.Length + first) * Tile)
                        let target = at outputAt ((firstRow + t * Tile) * stride + column + p * width)
                        let lengths = NativePtr.add lengthsAt first

                        let segments = last - first

                        if height = Tile && (breadth = width || breadth = lanes) then
                            runTile (addresses, lengths, segments, panel, target, stride, fresh, half)
                        else
                            runEdge (addresses, lengths, segments, panel, target, stride, fresh, half, height, breadth))

    /// `count` rows that stand `stride` numbers apart, each read from `first` on; the output has `outputStride` columns.
    let dense work count stride first input (panels: Panels) output outputStride column continued =
        let locate = Locate(fun row offsets -> offsets[0] <- row * stride + first)
        rows work count 1 panels.Inner locate input panels output outputStride column continued
