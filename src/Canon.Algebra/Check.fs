namespace Canon.Algebra

open System
open System.Collections.Generic

[<StructuralEquality; NoComparison>]
type CheckReport =
    { Samples: int
      Seed: int
      MaxRelativeError: float }

[<RequireQualifiedAccess>]
module Check =

    /// Standard normal numbers; the same seed gives the same numbers.
    let private normal (random: Random) count =
        Array.init count (fun _ ->
            let radius = sqrt (-2.0 * log (1.0 - random.NextDouble()))
            radius * cos (2.0 * Math.PI * random.NextDouble()))

    let private signal random samples (shape: Shape) at =
        match shape.Channels with
        | Some channels ->
            let positions = defaultArg shape.Positions 1
            Signal.create samples positions channels (normal random (samples * positions * channels))
        | None -> Fail.because (UnknownWidth at)

    let private difference (a: Signal) (b: Signal) =
        let largest = a.Data |> Array.fold (fun m x -> max m (abs x)) 0.0

        let largestDifference =
            Array.fold2
                (fun m x y -> if Double.IsNaN m || Double.IsNaN(x - y) then nan else max m (abs (x - y)))
                0.0
                a.Data
                b.Data

        if largestDifference = 0.0 then 0.0
        elif largest = 0.0 then infinity
        else largestDifference / largest

    let compareWatched beforeLayer (options: CanonicalOptions) rounded samples seed original rewritten =
        Fail.guard (fun () ->
            let random = Random(seed)

            let wires =
                options.Wires |> Map.map (fun wire shape -> signal random samples shape wire)

            let input =
                match Option.orElse (Shape.inputChannels original) options.Input.Channels with
                | Some channels ->
                    signal
                        random
                        samples
                        { options.Input with
                            Channels = Some channels }
                        "input"
                | None when not wires.IsEmpty -> Signal.create samples 1 1 (Array.zeroCreate samples)
                | None -> Fail.because (UnknownWidth "input")

            let run rounded network =
                let seen = List<string * Signal>()

                let opaque (node: OpaqueNode) (inputs: Signal list) =
                    inputs |> List.iter (fun s -> seen.Add(node.Name, s))
                    let like = inputs |> List.tryHead |> Option.defaultValue input

                    let shape =
                        { Channels = Some(defaultArg node.Channels like.Channels)
                          Positions = Some(defaultArg node.Positions like.Positions) }

                    signal (Random(seed + seen.Count)) samples shape node.Name

                let options =
                    { Rounded = rounded
                      Opaque = opaque
                      BeforeLayer = beforeLayer }

                match Evaluate.run (Numbers()) options wires input network with
                | Ok outputs -> [ for _, s in seen -> s ] @ outputs
                | Error e -> Fail.because e

            let expected = run false original
            let actual = run rounded rewritten

            { Samples = samples
              Seed = seed
              MaxRelativeError =
                if expected.Length <> actual.Length then
                    infinity
                else
                    List.map2 difference expected actual
                    |> List.fold (fun m x -> if Double.IsNaN m || Double.IsNaN x then nan else max m x) 0.0 })

    let compare options rounded samples seed original rewritten =
        compareWatched ignore options rounded samples seed original rewritten
