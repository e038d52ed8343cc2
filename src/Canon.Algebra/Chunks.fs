namespace Canon.Algebra

open System
open System.Buffers

/// Rows of a weight shared out among the cores.
[<RequireQualifiedAccess>]
module internal Chunks =

    /// So many rows of `width` numbers as are worth waking a thread for, if each number is some work.
    let rows width = max 1 ((1 <<< 15) / max 1 width)

    /// The same where numbers are read at the speed of memory: always some fours, as kernels take rows.
    let rowsAtMemorySpeed width = 4 * rows width

    let private inChunksOf chunk first last (body: int -> int -> unit) =
        let chunks = (last - first + chunk - 1) / chunk

        let run k =
            body (first + k * chunk) (min last (first + (k + 1) * chunk))

        Team.Each(chunks, run)

    /// Runs `body first last` over chunks of the rows first … last − 1, of `width` numbers each. Also on one core chunk by chunk: all of a
    /// weight may be more than a span holds.
    let run first last width body = inChunksOf (rows width) first last body

    /// The same with chunks for bodies that are done with numbers as fast as memory brings them: of a large weight larger ones, four
    /// or more a core, since memory brings four rows sooner the further apart they lie.
    let runAtMemorySpeed first last width body =
        let least = rowsAtMemorySpeed width

        inChunksOf
            (Math.Clamp((last - first) / (4 * Environment.ProcessorCount) / 4 * 4, least, 8 * least))
            first
            last
            body

    /// Results that are held at once of all shares.
    let private heldResults = 1 <<< 22

    /// What the shares of `count` rows of `width` numbers come to: `fill first last` makes the results of one of them out of zeros, some
    /// sets of `length` side by side; `join` takes those of another into them, as many as there are of the first. How many shares there are,
    /// and in which order they are joined, does not depend on the number of threads, nor of sets: the same numbers give the same bits.
    let sharedSets sets (join: float[] -> float[] -> unit) count width length (fill: int -> int -> float[] -> unit) =
        let together = rows width

        let shares =
            Math.Clamp(heldResults / max 1 length, 1, Math.Clamp((count + together - 1) / together, 1, 16))

        // Those of the first share are the answer, the others' are used again.
        let results =
            Array.init shares (fun share ->
                if share = 0 then
                    Array.zeroCreate (sets * length)
                else
                    ArrayPool<float>.Shared.Rent(sets * length))

        let run share =
            let first = int64 share * int64 count / int64 shares
            let last = int64 (share + 1) * int64 count / int64 shares
            Array.Clear(results[share], 0, sets * length)
            fill (int first) (int last) results[share]

        Team.Each(shares, run)

        for share in 1 .. shares - 1 do
            join results[0] results[share]
            ArrayPool<float>.Shared.Return results[share]

        results[0]

    /// The same with one set.
    let shared join count width length fill =
        sharedSets 1 join count width length fill
