namespace Canon.Algebra.Training

open System.Runtime.CompilerServices
open Canon.Algebra

type Objective = Signal list -> struct (float * float[] list)

[<NoEquality; NoComparison>]
type GradientOptions =
    { BatchStatistics: bool
      Precision: Precision
      BeforeLayer: unit -> unit }

[<NoEquality; NoComparison>]
type Gradient =
    { Outputs: Signal list
      Loss: float
      Parameters: Tensors
      Statistics: BatchStatistics list }

[<RequireQualifiedAccess>]
module Gradient =

    let inference =
        { BatchStatistics = false
          Precision = Precision.Double
          BeforeLayer = ignore }

    let training =
        { inference with
            BatchStatistics = true }

    let private affine (tape: Tape) options (a: Affine) kernel input =
        options.BeforeLayer()

        match a.Weight.Source, a.Bias with
        | Source.NormFactor(gamma, variance, epsilon), Some bias when options.BatchStatistics && Affine.isPlain a ->
            match bias.Vector.Source with
            | Source.NormShift(other, beta, mean, same, _) when other = gamma && same = variance ->
                LinearSteps.batchNorm tape gamma beta mean variance epsilon input
            | _ -> LinearSteps.linear tape a kernel input
        | _ -> LinearSteps.linear tape a kernel input

    let rec private single tape options wires network input =
        match many tape options wires network input with
        | [ output ] -> output
        | several -> Fail.because (ShapeMismatch("tuple", $"{several.Length} outputs stand where one is read"))

    and private many tape options (wires: Map<string, Node>) network (input: Node) : Node list =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let all branches =
            branches |> List.map (fun branch -> single tape options wires branch input)

        match network with
        | Linear(a, kernel, _) -> [ affine tape options a kernel input ]
        | UnitRowLinear(rows, kernel, _) -> [ affine tape options rows.Coefficients kernel input ]
        | Scale g -> [ EntrySteps.scale tape g input ]
        | Activation(activation, _) -> [ EntrySteps.activate tape activation input ]
        | Clip(lower, upper, thresholds, _) -> [ EntrySteps.clip tape lower upper thresholds input ]
        | Spatial(operation, _) -> [ SpatialSteps.spatial tape operation input ]
        | Rearrange(rearrangement, _) -> [ SpatialSteps.rearrange tape rearrangement input ]
        | Normalize(normalization, epsilon, tolerance, _) ->
            [ SpatialSteps.normalize tape normalization epsilon tolerance input ]
        | Compose parts ->
            let rec flow wires parts input =
                match parts with
                | [] -> [ input ]
                | [ last ] -> many tape options wires last input
                | As wire :: rest -> flow (Map.add wire input wires) rest input
                | part :: rest -> flow wires rest (single tape options wires part input)

            flow wires parts input
        | Sum(branches, _) -> [ BranchSteps.sum tape (all branches) ]
        | Product(branches, _) -> [ BranchSteps.product tape (all branches) ]
        | Concat(branches, _, _) -> [ BranchSteps.concat tape (all branches) ]
        | As _ -> [ input ]
        | Wire wire ->
            match Map.tryFind wire wires with
            | Some node -> [ node ]
            | None -> Fail.because (UnknownWire wire)
        | Tuple outputs -> outputs |> List.collect (fun output -> many tape options wires output input)
        | Opaque(node, _) ->
            Fail.because (ShapeMismatch($"opaque({node.Name})", "nothing is known of what this operator computes"))

    let run (numbers: Numbers) options (wires: Map<string, Signal>) input (objective: Objective) network =
        Fail.guard (fun () ->
            let adjoints = Adjoints numbers
            let tape = Tape(numbers, adjoints, options.Precision, true)

            let outputs =
                many tape options (Map.map (fun _ signal -> Node signal) wires) network (Node input)

            let signals = outputs |> List.map _.Signal
            let struct (loss, derivatives) = objective signals
            List.iter2 (fun (output: Node) (d: float[]) -> output.Add(Array.copy d)) outputs derivatives
            tape.Undo()

            { Outputs = signals
              Loss = loss
              Parameters = adjoints.Settle()
              Statistics = List.ofSeq tape.Statistics })

    let pullback (numbers: Numbers) beforeLayer (wires: Map<string, Signal>) input network =
        let tape = Tape(numbers, Adjoints numbers, Precision.Double, false)
        let nodes = wires |> Map.map (fun _ signal -> Node signal)
        let start = Node input

        let outputs =
            many
                tape
                { inference with
                    BeforeLayer = beforeLayer }
                nodes
                network
                start

        let adjoint (node: Node) =
            node.Adjoint
            |> Option.defaultWith (fun () -> Array.zeroCreate node.Signal.Data.Length)

        let pull (derivatives: float[] list) =
            tape.UndoFrom(fun () ->
                start.Clear()
                nodes |> Map.iter (fun _ node -> node.Clear())
                List.iter2 (fun (output: Node) (d: float[]) -> output.Add(Array.copy d)) outputs derivatives)

            struct (adjoint start, nodes |> Map.map (fun _ node -> adjoint node))

        struct (outputs |> List.map _.Signal, pull)

    let ofGains (numbers: Numbers) objective (gains: Gain list) =
        Fail.guard (fun () ->
            let adjoints = Adjoints numbers

            let entries =
                gains
                |> List.map (fun gain -> numbers.Entries("gain", None, gain) |> Array.map Magnitude.toFloat)

            let struct (value: float, derivatives: float[]) = objective (Array.concat entries)
            let mutable first = 0

            for gain, own in List.zip gains entries do
                adjoints.Gain("gain", Some own.Length, gain, Array.sub derivatives first own.Length)
                first <- first + own.Length

            struct (value, adjoints.Settle()))
