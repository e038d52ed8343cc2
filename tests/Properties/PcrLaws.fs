module Canon.Properties.PcrLaws

open System
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private input (sample: Sample) = sample.Options.Input

/// Networks whose output can be capped, with a gain there that is neither 0 nor beyond all floats, and the plan.
let private planned options (sample: Sample) =
    match Pcr.plan options (input sample) sample.Network with
    | Error _ -> None
    | Ok plan ->
        let weights = Tensors.ofNetwork (Gauged.prepared sample) |> Law.ok

        match Pcr.gain plan weights with
        | Ok gain when gain > 1e-6 && gain < 1e12 -> Some(struct (plan, weights, gain))
        | _ -> None

/// The law for all networks that can be capped; there are enough of them.
let private forAll arbitrary options law =
    let mutable planable = 0

    Law.forAll arbitrary (fun sample ->
        match planned options sample with
        | None -> ()
        | Some(struct (plan, weights, gain)) ->
            planable <- planable + 1
            law sample plan weights gain)

    Law.isTrue $"only {planable} networks could be capped" (planable > Law.cases / 5)

let private outputs seed (sample: Sample) network =
    let wires, input = Trained.inputs seed sample
    Evaluate.run (Numbers()) Evaluate.exact wires input network |> Law.ok

let private start = Optimizer.start Optimizer.adam

let private gauges =
    [ EventGauge.Canonical; EventGauge.Original; EventGauge.Balanced ]

let private definitions = [ RowNorm; Augmented ]

[<Fact>]
let ``With everything off an event leaves the function`` () =
    for gauge in gauges do
        for definition in definitions do
            let options =
                { PcrOptions.standard with
                    Gauge = gauge
                    Definition = definition }

            forAll Trained.networks options (fun sample plan weights _ ->
                let event = Pcr.event plan 1e-3 weights start |> Law.ok
                let network = Tensors.bind event.Weights (Gauged.prepared sample) |> Law.ok
                Function.isKept 1e-12 sample.Options sample.Network network)

[<Fact>]
let ``With powers of two it leaves every bit`` () =
    for gauge in gauges do
        let options =
            { PcrOptions.standard with
                Gauge = gauge
                Definition = PowerOfTwo Augmented }

        forAll Trained.networks options (fun sample plan weights _ ->
            let event = Pcr.event plan 1e-3 weights start |> Law.ok
            let network = Gauged.prepared sample
            let after = Tensors.bind event.Weights network |> Law.ok

            List.iter2
                (fun (a: Signal) (b: Signal) -> Assert.Equal<float>(a.Data, b.Data))
                (outputs 3 sample network)
                (outputs 3 sample after))

/// Chains of layers and branches: behind the last layer no barrier hides a factor.
let private unclipped =
    Trained.known Networks.residual
    |> Arb.filter (fun sample ->
        sample.Network
        |> Traversal.collect (fun term -> if term.IsClip then [ term ] else [])
        |> List.isEmpty)

[<Fact>]
let ``A cap leaves the gain at the cap and multiplies every output by one factor`` () =
    for gauge in gauges do
        for definition in PowerOfTwo Augmented :: definitions do
            let options cap =
                { PcrOptions.standard with
                    Gauge = gauge
                    Definition = definition
                    MaxGain = cap }

            forAll unclipped (options None) (fun sample _ weights gain ->
                let cap = 0.3 * gain
                let plan = Pcr.plan (options (Some cap)) (input sample) sample.Network |> Law.ok
                let event = Pcr.event plan 1e-3 weights start |> Law.ok
                let after = Pcr.gain plan event.Weights |> Law.ok
                Law.isTrue $"{after} above {cap}" (after <= cap * (1.0 + 1e-12))
                Law.isTrue $"{after} below {cap}" (after >= cap * (1.0 - 1e-12))

                Law.isTrue
                    $"{event.Decision.Report.GainAfter}"
                    (abs (event.Decision.Report.GainAfter - after) <= 1e-12 * cap)

                let network = Gauged.prepared sample
                let capped = Tensors.bind event.Weights network |> Law.ok

                List.iter2
                    (fun (a: Signal) (b: Signal) ->
                        let scale = Trained.largest a.Data

                        Array.iter2
                            (fun x y ->
                                let expected = event.Decision.Report.OutputFactor * x
                                Law.isTrue $"{y} instead of {expected}" (abs (y - expected) <= 1e-10 * scale))
                            a.Data
                            b.Data)
                    (outputs 3 sample network)
                    (outputs 3 sample capped))

[<Fact>]
let ``A cap above the gain changes nothing`` () =
    forAll Trained.networks PcrOptions.standard (fun sample _ weights gain ->
        let options =
            { PcrOptions.standard with
                MaxGain = Some(1.0001 * gain)
                Gauge = EventGauge.Original }

        let plan = Pcr.plan options (input sample) sample.Network |> Law.ok
        let event = Pcr.event plan 1e-3 weights start |> Law.ok

        for KeyValue(name, numbers) in weights do
            Assert.Equal<float>(numbers, event.Weights[name]))

/// What the cap multiplies the outputs by is no part of α: moments follow the gauge alone, unless told to follow the note.
[<Fact>]
let ``In the original gauge a cap leaves covariant moments`` () =
    forAll Trained.networks PcrOptions.standard (fun sample _ weights gain ->
        let event capInMoments =
            let options =
                { PcrOptions.standard with
                    MaxGain = Some(0.5 * gain)
                    Gauge = EventGauge.Original
                    CapInMoments = capInMoments }

            let plan = Pcr.plan options (input sample) sample.Network |> Law.ok

            Pcr.event
                plan
                1e-3
                weights
                { start with
                    First = weights
                    Second = weights }
            |> Law.ok

        let apart, inside = event false, event true

        for KeyValue(name, numbers) in weights do
            Assert.Equal<float>(numbers, apart.State.First[name])

        let moved (event: PcrEvent) =
            weights
            |> Map.exists (fun name numbers -> Trained.largest numbers > 0.0 && event.State.First[name] <> numbers)

        Law.isTrue "the note's α has the cap in it" (moved inside))

[<Fact>]
let ``The proximal penalty shrinks the gain by its factor`` () =
    forAll unclipped PcrOptions.standard (fun sample _ weights gain ->
        let options =
            { PcrOptions.standard with
                Period = 10
                Penalty = Some { Strength = 0.5; AtEvents = true } }

        let plan = Pcr.plan options (input sample) sample.Network |> Law.ok
        let event = Pcr.event plan 0.01 weights start |> Law.ok
        let expected = gain / (1.0 + 2.0 * 0.5 * 0.01 * 10.0)
        let after = Pcr.gain plan event.Weights |> Law.ok
        Law.isTrue $"{after} instead of {expected}" (abs (after - expected) <= 1e-10 * expected))

let private penalized definition =
    { PcrOptions.standard with
        Definition = definition
        Penalty = Some { Strength = 0.7; AtEvents = false } }

[<Fact>]
let ``The penalty's derivatives agree with differences`` () =
    for definition in definitions do
        forAll Trained.networks (penalized definition) (fun _ plan weights _ ->
            let struct (value, derivatives) = Pcr.penalty plan weights |> Law.ok

            let penalty tensors =
                let struct (value, _) = Pcr.penalty plan tensors |> Law.ok in value

            for struct (name, at, expected) in Trained.directions 3 weights derivatives penalty do
                let h = 1e-6
                let left, right = (value - at -h) / h, (at h - value) / h
                let size = abs left + abs right + abs expected + 1e-8 * value / h

                // A row that is zero has a kink there.
                if abs (left - right) <= 1e-3 * size then
                    Law.isTrue
                        $"{name}: {expected}, by differences {left} and {right}"
                        (abs ((left + right) / 2.0 - expected) <= 1e-3 * size))

/// Calculus §5: q the forward pass of the squares over ones, p the backward pass.
[<Fact>]
let ``Of a chain the penalty's derivatives are those of the path norm`` () =
    forAll Networks.sequential (penalized RowNorm) (fun sample plan weights _ ->
        let layers =
            Gauged.prepared sample
            |> Network.parts
            |> List.choose (fun term ->
                match term with
                | Linear(a, _, _) -> Some(struct (a.Weight.Name, a.Weight.Rows.Value, a.Weight.Columns.Value))
                | _ -> None)

        let isWhole =
            layers
            |> List.forall (fun struct (name, rows, columns) ->
                let numbers = weights[name]

                Seq.init rows (fun i -> Seq.init columns (fun j -> numbers[i * columns + j]))
                |> Seq.forall (Seq.exists ((<>) 0.0)))

        // A row of zeros begins a path with its bias, which the two passes do not know.
        if isWhole then
            let square struct (name, rows, columns) i j =
                (Map.find name weights)[i * columns + j] ** 2.0

            let forward =
                layers
                |> List.scan
                    (fun q (struct (_, rows, columns) as layer) ->
                        Array.init rows (fun i ->
                            Array.init columns (fun j -> square layer i j * Array.get q j) |> Array.sum))
                    (Array.create (let struct (_, _, columns) = layers.Head in columns) 1.0)

            let backward =
                List.scanBack
                    (fun (struct (_, rows, columns) as layer) p ->
                        Array.init columns (fun j ->
                            Array.init rows (fun i -> square layer i j * Array.get p i) |> Array.sum))
                    layers
                    (Array.create (List.last forward).Length 1.0)

            let expected =
                List.zip3 layers (List.take layers.Length forward) backward.Tail
                |> List.map (fun (struct (name, rows, columns), q, p) ->
                    name,
                    Array.init (rows * columns) (fun k ->
                        (2.0
                         * 0.7
                         * (weights[name])[k]
                         * Array.get p (k / columns)
                         * Array.get q (k % columns))))
                |> Map.ofList

            let struct (_, actual) = Pcr.penalty plan weights |> Law.ok
            Trained.same 1e-10 expected (actual |> Map.filter (fun name _ -> Map.containsKey name expected)))

let private matrix name rows columns (numbers: float list) =
    Parameter.matrix name rows columns false 1.0 (Values.ofFloat64 (ReadOnlyMemory(Array.ofList numbers)))

/// linear(3) -> relu -> linear(5): the norm of the product is 15.
let private tiny =
    Network.compose
        [ Network.linear (matrix "A" 1 1 [ 3.0 ]) None ""
          Network.activation Relu ""
          Network.linear (matrix "B" 1 1 [ 5.0 ]) None "" ]

let private tinyEvent options =
    let plan = Pcr.plan options Shape.unknown tiny |> Law.ok
    Pcr.event plan 1e-3 (Tensors.ofNetwork tiny |> Law.ok) start |> Law.ok

[<Fact>]
let ``By hand: a cap of 6 in the canonical gauge`` () =
    let event =
        tinyEvent
            { PcrOptions.standard with
                Gauge = EventGauge.Canonical
                MaxGain = Some 6.0 }

    Assert.Equal(1.0, event.Weights["A"][0], 15)
    Assert.Equal(6.0, event.Weights["B"][0], 14)
    Assert.Equal(15.0, event.Decision.Report.GainBefore, 14)
    Assert.Equal(0.4, event.Decision.Report.OutputFactor, 15)
    Assert.Equal(3.0, (event.Decision.Report.Alphas |> List.find (fun a -> a.Name = "B")).Greatest, 14)

[<Fact>]
let ``By hand: balanced, both layers are as long as each other`` () =
    let event = tinyEvent PcrOptions.standard
    Assert.Equal(sqrt 15.0, event.Weights["A"][0], 3)
    Assert.Equal(15.0, event.Weights["A"][0] * event.Weights["B"][0], 13)

[<Theory>]
[<InlineData(0, 1.0, 0.0)>]
[<InlineData(10, 0.0, 0.0)>]
[<InlineData(10, -1.0, 0.0)>]
[<InlineData(10, 1.0, -1.0)>]
let ``Periods, caps and strengths that cannot be are refused`` (period: int) (cap: float) (strength: float) =
    let options =
        { PcrOptions.standard with
            Period = period
            MaxGain = Some cap
            Penalty = Some { Strength = strength; AtEvents = true } }

    Assert.Throws<ArgumentOutOfRangeException>(fun () -> Pcr.plan options Shape.unknown tiny |> ignore)
    |> ignore

[<Fact>]
let ``Weights of another size are refused`` () =
    let plan = Pcr.plan PcrOptions.standard Shape.unknown tiny |> Law.ok

    match Pcr.event plan 1e-3 (Map [ "A", [| 1.0; 2.0 |]; "B", [| 1.0 |] ]) start with
    | Error error -> Assert.Equal("A: it has 1 entries and 2 are given", error.Message)
    | Ok _ -> Law.fail "they were taken"

[<Fact>]
let ``An output that is also an input cannot be capped`` () =
    let network =
        Network.sum [ Network.identity; Network.linear (matrix "A" 1 1 [ 3.0 ]) None "" ] ""

    match Pcr.plan PcrOptions.standard Shape.unknown network with
    | Error error -> Assert.StartsWith("output:", error.Message)
    | Ok _ -> Law.fail "it was taken"
