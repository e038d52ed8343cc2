namespace Canon.Bench

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text.Json
open Canon.Algebra

/// Figures that are ratios of two times of one run, so that they can be compared between days and, with care, machines.
[<RequireQualifiedAccess>]
module Figures =

    /// Of what is measured with all cores, and in a process of its own with one: the rounds, and figures by name.
    type Group =
        { Name: string
          Measure: unit -> (string * float) list }

    let private kernels =
        let shape layers width elementType =
            { Name = $"kernels/{elementType}/{layers}x{width}x{width}"
              Measure =
                fun () ->
                    let chain = StoredChain(elementType, layers, width)
                    let timed = Ratio.timed 1

                    let times =
                        Ratio.rounds
                            7
                            [ timed chain.Copy
                              timed chain.Gains
                              timed chain.InPlace
                              timed chain.IntoBuffers ]

                    List.zip [ "gains alone"; "in place"; "into buffers" ] (List.ofArray times[1..])
                    |> List.map (fun (name, ours) -> name, Ratio.speed times[0] ours) }

        [ shape 24 4096 Float32
          shape 1000 256 Float32
          shape 12 4096 Float64
          shape 24 4096 BFloat16
          shape 24 4096 Float16 ]

    let private groups = kernels

    /// The name of each figure and the figure, of groups whose names begin so, in this process.
    let private measureHere (prefix: string) =
        let threads =
            if Environment.ProcessorCount = 1 then
                "1 thread"
            else
                $"{Environment.ProcessorCount} threads"

        [ for group in groups do
              if group.Name.StartsWith prefix then
                  for name, figure in group.Measure() do
                      let name = $"{group.Name}/{name}/{threads}"
                      eprintfn $"{figure, 8:F2}  {name}"
                      name, figure ]

    /// The option for a process that is to measure with the cores that it has, and to print figures for another.
    let here = "--here"

    /// The same in a process that has one core.
    let private measureWithOneCore prefix =
        let start =
            ProcessStartInfo(nonNull Environment.ProcessPath, [ here; prefix ], RedirectStandardOutput = true)

        start.Environment["DOTNET_PROCESSOR_COUNT"] <- "1"
        use child = nonNull (Process.Start start)
        let text = child.StandardOutput.ReadToEnd()
        child.WaitForExit()

        JsonSerializer.Deserialize<Dictionary<string, float>> text
        |> nonNull
        |> Seq.map (fun entry -> entry.Key, entry.Value)
        |> List.ofSeq

    let printHere prefix =
        printfn $"{JsonSerializer.Serialize(dict (measureHere prefix))}"

    let measure prefix =
        measureWithOneCore prefix @ measureHere prefix
