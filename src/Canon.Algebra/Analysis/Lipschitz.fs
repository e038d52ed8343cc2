namespace Canon.Algebra.Analysis

open System.Collections.Generic
open System.Runtime.CompilerServices
open Canon.Algebra

[<NoEquality; NoComparison>]
type SpectralNorm =
    { Name: string
      Kind: string
      Norm: Result<Magnitude, NetworkError> }

[<NoEquality; NoComparison>]
type LipschitzBound =
    { Layers: SpectralNorm list
      Bound: Result<Magnitude, NetworkError> }

[<RequireQualifiedAccess>]
module Lipschitz =

    /// What flows: its shape, and the constant of the way to it from all inputs.
    [<NoEquality; NoComparison>]
    type private Reach =
        { Shape: Shape
          Constant: Result<Magnitude, NetworkError> }

    let private refuse at reason = Fail.because (NoFigure(at, reason))

    let private root (x: int) = Magnitude.ofFloat (sqrt (float x))

    /// √(‖M‖₁·‖M‖_∞), which ‖M‖₂ does not exceed.
    let private ofAxis size (map: AxisMap) =
        let columns = Array.zeroCreate<float> size

        for row in map do
            for struct (i, weight) in row do
                columns[i] <- columns[i] + abs weight

        let rows = map |> Array.map (Array.sumBy (fun (struct (_, weight)) -> abs weight))

        Magnitude.ofFloat (sqrt (Array.max columns * Array.max rows))

    /// How many windows see a position at most.
    let private overlap (axis: SlidingAxis) =
        let seen = Array.zeroCreate<int> axis.Size

        for o in 0 .. axis.Output - 1 do
            for tap in 0 .. axis.Taps - 1 do
                let i = o * axis.Stride + tap * axis.Dilation - axis.Before

                if i >= 0 && i < axis.Size then
                    seen[i] <- seen[i] + 1

        Array.max seen

    let private ofSpatial (shape: Shape) operation =
        match shape.Space with
        | Some sizes when List.forall Option.isSome sizes ->
            let sizes = sizes |> List.map Option.get
            let fitted result = Meeting.fitted "spatial" result

            match Spatial.axisMaps sizes operation |> fitted, operation with
            | Some maps, _ -> List.map2 ofAxis sizes maps |> List.fold (*) Magnitude.One
            | None, Spatial.Pool(Pooling.SumOfSquares, _) -> refuse "spatial" "its slope has no bound"
            | None, Spatial.Pool(pooling, region) ->
                let overlaps, seen =
                    match region with
                    | PoolRegion.Sliding(window, ceil) ->
                        let axes = Window.axes ceil sizes window |> fitted
                        axes |> List.map overlap, window.Taps
                    | PoolRegion.Whole(axes, _) ->
                        [], Spatial.wholeAxes sizes.Length axes |> List.fold (fun n k -> n * sizes[k]) 1

                let ofWindow =
                    match pooling with
                    | Pooling.Norm 1 -> root seen
                    | _ -> Magnitude.One

                root (List.fold (*) 1 overlaps) * ofWindow
            | None, _ -> Magnitude.One
        | Some _
        | None -> refuse "spatial" "the sizes of the space that it reads are not known"

    let private both combine a b =
        match a, b with
        | Ok a, Ok b -> Ok(combine a b)
        | Error e, _
        | _, Error e -> Error e

    let private ofActivation (numbers: Numbers) activation =
        match activation with
        // The Jacobian diag(p) − ppᵀ has no eigenvalue above ½.
        | Softmax -> Magnitude.ofFloat 0.5
        | other -> Magnitude.largest (Slopes.steepest numbers other)

    let bound (numbers: Numbers) watch (options: CanonicalOptions) network =
        let layers = List<SpectralNorm>()

        let known =
            Dictionary<struct (Affine * Kernel * int option list option), Result<Magnitude, NetworkError>>()

        let spectral (shape: Shape) (a: Affine) kernel =
            let key = struct (a, kernel, shape.Space)

            let norm =
                match known.TryGetValue key with
                | true, norm -> norm
                | false, _ ->
                    let norm = Fail.guard (fun () -> Spectral.norm numbers watch shape.Space a kernel)

                    known[key] <- norm
                    norm

            match norm with
            | Error(NoFigure _)
            | Ok _ -> ()
            | Error other -> Fail.because other

            layers.Add
                { Name = a.Weight.Name
                  Kind = Layers.kind a.Weight kernel
                  Norm = norm }

            norm

        let shapeBehind wires (input: Reach) network =
            Shape.infer (wires |> Map.map (fun _ reach -> reach.Shape)) input.Shape network
            |> Fail.value

        let rec run (wires: Map<string, Reach>) (input: Reach) network : Reach =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let through (constant: Result<Magnitude, NetworkError>) =
                { Shape = shapeBehind wires input network
                  Constant = both (*) input.Constant constant }

            let each combine branches =
                let constants =
                    branches |> List.map (fun branch -> (run wires input branch).Constant)

                { Shape = shapeBehind wires input network
                  Constant = List.reduce (both combine) constants }

            let missing at reason branches =
                for branch in branches do
                    run wires input branch |> ignore

                { Shape = shapeBehind wires input network
                  Constant = Error(NoFigure(at, reason)) }

            let squares a b = Magnitude.norm [| a; b |]

            match network with
            | Linear(a, kernel, _) -> through (spectral input.Shape a kernel)
            | UnitRowLinear(rows, kernel, _) -> through (spectral input.Shape rows.Coefficients kernel)
            | Scale g -> through (Fail.guard (fun () -> Magnitude.largest (numbers.Entries("scale", input.Shape.Channels, g))))
            | Activation(activation, _) -> through (Fail.guard (fun () -> ofActivation numbers activation))
            | Clip _
            | Rearrange _ -> through (Ok Magnitude.One)
            | Spatial(operation, _) -> through (Fail.guard (fun () -> ofSpatial input.Shape operation))
            | Normalize(normalization, _, _, _) ->
                through (
                    Error(
                        NoFigure(Normalization.name normalization, "what it divides by may be as small as its epsilon")
                    )
                )
            | Compose parts -> flow wires input parts
            | Sum(branches, _) -> each (fun a b -> Magnitude.sum [| a; b |]) branches
            | Concat(branches, _, _)
            | Tuple branches -> each squares branches
            | Product(branches, _) -> missing "product" "what multiplies has no bound" branches
            | As _ -> input
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some reach -> reach
                | None -> Fail.because (UnknownWire wire)
            | Opaque(node, inputs) ->
                missing $"opaque({node.Name})" "nothing is known of what this operator computes" inputs

        and flow wires input parts =
            match parts with
            | [] -> input
            | (As wire) :: rest -> flow (Map.add wire input wires) input rest
            | part :: rest -> flow wires (run wires input part) rest

        Fail.guard (fun () ->
            let prepared = Canonical.prepare options network |> Fail.value

            let reach shape =
                { Shape = shape
                  Constant = Ok Magnitude.One }

            let input =
                { options.Input with
                    Channels = Option.orElse (Shape.inputChannels prepared) options.Input.Channels }

            let output =
                run (Map.map (fun _ shape -> reach shape) options.Wires) (reach input) prepared

            { Layers = List.ofSeq layers
              Bound = output.Constant })
