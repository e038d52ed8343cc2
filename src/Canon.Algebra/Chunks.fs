namespace Canon.Algebra

open System
open System.Threading.Tasks

/// Rows of a weight shared out among the cores.
[<RequireQualifiedAccess>]
module internal Chunks =

    /// Rows of so many numbers that are worth waking a thread for: some ten microseconds of work.
    let rows width = max 1 (32768 / max 1 width)

    /// Runs `body first last` over chunks of the rows first … last − 1, of `width` numbers each. Also on one core chunk by chunk: all of a
    /// weight may be more than a span holds.
    let run first last width (body: int -> int -> unit) =
        let chunk = rows width
        let chunks = (last - first + chunk - 1) / chunk

        let run k =
            body (first + k * chunk) (min last (first + (k + 1) * chunk))

        if chunks < 2 || Environment.ProcessorCount = 1 then
            for k in 0 .. chunks - 1 do
                run k
        else
            Parallel.For(0, chunks, run) |> ignore
