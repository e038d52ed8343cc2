module Canon.Properties.PathNormLaws

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open Xunit

let private parts (network: Network) = Network.parts network

/// One forward pass of the squared weights over ones (calculus §5). A row that reads nothing but zeros starts a path of its
/// own with its bias; with augmented gains every bias does.
let private squaredPass definition (sample: Sample) =
    let layer (x: float[]) (a: Affine) =
        Array.init a.Weight.Rows.Value (fun i ->
            let paths =
                x |> Array.mapi (fun j p -> Naive.tap a.Weight i j 0 ** 2.0 * p) |> Array.sum

            let bias =
                a.Bias
                |> Option.map (fun b -> Naive.tap b.Vector i 0 0 ** 2.0)
                |> Option.defaultValue 0.0

            match definition with
            | RowNorm -> if paths = 0.0 then bias else paths
            | Augmented -> paths + bias
            | PowerOfTwo _ -> Law.fail "no path norm is a power of two")

    parts sample.Network
    |> List.fold
        (fun x term ->
            match term with
            | Linear(a, _, _) -> layer x a
            | _ -> x)
        (Array.create sample.Options.Input.Channels.Value 1.0)

let private squaredGain definition (sample: Sample) =
    let form =
        Canonical.derive
            { sample.Options with
                Definition = definition }
            sample.Network
        |> Law.ok

    match List.tryLast (parts form.Result) with
    | None
    | Some(Activation _ | Clip _) when not (parts sample.Network |> List.exists _.IsLinear) ->
        Array.create sample.Options.Input.Channels.Value 1.0
    | _ ->
        (GlobalGain.ofCanonical (Numbers()) form.Result |> Law.ok).Gain
        |> Array.map (fun g -> Magnitude.toFloat (g * g))

let private isPathNorm definition =
    Law.forAll Networks.sequential (fun sample ->
        Array.iter2
            (fun expected actual ->
                Law.isTrue $"{actual} instead of {expected}" (abs (expected - actual) <= 1e-12 * expected))
            (squaredPass definition sample)
            (squaredGain definition sample))

[<Fact>]
let ``The square of the gain is the squared pass over ones`` () = isPathNorm RowNorm

[<Fact>]
let ``With augmented gains biases are inputs of constant 1`` () = isPathNorm Augmented

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
