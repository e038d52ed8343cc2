namespace Canon.Algebra.Analysis

open System
open System.Numerics.Tensors
open Canon.Algebra

/// One layer's part of a path norm, the weight being read as it is stored.
[<RequireQualifiedAccess>]
module internal PathSums =

    /// Products and sums of numbers in this range have lost nothing that shows.
    let private isSafe sum = sum > 1e-150 && sum < 1e300

    let private raiseAll q (buffer: Span<float>) =
        TensorPrimitives.Abs(Span.op_Implicit buffer, buffer)

        if q <> 1.0 then
            TensorPrimitives.Pow(Span.op_Implicit buffer, q, buffer)

    /// In float64, with the exponent that all incoming numbers share taken out: of weights stored by rows.
    let private byRows (matrix: StoredMatrix) q (incoming: float[]) (sums: float[]) =
        let entries = matrix.Entries
        let factors = Array.collect (Array.replicate entries.Taps) incoming

        matrix.SeeAll(
            SeeRow(fun row numbers ->
                raiseAll q numbers

                sums[row] <-
                    Sums.dot
                        (Span.op_Implicit numbers)
                        (ReadOnlySpan(factors, row / entries.OuterBlock * matrix.InnerCount, matrix.InnerCount)))
        )

    /// The same of weights stored by columns: the sums of all rows grow side by side.
    let private byColumns (matrix: StoredMatrix) q (incoming: float[]) (sums: float[]) =
        let entries = matrix.Entries
        let all = Array.zeroCreate<float> (entries.Rows * entries.Taps)

        matrix.SeeRows(
            0,
            matrix.OuterCount,
            SeeRow(fun column numbers ->
                raiseAll q numbers

                let here =
                    Span(all, column / entries.OuterBlock * matrix.InnerCount, matrix.InnerCount)

                TensorPrimitives.MultiplyAdd(Span.op_Implicit numbers, incoming[column], Span.op_Implicit here, here))
        )

        for row in 0 .. sums.Length - 1 do
            sums[row] <- Sums.total (ReadOnlySpan(all, row * entries.Taps, entries.Taps))

    /// Some rows by magnitudes, whatever the range of the numbers.
    let private exactly (matrix: StoredMatrix) q (incoming: Magnitude[]) (isMeant: int -> bool) (sums: Magnitude[]) =
        let add =
            SeeRow(fun stored buffer ->
                for k in 0 .. buffer.Length - 1 do
                    let struct (row, column) = matrix.Located(stored, k)

                    if isMeant row && buffer[k] <> 0.0 then
                        let path = Magnitude.realPower q (Magnitude.ofFloat buffer[k]) * incoming[column]
                        sums[row] <- Magnitude.sum [| sums[row]; path |])

        if matrix.Entries.ByColumns then
            matrix.SeeRows(0, matrix.OuterCount, add)
        else
            StoredRows.some matrix (Array.filter isMeant [| 0 .. matrix.OuterCount - 1 |]) add

    let private raised (matrix: StoredMatrix) q (incoming: Magnitude[]) =
        let shared = Magnitude.largestExponent (ReadOnlySpan incoming)
        let sums = Array.zeroCreate<float> matrix.Entries.Rows

        let isNarrow =
            incoming
            |> Array.forall (fun p -> p.IsZero || shared - p.Exponent <= StoredMatrix.SafeExponent)

        if isNarrow then
            let floats =
                incoming |> Array.map (fun p -> Math.ScaleB(p.Mantissa, p.Exponent - shared))

            (if matrix.Entries.ByColumns then byColumns else byRows) matrix q floats sums

        let isUnsafe row = not (isNarrow && isSafe sums[row])

        let result =
            sums
            |> Array.mapi (fun row sum -> if isUnsafe row then Magnitude.Zero else Magnitude.scaleB sum shared)

        if Seq.exists isUnsafe (seq { 0 .. sums.Length - 1 }) then
            exactly matrix q incoming isUnsafe result

        result

    /// The power of paths that is carried through a network: q, so that paths add up; of q = 2 they are carried as norms, as they are
    /// read and written.
    let carried q = if q = 2.0 then 1.0 else q

    /// What is carried of several paths together.
    let together q (paths: Magnitude[]) =
        if q = 2.0 then Magnitude.norm paths else Magnitude.sum paths

    /// What is carried behind a layer: of (Σ (|w| · path)^q)^(1/q) over all taps of all columns that a row reads, for every row. No
    /// intermediate result leaves the range of its numbers. Errors: NotFinite.
    let behind (matrix: StoredMatrix) q (incoming: Magnitude[]) =
        if q = 2.0 then
            RowNorms.throughAlso incoming matrix
        else
            raised matrix q incoming
