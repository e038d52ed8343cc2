namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Four stored rows that lie apart, or one, as kernels take them.
[<Struct; NoEquality; NoComparison>]
type internal FourRows =
    {
        First: int
        /// From one to the next; 0 where there is one.
        Step: int
        /// Where the first lies, and so many bytes further the next.
        Address: nativeint
        Stride: nativeint
    }

    member x.Count = if x.Step = 0 then 1 else 4

    /// The k-th of them among all stored rows.
    member x.Row k = x.First + k * x.Step

/// Takes a row: which it is, and its numbers, which may be written over.
type internal SeeRow = delegate of row: int * numbers: Span<float> -> unit

/// Sees four stored rows, or one, as `FourRows` tells them.
type internal SeeFour = delegate of first: int * step: int * address: nativeint * stride: nativeint -> unit

module internal SeeFour =

    let inline rows ([<InlineIfLambda>] see: FourRows -> unit) =
        SeeFour(fun first step address stride ->
            see
                { First = first
                  Step = step
                  Address = address
                  Stride = stride })

/// diag(left)·P·diag(right) in the order in which P is stored: the one place where weights are read. Every pass reads a
/// weight once: where it lies in memory, and otherwise some rows at a time into a reused buffer; rows that are made when they are read, in
/// one of float64.
/// Law: entry (i, j, t) is left_i · P_ijt · right_j; a missing diagonal is all ones.
[<Sealed>]
type internal StoredMatrix(entries: StoredEntries, left: Magnitude[] option, right: Magnitude[] option) =
    let taps = entries.Taps
    let outerCount = entries.OuterCount
    let innerCount = entries.InnerCount
    let outer, inner = if entries.ByColumns then right, left else left, right

    /// The smallest exponent of the inner diagonal, and the largest, which is taken out so that its entries are floats below 2.
    let struct (leastPower, innerPower) =
        match inner with
        | Some xs -> Magnitude.exponents (ReadOnlySpan xs)
        | None -> struct (0, 0)

    /// One factor for every entry of the stored rows of all groups, one after the other; of one row where all are ones.
    let factorCount =
        match inner with
        | None -> innerCount
        | Some xs -> xs.Length * taps

    let fillFactors (factors: Span<float>) =
        match inner with
        | None -> factors.Fill 1.0
        | Some xs when taps = 1 ->
            for j in 0 .. xs.Length - 1 do
                factors[j] <- Magnitude.over innerPower xs[j]
        | Some xs ->
            for j in 0 .. xs.Length - 1 do
                factors.Slice(j * taps, taps).Fill(Magnitude.over innerPower xs[j])

    /// The same of every thread that makes them.
    let mutable kept: float[] | null = null

    let keptFactors () =
        match Volatile.Read &kept with
        | null ->
            let factors = Array.zeroCreate factorCount
            fillFactors (Span factors)
            Volatile.Write(&kept, factors)
            factors
        | factors -> factors

    /// Where the neighbours of a stored row begin among all.
    let firstInner stored =
        stored / entries.OuterBlock * innerCount

    let firstFactor stored =
        if inner.IsNone then 0 else firstInner stored

    let innerIsSafe = innerPower - leastPower <= StoredMatrix.SafeExponent

    /// Of float64.
    let lineLength = 8

    let readOnly (buffer: Span<float>) : ReadOnlySpan<float> = Span.op_Implicit buffer

    /// The row and the column of an entry.
    let located stored index =
        let inner = (firstInner stored + index) / taps
        if entries.ByColumns then struct (inner, stored) else struct (stored, inner)

    let refuseNonFinite (stored: int) (buffer: ReadOnlySpan<float>) =
        for i in 0 .. buffer.Length - 1 do
            if not (Double.IsFinite buffer[i]) then
                let struct (row, column) = located stored i
                entries.Refuse(row, column, buffer[i])

    let kernels = ElementTypes.kernels entries.ReadType

    /// Rows that lie one behind the other, the first of them at the address. Those of one group come together: others do not share their
    /// factors.
    let seeLying first last (address: nativeint) (see: SeeFour) =
        let rowBytes = nativeint (innerCount * kernels.Size)

        let inline seeFrom stored step =
            see.Invoke(stored, step, address + nativeint (stored - first) * rowBytes, nativeint step * rowBytes)

        let mutable here = first

        while here < last do
            let until = min last ((here / entries.OuterBlock + 1) * entries.OuterBlock)
            let step = (until - here) / 4

            for stored in here .. here + step - 1 do
                seeFrom stored step

            for stored in here + 4 * step .. until - 1 do
                seeFrom stored 0

            here <- until

    let seeFours first last see =
        match entries.Source with
        | RowSource.Direct values ->
            let together =
                if entries.AreInMemory then
                    max 4 (Int32.MaxValue / entries.RowBytes / 4 * 4)
                else
                    Chunks.rowsAtMemorySpeed innerCount

            for first in first..together .. last - 1 do
                let last = min last (first + together)
                let mutable rented = null

                use start =
                    fixed &MemoryMarshal.GetReference(entries.Bytes(values, first, last - first, &rented))

                seeLying first last (NativePtr.toNativeInt start) see
                Values.GiveBack rented
        | RowSource.Made load ->
            let array = ArrayPool<float>.Shared.Rent(4 * innerCount)
            use start = fixed array

            for first in first..4 .. last - 1 do
                let last = min last (first + 4)

                for stored in first .. last - 1 do
                    load.Invoke(stored, Span(array, (stored - first) * innerCount, innerCount))

                seeLying first last (NativePtr.toNativeInt start) see

            ArrayPool<float>.Shared.Return array

    let outerOf stored =
        match outer with
        | Some xs -> xs[stored]
        | None -> Magnitude.One

    /// The outer factor of a row as kernels take it; none when it needs care.
    let kernelFactor (outerFactor: Magnitude) =
        let power = outerFactor.Exponent + innerPower

        if innerIsSafe && not outerFactor.IsZero && abs power <= StoredMatrix.SafeExponent then
            ValueSome(Magnitude.over -innerPower outerFactor)
        else
            ValueNone

    /// The numbers of a stored row times its factors, whatever their range. Errors: NotFinite.
    let scaleCarefully stored (outerFactor: Magnitude) (buffer: Span<float>) =
        if outerFactor.IsZero then
            buffer.Clear()
        else
            if not (TensorPrimitives.IsFiniteAll(readOnly buffer)) then
                refuseNonFinite stored (readOnly buffer)

            match kernelFactor outerFactor with
            | ValueSome factor ->
                use factors = fixed (keptFactors ())
                use target = fixed &MemoryMarshal.GetReference buffer

                let row, factors =
                    NativePtr.toNativeInt target, NativePtr.add factors (firstFactor stored)

                RowKernels.OfFloat64.Widen(row, innerCount, factors, factor, target) |> ignore
            | ValueNone ->
                let first = firstInner stored

                for j in 0 .. innerCount - 1 do
                    let w = buffer[j]

                    let factor =
                        match inner with
                        | Some xs -> outerFactor * xs[(first + j) / taps]
                        | None -> outerFactor

                    buffer[j] <- Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat w * factor), w)

    /// A stored row times its factors, whatever their range. Errors: NotFinite.
    let readCarefully stored (outerFactor: Magnitude) (buffer: Span<float>) =
        if not outerFactor.IsZero then
            entries.Load(stored, buffer)

        scaleCarefully stored outerFactor buffer

    /// Between exponents so far apart products of three floats lose nothing that shows; further, every entry is computed by magnitudes.
    static member SafeExponent = 500

    /// Runs `body first last` over chunks of the stored rows, on all cores when there is enough to do.
    member _.InChunks body = Chunks.run 0 outerCount innerCount body

    member _.OuterCount = outerCount
    member _.InnerCount = innerCount

    member _.Entries = entries

    member _.Left = left
    member _.Right = right

    /// Whether its numbers are those that are stored, as they are.
    member _.IsAsStored =
        left.IsNone
        && right.IsNone
        && match entries.Source, entries.ElementType with
           | RowSource.Direct _, (Float32 | Float64) -> true
           | _ -> false

    /// The row and the column of an entry of a stored row.
    member _.Located(stored, index) : struct (int * int) = located stored index

    /// The kernels of the rows that `SeeFours` shows.
    member _.Kernels = kernels

    /// Whether those rows are float64, whose numbers may be so small that nothing is left of their squares.
    member _.SeesFloat64 = kernels.Size = sizeof<float>

    /// Shows the stored rows first … last − 1 as they are, without the diagonals: of each group four together, as long as there are four.
    member _.SeeFours(first, last, see) = seeFours first last see

    /// Runs a pass over the rows with the kernel's factors: the inner diagonal, its largest exponent being taken out, for each group the
    /// factors of a stored row.
    member _.WithFactors(pass: nativeptr<float> -> unit) =
        let array = ArrayPool<float>.Shared.Rent(factorCount + lineLength)
        use start = fixed array

        // They are read again and again: from where a line of memory begins.
        let before =
            int (-(NativePtr.toNativeInt start) &&& nativeint (lineLength * sizeof<float> - 1))
            / sizeof<float>

        fillFactors (Span(array, before, factorCount))
        pass (NativePtr.add start before)
        ArrayPool<float>.Shared.Return array

    /// The same for one of many passes over a few rows each: the factors are kept.
    member _.WithKeptFactors(pass: nativeptr<float> -> unit) =
        use start = fixed (keptFactors ())
        pass start

    /// A vector over the inner entries of all groups, taps counted, times the kernel's factors.
    member _.TimesFactors(vector: ReadOnlySpan<float>, product: Span<float>) =
        if inner.IsNone then
            vector.CopyTo product
        else
            TensorPrimitives.Multiply(vector, ReadOnlySpan(keptFactors ()), product)

    /// The diagonal along stored rows.
    member _.Inner = inner

    /// The exponent that is taken out of it for the kernel's factors.
    member _.InnerPower = innerPower

    /// Whether the inner diagonal is in the range of kernels.
    member _.InnerIsSafe = innerIsSafe

    /// Where the factors of a stored row begin.
    member _.FirstFactor(stored) = firstFactor stored

    /// Where the inner entries begin that a stored row meets, taps counted.
    member _.FirstInner(stored) = firstInner stored

    /// The outer diagonal's entry of a stored row.
    member _.OuterFactor(stored: int) = outerOf stored

    /// The outer factor of a row as kernels take it beside their factors; none when it needs care.
    member _.KernelFactor(outerFactor) = kernelFactor outerFactor

    /// A stored row times the inner diagonal and a factor, whatever their range. Errors: NotFinite.
    member _.ReadCarefully(stored, outerFactor, buffer) = readCarefully stored outerFactor buffer

    /// Errors: NotFinite, when one of the numbers of a stored row is not.
    member _.RequireFinite(stored, numbers: ReadOnlySpan<float>) = refuseNonFinite stored numbers

    /// Stored rows from the first on, scaled, as float64, as many as the buffer holds: rows of the matrix, or columns when it is stored by
    /// columns. Errors: NotFinite.
    member _.Read(first: int, buffer: Span<float>) =
        let count = buffer.Length / max 1 innerCount

        match entries.Source with
        | RowSource.Direct values ->
            let mutable rented = null

            use rows =
                fixed &MemoryMarshal.GetReference(entries.Bytes(values, first, count, &rented))

            use factors = fixed (keptFactors ())
            use target = fixed &MemoryMarshal.GetReference buffer

            for k in 0 .. count - 1 do
                let stored, outer = first + k, outerOf (first + k)
                let row = NativePtr.toNativeInt rows + nativeint k * nativeint entries.RowBytes
                let target = NativePtr.add target (k * innerCount)

                let isKnown =
                    match kernelFactor outer with
                    | ValueSome factor ->
                        kernels.Widen(row, innerCount, NativePtr.add factors (firstFactor stored), factor, target)
                        |> Double.IsFinite
                    | ValueNone -> false

                if not isKnown then
                    kernels.Read(row, innerCount, target)
                    scaleCarefully stored outer (buffer.Slice(k * innerCount, innerCount))

            Values.GiveBack rented
        | RowSource.Made _ ->
            for k in 0 .. count - 1 do
                readCarefully (first + k) (outerOf (first + k)) (buffer.Slice(k * innerCount, innerCount))

    /// Shows the stored rows first … last − 1, scaled, as float64, some of them being read at a time. Errors: NotFinite.
    member x.SeeRows(first, last, see: SeeRow) =
        let together = max 1 (min (last - first) (Chunks.rows innerCount))
        let array = ArrayPool<float>.Shared.Rent(together * innerCount)

        for from in first..together .. last - 1 do
            let here = min together (last - from)
            x.Read(from, Span(array, 0, here * innerCount))

            for k in 0 .. here - 1 do
                see.Invoke(from + k, Span(array, k * innerCount, innerCount))

        ArrayPool<float>.Shared.Return array

    /// Shows all stored rows, from several threads at once. Errors: NotFinite.
    member x.SeeAll see =
        x.InChunks(fun first last -> x.SeeRows(first, last, see))

    /// All entries row by row, whatever the order in which they are stored: the taps of each column that a row reads.
    /// Errors: as for `Read`; OutOfRange when a number does not fit the type to which all are rounded.
    member x.ReadRows(rounded: ElementType option) =
        let perRow = entries.BlockColumns * taps
        let numbers = Array.zeroCreate<float> (entries.Rows * perRow)

        x.SeeRows(
            0,
            outerCount,
            SeeRow(fun stored buffer ->
                match rounded with
                | Some elementType -> ElementTypes.round elementType entries.Name buffer
                | None -> ()

                if entries.ByColumns then
                    let group = stored / entries.OuterBlock

                    for k in 0 .. entries.InnerBlock - 1 do
                        let row = group * entries.InnerBlock + k
                        let place = row * perRow + stored % entries.OuterBlock * taps
                        buffer.Slice(k * taps, taps).CopyTo(Span(numbers, place, taps))
                else
                    buffer.CopyTo(Span(numbers, stored * perRow, perRow)))
        )

        numbers
