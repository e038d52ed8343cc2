namespace Canon.Algebra

open System
open System.Buffers
open Canon.Kernels

/// Where a column goes among those of a layer that are told apart: its place, −1 for a constant that goes into the bias, and what it is
/// multiplied by.
[<Struct; NoEquality; NoComparison>]
type internal Placed = { Place: int; Factor: float }

/// Takes a row, from several threads at once: its numbers, what constants add to its bias, and the largest number that went into a sum of
/// it, which may be larger than the sum.
type internal MergedRow = delegate of row: int * merged: Span<float> * constant: float * summand: float -> unit

/// The rows of a layer, columns of one class added up; they are put together as they are asked for, and never all held.
[<Sealed>]
type internal MergedRows(matrix: StoredMatrix, placed: Placed[], places: int) =
    let taps = matrix.Entries.Taps
    let width = places * taps

    /// Whether what goes into the place of a column, or into the bias, is a sum.
    let isAdded =
        let counts = Array.zeroCreate<int> places

        for column in placed do
            if column.Place >= 0 then
                counts[column.Place] <- counts[column.Place] + 1

        placed |> Array.map (fun column -> column.Place < 0 || counts[column.Place] > 1)

    /// One factor a number, where each column is its own place.
    let factors =
        if Array.contains true isAdded then
            None
        else
            Some(Array.init width (fun k -> placed[k / taps].Factor))

    let merge (numbers: Span<float>) (merged: Span<float>) (constant: byref<float>) (summand: byref<float>) =
        merged.Clear()

        for j in 0 .. placed.Length - 1 do
            let { Place = place; Factor = factor } = placed[j]

            for t in 0 .. taps - 1 do
                let x = factor * numbers[j * taps + t]

                if isAdded[j] then
                    summand <- max summand (abs x)

                if place < 0 then
                    constant <- constant + x
                else
                    merged[place * taps + t] <- merged[place * taps + t] + x

    let shown (see: MergedRow) =
        SeeRow(fun row numbers ->
            match factors with
            | Some factors ->
                RowArithmetic.Multiply(ReadOnlySpan factors, numbers)
                see.Invoke(row, numbers, 0.0, 0.0)
            | None ->
                let array = ArrayPool<float>.Shared.Rent(max 1 width)
                let merged = Span(array, 0, width)
                let mutable constant, summand = 0.0, 0.0
                merge numbers merged &constant &summand
                see.Invoke(row, merged, constant, summand)
                ArrayPool<float>.Shared.Return array)

    /// Whether no row read so far has anything else than zeros in a column.
    let isUnread = Array.create placed.Length true
    let mutable isAnyUnread = true

    let note (numbers: Span<float>) =
        if isAnyUnread then
            let mutable isAny = false

            for j in 0 .. placed.Length - 1 do
                if isUnread[j] then
                    for t in 0 .. taps - 1 do
                        if numbers[j * taps + t] <> 0.0 then
                            isUnread[j] <- false

                    isAny <- isAny || isUnread[j]

            isAnyUnread <- isAny

    member _.Count = matrix.Entries.Rows

    /// Numbers of a row.
    member _.Width = width

    /// Shows all rows.
    member _.All(see: MergedRow) =
        let shown = shown see

        StoredRows.all
            matrix
            (SeeRow(fun row numbers ->
                note numbers
                shown.Invoke(row, numbers)))

    /// Shows some rows, each as often as it is named.
    member _.Some(rows, see) = StoredRows.some matrix rows (shown see)

    /// The columns that no row reads, once all have been shown.
    member _.IsUnread = isUnread
