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

/// diag(left)·P·diag(right) in the order in which P is stored: the one place where weights are read. Every pass reads a
/// weight once, a stored row at a time, into a reused buffer of float64.
/// Law: entry (i, j) is left_i · factor · P_ij · right_j; a missing diagonal is all ones.
[<Sealed>]
type internal StoredMatrix(parameter: Parameter, left: Magnitude[] option, right: Magnitude[] option) =
    let values =
        match parameter.Values with
        | Some values -> values
        | None -> Fail.because (NoValues parameter.Name)

    let rows = parameter.Rows.Value
    let columns = parameter.Columns.Value
    let transposed = parameter.Transposed
    let outerCount, innerCount = if transposed then columns, rows else rows, columns
    let outer, inner = if transposed then right, left else left, right

    /// The exponent taken out of the inner diagonal, so that its entries are floats of at most 2.
    let innerPower =
        match inner with
        | Some xs -> Magnitude.largestExponent (ReadOnlySpan xs)
        | None -> 0

    let innerFactors =
        inner
        |> Option.map (Array.map (fun x -> Math.ScaleB(x.Mantissa, x.Exponent - innerPower)))

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

    let located stored index =
        if transposed then struct (index, stored) else struct (stored, index)

    let load (stored: int) (buffer: Span<float>) =
        ElementTypes.read values.ElementType (values.Read(int64 stored * int64 innerCount, innerCount)) buffer

        if parameter.Factor <> 1.0 then
            TensorPrimitives.Multiply(readOnly buffer, parameter.Factor, buffer)

    let refuseNonFinite (stored: int) (buffer: ReadOnlySpan<float>) =
        for i in 0 .. buffer.Length - 1 do
            if not (Double.IsFinite buffer[i]) then
                let struct (row, column) = located stored i
                Fail.because (NotFinite(parameter.Name, row, column, buffer[i]))

    /// Σ (w_j·r_j)² as a magnitude, whatever the range of the entries.
    let exactNorm (entries: ReadOnlySpan<float>) (factors: Magnitude[] option) =
        let products =
            match factors with
            | None -> Array.map Magnitude.ofFloat (entries.ToArray())
            | Some r -> Array.map2 (fun w x -> Magnitude.ofFloat w * x) (entries.ToArray()) r

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

    let rowMajorNorms () =
        let scaled = Array.zeroCreate outerCount
        let own = Array.zeroCreate outerCount

        inChunks (fun first last ->
            let array = rented innerCount
            let buffer = Span(array, 0, innerCount)

            for i in first .. last - 1 do
                load i buffer
                let row: ReadOnlySpan<float> = readOnly buffer
                let sum = TensorPrimitives.SumOfSquares row

                if isSafeSum sum then
                    own[i] <- Magnitude.scaleB (Math.Sqrt sum) 0
                else
                    refuseNonFinite i row
                    own[i] <- exactNorm row None

                match innerFactors with
                | None -> scaled[i] <- own[i]
                | Some factors ->
                    TensorPrimitives.Multiply(row, ReadOnlySpan factors, buffer)
                    let sum = TensorPrimitives.SumOfSquares(readOnly buffer)

                    if innerIsSafe && isSafeSum sum then
                        scaled[i] <- Magnitude.scaleB (Math.Sqrt sum) innerPower
                    else
                        load i buffer
                        scaled[i] <- exactNorm (readOnly buffer) inner

            ArrayPool<float>.Shared.Return array)

        RowNorms(scaled, own)

    let column (index: int) =
        let entries = Array.zeroCreate outerCount
        let buffer = rented innerCount

        for stored in 0 .. outerCount - 1 do
            load stored (Span(buffer, 0, innerCount))
            entries[stored] <- buffer[index]

        ArrayPool<float>.Shared.Return buffer
        entries

    /// Rows lie across the storage: their sums grow side by side while it is read once.
    let transposedNorms () =
        let own = Array.zeroCreate<float> innerCount
        let scaled = Array.zeroCreate<float> innerCount
        let array = rented innerCount
        let buffer = Span(array, 0, innerCount)

        let power =
            match right with
            | Some xs -> Magnitude.largestExponent (ReadOnlySpan xs)
            | None -> 0

        for stored in 0 .. outerCount - 1 do
            load stored buffer
            let entries: ReadOnlySpan<float> = readOnly buffer
            TensorPrimitives.MultiplyAdd(entries, entries, ReadOnlySpan own, Span own)

            match right with
            | None -> ()
            | Some xs ->
                let factor = Math.ScaleB(xs[stored].Mantissa, xs[stored].Exponent - power)
                TensorPrimitives.Multiply(entries, factor, buffer)
                TensorPrimitives.MultiplyAdd(entries, entries, ReadOnlySpan scaled, Span scaled)

        ArrayPool<float>.Shared.Return array

        let settle (sums: float[]) power (factors: Magnitude[] option) =
            let factorsAreSafe = isSafe factors

            sums
            |> Array.mapi (fun i sum ->
                if factorsAreSafe && isSafeSum sum then
                    Magnitude.scaleB (Math.Sqrt sum) power
                else
                    let entries = column i

                    entries
                    |> Array.iteri (fun j x ->
                        if not (Double.IsFinite x) then
                            Fail.because (NotFinite(parameter.Name, i, j, x)))

                    exactNorm (ReadOnlySpan entries) factors)

        let ownNorms = settle own 0 None

        match right with
        | None -> RowNorms(ownNorms, ownNorms)
        | Some _ -> RowNorms(settle scaled power right, ownNorms)

    /// Runs `body first last` over chunks of the stored rows, on all cores when there is enough to do.
    member _.InChunks body = inChunks body

    member _.OuterCount = outerCount
    member _.InnerCount = innerCount

    /// The norms of the logical rows; `left` takes no part.
    member _.Norms() =
        if transposed then transposedNorms () else rowMajorNorms ()

    /// One stored row, scaled, as float64: row i of the matrix, or column i when it is stored transposed.
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
                    TensorPrimitives.Multiply(readOnly buffer, ReadOnlySpan factors, buffer)
                | Some factors ->
                    // The factors meet first: a weight times one of them may leave the range of a float that the product is in.
                    let array = rented innerCount
                    let both = Span(array, 0, innerCount)
                    TensorPrimitives.Multiply(ReadOnlySpan factors, Math.ScaleB(outerFactor.Mantissa, power), both)
                    TensorPrimitives.Multiply(readOnly buffer, readOnly both, buffer)
                    ArrayPool<float>.Shared.Return array
            else
                for j in 0 .. innerCount - 1 do
                    let w = buffer[j]

                    let factor =
                        match inner with
                        | Some xs -> outerFactor * xs[j]
                        | None -> outerFactor

                    buffer[j] <- Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat w * factor), w)

    /// `count` stored rows from `first` on, in the parameter's own element type, little-endian.
    /// Errors: OutOfRange when a number is too large for that type.
    member x.Write(first: int, count: int, destination: Span<byte>) =
        let array = rented innerCount
        let buffer = Span(array, 0, innerCount)
        let size = innerCount * values.ElementType.Size

        for k in 0 .. count - 1 do
            x.Read(first + k, buffer)
            ElementTypes.write values.ElementType parameter.Name (readOnly buffer) (destination.Slice(k * size, size))

        ArrayPool<float>.Shared.Return array
