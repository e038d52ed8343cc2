namespace Canon.Algebra.Equality

open System
open Canon.Algebra

[<NoEquality; NoComparison>]
type Witness =
    { Input: Signal
      Wires: Map<string, Signal>
      First: Signal list
      Second: Signal list
      Difference: float
      Noise: float }

[<RequireQualifiedAccess>]
module internal WitnessSearch =

    /// How much larger than what rounding makes of the outputs a difference must be.
    let private certain = 32.0

    /// Every number of a network multiplied by a factor at most `relative` from 1, drawn by chance.
    let private perturbed (random: Random) relative network =
        let numbers = Numbers()

        let shaken (p: Parameter) (xs: float[]) =
            let moved =
                xs
                |> Array.map (fun x -> x * (1.0 + relative * (2.0 * random.NextDouble() - 1.0)))

            Parameter.withNumbers moved p

        let vector (p: Parameter) = shaken p (numbers.Vector p)

        let layer (a: Affine) kernel label =
            let weight = shaken a.Weight ((numbers.Weight a).ReadRows None)

            let bias =
                a.Bias |> Option.map (fun bias -> shaken bias.Vector (numbers.Bias a).Value)

            Linear(Affine.ofParameters weight bias, kernel, label)

        network
        |> Traversal.map (fun term ->
            match term with
            | Linear(a, kernel, label) -> layer a kernel label
            | UnitRowLinear(rows, kernel, label) -> layer rows.Coefficients kernel label
            | Activation(PRelu slope, label) -> Activation(PRelu(vector slope), label)
            | _ -> term)

    /// Inputs of several kinds: of the usual size, small, large, not negative, with few entries that are not 0.
    let private kinds =
        [ fun (random: Random) -> Normal.next random
          fun random -> 0.05 * Normal.next random
          fun random -> 20.0 * Normal.next random
          fun random -> random.NextDouble()
          fun random -> if random.NextDouble() < 0.1 then 3.0 * Normal.next random else 0.0
          fun random -> 1000.0 * Normal.next random ]

    /// The largest number of a sample.
    let private largest samples sample (signal: Signal) =
        let size = signal.Data.Length / samples
        let mutable most = 0.0

        for k in sample * size .. (sample + 1) * size - 1 do
            most <- max most (abs signal.Data[k])

        most

    /// Of each sample the largest difference of an output over its largest entry; of outputs of different shapes it is infinite.
    let private differences samples (first: Signal list) (second: Signal list) =
        let areAlike (a: Signal) (b: Signal) =
            a.Space = b.Space && a.Channels = b.Channels

        let ofOutput sample (a: Signal) (b: Signal) =
            let size = a.Data.Length / samples

            let mutable difference = 0.0

            for k in sample * size .. (sample + 1) * size - 1 do
                difference <- max difference (abs (a.Data[k] - b.Data[k]))

            if difference = 0.0 then
                0.0
            else
                difference / max (largest samples sample a) (largest samples sample b)

        if first.Length = second.Length && List.forall2 areAlike first second then
            Array.init samples (fun sample -> List.map2 (ofOutput sample) first second |> List.fold max 0.0)
        else
            Array.create samples infinity

    let private sampleOf index (signal: Signal) =
        let size = signal.Data.Length / signal.Samples
        Signal.create 1 signal.Space signal.Channels (Array.sub signal.Data (index * size) size)

    let private signal (random: Random) draw samples (shape: Shape) =
        let space =
            shape.Space |> Option.defaultValue [] |> List.map (Option.defaultValue 1)

        let channels = shape.Channels |> Option.defaultValue 1
        let count = samples * channels * List.fold (*) 1 space
        Signal.create samples space channels (Array.init count (fun _ -> draw random))

    /// Numbers of an input that are drawn at a time at most.
    let private numbersAtATime = 1 <<< 18

    let search (options: CanonicalOptions) samples seed relative targets (first: Network) (second: Network) =
        let input =
            { options.Input with
                Channels = Option.orElse (Shape.inputChannels first) options.Input.Channels }

        let size (shape: Shape) =
            defaultArg shape.Channels 1 * defaultArg shape.Positions 1

        let perSample = size input + (options.Wires.Values |> Seq.sumBy size)
        let samples = max 1 (min samples (numbersAtATime / perSample))
        let random = Random seed
        let shaken = perturbed (Random seed) relative first
        let firstNumbers, secondNumbers, shakenNumbers = Numbers(), Numbers(), Numbers()

        let run numbers wires input network =
            Evaluate.run numbers Evaluate.exact wires input network |> Fail.value

        let drawn draw =
            struct (options.Wires |> Map.map (fun _ shape -> signal random draw samples shape),
                    signal random draw samples input)

        let attempt (struct (wires, input)) =
            let ofFirst = run firstNumbers wires input first
            let ofSecond = run secondNumbers wires input second
            let noise = differences samples ofFirst (run shakenNumbers wires input shaken)
            let difference = differences samples ofFirst ofSecond

            let shown =
                [| 0 .. samples - 1 |]
                |> Array.filter (fun k -> difference[k] > certain * noise[k] + 1e-14)

            if shown.Length = 0 then
                None
            else
                let k = shown |> Array.maxBy (fun k -> difference[k])

                Some
                    { Input = sampleOf k input
                      Wires = Map.map (fun _ wire -> sampleOf k wire) wires
                      First = List.map (sampleOf k) ofFirst
                      Second = List.map (sampleOf k) ofSecond
                      Difference = difference[k]
                      Noise = noise[k] }

        seq {
            for draw in kinds -> drawn draw

            for struct (network, target) in targets do
                let struct (wires, input) = drawn kinds.Head
                yield! Ascent.inputs target wires input network
        }
        |> Seq.tryPick attempt
