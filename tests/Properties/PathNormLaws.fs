module Canon.Properties.PathNormLaws

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open FsCheck.FSharp
open Xunit

let private parts (network: Network) = Network.parts network

/// Activations of slopes of at most 1, through which a gain and a path go alike.
let private isGentle network =
    network
    |> Traversal.collect (function
        | Activation(LeakyRelu slope, _) -> [ slope ]
        | Activation(PRelu slopes, _) -> Numbers().Entries slopes |> Law.ok |> List.ofArray
        | _ -> [])
    |> List.forall (fun slope -> abs slope <= 1.0)

let private near what (expected: Magnitude) (actual: Magnitude) =
    let isSame =
        if expected.IsZero || actual.IsZero then
            expected.IsZero && actual.IsZero
        else
            abs (Math.Pow(2.0, Magnitude.log2 actual - Magnitude.log2 expected) - 1.0)
            <= 1e-11

    Law.isTrue $"{what}: {actual} instead of {expected}" isSame

let private pathNorm (options: CanonicalOptions) biases q network =
    PathNorm.compute (Numbers()) options biases q network

let private isGain samples definition biases =
    Law.forAll samples (fun (sample: Sample) ->
        if isGentle sample.Network && parts sample.Network |> List.exists _.IsLinear then
            let options =
                { sample.Options with
                    Definition = definition }

            let form = Canonical.derive options sample.Network |> Law.ok
            let gain = GlobalGain.ofCanonical (Numbers()) form.Result |> Law.ok
            let norm = pathNorm options biases 2.0 sample.Network |> Law.ok
            Array.iter2 (near "output") gain.Gain norm.Outputs
            near "all" gain.Scalar norm.Norm)

[<Fact>]
let ``The gain of a chain is its l2 path norm, constant units being starts of paths`` () =
    isGain Networks.sequential RowNorm OfConstantUnits

[<Fact>]
let ``With augmented gains biases are inputs of constant 1`` () =
    isGain Networks.sequential Augmented OfAllUnits

[<Fact>]
let ``So it is where magnitudes span hundreds of decades`` () =
    isGain Networks.extreme RowNorm OfConstantUnits

/// With space a channel is one path through an operation on it, and all taps of a convolution are paths: as for gains.
[<Fact>]
let ``So it is for convolutions, pools and what else moves scales through space`` () =
    let mutable compared = 0

    Law.forAll (Networks.ofProfile { Profile.sequential with Space = true }) (fun sample ->
        let form = Canonical.derive sample.Options sample.Network |> Law.ok
        let norm = pathNorm sample.Options OfConstantUnits 2.0 sample.Network

        match norm, GlobalGain.ofCanonical (Numbers()) form.Result with
        | Ok norm, Ok gain when isGentle sample.Network && form.Refusals.IsEmpty ->
            compared <- compared + 1
            near "all" gain.Scalar norm.Norm
        | _ -> ())

    Law.isTrue $"only {compared} compared" (compared > Law.cases / 3)

/// All paths one by one: for every channel the products of the weights on the ways to it.
let private enumerated (sample: Sample) terms =
    let rec along wires (input: float list[]) terms =
        match terms with
        | [] -> input
        | As wire :: rest -> along (Map.add wire input wires) input rest
        | term :: rest -> along wires (through wires input term) rest

    and through wires input term : float list[] =
        match term with
        | Linear(a, _, _) ->
            let rows, bias = Naive.coefficients a

            Array.map2
                (fun row b ->
                    let paths =
                        [ for struct (column, _, weight) in row do
                              for path in input[column] -> path * weight ]

                    if List.forall ((=) 0.0) paths then [ b ] else paths)
                rows
                bias
        | Activation(activation, _) ->
            let slopes =
                match activation with
                | LeakyRelu slope -> [| slope |]
                | PRelu slopes -> Numbers().Entries slopes |> Law.ok
                | _ -> [| 1.0 |]

            input
            |> Array.mapi (fun c -> List.map ((*) (max 1.0 (abs slopes[if slopes.Length = 1 then 0 else c]))))
        | Compose inner -> along wires input inner
        | Sum(branches, _) -> branches |> List.map (through wires input) |> List.reduce (Array.map2 (@))
        | Concat(branches, _, _) -> branches |> List.map (through wires input) |> Array.concat
        | Wire wire -> Map.find wire wires
        | Clip _ -> input
        | other -> Law.fail $"{other}"

    along Map.empty (Array.create sample.Options.Input.Channels.Value [ 1.0 ]) terms

let private countable =
    Networks.ofProfile
        { Profile.residual with
            Widest = 2
            Powers = 0 }
    |> Arb.filter (fun sample ->
        sample.Network
        |> Traversal.collect (function
            | Product _ -> [ () ]
            | _ -> [])
        |> List.isEmpty)

[<Fact>]
let ``It is what the paths one by one come to`` () =
    Law.forAll countable (fun sample ->
        let paths = enumerated sample (parts sample.Network)

        for q in [ 1.0; 1.5; 2.0; 3.0 ] do
            let norm = pathNorm sample.Options OfConstantUnits q sample.Network |> Law.ok

            let sums = paths |> Array.map (List.sumBy (fun path -> Math.Pow(abs path, q)))

            Array.iter2
                (fun sum actual -> near $"q = {q}" (Magnitude.ofFloat (Math.Pow(sum, 1.0 / q))) actual)
                sums
                norm.Outputs

            near $"q = {q}" (Magnitude.ofFloat (Math.Pow(Array.sum sums, 1.0 / q))) norm.Norm)

[<Fact>]
let ``It is an invariant of rescaling`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        for q in [ 1.0; 2.0; 2.5 ] do
            for biases in [ OfConstantUnits; OfAllUnits ] do
                let norm = pathNorm sample.Options biases q

                match norm sample.Network, norm (sample.Rescaled seed) with
                | Ok expected, Ok actual -> Array.iter2 (near $"q = {q}") expected.Outputs actual.Outputs
                | Error expected, Error actual -> Assert.Equal(expected, actual)
                | expected, actual -> Law.fail $"{actual} instead of {expected}")

[<Fact>]
let ``It is an invariant of permuting hidden units`` () =
    Law.forAll Networks.sequential (fun sample ->
        let select rows columns p =
            Parameter.select
                { Rows = rows
                  Columns = columns
                  Added = [] }
                p

        /// Every hidden layer turned round, with the columns that read it.
        let rec turned columns terms =
            match terms with
            | Linear(a, kernel, label) :: rest ->
                let count = a.Weight.Rows.Value
                let isHidden = rest |> List.exists _.IsLinear
                let rows = if isHidden then List.rev [ 0 .. count - 1 ] else [ 0 .. count - 1 ]

                let permuted =
                    { a with
                        Weight = select rows columns a.Weight
                        Bias =
                            a.Bias
                            |> Option.map (fun bias ->
                                { bias with
                                    Vector = Parameter.selectEntries rows bias.Vector }) }

                Linear(permuted, kernel, label) :: turned rows rest
            | Activation(PRelu slopes, label) :: rest when slopes.Rows <> Some 1 ->
                Activation(PRelu(Parameter.selectEntries columns slopes), label)
                :: turned columns rest
            | term :: rest -> term :: turned columns rest
            | [] -> []

        let inputs = [ 0 .. sample.Options.Input.Channels.Value - 1 ]
        let network = Network.compose (turned inputs (parts sample.Network))

        for q in [ 1.0; 2.0 ] do
            let norm network =
                pathNorm sample.Options OfConstantUnits q network |> Law.ok

            near $"q = {q}" (norm sample.Network).Norm (norm network).Norm)

[<Fact>]
let ``No output moves by more than the l1 path norm times the largest move of an input`` () =
    Law.forAll countable (fun sample ->
        let network = sample.Network
        let bound = pathNorm sample.Options OfConstantUnits 1.0 network |> Law.ok
        let random = Random 1

        let draw () =
            Array.init sample.Options.Input.Channels.Value (fun _ -> 4.0 * random.NextDouble() - 2.0)

        let x, y = draw (), draw ()

        let fx, fy =
            Evaluate.vector network x |> Law.ok, Evaluate.vector network y |> Law.ok

        let moved = Array.map2 (fun a b -> abs (a - b)) x y |> Array.max

        Array.iteri
            (fun i most ->
                let change = abs (fx[i] - fy[i])
                let rounding = 1e-12 * (abs fx[i] + abs fy[i])
                Law.isTrue $"{change} at {i}" (change <= Magnitude.toFloat most * moved + rounding))
            bound.Outputs)

[<Theory>]
[<InlineData("linear(W) -> square -> linear(V)", "square")>]
[<InlineData("linear(W) -> softmax -> linear(V)", "softmax")>]
[<InlineData("product[linear(W), linear(V)]", "product")>]
let ``Where there is none it says why`` (text: string, at: string) =
    let sized =
        Instantiate.sizes Instantiate.smallSizes [ Parse.network text |> Law.parsed ]
        |> Law.ok
        |> Instantiate.values 1
        |> Law.ok

    match pathNorm sized.Options OfConstantUnits 2.0 sized.Networks.Head with
    | Error(NoFigure(where, _)) -> Assert.Equal(at, where)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``The scalar gain is the norm of the gain and the direction has norm 1`` () =
    Law.forAll Networks.sequential (fun sample ->
        if parts sample.Network |> List.exists _.IsLinear then
            let form = Canonical.derive sample.Options sample.Network |> Law.ok
            let gain = GlobalGain.ofCanonical (Numbers()) form.Result |> Law.ok

            let norm xs =
                xs |> Array.sumBy (fun x -> x * x) |> sqrt

            let expected = norm (gain.Gain |> Array.map Magnitude.toFloat)
            Law.isTrue $"{gain.Scalar}" (abs (Magnitude.toFloat gain.Scalar - expected) <= 1e-14 * expected)
            let length = norm gain.Direction
            Law.isTrue $"{length}" (if expected = 0.0 then length = 0.0 else abs (length - 1.0) <= 1e-14))

/// gain = ‖row‖ · ‖incoming gain‖ · interference, on rows that are not constant.
[<Fact>]
let ``Gains factor into norm, incoming norm and interference`` () =
    Law.forAll Networks.any (fun sample ->
        let form = Canonical.derive sample.Options sample.Network |> Law.ok

        let layers =
            form.Result
            |> Traversal.fold
                (fun found term ->
                    match term with
                    | UnitRowLinear(rows, _, _) -> rows.Coefficients :: found
                    | _ -> found)
                []
            |> List.rev

        List.iter2
            (fun (report: LayerReport) (a: Affine) ->
                let incoming = Naive.gain report.Columns a.Right

                let norm xs =
                    xs |> Array.sumBy (fun x -> x * x) |> sqrt

                let rows, _ = Naive.coefficients (Affine.ofParameters a.Weight None)

                report.Gain
                |> Array.iteri (fun i gain ->
                    let row = rows[i] |> Array.map (fun (struct (_, _, entry)) -> entry)
                    let interference = report.Interference[i]

                    Law.isTrue
                        $"{report.Name}, row {i}: interference {interference}"
                        (interference >= 0.0 && interference <= 1.0 + 1e-15)

                    if interference > 0.0 then
                        let expected = norm row * norm incoming * interference
                        let actual = Magnitude.toFloat gain

                        Law.isTrue
                            $"{report.Name}, row {i}: {actual} instead of {expected}"
                            (abs (actual - expected) <= 1e-11 * expected)))
            (Layers.reports (Numbers()) form.Result |> Law.ok)
            layers)

let private interference (rows: float list) (incoming: float list) =
    let weight =
        Parameter.matrix "W" 1 rows.Length false 1.0 (Build.values Float64 (List.toArray rows))

    let network =
        Network.compose [ Scale(Gain.ofValues incoming); Network.linear weight None "" ]

    let form = Canonical.derive Canonical.options network |> Law.ok
    (Layers.reports (Numbers()) form.Result |> Law.ok).Head.Interference[0]

/// The examples of calculus §5: an overlap of energy, not of direction.
[<Fact>]
let ``Orthogonal vectors may interfere`` () =
    Assert.Equal(1.0 / sqrt 2.0, interference [ 1.0; -1.0 ] [ 1.0; 1.0 ], 15)

[<Fact>]
let ``A vector need not interfere fully with itself`` () =
    Assert.Equal(1.0 / sqrt 2.0, interference [ 1.0; 1.0 ] [ 1.0; 1.0 ], 15)

[<Fact>]
let ``Vectors on one axis interfere fully`` () =
    Assert.Equal(1.0, interference [ 0.0; -3.0 ] [ 0.0; 2.0 ], 15)

[<Fact>]
let ``Vectors of disjoint supports do not interfere`` () =
    Assert.Equal(0.0, interference [ 5.0; 0.0 ] [ 0.0; 2.0 ], 15)
