namespace Canon.Algebra

open System

/// The ranges of every class, those of channels of one degree together: what a factor does to them depends on it.
[<Sealed>]
type private Ranges(degrees: int[], classes: int) =
    let ranges = degrees |> Array.map (fun _ -> Array.zeroCreate<float> classes)

    member _.Clear(c) =
        for ofDegree in ranges do
            ofDegree[c] <- 0.0

    member _.Add (channel: Channel) range =
        let ofDegree = ranges[Array.IndexOf(degrees, channel.Degree)]

        if range > ofDegree[channel.Class] then
            ofDegree[channel.Class] <- range

    /// The ranges of a class that are positive, as (degree, logarithm).
    member _.Logs(c) =
        [ for k in 0 .. degrees.Length - 1 do
              if ranges[k][c] > 0.0 then
                  struct (float degrees[k], Math.Log(ranges[k][c])) ]

[<RequireQualifiedAccess>]
module Equalization =

    /// The t at which the largest of a_i + d_i·t, which grows with it, is the largest of b_j − d_j·t.
    let private meeting into out =
        into
        |> List.map (fun (struct (di, a)) -> out |> List.map (fun (struct (dj, b)) -> (b - a) / (di + dj)) |> List.max)
        |> List.min

    let private largest logs =
        logs |> List.map (fun (struct (_, log: float)) -> log) |> List.max

    let equalized tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let isFree = Rescaling.isFree rescaling
            let weights = Sweeps.weights rescaling

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

            /// Equalizes the classes of a block; how far they were from it.
            let settle (block: SweptBlock) =
                for c in block.Classes do
                    into.Clear c
                    out.Clear c

                Sweeps.measure VectorNorm.Maximum into.Add out.Add block
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
