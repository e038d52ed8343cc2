namespace Canon.Algebra.Analysis

open System
open Canon.Algebra
open Canon.Algebra.Training

[<StructuralEquality; NoComparison>]
type SampledLipschitz =
    { Largest: float
      Points: int
      Seed: int }

[<RequireQualifiedAccess>]
module SampledLipschitz =

    let private rounds = 4

    // Long enough for the quotient to keep ten digits, short enough to stay near the point.
    let private stepLength = 1e-4

    let private norm (arrays: float[] seq) =
        arrays |> Seq.sumBy (Array.sumBy (fun x -> x * x)) |> sqrt

    /// All inputs of a network: the one that flows in first, then those of the wires.
    let private inputs (options: CanonicalOptions) network =
        let size (shape: Shape) =
            shape.Space |> Option.defaultValue [] |> List.map (Option.defaultValue 1)

        let flowing =
            match Option.orElse (Shape.inputChannels network) options.Input.Channels with
            | Some channels -> struct (channels, size options.Input)
            | None when not options.Wires.IsEmpty -> struct (1, [])
            | None -> Fail.because (UnknownWidth "input")

        let named =
            options.Wires
            |> Map.toList
            |> List.map (fun (wire, shape) ->
                match shape.Channels with
                | Some channels -> wire, struct (channels, size shape)
                | None -> Fail.because (UnknownWidth wire))

        flowing, named

    let run numbers watch (options: CanonicalOptions) points seed network =
        if points < 1 then
            invalidArg (nameof points) $"{points} points are none to try"

        Fail.guard (fun () ->
            let flowing, named = inputs options network
            let shapes = flowing :: List.map snd named
            let random = Random(seed: int)

            let draw () =
                shapes
                |> List.map (fun (struct (channels, space)) ->
                    Array.init (List.fold (*) channels space) (fun _ -> Normal.next random))

            let signals (arrays: float[] list) =
                List.map2 (fun (struct (channels, space)) data -> Signal.create 1 space channels data) shapes arrays

            let split (signals: Signal list) =
                struct (signals.Head, List.zip (List.map fst named) signals.Tail |> Map.ofList)

            let evaluation =
                { Evaluate.exact with
                    BeforeLayer = watch }

            let outputs (arrays: float[] list) =
                let struct (input, wires) = split (signals arrays)

                Evaluate.run numbers evaluation wires input network
                |> Fail.value
                |> List.map _.Data

            /// J(x)ᵀ·u.
            let pulled x (u: float[] list) =
                let struct (input, wires) = split (signals x)

                let struct (first, others) =
                    Gradient.ofInputs numbers watch wires input (fun _ -> u) network

                first :: List.map (fun (wire, _) -> Map.find wire others) named

            let times factor (arrays: float[] list) =
                arrays |> List.map (Array.map ((*) factor))

            let minus = List.map2 (Array.map2 (fun (a: float) b -> a - b))
            let plus = List.map2 (Array.map2 (fun (a: float) b -> a + b))

            let rec climb x (fx: float[] list) direction best left =
                let length = norm direction

                if left = 0 || not (length > 0.0) then
                    best
                else
                    // The input as it is rounded: what is divided by is what was added.
                    let moved = plus x (times (stepLength * norm x / length) direction)
                    let difference = minus (outputs moved) fx
                    let best = max best (norm difference / norm (minus moved x))
                    climb x fx (pulled x difference) best (left - 1)

            let atPoint () =
                let x = draw ()
                let fx = outputs x
                // From a random vector at the outputs to the direction at the inputs that it comes from.
                climb x fx (pulled x (fx |> List.map (Array.map (fun _ -> Normal.next random)))) 0.0 rounds

            let largest = List.init points (fun _ -> atPoint ()) |> List.max

            if not (Double.IsFinite largest) then
                Fail.because (OutOfRange("difference quotients", "they leave the range of a float64"))

            { Largest = largest
              Points = points
              Seed = seed })
