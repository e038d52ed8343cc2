namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// The norms of a layer's rows.
[<Sealed; AllowNullLiteral(false)>]
type RowNorms internal (scaled: Magnitude[], own: Magnitude[]) =
    /// ‖row_i(P·diag(right))‖₂.
    member _.Scaled = scaled

    /// ‖row_i(P)‖₂.
    member _.Own = own

/// diag(left)·P·diag(right) in the order in which P is stored: the one place where weights are read. Every pass reads a
/// weight once, a stored row at a time: rows of float32 and float64 where they lie, others in a reused buffer of float64.
/// Law: entry (i, j, t) is left_i · P_ijt · right_j; a missing diagonal is all ones.
[<Sealed>]
type internal StoredMatrix(entries: StoredEntries, left: Magnitude[] option, right: Magnitude[] option) =
    let byColumns = entries.ByColumns
    let taps = entries.Taps

    let outerCount = entries.OuterCount
    let outerBlock = entries.OuterBlock
    let innerBlock = entries.InnerBlock
    let innerCount = entries.InnerCount
    let outer, inner = if byColumns then right, left else left, right

    /// The smallest exponent of the inner diagonal, and the largest, which is taken out so that its entries are floats below 2.
    let struct (leastPower, innerPower) =
        match inner with
        | Some xs -> Magnitude.exponents (ReadOnlySpan xs)
        | None -> struct (0, 0)

    /// One factor for every entry of the stored rows of all groups, one after the other; of one row where all are ones.
    let factors =
        lazy
            match inner with
            | None -> Array.create innerCount 1.0
            | Some xs ->
                let factors = xs |> Array.map (Magnitude.over innerPower)
                if taps = 1 then factors else Array.collect (Array.replicate taps) factors

    /// Where the neighbours of a stored row begin among all.
    let firstInner stored = stored / outerBlock * innerCount

    let firstFactor stored =
        if inner.IsNone then 0 else firstInner stored

    // Within these limits products of three floats lose nothing that shows; outside them every entry is computed by magnitudes.
    let safeExponent = 500

    let innerIsSafe = innerPower - leastPower <= safeExponent

    let readOnly (buffer: Span<float>) : ReadOnlySpan<float> = Span.op_Implicit buffer

    /// The row and the column of an entry.
    let located stored index =
        let inner = (firstInner stored + index) / taps
        if byColumns then struct (inner, stored) else struct (stored, inner)

    let refuseNonFinite (stored: int) (buffer: ReadOnlySpan<float>) =
        for i in 0 .. buffer.Length - 1 do
            if not (Double.IsFinite buffer[i]) then
                let struct (row, column) = located stored i
                Fail.because (NotFinite(entries.Name, row, column, buffer[i]))

    let rented count = ArrayPool<float>.Shared.Rent count

    let inChunks body = Chunks.run 0 outerCount innerCount body

    // Kernels see float32 and float64 where they lie, numbers of 16 bits as float32 in a buffer, and all else as float64 in one.
    let isInPlace, isSingle =
        match entries.Source, entries.ElementType with
        | RowSource.Direct _, Float32 -> true, true
        | RowSource.Direct _, Float64 -> true, false
        | RowSource.Direct _, (Float16 | BFloat16) -> false, true
        | RowSource.Made _, _ -> false, false

    let rowBytes = entries.RowBytes

    /// Runs `action stored row` for stored rows, `row` being the address of one.
    let eachRow first last (action: int -> nativeint -> unit) =
        match entries.Source with
        | RowSource.Direct values when isInPlace ->
            let bytes = entries.Bytes(values, first, last - first)
            use start = fixed &MemoryMarshal.GetReference bytes

            for k in 0 .. last - first - 1 do
                action (first + k) (NativePtr.toNativeInt start + nativeint k * nativeint rowBytes)
        | RowSource.Direct values when isSingle ->
            let array = ArrayPool<float32>.Shared.Rent innerCount
            use start = fixed array

            for stored in first .. last - 1 do
                ElementTypes.widen entries.ElementType (entries.Bytes(values, stored, 1)) (Span(array, 0, innerCount))
                action stored (NativePtr.toNativeInt start)

            ArrayPool<float32>.Shared.Return array
        | _ ->
            let array = rented innerCount
            use start = fixed array

            for stored in first .. last - 1 do
                entries.Load(stored, Span(array, 0, innerCount))
                action stored (NativePtr.toNativeInt start)

            ArrayPool<float>.Shared.Return array

    /// Where the factors of a stored row are, all of them beginning at the address.
    let factorsAt (start: nativeint) stored =
        NativePtr.add (NativePtr.ofNativeInt<float> start) (firstFactor stored)

    /// √(Σ x_j²·r_j²) as a magnitude, whatever the range of the entries; `factor j`: r_j.
    let exactNorm (numbers: float[]) (factor: (int -> Magnitude) option) =
        match factor with
        | None -> Array.map Magnitude.ofFloat numbers
        | Some r -> Array.mapi (fun j w -> Magnitude.ofFloat w * r j) numbers
        |> Magnitude.norm

    // A sum of squares in this range has lost no term that matters to underflow, and none to overflow.
    let isSafeSum (sum: float) =
        sum > 1e-240 && sum < Double.PositiveInfinity

    /// The norm of a stored row from its sum of squares. Where that is in no safe range, it is computed by magnitudes.
    let norm stored sum =
        if isSafeSum sum then
            Magnitude.scaleB (Math.Sqrt sum) 0
        else
            let numbers = Array.zeroCreate innerCount
            entries.Load(stored, Span numbers)
            refuseNonFinite stored (ReadOnlySpan numbers)
            exactNorm numbers None

    /// The same with the inner diagonal, its exponent being taken out of the sum.
    let scaledNorm stored sum =
        match inner with
        | None -> norm stored sum
        | Some _ when innerIsSafe && isSafeSum sum -> Magnitude.scaleB (Math.Sqrt sum) innerPower
        | Some magnitudes ->
            let numbers = Array.zeroCreate innerCount
            entries.Load(stored, Span numbers)
            refuseNonFinite stored (ReadOnlySpan numbers)
            let first = firstInner stored
            exactNorm numbers (Some(fun j -> magnitudes[(first + j) / taps]))

    let rowNorms () =
        let own = Array.zeroCreate outerCount

        match inner with
        | None ->
            inChunks (fun first last ->
                eachRow first last (fun stored row ->
                    own[stored] <- norm stored (RowKernels.Best.Squares(isSingle, row, innerCount))))

            RowNorms(own, own)
        | Some _ ->
            let scaled = Array.zeroCreate outerCount

            inChunks (fun first last ->
                use factors = fixed factors.Value
                let start = NativePtr.toNativeInt factors

                eachRow first last (fun stored row ->
                    let struct (ownSum, scaledSum) =
                        RowKernels.Best.BothSquares(isSingle, row, innerCount, factorsAt start stored)

                    own[stored] <- norm stored ownSum
                    scaled[stored] <- scaledNorm stored scaledSum))

            RowNorms(scaled, own)

    /// The numbers of a row of a weight stored by columns: the taps of each column that it reads.
    let rowAcross row =
        let group = row / innerBlock
        let within = row % innerBlock
        let numbers = Array.zeroCreate (outerBlock * taps)
        let array = rented innerCount

        for k in 0 .. outerBlock - 1 do
            entries.Load(group * outerBlock + k, Span(array, 0, innerCount))
            Array.blit array (within * taps) numbers (k * taps) taps

        ArrayPool<float>.Shared.Return array
        numbers

    /// Rows lie across the storage: their sums grow side by side while it is read once. So many parts of it grow sums of their own,
    /// whatever the number of threads: the same numbers give the same bits.
    let partsAcross =
        let together = Chunks.rows innerCount
        min 16 ((outerCount + together - 1) / together)

    let rowNormsAcross () =
        let all = outerCount / outerBlock * innerCount

        let struct (least, power) =
            match right with
            | Some xs -> Magnitude.exponents (ReadOnlySpan xs)
            | None -> struct (0, 0)

        let grown =
            Array.init partsAcross (fun _ ->
                struct (Array.zeroCreate<float> all, (if right.IsNone then [||] else Array.zeroCreate<float> all)))

        let grow part =
            let struct (own, scaled) = grown[part]
            use own = fixed own
            use scaled = fixed scaled
            let own, scaled = NativePtr.toNativeInt own, NativePtr.toNativeInt scaled
            let first = int (int64 part * int64 outerCount / int64 partsAcross)
            let last = int (int64 (part + 1) * int64 outerCount / int64 partsAcross)

            let together = Chunks.rows innerCount

            for first in first..together .. last - 1 do
                eachRow first (min last (first + together)) (fun stored row ->
                    let sums start =
                        NativePtr.add (NativePtr.ofNativeInt<float> start) (firstInner stored)

                    match right with
                    | None -> RowKernels.Best.AddSquares(isSingle, row, innerCount, 1.0, sums own)
                    | Some xs ->
                        let factor = Magnitude.over power xs[stored]
                        RowKernels.Best.AddSquares(isSingle, row, innerCount, 1.0, sums own)
                        RowKernels.Best.AddSquares(isSingle, row, innerCount, factor, sums scaled))

        if partsAcross = 1 then grow 0 else Parallel.For(0, partsAcross, grow) |> ignore

        let struct (own, scaled) = grown[0]

        for part in 1 .. partsAcross - 1 do
            let struct (moreOwn, moreScaled) = grown[part]
            TensorPrimitives.Add(ReadOnlySpan own, ReadOnlySpan moreOwn, Span own)
            TensorPrimitives.Add(ReadOnlySpan scaled, ReadOnlySpan moreScaled, Span scaled)

        let settle (sums: float[]) power isSafe (factors: Magnitude[] option) =
            Array.init (sums.Length / taps) (fun row ->
                let sum = Sums.total (ReadOnlySpan(sums, row * taps, taps))

                if isSafe && isSafeSum sum then
                    Magnitude.scaleB (Math.Sqrt sum) power
                else
                    let numbers = rowAcross row
                    let firstColumn = row / innerBlock * outerBlock

                    numbers
                    |> Array.iteri (fun j x ->
                        if not (Double.IsFinite x) then
                            Fail.because (NotFinite(entries.Name, row, firstColumn + j / taps, x)))

                    exactNorm numbers (factors |> Option.map (fun xs -> fun j -> xs[firstColumn + j / taps])))

        let ownNorms = settle own 0 true None

        match right with
        | None -> RowNorms(ownNorms, ownNorms)
        | Some _ -> RowNorms(settle scaled power (power - least <= safeExponent) right, ownNorms)

    let outerOf stored =
        match outer with
        | Some xs -> xs[stored]
        | None -> Magnitude.One

    /// The outer factor of a row as kernels take it; none when it needs care.
    let kernelFactor (outerFactor: Magnitude) =
        let power = outerFactor.Exponent + innerPower

        if innerIsSafe && not outerFactor.IsZero && abs power <= safeExponent then
            ValueSome(Magnitude.over -innerPower outerFactor)
        else
            ValueNone

    /// A stored row times its factors, whatever their range. Errors: NotFinite.
    let readCarefully stored (outerFactor: Magnitude) (buffer: Span<float>) =
        if outerFactor.IsZero then
            buffer.Clear()
        else
            entries.Load(stored, buffer)

            if not (TensorPrimitives.IsFiniteAll(readOnly buffer)) then
                refuseNonFinite stored (readOnly buffer)

            match kernelFactor outerFactor with
            | ValueSome factor ->
                use factors = fixed factors.Value
                use target = fixed &MemoryMarshal.GetReference buffer
                let row = NativePtr.toNativeInt target

                RowKernels.Best.Scale(false, row, innerCount, NativePtr.add factors (firstFactor stored), factor, row)
                |> ignore
            | ValueNone ->
                let first = firstInner stored

                for j in 0 .. innerCount - 1 do
                    let w = buffer[j]

                    let factor =
                        match inner with
                        | Some xs -> outerFactor * xs[(first + j) / taps]
                        | None -> outerFactor

                    buffer[j] <- Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat w * factor), w)

    let rowOf (address: nativeint) =
        Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), rowBytes)

    let writeCarefully stored outerFactor (target: nativeint) =
        let array = rented innerCount
        let buffer = Span(array, 0, innerCount)
        readCarefully stored outerFactor buffer
        ElementTypes.write entries.ElementType entries.Name (readOnly buffer) (rowOf target)
        ArrayPool<float>.Shared.Return array

    // Half of it: nothing within is rounded to infinity.
    let limit = ElementTypes.largest entries.ElementType / 2.0

    /// Whether all numbers of a sum of squares are of the type.
    let fits squares =
        squares <= limit * limit && Double.IsFinite squares

    /// Writes a row that is in a buffer, if all its numbers fit, and tells whether they do.
    let tryWriteRounded row (factors: nativeptr<float>) factor (target: nativeint) =
        let array = rented innerCount
        use products = fixed array

        let squares =
            RowKernels.Best.Widen(isSingle, row, innerCount, factors, factor, NativePtr.toNativeInt products)

        let isFitting = fits squares

        if isFitting then
            ElementTypes.writeFitting entries.ElementType (ReadOnlySpan(array, 0, innerCount)) (rowOf target)

        ArrayPool<float>.Shared.Return array
        isFitting

    let writeRows first last (targets: nativeint) =
        use factors = fixed factors.Value
        let start = NativePtr.toNativeInt factors

        eachRow first last (fun stored row ->
            let target = targets + nativeint stored * nativeint rowBytes

            let isWritten =
                match kernelFactor (outerOf stored) with
                | ValueNone -> false
                | ValueSome factor when isInPlace ->
                    RowKernels.Best.Scale(isSingle, row, innerCount, factorsAt start stored, factor, target)
                    |> fits
                | ValueSome factor -> tryWriteRounded row (factorsAt start stored) factor target

            if not isWritten then
                writeCarefully stored (outerOf stored) target)

    /// The same, a row being scaled while the next one is read: the target may be where the weight is stored. `outerFactor stored
    /// norm` is asked for the outer factor of a stored row when its norm is known, before it is written.
    let writeRowsOver first last (targets: nativeint) (outerFactor: int -> Magnitude -> Magnitude) =
        use factors = fixed factors.Value
        let start = NativePtr.toNativeInt factors

        let squares stored row =
            let struct (_, sum) =
                RowKernels.Best.BothSquares(isSingle, row, innerCount, factorsAt start stored)

            sum

        let target stored =
            targets + nativeint stored * nativeint rowBytes

        let factorOf stored sum (outer: Magnitude) =
            match kernelFactor outer with
            | ValueSome factor when factor * Math.Sqrt sum <= limit -> ValueSome factor
            | _ -> ValueNone

        match entries.Source with
        | RowSource.Direct values when isInPlace ->
            let bytes = entries.Bytes(values, first, last - first)
            use rows = fixed &MemoryMarshal.GetReference bytes
            let mutable row = NativePtr.toNativeInt rows
            let mutable sum = squares first row

            for stored in first .. last - 1 do
                let next = row + nativeint rowBytes
                let outer = outerFactor stored (scaledNorm stored sum)
                let factors = factorsAt start stored

                match factorOf stored sum outer with
                | ValueSome factor when stored + 1 < last && firstFactor (stored + 1) = firstFactor stored ->
                    sum <- RowKernels.Best.ScaleAndGoOn(isSingle, row, innerCount, factors, factor, target stored, next)
                | fitting ->
                    match fitting with
                    | ValueSome factor ->
                        RowKernels.Best.Scale(isSingle, row, innerCount, factors, factor, target stored)
                        |> ignore
                    | ValueNone -> writeCarefully stored outer (target stored)

                    if stored + 1 < last then
                        sum <- squares (stored + 1) next

                row <- next
        | _ ->
            eachRow first last (fun stored row ->
                let sum = squares stored row
                let outer = outerFactor stored (scaledNorm stored sum)

                let isWritten =
                    match factorOf stored sum outer with
                    | ValueSome factor -> tryWriteRounded row (factorsAt start stored) factor (target stored)
                    | ValueNone -> false

                if not isWritten then
                    writeCarefully stored outer (target stored))

    /// Runs `body first last` over chunks of the stored rows, on all cores when there is enough to do.
    member _.InChunks body = inChunks body

    member _.OuterCount = outerCount
    member _.InnerCount = innerCount

    member _.Entries = entries

    /// Whether its numbers are those that are stored, as they are.
    member _.IsAsStored = isInPlace && left.IsNone && right.IsNone

    /// The row and the column of an entry of a stored row.
    member _.Located(stored, index) : struct (int * int) = located stored index

    /// The norms of the logical rows; `left` takes no part.
    member _.Norms() =
        if byColumns then rowNormsAcross () else rowNorms ()

    /// ‖row_i‖₂ of diag(left)·P·diag(right)·diag(factors).
    member _.NormsThrough(factors: Magnitude[]) =
        let columns =
            match right with
            | Some xs -> Array.map2 (*) xs factors
            | None -> factors

        let norms = StoredMatrix(entries, None, Some columns).Norms().Scaled

        match left with
        | Some xs -> Array.map2 (*) xs norms
        | None -> norms

    /// One stored row, scaled, as float64: row i of the matrix, or column i when it is stored by columns.
    /// Errors: NotFinite.
    member _.Read(stored: int, buffer: Span<float>) =
        let outer = outerOf stored

        match entries.Source, kernelFactor outer with
        | RowSource.Direct values, ValueSome factor when isInPlace ->
            let bytes = entries.Bytes(values, stored, 1)
            use row = fixed &MemoryMarshal.GetReference bytes
            use factors = fixed factors.Value
            use target = fixed &MemoryMarshal.GetReference buffer

            let squares =
                RowKernels.Best.Widen(
                    isSingle,
                    NativePtr.toNativeInt row,
                    innerCount,
                    NativePtr.add factors (firstFactor stored),
                    factor,
                    NativePtr.toNativeInt target
                )

            if not (Double.IsFinite squares) then
                readCarefully stored outer buffer
        | _ -> readCarefully stored outer buffer

    /// `count` stored rows from `first` on, in the parameter's own element type, little-endian, into memory apart from the storage.
    /// Errors: NotFinite; OutOfRange when a number is too large for that type.
    member _.Write(first: int, count: int, destination: Span<byte>) =
        use target = fixed &MemoryMarshal.GetReference destination
        let targets = NativePtr.toNativeInt target - nativeint first * nativeint rowBytes
        Chunks.run first (first + count) innerCount (fun first last -> writeRows first last targets)

    /// All stored rows, in the parameter's own element type, to an address, which may be that where they are stored. `outerFactor`
    /// stands for the outer diagonal: it is asked for each stored row with the row's norm, of the numbers times the inner diagonal;
    /// from several threads. Errors: as for `Write`; the memory is then half written.
    member _.WriteOver(address: nativeint, outerFactor: int -> Magnitude -> Magnitude) =
        inChunks (fun first last -> writeRowsOver first last address outerFactor)

    /// The outer diagonal's entry of a stored row.
    member _.OuterFactor(stored: int) = outerOf stored

    /// All entries row by row, whatever the order in which they are stored: the taps of each column that a row reads.
    /// Errors: as for `Read`; OutOfRange when a number does not fit the type to which all are rounded.
    member x.ReadRows(rounded: ElementType option) =
        let perRow = entries.BlockColumns * taps
        let numbers = Array.zeroCreate<float> (entries.Rows * perRow)
        let array = rented innerCount

        for stored in 0 .. outerCount - 1 do
            let buffer = Span(array, 0, innerCount)
            x.Read(stored, buffer)

            match rounded with
            | Some elementType -> ElementTypes.round elementType entries.Name buffer
            | None -> ()

            if byColumns then
                let group = stored / outerBlock

                for k in 0 .. innerBlock - 1 do
                    let row = group * innerBlock + k
                    Array.blit array (k * taps) numbers (row * perRow + stored % outerBlock * taps) taps
            else
                Array.blit array 0 numbers (stored * perRow) perRow

        ArrayPool<float>.Shared.Return array
        numbers
