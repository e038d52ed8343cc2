namespace Canon.Algebra.Equality

open System
open System.Buffers
open Canon.Algebra

/// Takes the numbers of a row of the first network and of the one that it is paired with, each in the order of its own columns.
type internal SeePair = delegate of row: int * first: ReadOnlySpan<float> * second: ReadOnlySpan<float> -> unit

/// The rows of a fact beside those that they are paired with, a part of both weights held at a time.
[<RequireQualifiedAccess>]
module internal PairedRows =

    /// Numbers of the first weight that are held at once.
    let private held = 1 <<< 21

    /// Shows each row for which there is another, `others[row]`, no two the same; from several threads at once.
    let each (others: int[]) (first: Rows) (second: Rows) (see: SeePair) =
        match first.Entries, second.Entries with
        | Some a, Some b ->
            let width = StoredRows.width a

            let paired =
                [| 0 .. others.Length - 1 |] |> Array.filter (fun row -> others[row] >= 0)

            let rowOf = Array.zeroCreate<int> b.Entries.Rows

            for row in paired do
                rowOf[others[row]] <- row

            for rows in Array.chunkBySize (max 1 (held / width)) paired do
                let array = ArrayPool<float>.Shared.Rent(rows.Length * width)
                let place = Array.zeroCreate<int> (Array.last rows - rows[0] + 1)
                rows |> Array.iteri (fun k row -> place[row - rows[0]] <- k)

                StoredRows.some
                    a
                    rows
                    (SeeRow(fun row numbers -> numbers.CopyTo(Span(array, place[row - rows[0]] * width, width))))

                StoredRows.some
                    b
                    (rows |> Array.map (fun row -> others[row]))
                    (SeeRow(fun other numbers ->
                        let row = rowOf[other]
                        let own = ReadOnlySpan(array, place[row - rows[0]] * width, width)
                        see.Invoke(row, own, Span.op_Implicit numbers)))

                ArrayPool<float>.Shared.Return array
        | _ -> ()

    /// For a row and its partner: of each column of the block that the row reads the place of the column's partner in the block that the
    /// other row reads, −1 where it is not there.
    let places (fact: Fact) (columns: int[]) =
        let between row other =
            let from = row / fact.BlockRows * fact.BlockColumns
            let otherFrom = other / fact.BlockRows * fact.BlockColumns

            Array.init fact.BlockColumns (fun j ->
                let place = columns[from + j] - otherFrom
                if place >= 0 && place < fact.BlockColumns then place else -1)

        if fact.BlockColumns = fact.Columns.Length then
            let all = lazy (between 0 0)
            fun _ _ -> all.Value
        else
            between
