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

    /// Numbers of inputs that are held together: as many points as have no more are tried at once, each weight being read for all of them.
    let private together = 1 <<< 16

    /// The norm of each of so many samples, of which every array has its share.
    let private norms count (arrays: float[] list) =
        Array.init count (fun sample ->
            arrays
            |> List.sumBy (fun data ->
                let length = data.Length / count
                Sums.ofSquares (ReadOnlySpan(data, sample * length, length)))
            |> sqrt)

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

            let sizes =
                shapes
                |> List.map (fun (struct (channels, space)) -> List.fold (*) channels space)

            let draw (lengths: int list) =
                lengths
                |> List.map (fun length -> Array.init length (fun _ -> Normal.next random))

            let signals count (arrays: float[] list) =
                List.map2
                    (fun (struct (channels, space)) data -> Signal.create count space channels data)
                    shapes
                    arrays

            let split (signals: Signal list) =
                struct (signals.Head, List.zip (List.map fst named) signals.Tail |> Map.ofList)

            /// The outputs, and what leads from u to J(x)ᵀ·u, sample by sample.
            let around count (x: float[] list) =
                let struct (input, wires) = split (signals count x)

                let struct (outputs, pull) = Gradient.pullback numbers watch wires input network

                let pulled u =
                    watch ()
                    let struct (first, others) = pull u
                    first :: List.map (fun (wire, _) -> Map.find wire others) named

                struct (outputs |> List.map _.Data, pulled)

            let evaluation =
                { Evaluate.exact with
                    BeforeLayer = watch }

            /// The outputs alone: of large inputs without holding what flows, of small ones by the same kernels as above.
            let outputs count (x: float[] list) =
                if List.sum sizes > together then
                    let struct (input, wires) = split (signals count x)

                    Evaluate.run numbers evaluation wires input network
                    |> Fail.value
                    |> List.map _.Data
                else
                    let struct (outputs, _) = around count x
                    outputs

            let minus = List.map2 (Array.map2 (fun (a: float) b -> a - b))

            /// The largest quotient of so many points.
            let atPoints count =
                let x = draw (List.map ((*) count) sizes)
                let struct (fx, pulled) = around count x
                let from = norms count x

                let rec climb best left direction =
                    // A point without a direction stays where it is.
                    let steps =
                        Array.map2
                            (fun size length -> if length > 0.0 then stepLength * size / length else 0.0)
                            from
                            (norms count direction)

                    let moved =
                        List.map2
                            (fun (x: float[]) (direction: float[]) ->
                                let length = x.Length / count
                                Array.mapi (fun k x -> x + steps[k / length] * direction[k]) x)
                            x
                            direction

                    let difference = minus (outputs count moved) fx

                    // The input as it is rounded: what is divided by is what was added.
                    let quotients =
                        Array.map2
                            (fun difference length -> if length = 0.0 then 0.0 else difference / length)
                            (norms count difference)
                            (norms count (minus moved x))

                    let best = Array.fold max best quotients

                    if left = 1 || Array.forall ((=) 0.0) steps then
                        best
                    else
                        climb best (left - 1) (pulled difference)

                // From a random vector at the outputs to the direction at the inputs that it comes from.
                climb 0.0 rounds (pulled (draw (fx |> List.map _.Length)))

            let batch = together / max 1 (List.sum sizes) |> max 1 |> min points

            let largest =
                [ for first in 0..batch .. points - 1 -> atPoints (min batch (points - first)) ]
                |> List.fold max 0.0

            if not (Double.IsFinite largest) then
                Fail.because (OutOfRange("difference quotients", "they leave the range of a float64"))

            { Largest = largest
              Points = points
              Seed = seed })
