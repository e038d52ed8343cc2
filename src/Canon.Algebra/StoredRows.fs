namespace Canon.Algebra

open System
open System.Buffers

/// Takes a row: which it is, and its numbers, which may be written over.
type internal SeeRow = delegate of row: int * numbers: Span<float> -> unit

/// The logical rows of a weight, of each the taps of every column that it reads, whatever the order in which they are stored: read as
/// they are asked for, a part of the weight held at a time.
[<RequireQualifiedAccess>]
module internal StoredRows =

    /// Numbers that are held at once of a weight stored by columns.
    let private held = 1 <<< 22

    /// How many numbers a row has.
    let width (matrix: StoredMatrix) =
        matrix.Entries.BlockColumns * matrix.Entries.Taps

    let private byRows (matrix: StoredMatrix) (rows: int[]) (see: SeeRow) =
        Chunks.run 0 rows.Length matrix.InnerCount (fun first last ->
            let array = ArrayPool<float>.Shared.Rent matrix.InnerCount

            for k in first .. last - 1 do
                let numbers = Span(array, 0, matrix.InnerCount)
                matrix.Read(rows[k], numbers)
                see.Invoke(rows[k], numbers)

            ArrayPool<float>.Shared.Return array)

    /// Rows lie across what is stored: as many as can be held are put together from one pass over it.
    let private byColumns (matrix: StoredMatrix) (rows: int[]) (see: SeeRow) =
        let entries = matrix.Entries
        let taps, width = entries.Taps, width matrix
        let together = max 1 (min rows.Length (held / width))
        let array = ArrayPool<float>.Shared.Rent(together * width)

        for first in 0..together .. rows.Length - 1 do
            let here = min together (rows.Length - first)

            matrix.InChunks(fun from last ->
                let column = ArrayPool<float>.Shared.Rent matrix.InnerCount

                for stored in from .. last - 1 do
                    let group = stored / entries.BlockColumns
                    let place = stored % entries.BlockColumns * taps
                    matrix.Read(stored, Span(column, 0, matrix.InnerCount))

                    for k in 0 .. here - 1 do
                        let row = rows[first + k]

                        if row / entries.BlockRows = group then
                            let within = row % entries.BlockRows * taps

                            for t in 0 .. taps - 1 do
                                array[k * width + place + t] <- column[within + t]

                ArrayPool<float>.Shared.Return column)

            Chunks.run 0 here width (fun from last ->
                for k in from .. last - 1 do
                    see.Invoke(rows[first + k], Span(array, k * width, width)))

        ArrayPool<float>.Shared.Return array

    /// Shows some rows, each as often as it is named, in any order and from several threads at once. Errors: as for `StoredMatrix.Read`.
    let some (matrix: StoredMatrix) rows see =
        (if matrix.Entries.ByColumns then byColumns else byRows) matrix rows see

    /// Shows all rows.
    let all (matrix: StoredMatrix) see =
        some matrix [| 0 .. matrix.Entries.Rows - 1 |] see

    /// In how many shares rows are summed up across: each share has sums of its own.
    let shares (matrix: StoredMatrix) =
        Math.Clamp((1 <<< 17) / max 1 (matrix.Entries.Columns * matrix.Entries.Taps), 1, 8)

    /// Shows all rows, of each of the shares one after the other: what a share adds up does not depend on how many work at once.
    let inShares (matrix: StoredMatrix) (see: int -> SeeRow) =
        let shares, rows = shares matrix, matrix.Entries.Rows
        let viewers = Array.init shares see

        if matrix.Entries.ByColumns then
            // Rows come a part at a time, of which each share has its own.
            let together = max 1 (min rows (held / width matrix))

            for first in 0..together .. rows - 1 do
                let here = min together (rows - first)
                let array = ArrayPool<float>.Shared.Rent(here * width matrix)
                let width = width matrix

                byColumns
                    matrix
                    [| first .. first + here - 1 |]
                    (SeeRow(fun row numbers -> numbers.CopyTo(Span(array, (row - first) * width, width))))

                Team.Each(
                    shares,
                    fun share ->
                        for k in share * here / shares .. (share + 1) * here / shares - 1 do
                            viewers[share].Invoke(first + k, Span(array, k * width, width))
                )

                ArrayPool<float>.Shared.Return array
        else
            Team.Each(
                shares,
                fun share ->
                    let array = ArrayPool<float>.Shared.Rent matrix.InnerCount

                    for row in share * rows / shares .. (share + 1) * rows / shares - 1 do
                        let numbers = Span(array, 0, matrix.InnerCount)
                        matrix.Read(row, numbers)
                        viewers[share].Invoke(row, numbers)

                    ArrayPool<float>.Shared.Return array
            )
