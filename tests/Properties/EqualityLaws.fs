module Canon.Properties.EqualityLaws

open System
open Canon.Algebra
open Canon.Algebra.Equality
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private optionsOf (sample: Sample) =
    { Equality.options with
        First = sample.Options
        Second = sample.Options
        AreSame = fun _ _ -> true }

let private compare sample first second =
    Equality.compare (optionsOf sample) first second |> Law.ok

let private describe verdict =
    match verdict with
    | Verdict.Equal same -> $"equal to {same.Deviation}"
    | Verdict.Different(witness, parting) ->
        let layer = parting |> Option.map _.First
        $"different by {witness.Difference} (noise {witness.Noise}), parting at {layer}"
    | Verdict.Undecided(reason, parting) ->
        let part = parting |> Option.map (fun p -> p.First, p.Deviation, p.Units)
        $"undecided: {reason}, parting at {part}"

let private requireEqual sample first second =
    match compare sample first second with
    | Verdict.Equal same -> same
    | other ->
        let reduced network =
            Sample(sample.Options, Reduction.network (Numbers()) sample.Options network |> Law.ok)

        Law.fail $"{describe other}\n{reduced first}\n{reduced second}"

/// Numbers of layers, by rows, weights and biases.
let private numbers network =
    let numbers = Numbers()

    network
    |> Traversal.collect (fun term ->
        match term with
        | Linear(a, _, _) ->
            [ a.Weight.Name, numbers.Dense a |> Law.ok
              a.Weight.Name, numbers.DenseBias a |> Law.ok |> Option.defaultValue [||] ]
        | _ -> [])

/// Networks whose hidden units all matter and are free, so that the architecture of the reduced network is what it was.
let private disguised =
    Arb.zip (Networks.doubles, ArbMap.defaults |> ArbMap.arbitrary<int>)

let private disguise seed network =
    Gauge.network (Gauged.shuffled seed 2.0 (Gauged.rescaling network)) network

/// Columns that read a dead unit may be anything.
let private hasDeadUnits options network =
    let form = Canonical.derive options network |> Law.ok

    Canon.Algebra.Analysis.Layers.reports (Numbers()) form.Result
    |> Law.ok
    |> List.exists (fun layer -> layer.DeadUnits > 0)

[<Fact>]
let ``A network in another gauge is equal`` () =
    Law.forAll disguised (fun (sample, seed) ->
        let network = Gauged.prepared sample
        requireEqual sample network (disguise seed network) |> ignore)

[<Fact>]
let ``The gauge of a verdict leads from one network to the other`` () =
    Law.forAll disguised (fun (sample, seed) ->
        let network = Gauged.prepared sample
        let same = requireEqual sample network (disguise seed network)

        match same.Gauge with
        | None -> ()
        | Some _ when hasDeadUnits sample.Options same.First -> ()
        | Some gauge ->
            let led = numbers (Gauge.network gauge same.First)

            List.iter2
                (fun (name, a: float[]) (_, b: float[]) ->
                    let largest = Array.fold (fun m x -> max m (abs x)) 0.0 b

                    Array.iter2
                        (fun (x: float) y ->
                            Law.isTrue $"{name}: {x} instead of {y}" (abs (x - y) <= 1e-12 * largest))
                        a
                        b)
                led
                (numbers same.Second))

/// The network with one number changed.
let private withChange seed network =
    let random = Random(seed: int)
    let tensors = Training.Tensors.ofNetwork network |> Law.ok
    let names = Map.keys tensors |> Array.ofSeq

    if names.Length = 0 then
        network
    else
        let name = names[random.Next names.Length]
        let numbers = Array.copy tensors[name]
        let k = random.Next numbers.Length
        numbers[k] <- 1.3 * numbers[k] + 0.01
        Training.Tensors.bind (Map.ofList [ name, numbers ]) network |> Law.ok

/// The largest difference of an output over its largest entry, on inputs that the verdict did not see.
let private difference (sample: Sample) first second =
    List.map2
        (fun (a: Signal) (b: Signal) ->
            let largest (s: Signal) =
                Array.fold (fun m x -> max m (abs x)) 0.0 s.Data

            let difference = Array.fold2 (fun m x y -> max m (abs (x - y))) 0.0 a.Data b.Data

            if difference = 0.0 then 0.0 else difference / max (largest a) (largest b))
        (Function.outputs sample.Options false first)
        (Function.outputs sample.Options false second)
    |> List.fold max 0.0

[<Fact>]
let ``One changed number is seen wherever it matters`` () =
    Law.forAll disguised (fun (sample, seed) ->
        let network = Gauged.prepared sample
        let changed = withChange seed network |> disguise seed
        let seen = difference sample network changed

        match compare sample network changed with
        | Verdict.Equal same ->
            Law.isTrue $"called equal, and outputs differ by {seen}; {describe (Verdict.Equal same)}" (seen <= 1e-8)
        | Verdict.Different(witness, _) ->
            let run network =
                Evaluate.run (Numbers()) Evaluate.exact witness.Wires witness.Input network
                |> Law.ok

            Assert.NotEqual<Signal list>(run network, run changed)
        | Verdict.Undecided(reason, _) when reason.Contains "nothing is known of" -> ()
        | Verdict.Undecided _ as verdict ->
            Law.isTrue $"{describe verdict}, and outputs differ by {seen}" (seen <= 1e-8))

[<Fact>]
let ``The order of two networks does not matter to the answer`` () =
    let kind verdict =
        match verdict with
        | Verdict.Equal _ -> "equal"
        | Verdict.Different _ -> "different"
        | Verdict.Undecided _ -> "undecided"

    Law.forAll disguised (fun (sample, seed) ->
        let network = Gauged.prepared sample
        let changed = withChange seed network |> disguise seed

        let forwards, backwards =
            compare sample network changed, compare sample changed network

        Law.isTrue
            $"{describe forwards}, and the other way round {describe backwards}"
            (kind forwards = kind backwards))

[<Fact>]
let ``Reducing a network keeps its function`` () =
    Law.forAll Networks.doubles (fun sample ->
        Reduction.network (Numbers()) sample.Options sample.Network
        |> Law.ok
        |> Function.isKept 1e-9 sample.Options sample.Network)

[<Fact>]
let ``A reduced network is reduced`` () =
    Law.forAll Networks.doubles (fun sample ->
        let reduced = Reduction.network (Numbers()) sample.Options sample.Network |> Law.ok
        let again = Reduction.network (Numbers()) sample.Options reduced |> Law.ok
        Assert.Equal<string>(Skeleton.lines reduced, Skeleton.lines again)
        requireEqual sample reduced again |> ignore)
