namespace Canon.Algebra

open System
open System.Buffers

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
            let mutable k = first

            while k < last do
                let mutable until = k + 1

                while until < last && rows[until] = rows[until - 1] + 1 do
                    until <- until + 1

                matrix.SeeRows(rows[k], rows[until - 1] + 1, see)
                k <- until)

    /// Rows lie across what is stored: as many as can be held are put together from one pass over it. Shows the first of each part, how
    /// many they are, and their numbers, one row after the other.
    let private parts (matrix: StoredMatrix) (rows: int[]) (show: int -> int -> float[] -> unit) =
        let entries = matrix.Entries
        let taps, width = entries.Taps, width matrix
        let together = max 1 (min rows.Length (held / width))
        let array = ArrayPool<float>.Shared.Rent(together * width)

        for first in 0..together .. rows.Length - 1 do
            let here = min together (rows.Length - first)

            matrix.SeeAll(
                SeeRow(fun stored column ->
                    let group = stored / entries.BlockColumns
                    let place = stored % entries.BlockColumns * taps

                    for k in 0 .. here - 1 do
                        let row = rows[first + k]

                        if row / entries.BlockRows = group then
                            let within = row % entries.BlockRows * taps

                            for t in 0 .. taps - 1 do
                                array[k * width + place + t] <- column[within + t])
            )

            show first here array

        ArrayPool<float>.Shared.Return array

    /// Shows some rows, each as often as it is named, in any order and from several threads at once. Errors: as for `StoredMatrix.Read`.
    let some (matrix: StoredMatrix) (rows: int[]) (see: SeeRow) =
        if matrix.Entries.ByColumns then
            let width = width matrix

            parts matrix rows (fun first count numbers ->
                Chunks.run 0 count width (fun from last ->
                    for k in from .. last - 1 do
                        see.Invoke(rows[first + k], Span(numbers, k * width, width))))
        else
            byRows matrix rows see

    /// Shows all rows.
    let all (matrix: StoredMatrix) see =
        some matrix [| 0 .. matrix.Entries.Rows - 1 |] see

    /// What all rows add to `length` sums. It does not depend on how many threads add.
    let sums (matrix: StoredMatrix) length (adding: float[] -> SeeRow) =
        let rows, width = matrix.Entries.Rows, width matrix

        if matrix.Entries.ByColumns then
            let total = Array.zeroCreate<float> length

            parts matrix [| 0 .. rows - 1 |] (fun first count numbers ->
                Chunks.shared Sums.add count width length (fun from last sums ->
                    let see = adding sums

                    for k in from .. last - 1 do
                        see.Invoke(first + k, Span(numbers, k * width, width)))
                |> Sums.add total)

            total
        else
            Chunks.shared Sums.add rows width length (fun first last sums -> matrix.SeeRows(first, last, adding sums))
