namespace Canon.Algebra

open System.Collections.Generic

/// Finds the entries that are the largest of their rows and columns when classes are multiplied by factors.
[<Sealed>]
type private EntrySearch(isFree: bool[], weights: RescaledWeight list) =
    let searched =
        weights
        |> List.map (fun weight -> struct (weight, LargestEntries weight.Entries))

    /// One class for all that are held, and for what has no columns.
    let held = isFree.Length

    /// Of entries that classes move alike the largest counts.
    let known = Dictionary<struct (int * int * int * int), float>()

    let place (channels: Channel[]) k =
        if k < channels.Length && isFree[channels[k].Class] then
            struct (channels[k].Class, channels[k].Degree)
        else
            struct (held, 1)

    let logsOf (logs: float[]) channels count sign =
        Array.init count (fun k ->
            let struct (c, degree) = place channels k
            sign * float degree * logs[c])

    /// By how much a logarithm may be off.
    static member Rounding = 2e-13

    /// Those that have not been found before, for such logarithms of the classes and of one more, which is held.
    member _.Further(logs: float[]) =
        let found = List<ClassEntry>()

        for struct (weight, largest) in searched do
            largest.Find(
                logsOf logs weight.Rows weight.Entries.Rows 1.0,
                logsOf logs weight.Columns weight.Entries.Columns -1.0,
                fun entry ->
                    let struct (row, rowDegree) = place weight.Rows entry.Row
                    let struct (column, columnDegree) = place weight.Columns entry.Column
                    let key = struct (row, rowDegree, column, columnDegree)
                    let isMoved = row <> held || column <> held
                    let mutable before = -infinity

                    if
                        isMoved
                        && not (known.TryGetValue(key, &before) && entry.Log <= before + EntrySearch.Rounding)
                    then
                        known[key] <- entry.Log

                        found.Add
                            { Row = row
                              RowDegree = float rowDegree
                              Column = column
                              ColumnDegree = float columnDegree
                              Log = entry.Log }
            )

        found

[<RequireQualifiedAccess>]
module Equalization =

    /// What is left of an imbalance when the equations of the entries that are known are solved well enough to look for others.
    let private left = 0.01

    /// Visits of entries that equations may take even where weights are small.
    let private leastWork = 1L <<< 27

    /// Sweeps that find no entry and no better answer, until none is expected.
    let private patience = 3

    /// The classes that are free, in the order in which layers make them.
    let private inOrder (isFree: bool[]) (weights: RescaledWeight list) =
        weights
        |> Seq.collect _.Rows
        |> Seq.map _.Class
        |> Seq.filter (fun c -> isFree[c])
        |> Seq.distinct
        |> Array.ofSeq

    let equalized tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let isFree = Rescaling.isFree rescaling
            let weights = RescaledWeights.ofRescaling rescaling isFree

            let search = EntrySearch(isFree, weights)
            let equations = RangeEquations(isFree.Length + 1, inOrder isFree weights)

            let numbers =
                weights
                |> List.sumBy (fun weight -> int64 weight.Entries.OuterCount * int64 weight.Entries.InnerCount)

            let logs = Array.zeroCreate<float> (isFree.Length + 1)
            equations.Add(search.Further logs)
            let most = equations.Largest logs

            /// Whether the largest entry has not grown. Along a way of entries that are as large from an input to an output, each may stand
            /// out by the imbalance of those before.
            let isInRange imbalance =
                equations.Largest logs
                <= most + float weights.Length * max EntrySearch.Rounding (min imbalance tolerance)

            let mutable now = equations.Imbalance logs
            let mutable best, imbalance = Array.copy logs, now
            let mutable made, idle = 0, 0
            let mutable isOver = false

            while made < sweeps && imbalance > tolerance && not isOver do
                let before = now
                let enough = max EntrySearch.Rounding (max (left * now) (tolerance / 4.0))
                let isSolved = equations.Solve(logs, enough, max leastWork (2L * numbers))
                let found = search.Further logs
                equations.Add found
                now <- equations.Imbalance logs
                made <- made + 1
                idle <- if found.Count = 0 then idle + 1 else 0

                if now < imbalance && isInRange now then
                    imbalance <- now
                    idle <- 0
                    logs.CopyTo(best, 0)

                // When all entries that matter are known, what is left is rounding.
                isOver <- found.Count = 0 && (isSolved && now >= before || idle >= patience)

            struct ({ Gauge.identity rescaling with
                        Factors = Array.init isFree.Length (fun c -> Magnitude.ofLog best[c]) },
                    { Sweeps = made; Imbalance = imbalance }))
