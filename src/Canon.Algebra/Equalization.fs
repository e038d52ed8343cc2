namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors

/// The ranges of every class, those of channels of one degree together: what a factor does to them depends on it.
[<Sealed>]
type private Ranges(degrees: int[], classes: int) =
    let ranges = degrees |> Array.map (fun _ -> Array.zeroCreate<float> classes)

    member _.Clear(c) =
        for ofDegree in ranges do
            ofDegree[c] <- 0.0

    member _.Add(channel: Channel, range) =
        let ofDegree = ranges[Array.IndexOf(degrees, channel.Degree)]

        if range > ofDegree[channel.Class] then
            ofDegree[channel.Class] <- range

    /// The ranges of a class that are positive, as (degree, logarithm).
    member _.Logs(c) =
        [ for k in 0 .. degrees.Length - 1 do
              if ranges[k][c] > 0.0 then
                  struct (float degrees[k], Math.Log(ranges[k][c])) ]

/// One number for each row and column that meet, by rows, of each row the columns of its group.
[<NoEquality; NoComparison>]
type private Maxima =
    { BlockRows: int
      Width: int
      Largest: float[] }

    member x.Row(i) =
        ReadOnlySpan(x.Largest, i * x.Width, x.Width)

    /// The first column that a row reads.
    member x.First(i) = i / x.BlockRows * x.Width

[<RequireQualifiedAccess>]
module Equalization =

    /// The largest |entries| of a weight over its taps. What cannot be rescaled is not told apart: then all rows of a group are one, or
    /// all columns.
    let private maxima (numbers: ParameterNumbers) (isFree: bool[]) (share: Share) =
        let entries = numbers.Entries share.Parameter
        let moving = Array.exists (fun channel -> isFree[channel.Class])
        let rows = if moving share.Rows then share.Rows else [||]
        let columns = share.Columns |> Option.filter moving |> Option.defaultValue [||]
        let blockRows = if rows.Length = 0 then 1 else entries.BlockRows
        let width = if columns.Length = 0 then 1 else entries.BlockColumns
        let groups = entries.Rows / entries.BlockRows
        let largest = Array.zeroCreate<float> (groups * blockRows * width)
        let matrix = StoredMatrix(entries, None, None)
        let stored = Array.zeroCreate<float> matrix.InnerCount

        for outer in 0 .. matrix.OuterCount - 1 do
            matrix.Read(outer, Span stored)

            for k in 0 .. entries.InnerBlock - 1 do
                let taps = ReadOnlySpan(stored, k * entries.Taps, entries.Taps)
                let x = abs (TensorPrimitives.MaxMagnitude taps)
                let struct (row, column) = matrix.Located(outer, k * entries.Taps)
                let row = if rows.Length = 0 then row / entries.BlockRows else row
                let column = if columns.Length = 0 then 0 else column % entries.BlockColumns
                largest[row * width + column] <- max largest[row * width + column] x

        { Rows = rows
          Columns = columns
          Numbers =
            { BlockRows = blockRows
              Width = width
              Largest = largest }
          RowFactors = Array.create (groups * blockRows) 1.0
          ColumnFactors = Array.create (groups * width) 1.0 }

    /// The t at which the largest of a_i + d_i·t, which grows with it, is the largest of b_j − d_j·t.
    let private meeting into out =
        into
        |> List.map (fun (struct (di, a)) -> out |> List.map (fun (struct (dj, b)) -> (b - a) / (di + dj)) |> List.max)
        |> List.min

    let private largest logs =
        logs |> List.map (fun (struct (_, log: float)) -> log) |> List.max

    let equalized tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()
            let isFree = Rescaling.isFree rescaling

            let weights =
                rescaling.Shares
                |> List.filter (fun share -> not share.IsBias)
                |> List.map (maxima numbers isFree)

            let degrees =
                weights
                |> Seq.collect (fun weight -> Seq.append weight.Rows weight.Columns)
                |> Seq.map _.Degree
                |> Seq.distinct
                |> Array.ofSeq

            let into = Ranges(degrees, isFree.Length)
            let out = Ranges(degrees, isFree.Length)
            let logs = Array.zeroCreate<float> isFree.Length
            // The logarithms of what the classes of a layer are multiplied by next.
            let steps = Array.zeroCreate<float> isFree.Length

            let gather (struct (weight: SweptWeight<Maxima>, byRows, byColumns)) =
                let numbers = weight.Numbers
                let scaled = Array.zeroCreate<float> numbers.Width

                if byRows then
                    for i in 0 .. weight.Rows.Length - 1 do
                        let across = ReadOnlySpan(weight.ColumnFactors, numbers.First i, numbers.Width)
                        TensorPrimitives.Multiply(numbers.Row i, across, Span scaled)
                        into.Add(weight.Rows[i], weight.RowFactors[i] * TensorPrimitives.Max(ReadOnlySpan scaled))

                if byColumns then
                    let most = Array.zeroCreate<float> weight.ColumnFactors.Length

                    for i in 0 .. weight.RowFactors.Length - 1 do
                        let here = Span(most, numbers.First i, numbers.Width)
                        TensorPrimitives.Multiply(numbers.Row i, weight.RowFactors[i], Span scaled)
                        TensorPrimitives.Max(ReadOnlySpan scaled, Span.op_Implicit here, here)

                    for j in 0 .. weight.Columns.Length - 1 do
                        out.Add(weight.Columns[j], weight.ColumnFactors[j] * most[j])

            /// Equalizes the classes of a block; how far they were from it.
            let settle (block: SweptBlock<Maxima>) =
                for c in block.Classes do
                    into.Clear c
                    out.Clear c

                List.iter gather block.Weights
                let mutable furthest = 0.0

                for c in block.Classes do
                    match into.Logs c, out.Logs c with
                    | [], _
                    | _, [] -> ()
                    | made, read ->
                        furthest <- max furthest (abs (largest read - largest made))
                        steps[c] <- meeting made read / (if block.IsCoupled then 2.0 else 1.0)
                        logs[c] <- logs[c] + steps[c]

                Sweeps.scale steps block
                furthest

            Sweeps.blocks isFree weights
            |> Sweeps.run tolerance sweeps rescaling logs settle)
