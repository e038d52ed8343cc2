namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Collections.Generic
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// The norms of the logical rows of a weight; of its diagonals the right one takes part. Each weight is read once. Errors: NotFinite.
[<RequireQualifiedAccess>]
module internal RowNorms =

    /// The norm of a stored row by magnitudes, its numbers times factors.
    let private exactly (norm: VectorNorm) (matrix: StoredMatrix) stored (factors: Magnitude[] option) =
        let numbers = Array.zeroCreate matrix.InnerCount
        matrix.Entries.Load(stored, Span numbers)
        matrix.RequireFinite(stored, ReadOnlySpan numbers)

        if ReadOnlySpan(numbers).IndexOfAnyExcept 0.0 < 0 then
            Magnitude.Zero
        else
            let first, taps = matrix.FirstInner stored, matrix.Entries.Taps

            match factors with
            | None -> Array.map Magnitude.ofFloat numbers
            | Some factors ->
                numbers
                |> Array.mapi (fun j w -> Magnitude.ofFloat w * factors[(first + j) / taps])
            |> norm.OfMagnitudes

    let inline private ofThrough (norm: VectorNorm) (matrix: StoredMatrix) stored measure =
        if matrix.InnerIsSafe && norm.IsSafe measure then
            Magnitude.scaleB (norm.Of measure) matrix.InnerPower
        else
            exactly norm matrix stored matrix.Inner

    /// The norm of a stored row times the inner diagonal, from the sum of squares that kernels answer with the kernel's factors.
    let ofSquares matrix stored sum =
        ofThrough VectorNorm.Euclidean matrix stored sum

    /// Runs a pass over all stored rows, of four together the kernel's factors with them.
    let inline private pass (matrix: StoredMatrix) ([<InlineIfLambda>] see: FourRows -> nativeptr<float> -> unit) =
        matrix.WithFactors(fun factors ->
            Chunks.runAtMemorySpeed 0 matrix.OuterCount matrix.InnerCount (fun first last ->
                matrix.SeeFours(
                    first,
                    last,
                    SeeFour.rows (fun rows -> see rows (NativePtr.add factors (matrix.FirstFactor rows.First)))
                )))

    /// The norms of some stored rows with the kernel's factors, into the place of each.
    let inline private put (norm: VectorNorm) (matrix: StoredMatrix) factors (norms: Magnitude[]) (rows: FourRows) =
        let measures = NativePtr.stackalloc<float> 4
        norm.Along(matrix, rows, factors, measures)

        for k in 0 .. rows.Count - 1 do
            let stored = rows.Row k
            norms[stored] <- ofThrough norm matrix stored (NativePtr.get measures k)

    let private along (norm: VectorNorm) (matrix: StoredMatrix) =
        let norms = GC.AllocateUninitializedArray matrix.OuterCount
        pass matrix (fun rows factors -> put norm matrix factors norms rows)
        norms

    let private bothAlong (norm: VectorNorm) (matrix: StoredMatrix) =
        let own = GC.AllocateUninitializedArray matrix.OuterCount
        let through = GC.AllocateUninitializedArray matrix.OuterCount

        let plain = StoredMatrix(matrix.Entries, None, None)
        let ones = Array.create matrix.InnerCount 1.0
        use ones = fixed ones

        pass matrix (fun rows factors ->
            put norm matrix factors through rows
            put norm plain ones own rows)

        struct (through, own)

    /// Numbers that are held at once of rows that lie across the storage.
    let private held = 1 <<< 22

    /// The numbers of some rows of a weight stored by columns, of each the taps of every column that it reads: from one pass.
    let private rowsAcross (entries: StoredEntries) (rows: int[]) =
        let taps = entries.Taps

        let numbers =
            rows |> Array.map (fun _ -> Array.zeroCreate<float> (entries.OuterBlock * taps))

        let array = ArrayPool<float>.Shared.Rent entries.InnerCount

        for stored in 0 .. entries.OuterCount - 1 do
            entries.Load(stored, Span(array, 0, entries.InnerCount))

            for k in 0 .. rows.Length - 1 do
                if rows[k] / entries.InnerBlock = stored / entries.OuterBlock then
                    let within = rows[k] % entries.InnerBlock * taps
                    Array.blit array within numbers[k] (stored % entries.OuterBlock * taps) taps

        ArrayPool<float>.Shared.Return array
        numbers

    /// For each norm the measures of all rows, taps apart, each stored row times its factor; `beside` is shown the stored rows as well.
    let private measuresAcross (sights: struct (VectorNorm * (int -> float))[]) (matrix: StoredMatrix) beside =
        let width = matrix.InnerCount
        let all = matrix.OuterCount / matrix.Entries.OuterBlock * width

        // Rows lie across the storage: their measures grow side by side while it is read once.
        let fill first last (measures: float[]) =
            use measures = fixed measures

            matrix.SeeFours(
                first,
                last,
                SeeFour.rows (fun rows ->
                    let factors = NativePtr.stackalloc<float> 4

                    for n in 0 .. sights.Length - 1 do
                        let struct (norm, factor) = sights[n]

                        for k in 0 .. rows.Count - 1 do
                            NativePtr.set factors k (factor (rows.Row k))

                        let here = NativePtr.add measures (n * all + matrix.FirstInner rows.First)
                        norm.Across(matrix, rows, factors, here)

                    beside rows)
            )

        let join (measures: float[]) (others: float[]) =
            for n in 0 .. sights.Length - 1 do
                let struct (norm, _) = sights[n]
                norm.Join(Span(measures, n * all, all), ReadOnlySpan(others, n * all, all))

        Chunks.sharedSets sights.Length join matrix.OuterCount width all fill
        |> Array.chunkBySize all

    /// Norms from such measures. The exponents of the factors are `power`, which has been taken out of them, and up to `spread` less.
    let private settle (norm: VectorNorm) (matrix: StoredMatrix) measures power spread (factors: Magnitude[] option) =
        let entries = matrix.Entries
        let taps = entries.Taps

        let norms = Array.zeroCreate (Array.length measures / taps)
        let unsafe = List<int>()

        let isSafe = spread <= StoredMatrix.SafeExponent
        // Numbers of the smaller types are at least 2^-149, and the squares of their products then above 2^-1000.
        let zeroIsZero = not matrix.SeesFloat64 && spread <= 300

        for row in 0 .. norms.Length - 1 do
            let measure = norm.Total(ReadOnlySpan(measures, row * taps, taps))

            if isSafe && norm.IsSafe measure then
                norms[row] <- Magnitude.scaleB (norm.Of measure) power
            elif zeroIsZero && measure = 0.0 then
                norms[row] <- Magnitude.Zero
            else
                unsafe.Add row

        let together = max 1 (held / (entries.OuterBlock * taps))

        for rows in Array.chunkBySize together (unsafe.ToArray()) do
            for row, numbers in Array.zip rows (rowsAcross entries rows) do
                let firstColumn = row / entries.InnerBlock * entries.OuterBlock

                norms[row] <-
                    numbers
                    |> Array.mapi (fun j x ->
                        if not (Double.IsFinite x) then
                            entries.Refuse(row, firstColumn + j / taps, x)

                        match factors with
                        | Some factors -> Magnitude.ofFloat x * factors[firstColumn + j / taps]
                        | None -> Magnitude.ofFloat x)
                    |> norm.OfMagnitudes

        norms

    /// The norms of rows that lie across the storage, times each of some diagonals.
    let private across (sights: struct (VectorNorm * Magnitude[] option)[]) (matrix: StoredMatrix) beside =
        let ranges =
            sights
            |> Array.map (fun (struct (_, right)) ->
                match right with
                | Some right -> Magnitude.exponents (ReadOnlySpan right)
                | None -> struct (0, 0))

        let measures =
            let factored k (struct (norm, right: Magnitude[] option)) =
                let struct (_, power) = ranges[k]

                match right with
                | Some right -> struct (norm, (fun row -> Magnitude.over power right[row]))
                | None -> struct (norm, (fun _ -> 1.0))

            measuresAcross (Array.mapi factored sights) matrix beside

        Array.mapi2
            (fun k (struct (norm, right)) measures ->
                let struct (least, power) = ranges[k]
                settle norm matrix measures power (power - least) right)
            sights
            measures

    /// ‖row_i(P·diag(right))‖.
    let ofRows norm (matrix: StoredMatrix) =
        if matrix.Entries.ByColumns then
            (across [| struct (norm, matrix.Right) |] matrix ignore)[0]
        else
            along norm matrix

    /// ‖row_i(P·diag(right))‖₂.
    let through matrix = ofRows VectorNorm.Euclidean matrix

    /// The same, and ‖row_i(P)‖₂, in one pass.
    let both (matrix: StoredMatrix) : struct (Magnitude[] * Magnitude[]) =
        if matrix.Right.IsNone then
            let norms = through matrix
            struct (norms, norms)
        elif matrix.Entries.ByColumns then
            let norms =
                across [| for right in [ matrix.Right; None ] -> struct (VectorNorm.Euclidean, right) |] matrix ignore

            struct (norms[0], norms[1])
        else
            bothAlong VectorNorm.Euclidean matrix

    /// Errors: NotFinite.
    let requireFinite entries =
        through (StoredMatrix(entries, None, None)) |> ignore

    let private times (left: Magnitude[] option) norms =
        match left with
        | Some left -> Array.map2 (*) left norms
        | None -> norms

    /// ‖row_i‖ of diag(left)·P·diag(right).
    let scaled norm (matrix: StoredMatrix) = ofRows norm matrix |> times matrix.Left

    /// ‖row_i‖ of diag(left)·P·diag(right), and ‖column_j‖: for each norm in one and the same pass.
    let sides (norms: VectorNorm[]) (matrix: StoredMatrix) : struct (Magnitude[] * Magnitude[])[] =
        let turned = StoredMatrix(matrix.Entries.Turned, matrix.Right, matrix.Left)

        let lying, standing =
            if matrix.Entries.ByColumns then turned, matrix else matrix, turned

        let ofLying =
            norms
            |> Array.map (fun _ -> GC.AllocateUninitializedArray<Magnitude> lying.OuterCount)

        let mutable ofStanding = [||]

        lying.WithFactors(fun factors ->
            let beside (rows: FourRows) =
                let factors = NativePtr.add factors (lying.FirstFactor rows.First)

                for n in 0 .. norms.Length - 1 do
                    put norms[n] lying factors ofLying[n] rows

            let sights = norms |> Array.map (fun norm -> struct (norm, standing.Right))
            ofStanding <- across sights standing beside)

        Array.map2
            (fun along across ->
                let along, across = times lying.Left along, times standing.Left across

                if matrix.Entries.ByColumns then
                    struct (across, along)
                else
                    struct (along, across))
            ofLying
            ofStanding

    /// ‖row_i‖₂ of diag(left)·P·diag(right)·diag(factors).
    let throughAlso (factors: Magnitude[]) (matrix: StoredMatrix) =
        let columns =
            match matrix.Right with
            | Some right -> Array.map2 (*) right factors
            | None -> factors

        scaled VectorNorm.Euclidean (StoredMatrix(matrix.Entries, matrix.Left, Some columns))
