namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Collections.Generic
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// ‖row_i‖₂ of the logical rows of a weight; of its diagonals the right one takes part. Each weight is read once.
/// Errors: NotFinite.
[<RequireQualifiedAccess>]
module internal RowNorms =

    let private kernels = RowKernels.Best

    /// Runs `see first last address` for all stored rows, some at a time.
    let private eachSome (matrix: StoredMatrix) (see: SeeStored) =
        Chunks.runAtMemorySpeed 0 matrix.OuterCount matrix.InnerCount (fun first last -> matrix.See(first, last, see))

    let private along (matrix: StoredMatrix) =
        let norms = Array.zeroCreate matrix.OuterCount

        let seenType, width, rowBytes =
            matrix.SeenType, matrix.InnerCount, nativeint matrix.SeenBytes

        matrix.WithFactors(fun allFactors ->
            eachSome
                matrix
                (SeeStored(fun first last address ->
                    let sums = NativePtr.stackalloc<float> 4

                    let inline see stored step =
                        let row = address + nativeint (stored - first) * rowBytes
                        let factors = NativePtr.add allFactors (matrix.FirstFactor stored)
                        kernels.SquaresOfFour(seenType, row, nativeint step * rowBytes, width, factors, sums, false)

                        for k in 0 .. Chunks.together step - 1 do
                            norms[stored + k * step] <- matrix.NormThrough(stored + k * step, NativePtr.get sums k)

                    Chunks.fours first last (matrix.AreNeighbours(first, last)) see)))

        norms

    let private bothAlong (matrix: StoredMatrix) =
        let own = Array.zeroCreate matrix.OuterCount
        let through = Array.zeroCreate matrix.OuterCount

        let seenType, width, rowBytes =
            matrix.SeenType, matrix.InnerCount, nativeint matrix.SeenBytes

        matrix.WithFactors(fun allFactors ->
            eachSome
                matrix
                (SeeStored(fun first last address ->
                    for stored in first .. last - 1 do
                        let row = address + nativeint (stored - first) * rowBytes
                        let factors = NativePtr.add allFactors (matrix.FirstFactor stored)
                        let struct (ownSum, throughSum) = kernels.BothSquares(seenType, row, width, factors)
                        own[stored] <- matrix.OwnNorm(stored, ownSum)
                        through[stored] <- matrix.NormThrough(stored, throughSum))))

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

    /// The sums of squares of all rows, taps apart, each stored row times its factor.
    let private sumsAcross (matrix: StoredMatrix) (factorings: (int -> float)[]) =
        let entries = matrix.Entries
        let width = matrix.InnerCount
        let all = matrix.OuterCount / entries.OuterBlock * width

        let rowBytes = nativeint matrix.SeenBytes
        let together = Chunks.rows width

        // Rows lie across the storage: their sums grow side by side while it is read once.
        let sums =
            Chunks.sumOfShares matrix.OuterCount width (factorings.Length * all) (fun first last sums ->
                use sums = fixed sums

                for first in first..together .. last - 1 do
                    matrix.See(
                        first,
                        min last (first + together),
                        SeeStored(fun first last address ->
                            let factors = NativePtr.stackalloc<float> 4

                            Chunks.fours first last (matrix.AreNeighbours(first, last)) (fun stored step ->
                                let row = address + nativeint (stored - first) * rowBytes
                                let stride = nativeint step * rowBytes

                                for k in 0 .. factorings.Length - 1 do
                                    for n in 0 .. Chunks.together step - 1 do
                                        NativePtr.set factors n (factorings.[k] (stored + n * step))

                                    let here = NativePtr.add sums (k * all + matrix.FirstInner stored)
                                    kernels.AddSquaresOfFour(matrix.SeenType, row, stride, width, factors, here)))
                    ))

        Array.chunkBySize all sums

    /// Norms from such sums. The exponents of the factors are `power`, which has been taken out of them, and up to `spread` less.
    let private settle (matrix: StoredMatrix) (sums: float[]) power spread (factors: Magnitude[] option) =
        let entries = matrix.Entries
        let taps = entries.Taps

        let norms = Array.zeroCreate (sums.Length / taps)
        let unsafe = List<int>()

        let isSafe = spread <= StoredMatrix.SafeExponent
        // Numbers of the smaller types are at least 2^-149, and the squares of their products then above 2^-1000.
        let zeroIsZero = matrix.SeenType <> StoredType.Float64 && spread <= 300

        for row in 0 .. norms.Length - 1 do
            let sum = Sums.total (ReadOnlySpan(sums, row * taps, taps))

            if isSafe && StoredMatrix.IsSafeSum sum then
                norms[row] <- Magnitude.scaleB (Math.Sqrt sum) power
            elif zeroIsZero && sum = 0.0 then
                norms[row] <- Magnitude.Zero
            else
                unsafe.Add row

        for rows in Seq.chunkBySize (max 1 (held / (entries.OuterBlock * taps))) unsafe do
            for row, numbers in Array.zip rows (rowsAcross entries rows) do
                let firstColumn = row / entries.InnerBlock * entries.OuterBlock

                norms[row] <-
                    numbers
                    |> Array.mapi (fun j x ->
                        if not (Double.IsFinite x) then
                            Fail.because (NotFinite(entries.Name, row, firstColumn + j / taps, x))

                        match factors with
                        | Some factors -> Magnitude.ofFloat x * factors[firstColumn + j / taps]
                        | None -> Magnitude.ofFloat x)
                    |> Magnitude.norm

        norms

    let private acrossBy (matrix: StoredMatrix) hasOwn =
        let own = if hasOwn then [| fun _ -> 1.0 |] else [||]

        match matrix.Right with
        | None -> [| settle matrix (sumsAcross matrix [| fun _ -> 1.0 |]).[0] 0 0 None |]
        | Some right ->
            let struct (least, power) = Magnitude.exponents (ReadOnlySpan right)

            let sums =
                sumsAcross matrix (Array.append [| fun k -> Magnitude.over power right[k] |] own)

            [| settle matrix sums[0] power (power - least) (Some right)
               if hasOwn then
                   settle matrix sums[1] 0 0 None |]

    /// ‖row_i(P·diag(right))‖₂.
    let through (matrix: StoredMatrix) =
        if matrix.Entries.ByColumns then (acrossBy matrix false)[0] else along matrix

    /// The same, and ‖row_i(P)‖₂, in one pass.
    let both (matrix: StoredMatrix) : struct (Magnitude[] * Magnitude[]) =
        if matrix.Right.IsNone then
            let norms = through matrix
            struct (norms, norms)
        elif matrix.Entries.ByColumns then
            let norms = acrossBy matrix true
            struct (norms[0], norms[1])
        else
            bothAlong matrix

    /// Errors: NotFinite.
    let requireFinite entries =
        through (StoredMatrix(entries, None, None)) |> ignore

    /// ‖row_i‖₂ of diag(left)·P·diag(right)·diag(factors).
    let throughAlso (factors: Magnitude[]) (matrix: StoredMatrix) =
        let columns =
            match matrix.Right with
            | Some right -> Array.map2 (*) right factors
            | None -> factors

        let norms = through (StoredMatrix(matrix.Entries, None, Some columns))

        match matrix.Left with
        | Some left -> Array.map2 (*) left norms
        | None -> norms
