namespace Canon.Algebra

open System
open System.Buffers
open System.Numerics.Tensors
open System.Threading.Tasks

/// The norms of a layer's rows.
[<Sealed; AllowNullLiteral(false)>]
type RowNorms internal (scaled: Magnitude[], own: Magnitude[]) =
    /// ‖row_i(P·diag(right))‖₂.
    member _.Scaled = scaled

    /// ‖row_i(P)‖₂.
    member _.Own = own

/// Fills the buffer with a stored row.
type internal LoadRow = delegate of stored: int * buffer: Span<float> -> unit

/// The entries of a weight P by stored rows: of a weight stored by rows its rows, of one stored by columns its columns. A stored
/// row has the taps of its first neighbour, then those of the next.
[<NoEquality; NoComparison>]
type internal StoredEntries =
    {
        Name: string
        ElementType: ElementType
        /// Whether stored rows are columns.
        ByColumns: bool
        Rows: int
        Columns: int
        Taps: int
        /// Rows that read one column, and columns that one row reads.
        BlockRows: int
        BlockColumns: int
        Load: LoadRow
    }

    /// Stored rows, how many of them see the same neighbours, and how many neighbours each has.
    member x.OuterCount = if x.ByColumns then x.Columns else x.Rows
    member x.OuterBlock = if x.ByColumns then x.BlockColumns else x.BlockRows
    member x.InnerBlock = if x.ByColumns then x.BlockRows else x.BlockColumns

/// diag(left)·P·diag(right) in the order in which P is stored: the one place where weights are read. Every pass reads a
/// weight once, a stored row at a time, into a reused buffer of float64.
/// Law: entry (i, j, t) is left_i · P_ijt · right_j; a missing diagonal is all ones.
[<Sealed>]
type internal StoredMatrix(entries: StoredEntries, left: Magnitude[] option, right: Magnitude[] option) =
    let byColumns = entries.ByColumns
    let taps = entries.Taps

    let outerCount = entries.OuterCount
    let outerBlock = entries.OuterBlock
    let innerBlock = entries.InnerBlock
    let innerCount = innerBlock * taps
    let outer, inner = if byColumns then right, left else left, right

    /// The exponent taken out of the inner diagonal, so that its entries are floats of at most 2.
    let innerPower =
        match inner with
        | Some xs -> Magnitude.largestExponent (ReadOnlySpan xs)
        | None -> 0

    /// One factor for every entry of the stored rows of all groups, one after the other.
    let innerFactors =
        inner
        |> Option.map (fun xs ->
            let factors =
                xs |> Array.map (fun x -> Math.ScaleB(x.Mantissa, x.Exponent - innerPower))

            if taps = 1 then factors else Array.collect (Array.replicate taps) factors)

    /// Where the neighbours of a stored row begin among all.
    let firstInner stored = stored / outerBlock * innerCount

    let innerOf (factors: float[]) stored =
        ReadOnlySpan(factors, firstInner stored, innerCount)

    // Within these limits products of three floats lose nothing that shows; outside them every entry is computed by magnitudes.
    let safeExponent = 500

    let isSafe (diagonal: Magnitude[] option) =
        match diagonal with
        | Some xs ->
            let largest = Magnitude.largestExponent (ReadOnlySpan xs)
            xs |> Array.forall (fun x -> x.IsZero || largest - x.Exponent <= safeExponent)
        | None -> true

    let innerIsSafe = isSafe inner

    let readOnly (buffer: Span<float>) : ReadOnlySpan<float> = Span.op_Implicit buffer

    /// The row and the column of an entry.
    let located stored index =
        let inner = (firstInner stored + index) / taps
        if byColumns then struct (inner, stored) else struct (stored, inner)

    let load (stored: int) (buffer: Span<float>) = entries.Load.Invoke(stored, buffer)

    let refuseNonFinite (stored: int) (buffer: ReadOnlySpan<float>) =
        for i in 0 .. buffer.Length - 1 do
            if not (Double.IsFinite buffer[i]) then
                let struct (row, column) = located stored i
                Fail.because (NotFinite(entries.Name, row, column, buffer[i]))

    /// √(Σ x_j²·r_j²) as a magnitude, whatever the range of the entries; `factor j`: r_j.
    let exactNorm (numbers: ReadOnlySpan<float>) (factor: (int -> Magnitude) option) =
        let products =
            match factor with
            | None -> Array.map Magnitude.ofFloat (numbers.ToArray())
            | Some r -> Array.mapi (fun j w -> Magnitude.ofFloat w * r j) (numbers.ToArray())

        Magnitude.norm products

    // A sum of squares in this range has lost no term that matters to underflow, and none to overflow.
    let isSafeSum (sum: float) =
        sum > 1e-240 && sum < Double.PositiveInfinity

    let rented count = ArrayPool<float>.Shared.Rent count

    let inChunks (body: int -> int -> unit) =
        let chunkRows = max 1 (65536 / innerCount)
        let chunks = (outerCount + chunkRows - 1) / chunkRows

        if chunks < 4 then
            body 0 outerCount
        else
            Parallel.For(0, chunks, fun chunk -> body (chunk * chunkRows) (min outerCount ((chunk + 1) * chunkRows)))
            |> ignore

    let rowNorms () =
        let scaled = Array.zeroCreate outerCount
        let own = Array.zeroCreate outerCount

        inChunks (fun first last ->
            let array = rented innerCount
            let buffer = Span(array, 0, innerCount)

            for i in first .. last - 1 do
                load i buffer
                let row: ReadOnlySpan<float> = readOnly buffer
                let sum = Sums.ofSquares row

                if isSafeSum sum then
                    own[i] <- Magnitude.scaleB (Math.Sqrt sum) 0
                else
                    refuseNonFinite i row
                    own[i] <- exactNorm row None

                match innerFactors, inner with
                | Some factors, Some magnitudes ->
                    TensorPrimitives.Multiply(row, innerOf factors i, buffer)
                    let sum = Sums.ofSquares (readOnly buffer)

                    if innerIsSafe && isSafeSum sum then
                        scaled[i] <- Magnitude.scaleB (Math.Sqrt sum) innerPower
                    else
                        load i buffer
                        let first = firstInner i
                        scaled[i] <- exactNorm (readOnly buffer) (Some(fun j -> magnitudes[(first + j) / taps]))
                | _ -> scaled[i] <- own[i]

            ArrayPool<float>.Shared.Return array)

        RowNorms(scaled, own)

    /// The numbers of a row of a weight stored by columns: the taps of each column that it reads.
    let rowAcross row =
        let group = row / innerBlock
        let within = row % innerBlock
        let numbers = Array.zeroCreate (outerBlock * taps)
        let array = rented innerCount

        for k in 0 .. outerBlock - 1 do
            load (group * outerBlock + k) (Span(array, 0, innerCount))
            Array.blit array (within * taps) numbers (k * taps) taps

        ArrayPool<float>.Shared.Return array
        numbers

    /// Rows lie across the storage: their sums grow side by side while it is read once.
    let rowNormsAcross () =
        let all = outerCount / outerBlock * innerCount
        let own = Array.zeroCreate<float> all
        let scaled = Array.zeroCreate<float> all
        let array = rented innerCount
        let buffer = Span(array, 0, innerCount)

        let power =
            match right with
            | Some xs -> Magnitude.largestExponent (ReadOnlySpan xs)
            | None -> 0

        for stored in 0 .. outerCount - 1 do
            load stored buffer
            let numbers: ReadOnlySpan<float> = readOnly buffer
            let first = firstInner stored
            let ownHere = Span(own, first, innerCount)
            TensorPrimitives.MultiplyAdd(numbers, numbers, readOnly ownHere, ownHere)

            match right with
            | None -> ()
            | Some xs ->
                let factor = Math.ScaleB(xs[stored].Mantissa, xs[stored].Exponent - power)
                TensorPrimitives.Multiply(numbers, factor, buffer)
                let scaledHere = Span(scaled, first, innerCount)
                TensorPrimitives.MultiplyAdd(numbers, numbers, readOnly scaledHere, scaledHere)

        ArrayPool<float>.Shared.Return array

        let settle (sums: float[]) power (factors: Magnitude[] option) =
            let factorsAreSafe = isSafe factors

            Array.init (sums.Length / taps) (fun row ->
                let sum = Sums.total (ReadOnlySpan(sums, row * taps, taps))

                if factorsAreSafe && isSafeSum sum then
                    Magnitude.scaleB (Math.Sqrt sum) power
                else
                    let numbers = rowAcross row
                    let firstColumn = row / innerBlock * outerBlock

                    numbers
                    |> Array.iteri (fun j x ->
                        if not (Double.IsFinite x) then
                            Fail.because (NotFinite(entries.Name, row, firstColumn + j / taps, x)))

                    exactNorm
                        (ReadOnlySpan numbers)
                        (factors |> Option.map (fun xs -> fun j -> xs[firstColumn + j / taps])))

        let ownNorms = settle own 0 None

        match right with
        | None -> RowNorms(ownNorms, ownNorms)
        | Some _ -> RowNorms(settle scaled power right, ownNorms)

    /// Runs `body first last` over chunks of the stored rows, on all cores when there is enough to do.
    member _.InChunks body = inChunks body

    member _.OuterCount = outerCount
    member _.InnerCount = innerCount

    member _.Entries = entries

    /// The row and the column of an entry of a stored row.
    member _.Located(stored, index) : struct (int * int) = located stored index

    /// The norms of the logical rows; `left` takes no part.
    member _.Norms() =
        if byColumns then rowNormsAcross () else rowNorms ()

    /// One stored row, scaled, as float64: row i of the matrix, or column i when it is stored by columns.
    /// Errors: NotFinite.
    member _.Read(stored: int, buffer: Span<float>) =
        let outerFactor =
            match outer with
            | Some xs -> xs[stored]
            | None -> Magnitude.One

        let power = outerFactor.Exponent + innerPower

        if outerFactor.IsZero then
            buffer.Clear()
        else
            load stored buffer

            if not (TensorPrimitives.IsFiniteAll(readOnly buffer)) then
                refuseNonFinite stored (readOnly buffer)

            if innerIsSafe && abs power <= safeExponent then
                match innerFactors with
                | None ->
                    if outer.IsSome then
                        TensorPrimitives.Multiply(readOnly buffer, Math.ScaleB(outerFactor.Mantissa, power), buffer)
                | Some factors when outer.IsNone && innerPower = 0 ->
                    TensorPrimitives.Multiply(readOnly buffer, innerOf factors stored, buffer)
                | Some factors ->
                    // The factors meet first: a weight times one of them may leave the range of a float that the product is in.
                    let array = rented innerCount
                    let both = Span(array, 0, innerCount)

                    TensorPrimitives.Multiply(innerOf factors stored, Math.ScaleB(outerFactor.Mantissa, power), both)

                    TensorPrimitives.Multiply(readOnly buffer, readOnly both, buffer)
                    ArrayPool<float>.Shared.Return array
            else
                let first = firstInner stored

                for j in 0 .. innerCount - 1 do
                    let w = buffer[j]

                    let factor =
                        match inner with
                        | Some xs -> outerFactor * xs[(first + j) / taps]
                        | None -> outerFactor

                    buffer[j] <- Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat w * factor), w)

    /// `count` stored rows from `first` on, in the parameter's own element type, little-endian.
    /// Errors: OutOfRange when a number is too large for that type.
    member x.Write(first: int, count: int, destination: Span<byte>) =
        let array = rented innerCount
        let buffer = Span(array, 0, innerCount)
        let size = innerCount * entries.ElementType.Size

        for k in 0 .. count - 1 do
            x.Read(first + k, buffer)
            ElementTypes.write entries.ElementType entries.Name (readOnly buffer) (destination.Slice(k * size, size))

        ArrayPool<float>.Shared.Return array

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
