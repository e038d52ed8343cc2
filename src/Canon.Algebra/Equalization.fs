namespace Canon.Algebra

open System.Collections.Generic

[<RequireQualifiedAccess>]
module Equalization =

    /// What is left of an imbalance when the equations of the entries that are known are solved well enough to look for others.
    let private left = 0.01

    /// By how much a logarithm may be off.
    let private rounding = 1e-13

    /// Visits of entries that equations may take even where weights are small.
    let private leastWork = 1L <<< 27

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
            // One class more, held, for weights without columns.
            let held =
                { Class = isFree.Length
                  Degree = 1
                  Unit = -1 }

            let equations = RangeEquations(isFree.Length + 1, inOrder isFree weights)
            let known = HashSet<struct (int * int * int)>()

            /// The entries that are largest by now and were not before.
            let unknown (logs: float[]) =
                let found = List<ClassEntry>()

                let logsOf (channels: Channel[]) count =
                    Array.init count (fun k ->
                        if k < channels.Length then
                            float channels[k].Degree * logs[channels[k].Class]
                        else
                            0.0)

                weights
                |> List.iteri (fun number weight ->
                    let entries = weight.Entries
                    let columnLogs = logsOf weight.Columns entries.Columns |> Array.map (~-)

                    LargestEntries.find entries (logsOf weight.Rows entries.Rows) columnLogs (fun entry ->
                        if known.Add(struct (number, entry.Row, entry.Column)) then
                            let row = weight.Rows[entry.Row]

                            let column =
                                if weight.Columns.Length = 0 then held else weight.Columns[entry.Column]

                            found.Add
                                { Row = row.Class
                                  RowDegree = float row.Degree
                                  Column = column.Class
                                  ColumnDegree = float column.Degree
                                  Log = entry.Log }))

                found

            let numbers =
                weights
                |> List.sumBy (fun weight -> int64 weight.Entries.OuterCount * int64 weight.Entries.InnerCount)

            let logs = Array.zeroCreate<float> (isFree.Length + 1)
            equations.Add(unknown logs)
            let most = equations.Largest logs + rounding

            let mutable now = equations.Imbalance logs
            let mutable best, imbalance = Array.copy logs, now
            let mutable made, isOver = 0, false

            while made < sweeps && imbalance > tolerance && not isOver do
                let before = now
                let enough = max rounding (max (left * now) (tolerance / 4.0))
                let isSolved = equations.Solve(logs, enough, max leastWork (2L * numbers))
                let found = unknown logs
                equations.Add found
                now <- equations.Imbalance logs
                made <- made + 1
                // When all entries that matter are known, what is left is rounding.
                isOver <- isSolved && found.Count = 0 && now >= before

                if now < imbalance && equations.Largest logs <= most then
                    imbalance <- now
                    logs.CopyTo(best, 0)

            struct ({ Gauge.identity rescaling with
                        Factors = Array.init isFree.Length (fun c -> Magnitude.ofLog best[c]) },
                    { Sweeps = made; Imbalance = imbalance }))
