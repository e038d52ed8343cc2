namespace Canon.Properties

open System
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open FsCheck.FSharp

/// Networks that can be trained, and losses to train them by.
[<RequireQualifiedAccess>]
module Trained =

    /// Networks that can be evaluated without being told what their opaque terms compute.
    let known arbitrary =
        arbitrary
        |> Arb.filter (fun (sample: Sample) ->
            sample.Network
            |> Traversal.collect (fun term -> if term.IsOpaque then [ term ] else [])
            |> List.isEmpty)

    let networks = known Networks.doubles

    /// Σ c·y, of coefficients of chance.
    let loss seed : Objective =
        fun outputs ->
            let random = Random(seed: int)

            let derivatives =
                outputs
                |> List.map (fun output -> Array.init output.Data.Length (fun _ -> 2.0 * random.NextDouble() - 1.0))

            struct (List.fold2
                        (fun sum (y: Signal) c -> sum + Array.sum (Array.map2 (*) y.Data c))
                        0.0
                        outputs
                        derivatives,
                    derivatives)

    let inputs seed (sample: Sample) =
        let random = Random(seed: int)

        let signal (shape: Shape) =
            let space = (defaultArg shape.Space []) |> List.map (Option.defaultValue 1)
            let channels = defaultArg shape.Channels 1
            let count = 3 * List.fold (*) channels space
            Signal.create 3 space channels (Array.init count (fun _ -> Build.normal random))

        Map.map (fun _ shape -> signal shape) sample.Options.Wires, signal sample.Options.Input

    let gradient options seed sample network =
        let wires, input = inputs seed sample
        Gradient.run (Numbers()) options wires input (loss seed) network |> Law.ok

    let largest (numbers: float[]) =
        numbers |> Array.fold (fun m x -> max m (abs x)) 0.0

    /// Two derivatives by the same parameters; where one does not depend on a parameter it is 0.
    let same tolerance (expected: Tensors) (actual: Tensors) =
        let all = expected.Values |> Seq.map largest |> Seq.fold max 0.0

        for name in Seq.distinct (Seq.append expected.Keys actual.Keys) do
            let zeros (other: Tensors) = Array.zeroCreate other[name].Length

            let e = Map.tryFind name expected |> Option.defaultWith (fun () -> zeros actual)

            let a = Map.tryFind name actual |> Option.defaultWith (fun () -> zeros expected)

            // What cancels to 0 one way need not the other.
            let scale = max (largest e) (1e-4 * all)

            Array.iteri2
                (fun k x y -> Law.isTrue $"{name}, entry {k}: {y} instead of {x}" (abs (x - y) <= tolerance * scale))
                e
                a

    /// For every tensor a direction of chance, the value at a place some steps along it, and the slope there by the derivatives.
    let directions seed (weights: Tensors) (derivatives: Tensors) (value: Tensors -> float) =
        let random = Random(seed: int)

        [ for KeyValue(name, numbers) in weights do
              let direction =
                  numbers |> Array.map (fun x -> Build.normal random * max 1e-3 (abs x))

              let at step =
                  value (Map.add name (Array.map2 (fun x d -> x + step * d) numbers direction) weights)

              let slope =
                  match Map.tryFind name derivatives with
                  | Some derivative -> Array.sum (Array.map2 (*) derivative direction)
                  | None -> 0.0

              struct (name, at, slope) ]
