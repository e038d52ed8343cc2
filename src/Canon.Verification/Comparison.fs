namespace Canon.Verification

open System
open Canon.Algebra

/// What flows into a network: the input and the named inputs.
type internal Inputs =
    { Input: Signal
      Wires: Map<string, Signal> }

/// Where two networks differ: on one sample, at one output.
type internal Difference =
    { Sample: int
      Output: int
      Expected: float[]
      Actual: float[] }

type internal Comparison =
    /// The same on every sample on which the numbers stay finite; the largest difference, relative to what each output would be
    /// if nothing cancelled on the way to it.
    | Agree of worst: float
    | Differ of Difference
    /// The outputs have other shapes, or are others in number.
    | Reshaped of expected: (int list * int) list * actual: (int list * int) list
    /// The second network cannot be evaluated.
    | Broken of NetworkError
    /// Numbers leave the range of a float64, so that nothing can be said.
    | Unknown

/// Are two networks the same function? Evaluates both on the same inputs. Two results of one sum in two orders differ by a few
/// roundings of what the sum would be if nothing cancelled; that bound, carried through the whole network by the naive
/// evaluation, is what a difference is held against, number by number.
[<RequireQualifiedAccess>]
module internal Comparison =

    /// Ones, minus ones, zeros, small integers; then normal numbers: as they are, positive, negative, large enough to saturate
    /// every clip, small, very large, and with zeros among them. Simple ones first: they are shown.
    let private kinds: (Random -> int -> float)[] =
        let normal = Build.normal

        [| fun _ _ -> 1.0
           fun _ _ -> -1.0
           fun _ _ -> 0.0
           fun _ i -> float (1 + i % 3) * (if i % 2 = 0 then 1.0 else -1.0)
           fun random _ -> normal random
           fun random _ -> normal random
           fun random _ -> abs (normal random)
           fun random _ -> -(abs (normal random))
           fun random _ -> 10.0 * normal random
           fun random _ -> 0.1 * normal random
           fun random _ -> 1000.0 * normal random
           fun random _ -> if random.Next 2 = 0 then 0.0 else normal random |]

    let samples = kinds.Length

    /// The inputs of the shapes that the options give.
    let inputs (options: CanonicalOptions) =
        let random = Random 1

        let signal (shape: Shape) =
            let channels = shape.Channels.Value

            let space =
                shape.Space |> Option.defaultValue [] |> List.map (Option.defaultValue 1)

            let positions = List.fold (*) 1 space

            kinds
            |> Array.collect (fun kind -> Array.init (channels * positions) (kind random))
            |> Signal.create samples space channels

        { Input = signal options.Input
          Wires = options.Wires |> Map.map (fun _ shape -> signal shape) }

    let private slice (s: Signal) sample position =
        let from = (sample * s.Positions + position) * s.Channels
        s.Data[from .. from + s.Channels - 1]

    /// One sample of a signal.
    let sample (s: Signal) n =
        let count = s.Positions * s.Channels
        s.Data[n * count .. (n + 1) * count - 1]

    let private opaque (node: OpaqueNode) (inputs: Signal list) =
        let first = inputs.Head

        let data =
            [| for n in 0 .. first.Samples - 1 do
                   for p in 0 .. first.Positions - 1 do
                       yield! Naive.mystery node (inputs |> List.map (fun s -> slice s n p)) |]

        Signal.create first.Samples first.Space (defaultArg node.Channels first.Channels) data

    /// The outputs by the core's evaluation.
    let outputs rounded inputs network =
        let options =
            { Rounded = rounded
              Precision = Precision.Double
              Opaque = opaque
              BeforeLayer = ignore }

        Evaluate.run (Numbers()) options inputs.Wires inputs.Input network

    /// The outputs by the naive evaluation.
    let naive inputs network : Naive.Measured[] list =
        let positions (s: Signal) n =
            { Naive.Space = s.Space
              Naive.At = Array.init s.Positions (fun p -> Naive.exactly (slice s n p)) }
            : Naive.Signal

        List.init samples (fun n ->
            Naive.run (inputs.Wires |> Map.map (fun _ s -> positions s n)) network (positions inputs.Input n))
        |> List.transpose
        |> List.map (fun output -> output |> List.toArray |> Array.collect (fun signal -> Array.concat signal.At))

    let private shape (s: Signal) = s.Space, s.Channels

    let private against isSame (expected: Signal list) (actual: Signal list) =
        if List.map shape expected <> List.map shape actual then
            Some(Reshaped(List.map shape expected, List.map shape actual))
        else
            List.zip expected actual
            |> Seq.indexed
            |> Seq.tryPick (fun (k, (e, a)) ->
                seq { 0 .. e.Data.Length - 1 }
                |> Seq.tryFind (fun i -> not (isSame k i e.Data[i] a.Data[i]))
                |> Option.map (fun i ->
                    let n = i / (e.Positions * e.Channels)

                    Differ
                        { Sample = n
                          Output = k
                          Expected = sample e n
                          Actual = sample a n }))

    /// Outputs of the second network against those of the first; yards only where they are needed.
    let within tolerance (yards: Lazy<Naive.Measured[] list>) (others: Lazy<Naive.Measured[] list>) expected actual =
        let mutable worst = 0.0

        let isSame k i (e: float) (a: float) =
            let difference = abs (e - a)

            let inside yard =
                let relative = difference / yard

                if relative <= tolerance then
                    worst <- max worst relative

                relative <= tolerance

            difference = 0.0
            || (let yard = yards.Value[k].[i].Yard

                not (Double.IsFinite yard)
                || inside yard
                || inside (yard + others.Value[k].[i].Yard))

        against isSame expected actual |> Option.defaultWith (fun () -> Agree worst)

    /// Are the two networks' outputs the same to the last bit? The zeros of either sign are one.
    let private exactly expected actual =
        let isSame _ _ (e: float) (a: float) =
            e = a || (Double.IsNaN e && Double.IsNaN a)

        against isSame expected actual |> Option.defaultValue (Agree 0.0)

    /// What a network is held to: its outputs, and the yards of their errors.
    type Reference =
        { Inputs: Inputs
          Outputs: Lazy<Result<Signal list, NetworkError>>
          Yards: Lazy<Naive.Measured[] list> }

    let reference options network =
        let inputs = inputs options

        { Inputs = inputs
          Outputs = lazy outputs false inputs network
          Yards = lazy naive inputs network }

    /// A network against the reference.
    let run exactness tolerance reference network =
        match reference.Outputs.Value, outputs false reference.Inputs network with
        | Error _, _
        | _, Error(OutOfRange _) -> Unknown
        | _, Error error -> Broken error
        | Ok expected, Ok actual ->
            match exactness with
            | BitExact -> exactly expected actual
            | Exact -> within tolerance reference.Yards (lazy naive reference.Inputs network) expected actual
