namespace Canon.Algebra

open System
open System.Numerics.Tensors
open System.Threading.Tasks

/// Rows of a weight shared out among the cores.
[<RequireQualifiedAccess>]
module internal Chunks =

    let private rowsOf numbers width = max 1 (numbers / max 1 width)

    /// So many rows of `width` numbers as are worth waking a thread for, if each number is some work.
    let rows width = rowsOf (1 <<< 15) width

    /// The same where numbers are read at the speed of memory.
    let private rowsAtMemorySpeed width = rowsOf (1 <<< 17) width

    let private inChunksOf chunk first last (body: int -> int -> unit) =
        let chunks = (last - first + chunk - 1) / chunk

        let run k =
            body (first + k * chunk) (min last (first + (k + 1) * chunk))

        if chunks < 2 || Environment.ProcessorCount = 1 then
            for k in 0 .. chunks - 1 do
                run k
        else
            Parallel.For(0, chunks, run) |> ignore

    /// Runs `body first last` over chunks of the rows first … last − 1, of `width` numbers each. Also on one core chunk by chunk: all of a
    /// weight may be more than a span holds.
    let run first last width body = inChunksOf (rows width) first last body

    /// The same with chunks for bodies that are done with numbers as fast as memory brings them.
    let runAtMemorySpeed first last width body =
        inChunksOf (rowsAtMemorySpeed width) first last body

    /// Sums that are held at once of all shares.
    let private heldSums = 1 <<< 24

    /// Σ of what each share of `count` rows of `width` numbers, from the first to the last, adds to zeros. How many there are, and the
    /// order in which they are added up, do not depend on the number of threads: the same numbers give the same bits.
    let sumOfShares count width length (add: int -> int -> float[] -> unit) =
        let together = rows width

        let shares =
            Math.Clamp(heldSums / max 1 length, 1, Math.Clamp((count + together - 1) / together, 1, 16))

        let partial = Array.init shares (fun _ -> Array.zeroCreate<float> length)

        let run share =
            let first = int64 share * int64 count / int64 shares
            let last = int64 (share + 1) * int64 count / int64 shares
            add (int first) (int last) partial[share]

        if shares = 1 then run 0 else Parallel.For(0, shares, run) |> ignore

        partial
        |> Array.reduce (fun a b ->
            TensorPrimitives.Add(ReadOnlySpan a, ReadOnlySpan b, Span a)
            a)

    /// How many rows `fours` takes together.
    let together step = if step = 0 then 1 else 4

    /// Runs `body row step` for the rows first … last − 1: for row, row + step, row + 2·step and row + 3·step together, for one row where
    /// the step is 0. Where rows are not alike each comes by itself.
    let inline fours first last areAlike ([<InlineIfLambda>] body: int -> int -> unit) =
        let quarter = if areAlike then (last - first) / 4 else 0

        for row in first .. first + quarter - 1 do
            body row quarter

        for row in first + 4 * quarter .. last - 1 do
            body row 0
