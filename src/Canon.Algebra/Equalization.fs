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
            let degrees =
                rescaling.Shares
                |> Seq.collect (fun share -> Seq.append share.Rows (defaultArg share.Columns [||]))
                |> Seq.map _.Degree
                |> Seq.distinct
                |> Array.ofSeq

            let into = Ranges(degrees, rescaling.Held.Length)
            let out = Ranges(degrees, rescaling.Held.Length)

            Sweeps.run
                tolerance
                sweeps
                rescaling
                { Norm = VectorNorm.Maximum
                  Clear =
                    fun c ->
                        into.Clear c
                        out.Clear c
                  Made = into.Add
                  Read = out.Add
                  Step =
                    fun c ->
                        match into.Logs c, out.Logs c with
                        | [], _
                        | _, [] -> ValueNone
                        | made, read -> ValueSome(struct (meeting made read, abs (largest read - largest made)))
                  Together = None })
