module Canon.Properties.QuantizationLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

/// The layers whose weights are rounded.
let private layers network =
    network
    |> Traversal.collect (fun term ->
        match term with
        | Linear(a, _, _) when a.Weight.Grouping <> Diagonal -> [ a ]
        | UnitRowLinear(rows, _, _) when rows.Coefficients.Weight.Grouping <> Diagonal -> [ rows.Coefficients ]
        | _ -> [])

let private dense a = Numbers().Dense a |> Law.ok

let private simulate bits network =
    Quantization.simulate bits network |> Law.ok

[<Fact>]
let ``Every entry moves by half a step at most, to a multiple of it`` () =
    for bits in [ 2; 4; 8 ] do
        Law.forAll Networks.any (fun sample ->
            let network = Gauged.prepared sample

            for exact, rounded in List.zip (layers network) (layers (simulate bits network)) do
                let exact, rounded = dense exact, dense rounded
                let levels = float (pown 2 (bits - 1) - 1)
                let step = (exact |> Array.map abs |> Array.max) / levels

                Array.iter2
                    (fun w q ->
                        Law.isTrue $"{w} became {q}" (abs (w - q) <= step * 0.5000001)

                        if step > 0.0 then
                            Law.isTrue $"{q} is no multiple" (abs (q / step - Math.Round(q / step)) <= 1e-9)
                            Law.isTrue $"{q} is too many steps" (abs q <= step * levels * (1.0 + 1e-12)))
                    exact
                    rounded)

[<Fact>]
let ``Simulating twice is simulating once`` () =
    Law.forAll Networks.any (fun sample ->
        let once = simulate 8 (Gauged.prepared sample)

        for a, b in List.zip (layers once) (layers (simulate 8 once)) do
            Array.iter2
                (fun x y -> Law.isTrue $"{y} instead of {x}" (abs (x - y) <= 1e-12 * abs x))
                (dense a)
                (dense b))

[<Fact>]
let ``It reads its parts in any order`` () =
    Law.forAll Networks.singles (fun sample ->
        for a in layers (simulate 5 (Gauged.prepared sample)) do
            match Parameter.values a.Weight with
            | None -> Law.fail "no values"
            | Some values ->
                let bytes first count =
                    let bytes = Array.zeroCreate<byte> (8 * count)
                    values.Read(int64 first, Span bytes)
                    bytes

                let all = bytes 0 (int values.Length)

                for first in 0..3 .. int values.Length - 1 do
                    let count = min 5 (int values.Length - first)

                    Assert.Equal<byte[]>(Array.sub all (8 * first) (8 * count), bytes first count))

[<Fact>]
let ``More bits come nearer`` () =
    // Of a network drawn large enough that chance does not decide.
    let random = Random 5

    let layer rows columns name =
        let numbers = Array.init (rows * columns) (fun _ -> random.NextDouble() - 0.5)

        Network.linear
            (Parameter.matrix name rows columns false 1.0 (Values.ofFloat64 (ReadOnlyMemory numbers)))
            None
            name

    let network =
        Network.compose [ layer 40 20 "W1"; Network.activation Relu ""; layer 10 40 "W2" ]

    let deviation bits =
        (Check.compare Canonical.options false 50 1 network (simulate bits network)
         |> Law.ok)
            .RelativeDeviation

    // Twice the levels, half the error.
    for bits in [ 4; 6; 8; 10 ] do
        let ratio = deviation bits / deviation (bits + 1)
        Law.isTrue $"from {bits} bits to one more: {ratio}" (ratio > 1.6 && ratio < 2.6)

[<Fact>]
let ``Bits that make no sense are refused`` () =
    for bits in [ 1; 17; -8 ] do
        Assert.Throws<ArgumentException>(fun () -> Quantization.simulate bits Network.identity |> ignore)
        |> ignore
