namespace Canon.Properties

open System
open Canon.Algebra
open Canon.Verification

/// Are two networks the same function? Compares outputs on drawn inputs.
[<RequireQualifiedAccess>]
module Function =

    let private samples = 5

    /// Positions of channels for each sample, for the input and for the named input.
    let private inputs (options: CanonicalOptions) =
        let random = Random 1

        let signal (shape: Shape) =
            Array.init samples (fun _ ->
                Array.init shape.Positions.Value (fun _ ->
                    Array.init shape.Channels.Value (fun _ -> Build.normal random)))

        signal options.Input, options.Wires |> Map.map (fun _ shape -> signal shape)

    let private toSignal (numbers: float[][][]) =
        Signal.create samples numbers[0].Length numbers[0].[0].Length (numbers |> Array.collect Array.concat)

    let private mystery (node: OpaqueNode) (inputs: Signal list) =
        let first = inputs.Head

        let at (s: Signal) n =
            s.Data[n * s.Channels .. (n + 1) * s.Channels - 1]

        let data =
            Array.init (first.Samples * first.Positions) (fun n ->
                Naive.mystery node (inputs |> List.map (fun s -> at s n)))

        Signal.create first.Samples first.Positions node.Channels.Value (Array.concat data)

    /// The outputs by the core's evaluation.
    let outputs options rounded network =
        let input, wires = inputs options

        Evaluate.run
            (Numbers())
            { Rounded = rounded
              Opaque = mystery
              BeforeLayer = ignore }
            (Map.map (fun _ s -> toSignal s) wires)
            (toSignal input)
            network
        |> Law.ok

    /// The outputs by the naive evaluation: all numbers of an output, samples × positions × channels.
    let naive options network : Naive.Measured[] list =
        let input, wires = inputs options

        List.init samples (fun n ->
            Naive.run
                (wires |> Map.map (fun _ s -> Array.map Naive.exactly s[n]))
                network
                (Array.map Naive.exactly input[n]))
        |> List.transpose
        |> List.map (fun output -> output |> List.toArray |> Array.collect Array.concat)

    let private largest f xs =
        xs |> Array.fold (fun m x -> max m (abs (f x))) 0.0

    /// Law: the outputs differ by at most `tolerance` of the largest output; where an output is what is left after terms ten
    /// times as large have cancelled, by a tenth of that of what it would be without cancellation.
    let agrees tolerance options (original: Network) (expected: Signal list) (actual: Signal list) =
        let measured = naive options original
        Law.isTrue $"{actual.Length} outputs instead of {expected.Length}" (expected.Length = actual.Length)

        List.zip3 expected actual measured
        |> List.iteri (fun k (e, a, m) ->
            Law.isTrue
                $"output {k} has shape {a.Positions}x{a.Channels} instead of {e.Positions}x{e.Channels}"
                (e.Positions = a.Positions && e.Channels = a.Channels)

            let allowed =
                tolerance
                * max (largest id e.Data) (0.1 * largest (fun (x: Naive.Measured) -> x.Yard) m)

            let error =
                Array.map2 (-) e.Data a.Data
                |> Array.fold (fun m x -> if Double.IsNaN x then nan else max m (abs x)) 0.0

            Law.isTrue
                $"output {k} differs by {error}, allowed {allowed}:\n  {List.ofArray e.Data}\n  {List.ofArray a.Data}"
                (error <= allowed))

    /// `rewritten` is the same function as `original`, by exact coefficients.
    let isKept tolerance options original rewritten =
        agrees tolerance options original (outputs options false original) (outputs options false rewritten)

    /// … by coefficients as a file of the parameters' type would store them.
    let isKeptRounded tolerance options original rewritten =
        agrees tolerance options original (outputs options false original) (outputs options true rewritten)
