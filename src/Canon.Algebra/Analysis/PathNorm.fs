namespace Canon.Algebra.Analysis

open System.Runtime.CompilerServices
open Canon.Algebra

type BiasPaths =
    | OfConstantUnits
    | OfAllUnits

[<NoEquality; NoComparison>]
type PathNorm =
    { Outputs: Magnitude[]
      Largest: Magnitude
      Norm: Magnitude }

[<RequireQualifiedAccess>]
module PathNorm =

    let private refuse at reason = Fail.because (NoFigure(at, reason))

    let private add q (a: Magnitude[]) (b: Magnitude[]) =
        if a.Length <> b.Length then
            Fail.because (ShapeMismatch("sum", $"{a.Length} and {b.Length} channels meet"))

        Array.map2 (fun x y -> PathSums.together q [| x; y |]) a b

    let private layer (numbers: Numbers) biases q (a: Affine) (input: Magnitude[]) =
        let matrix = numbers.Weight a

        if matrix.Entries.Columns <> input.Length then
            Fail.because (
                ShapeMismatch(a.Weight.Name, $"it reads {matrix.Entries.Columns} channels and {input.Length} arrive")
            )

        let paths = PathSums.behind matrix q input

        match numbers.Bias a with
        | None -> paths
        | Some bias ->
            Array.map2
                (fun (p: Magnitude) b ->
                    let start = Magnitude.realPower (PathSums.carried q) (Magnitude.ofFloat b)

                    match biases with
                    | OfConstantUnits -> if p.IsZero then start else p
                    | OfAllUnits -> PathSums.together q [| p; start |])
                paths
                bias

    /// What is carried of the paths behind a network, for those in front of it.
    let private behind (numbers: Numbers) biases q =
        let times at (factors: Magnitude[]) (input: Magnitude[]) =
            let raised = factors |> Array.map (Magnitude.realPower (PathSums.carried q))

            if raised.Length = 1 && raised[0] = Magnitude.One then
                input
            elif raised.Length = 1 then
                input |> Array.map (fun p -> p * raised[0])
            elif raised.Length = input.Length then
                Array.map2 (*) input raised
            else
                Fail.because (ShapeMismatch(at, $"{raised.Length} factors meet {input.Length} channels"))

        let rec run wires (input: Magnitude[]) network : Magnitude[] =
            RuntimeHelpers.EnsureSufficientExecutionStack()
            let each branches = branches |> List.map (run wires input)

            match network with
            | Linear(a, _, _) -> layer numbers biases q a input
            | UnitRowLinear(rows, _, _) -> layer numbers biases q rows.Coefficients input
            | Scale g -> times "scale" (numbers.Entries("scale", Some input.Length, g)) input
            | Activation(activation, _) -> times (Activation.name activation) (Slopes.steepest numbers activation) input
            | Clip _
            | As _ -> input
            | Spatial(operation, _) when Spatial.degree operation <> 1 -> refuse "spatial" "it squares what it adds up"
            | Spatial _ -> input
            | Rearrange(rearrangement, _) ->
                match Rearrangement.gain (Gain.ofMagnitudes input) rearrangement with
                | Ok g -> numbers.Entries("rearrange", None, g)
                | Error reason -> refuse "rearrange" reason
            | Normalize(normalization, _, _, _) ->
                refuse (Normalization.name normalization) "what it divides by depends on the input"
            | Compose parts -> flow wires input parts
            | Sum(branches, _) -> List.reduce (add q) (each branches)
            | Concat(branches, _, _)
            | Tuple branches -> Array.concat (each branches)
            | Product _ -> refuse "product" "paths that are multiplied have no norm"
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some paths -> paths
                | None -> Fail.because (UnknownWire wire)
            | Opaque(node, _) -> refuse $"opaque({node.Name})" "nothing is known of what this operator computes"

        and flow wires input parts =
            match parts with
            | [] -> input
            | (As wire) :: rest -> flow (Map.add wire input wires) input rest
            | part :: rest -> flow wires (run wires input part) rest

        run

    let compute numbers (options: CanonicalOptions) biases q network =
        if not (q >= 1.0) then
            invalidArg (nameof q) $"{q} is below 1"

        Fail.guard (fun () ->
            let prepared = Canonical.prepare options network |> Fail.value

            let ones at (shape: Shape) =
                match shape.Channels with
                | Some channels -> Array.create channels Magnitude.One
                | None -> Fail.because (UnknownWidth at)

            let wires = options.Wires |> Map.map (fun wire shape -> ones wire shape)

            let input =
                match Option.orElse (Shape.inputChannels prepared) options.Input.Channels with
                | None when not wires.IsEmpty -> [||]
                | channels ->
                    ones
                        "input"
                        { options.Input with
                            Channels = channels }

            let behind = behind numbers biases q

            let isBarrier term =
                match term with
                | Activation(activation, _) -> (Activation.homogeneity activation).IsNotHomogeneous
                | Rearrange(rearrangement, _) -> (Rearrangement.gain (Gain.symbol "g" None) rearrangement).IsError
                | Normalize _
                | Opaque _ -> true
                | Linear _
                | UnitRowLinear _
                | Scale _
                | Clip _
                | Spatial _
                | Compose _
                | Sum _
                | Concat _
                | Product _
                | As _
                | Wire _
                | Tuple _ -> false

            let rec outputs wires input network =
                let body = GlobalGain.body network
                let tail = Network.parts network |> List.skip body.Length

                let rec along wires input parts =
                    match parts with
                    | [ Tuple branches ] -> branches |> List.map (outputs wires input) |> Array.concat
                    | [] -> input
                    | (As wire) :: rest -> along (Map.add wire input wires) input rest
                    | part :: rest -> along wires (behind wires input part) rest

                along wires input (body @ List.takeWhile (isBarrier >> not) tail)

            let carried = outputs wires input prepared
            let root = Magnitude.realPower (1.0 / PathSums.carried q)
            let outputs = carried |> Array.map root

            { Outputs = outputs
              Largest = Magnitude.largest outputs
              Norm = root (PathSums.together q carried) })
