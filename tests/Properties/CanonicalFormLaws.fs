module Canon.Properties.CanonicalFormLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private derivation (sample: Sample) =
    Canonical.derive sample.Options sample.Network |> Law.ok

let private canonical sample = (derivation sample).Result

[<Fact>]
let ``The canonical form is the same function`` () =
    Law.forAll Networks.any (fun sample -> Function.isKept 1e-12 sample.Options sample.Network (canonical sample))

[<Fact>]
let ``The canonical form stored in float32 is the same function`` () =
    Law.forAll Networks.singles (fun sample ->
        Function.isKeptRounded 1e-5 sample.Options sample.Network (canonical sample))

[<Fact>]
let ``The canonical form has the shape of the network`` () =
    let shape (sample: Sample) network =
        Shape.infer sample.Options.Wires sample.Options.Input network |> Law.ok

    Law.forAll Networks.any (fun sample -> Assert.Equal(shape sample sample.Network, shape sample (canonical sample)))

[<Fact>]
let ``Nothing fires on a canonical form`` () =
    Law.forAll Networks.any (fun sample ->
        let again = Canonical.derive sample.Options (canonical sample) |> Law.ok

        if not again.Steps.IsEmpty then
            Law.fail $"{again.Steps.Head.Rule} fires at {again.Steps.Head.Place} of {Print.network (canonical sample)}")

[<Fact>]
let ``The canonical form of a canonical form is itself`` () =
    Law.forAll Networks.any (fun sample ->
        let once = canonical sample
        Assert.Equal(once, (Canonical.derive sample.Options once |> Law.ok).Result))

let private linears network =
    network
    |> Traversal.fold
        (fun found term ->
            match term with
            | Linear(a, _, _) -> a :: found
            | _ -> found)
        []

let unitRows network =
    network
    |> Traversal.fold
        (fun found term ->
            match term with
            | UnitRowLinear(rows, _, _) -> rows.Coefficients :: found
            | _ -> found)
        []

[<Fact>]
let ``No linear layer is left`` () =
    Law.forAll Networks.any (fun sample -> Assert.Empty(linears (canonical sample)))

let private haveUnitRows network =
    for a in unitRows network do
        let weight = Numbers().Dense a |> Law.ok

        for row in Array.chunkBySize (weight.Length / a.Weight.Rows.Value) weight do
            let norm = row |> Array.sumBy (fun w -> w * w) |> sqrt
            Law.isTrue $"{a.Weight.Name}: a row of norm {norm}" (norm = 0.0 || abs (norm - 1.0) < 1e-14)

[<Fact>]
let ``Every row has norm 1 or 0`` () =
    Law.forAll Networks.any (canonical >> haveUnitRows)

[<Fact>]
let ``Every row has norm 1 or 0 whatever the range of the weights`` () =
    Law.forAll Networks.extreme (canonical >> haveUnitRows)

/// A row of zeros has its bias alone as gain: the bias becomes 1, -1, or 0.
[<Fact>]
let ``Every row of norm 0 has bias 1 or 0`` () =
    Law.forAll Networks.extreme (fun sample ->
        for a in unitRows (canonical sample) do
            let numbers = Numbers()
            let weight = numbers.Dense a |> Law.ok |> Array.chunkBySize a.Weight.Columns.Value

            match numbers.DenseBias a |> Law.ok with
            | None -> ()
            | Some bias ->
                Array.iter2
                    (fun row b ->
                        if Array.forall ((=) 0.0) row then
                            Law.isTrue $"{a.Weight.Name}: bias {b}" (b = 0.0 || abs (abs b - 1.0) < 1e-14))
                    weight
                    bias)

[<Fact>]
let ``No number of a canonical form is NaN or infinite`` () =
    Law.forAll Networks.extreme (fun sample ->
        let numbers = Numbers()

        for a in unitRows (canonical sample) do
            for x in numbers.Dense a |> Law.ok do
                Law.isTrue $"{a.Weight.Name} has an entry {x}" (Double.IsFinite x))

/// The numbers of two canonical forms, layer by layer.
let areClose tolerance (a: Network) (b: Network) =
    let numbersA, numbersB = Numbers(), Numbers()

    let closeTo name (x: float) (y: float) =
        Law.isTrue $"{name}: {x} and {y}" (x = y || abs (x - y) <= tolerance * max (abs x) (abs y))

    let gains name width g h =
        let entries (numbers: Numbers) (g: Gain) =
            if g.IsOne then Array.create width Magnitude.One else numbers.Gain g |> Law.ok

        Array.iter2
            (fun x y ->
                let x, y = Magnitude.log2 x, Magnitude.log2 y
                Law.isTrue $"{name}: 2^{x} and 2^{y}" (x = y || abs (x - y) <= tolerance))
            (entries numbersA g)
            (entries numbersB h)

    let width (g: Gain) (h: Gain) =
        Option.orElse (Gain.length h) (Gain.length g) |> Option.defaultValue 1

    let rec pair (a: Network) (b: Network) =
        match a, b with
        | UnitRowLinear(x, _, _), UnitRowLinear(y, _, _) ->
            let rows (numbers: Numbers) (rows: UnitRows) =
                numbers.Dense rows.Coefficients |> Law.ok

            let bias (numbers: Numbers) (rows: UnitRows) =
                numbers.DenseBias rows.Coefficients |> Law.ok |> Option.defaultValue [||]

            let name = x.Coefficients.Weight.Name

            Array.iter2
                (fun v w -> Law.isTrue $"{name}: unit rows with {v} and {w}" (abs (v - w) <= tolerance))
                (rows numbersA x)
                (rows numbersB y)

            Array.iter2 (closeTo $"bias of {name}") (bias numbersA x) (bias numbersB y)
        | Scale g, Scale h -> gains "scale" (width g h) g h
        | Clip(_, _, g, _), Clip(_, _, h, _) -> gains "thresholds" (width g h) g h
        | _ ->
            let inner, other = Traversal.children a, Traversal.children b
            Law.isTrue $"{Print.network a} and {Print.network b}" (inner.Length = other.Length)
            List.iter2 pair inner other

    pair a b

[<Fact>]
let ``A rescaled network has the same canonical form`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        let other = Canonical.derive sample.Options (sample.Rescaled seed) |> Law.ok
        areClose 1e-10 (canonical sample) other.Result)

/// The same with the bias counted as one more input of constant 1.
[<Fact>]
let ``A rescaled network has the same canonical form with augmented gains`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        let options =
            { sample.Options with
                Definition = Augmented }

        let form network =
            (Canonical.derive options network |> Law.ok).Result

        areClose 1e-10 (form sample.Network) (form (sample.Rescaled seed)))

[<Fact>]
let ``The canonical form with augmented gains is the same function`` () =
    Law.forAll Networks.any (fun sample ->
        let form =
            Canonical.derive
                { sample.Options with
                    Definition = Augmented }
                sample.Network
            |> Law.ok

        Function.isKept 1e-12 sample.Options sample.Network form.Result)

[<Fact>]
let ``With augmented gains a row and its bias have norm 1 or 0 together`` () =
    Law.forAll Networks.extreme (fun sample ->
        let form =
            Canonical.derive
                { sample.Options with
                    Definition = Augmented }
                sample.Network
            |> Law.ok

        for a in unitRows form.Result do
            let numbers = Numbers()
            let rows = numbers.Dense a |> Law.ok |> Array.chunkBySize a.Weight.Columns.Value

            let bias =
                numbers.DenseBias a
                |> Law.ok
                |> Option.defaultValue (Array.zeroCreate rows.Length)

            Array.iter2
                (fun row b ->
                    let norm = Array.append row [| b |] |> Array.sumBy (fun w -> w * w) |> sqrt
                    Law.isTrue $"{a.Weight.Name}: norm {norm}" (norm = 0.0 || abs (norm - 1.0) < 1e-14))
                rows
                bias)
