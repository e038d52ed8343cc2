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

    /// Against loops on one thread that do nothing else.
    let private bare =
        [ for layers, width in [ 24, 4096; 1000, 256 ] do
              { Name = $"bare loop/{layers}x{width}x{width}"
                Measure =
                  fun () ->
                      let chain = StoredChain(Float32, layers, width)

                      [ "gains alone", chain.BareGains, chain.Gains
                        "in place", chain.BareInPlace, chain.InPlace
                        "into buffers", chain.BareIntoBuffers, chain.IntoBuffers ]
                      |> List.map (fun (name, bare, ours) ->
                          let times = Ratio.rounds 7 [ Ratio.timed 1 bare; Ratio.timed 1 ours ]
                          name, Ratio.speed times[0] times[1]) } ]

    /// Against numpy and PyTorch, one thread each, from 10,000 parameters up; `derived`: the symbolic derivation included.
    let private peers =
        let against library layers width =
            { Name = $"peers/{library}/{layers}x{width}x{width}"
              Measure =
                fun () ->
                    match Peer.Start("canonicalize.py", [ library ], []) with
                    | Error reason ->
                        eprintfn $"          {library} is no rival here: {reason}"
                        []
                    | Ok peer ->
                        use peer = peer
                        let chain = StoredChain(Float32, layers, width)
                        // Some ten milliseconds a round.
                        let repeats = max 1 (10_000_000 / (layers * width * width))

                        let rival what () =
                            peer.Ask $"{what} {layers} {width} {Environment.ProcessorCount} {repeats}"

                        [ "in place", "in-place", chain.InPlace
                          "in place, derived", "in-place", chain.DerivedInPlace
                          "gains alone", "gains", chain.Gains
                          "path norm", "path-norm", chain.PathNorm ]
                        |> List.map (fun (name, what, ours) ->
                            let times = Ratio.rounds 9 [ rival what; Ratio.timed repeats ours ]
                            name, Ratio.speed times[0] times[1]) }

        [ for library in [ "numpy"; "torch" ] do
              for layers, width in [ 3, 58; 4, 158; 4, 500; 10, 1000; 24, 2048 ] do
                  against library layers width ]

    /// The slope of the line through the logarithms: time grows with this power of the size.
    let private exponent (points: (float * float) list) =
        let xs, ys = points |> List.map (fun (x, y) -> log x, log y) |> List.unzip
        let x, y = List.average xs, List.average ys

        (List.map2 (fun a b -> (a - x) * (b - y)) xs ys |> List.sum)
        / (xs |> List.sumBy (fun a -> (a - x) * (a - x)))

    /// As many bytes as a derivation keeps of so many layers, in small objects each of which refers to one before: the collector's part.
    let private keptObjects layers () =
        let mutable last: obj[] = Array.empty

        for _ in 1 .. 27 * layers do
            let next = Array.zeroCreate<obj> 8
            next[0] <- last
            last <- next

        GC.KeepAlive last

    /// A number a unit.
    let private sorted units =
        let numbers = Chance.numbers 3 units
        fun () -> numbers |> Array.sort |> ignore

    /// How time grows with the number of parameters, of layers and of units: exponents, the smaller the better; beside each that of what
    /// must be done at least.
    let private growth =
        /// `prepare size`: the work by name, of which `repeats` take a while.
        let over name sizes (prepare: int -> (string * (unit -> unit)) list) repeats =
            { Name = $"growth/{name}"
              Measure =
                fun () ->
                    [ for size in sizes do
                          let names, works = List.unzip (prepare size)
                          let times = Ratio.rounds 5 (works |> List.map (Ratio.timed (repeats size)))

                          for name, times in List.zip names (List.ofArray times) do
                              name, (float size, Ratio.median times) ]
                    |> List.groupBy fst
                    |> List.map (fun (name, points) -> name, points |> List.map snd |> exponent) }

        let chain width layers = StoredChain(Float32, layers, width)

        let units = [ 1000; 4000; 16_000; 64_000 ]

        [ over
              "parameters, 1 M to 1 G"
              [ 1; 10; 100; 1000 ]
              (fun layers ->
                  let chain = chain 1024 layers
                  [ "exponent", chain.DerivedInPlace; "exponent of a copy", chain.Copy ])
              (fun layers -> max 1 (20 / layers))
          over
              "layers, 10 to 100,000"
              [ 10; 100; 1000; 10_000; 100_000 ]
              (fun n ->
                  [ "exponent", (chain 8 n).DerivedInPlace
                    "exponent of as many objects", keptObjects n ])
              (fun layers -> max 1 (10_000 / layers))
          over
              "fingerprint, 1,000 to 64,000 units"
              units
              (fun n -> [ "exponent", (Twins n).Fingerprint; "exponent of sorting", sorted n ])
              (fun n -> 64_000 / n)
          over
              "comparison, 1,000 to 64,000 units"
              units
              (fun n -> [ "exponent", (Twins n).Compare; "exponent of sorting", sorted n ])
              (fun n -> 64_000 / n) ]

    /// Products of matrices and convolutions against OpenBLAS.
    let private products =
        [ { Name = "products/float32"
            Measure = fun () -> Products.ratios Precision.Single }
          { Name = "products/float64"
            Measure = fun () -> Products.ratios Precision.Double } ]

    let private groups = kernels @ bare @ peers @ growth @ products

    /// The name of each figure and the figure, of groups whose names begin so, in this process.
    let private measureHere (prefix: string) =
        let threads =
            if Environment.ProcessorCount = 1 then
                "1 thread"
            else
                $"{Environment.ProcessorCount} threads"

        [ for group in groups do
              if group.Name.StartsWith prefix then
                  // What the group before has left is not to be swept up in the time of this one.
                  GC.Collect()

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

    /// With one core, then with all.
    let measure prefix =
        measureWithOneCore prefix @ measureHere prefix

    let private baseline = "bench/baseline.json"

    let private readBaseline () =
        JsonSerializer.Deserialize<SortedDictionary<string, float>>(File.ReadAllText baseline)
        |> nonNull

    /// Writes the figures down, beside those that were not measured this time.
    let update prefix =
        let known =
            if File.Exists baseline then
                readBaseline ()
            else
                SortedDictionary StringComparer.Ordinal

        for name, figure in measure prefix do
            known[name] <- Math.Round(figure, 3)

        File.WriteAllText(
            baseline,
            JsonSerializer.Serialize(known, JsonSerializerOptions(WriteIndented = true))
            + "\n"
        )

    /// Whether no figure is a quarter worse than it was written down; those that are, are named. An exponent is better when it is
    /// smaller.
    let check prefix =
        let known = readBaseline ()

        let worse =
            [ for name, figure in measure prefix do
                  match known.TryGetValue name with
                  // What anybody's must be is no figure of ours.
                  | _ when name.Contains "/exponent of " -> ()
                  | true, before ->
                      let change = if name.StartsWith "growth/" then before / figure else figure / before

                      if change < 0.75 then
                          $"{name}: {figure:F2} instead of {before:F2}"
                  | false, _ -> eprintfn $"{name}: not in {baseline}; --update writes it" ]

        for line in worse do
            eprintfn $"{line}"

        worse.IsEmpty
