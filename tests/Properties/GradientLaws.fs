module Canon.Properties.GradientLaws

open System
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open FsCheck.FSharp
open Xunit

/// The loss may have a kink, as at a ReLU that sees 0, or a jump, as at a row of zeros that is to be of norm 1: there slopes differ
/// from side to side or grow without end, and nothing is said. Enough directions are left: they are counted.
let private agrees options =
    let mutable smooth = 0
    let mutable tried = 0

    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let weights = Tensors.ofNetwork network |> Law.ok
        let seed = 17
        let found = Trained.gradient options seed sample network

        let loss tensors =
            (Trained.gradient options seed sample (Tensors.bind tensors network |> Law.ok)).Loss

        for struct (name, loss, expected) in Trained.directions 4 weights found.Parameters loss do
            let h = 1e-5
            let here, up, down = loss 0.0, loss h, loss -h
            let left, right = (here - down) / h, (up - here) / h
            let nearer = (here - loss (-h / 4.0)) / (h / 4.0)
            let size = abs left + abs right + abs expected
            let noise = 4e-11 * (abs here + 1.0) / h
            tried <- tried + 1

            if abs (left - right) + abs (left - nearer) <= 1e-3 * size + noise then
                smooth <- smooth + 1

                Law.isTrue
                    $"{name}: {expected}, by differences {left} and {right}"
                    (abs ((left + right) / 2.0 - expected) <= 2e-3 * size + 2.0 * noise))

    Law.isTrue $"only {smooth} of {tried} directions are smooth" (smooth > tried * 8 / 10)

[<Fact>]
let ``Derivatives agree with differences`` () = agrees Gradient.inference

[<Fact>]
let ``Derivatives through the statistics of a batch agree with differences`` () = agrees Gradient.training

[<Fact>]
let ``The outputs are those of the evaluation`` () =
    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let wires, input = Trained.inputs 3 sample

        List.iter2
            (fun (expected: Signal) (actual: Signal) ->
                let scale = Trained.largest expected.Data

                Array.iter2
                    (fun e a -> Law.isTrue $"{a} instead of {e}" (abs (e - a) <= 1e-12 * scale))
                    expected.Data
                    actual.Data)
            (Evaluate.run (Numbers()) Evaluate.exact wires input network |> Law.ok)
            (Trained.gradient Gradient.inference 3 sample network).Outputs)

/// A rewriting is the same function of the same parameters: it has the same derivatives, gains and all.
[<Fact>]
let ``A rewritten network has the derivatives of the original`` () =
    let mutable compared = 0

    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let form = Canonical.derive sample.Options network |> Law.ok

        // At a unit that is dead the rewritten network divides by its gain, and does not move.
        let isDead =
            Canon.Algebra.Analysis.Layers.reports (Numbers()) form.Result
            |> Law.ok
            |> List.exists (fun layer -> layer.DeadUnits > 0 || layer.ConstantUnits > 0)

        if not isDead then
            compared <- compared + 1

            Trained.same
                1e-8
                (Trained.gradient Gradient.inference 5 sample network).Parameters
                (Trained.gradient Gradient.inference 5 sample form.Result).Parameters)

    Law.isTrue $"only {compared} were compared" (compared > Law.cases / 4)
