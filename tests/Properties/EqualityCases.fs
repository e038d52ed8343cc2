module Canon.Properties.EqualityCases

open System
open Canon.Algebra
open Canon.Algebra.Equality
open Canon.Verification
open Xunit

/// Numbers of parameters by name, by rows. What has none is drawn by chance; its name and size decide what.
let private inType elementType (text: string) (numbers: (string * float list) list) =
    let sized =
        Instantiate.sizes Instantiate.smallSizes [ Parse.network text |> Law.parsed ]
        |> Law.ok

    let given = Map.ofList numbers

    let valued (network: Network) =
        let parameter (p: Parameter) =
            match Map.tryFind p.Name given with
            | Some entries ->
                let values = Build.values elementType (List.toArray entries)
                let rows = p.Rows.Value

                match p.Grouping with
                | Diagonal -> Parameter.diagonal (Parameter.vector p.Name 1.0 values)
                | grouping -> Parameter.weight p.Name rows p.Columns.Value grouping p.Taps false 1.0 values
            | None -> p

        let substitution =
            { Parameters =
                Traversal.parameters network
                |> List.map (fun p -> p.Name, parameter p)
                |> Map.ofList
              Gains = Map.empty }

        Substitution.network substitution network |> Law.ok

    let drawn =
        { sized with
            Networks = List.map valued sized.Networks }
        |> Instantiate.values 7
        |> Law.ok

    Sample(drawn.Options, List.exactlyOne drawn.Networks)

let private net = inType Float64

/// The numbers of a network's parameters, some of them changed, in a network of the same text.
let private changed elementType text (sample: Sample) changes =
    let tensors = Training.Tensors.ofNetwork sample.Network |> Law.ok

    (tensors, changes)
    ||> List.fold (fun tensors (name, change: float[] -> float[]) -> Map.add name (change tensors[name]) tensors)
    |> Map.toList
    |> List.map (fun (name, numbers) -> name, List.ofArray numbers)
    |> inType elementType text

/// The network in a gauge of chance, permutation included, with numbers of its own.
let private disguised elementType text seed (sample: Sample) =
    let gauge = Gauged.shuffled seed 1.5 (Gauged.rescaling sample.Network)

    changed
        elementType
        text
        sample
        [ for share in gauge.Rescaling.Shares do
              share.Parameter.Name, (fun numbers -> Gauge.scaledTensor 1 gauge share numbers |> Law.ok)
          for share in gauge.Rescaling.Carried do
              share.Parameter.Name, (fun numbers -> Gauge.scaledTensor 0 gauge share numbers |> Law.ok) ]

let private verdictAt tolerance (first: Sample) (second: Sample) =
    Equality.compare
        { Equality.options with
            First = first.Options
            Second = second.Options
            Tolerance = tolerance }
        first.Network
        second.Network
    |> Law.ok

let private verdict = verdictAt None

let private describe verdict =
    match verdict with
    | Verdict.Equal same -> $"equal, deviation {same.Deviation}"
    | Verdict.Different(witness, parting) -> $"different by {witness.Difference} (noise {witness.Noise}), %A{parting}"
    | Verdict.Undecided(reason, parting) -> $"undecided: {reason}, %A{parting}"

let private requireEqual verdict =
    match verdict with
    | Verdict.Equal _ -> ()
    | other -> Law.fail (describe other)

let private requireDifferent verdict =
    match verdict with
    | Verdict.Different _ -> ()
    | other -> Law.fail (describe other)

let private requireNotEqual verdict =
    match verdict with
    | Verdict.Equal _ -> Law.fail (describe verdict)
    | Verdict.Different _
    | Verdict.Undecided _ -> ()

let private areEqual first second =
    let both network =
        let reduced =
            Reduction.network (Numbers()) (network: Sample).Options network.Network
            |> Law.ok

        Sample(network.Options, reduced)

    for a, b in [ first, second; second, first ] do
        match verdict a b with
        | Verdict.Equal _ -> ()
        | other -> Law.fail $"{describe other}\n{both a}\n{both b}"

let private areDifferent first second =
    requireDifferent (verdict first second)
    requireDifferent (verdict second first)

let private entry index change (numbers: float[]) =
    numbers |> Array.mapi (fun k x -> if k = index then change x else x)

// Symmetric networks: units that nothing, or little, tells apart.

let private stream =
    "linear(A: 4x3) -> sum[id, linear(B: 4x4) -> relu -> linear(C: 4x4)] -> relu -> linear(D: 2x4)"

[<Fact>]
let ``Equal rows that only layers further on tell apart are paired by these`` () =
    let equalRows = [ "A", List.concat (List.replicate 4 [ 1.0; -2.0; 0.5 ]) ]
    let sample = net stream equalRows

    for seed in 1..10 do
        areEqual sample (disguised Float64 stream seed sample)

[<Fact>]
let ``Equal rows are told apart where they are read`` () =
    let sample = net stream [ "A", List.concat (List.replicate 4 [ 1.0; -2.0; 0.5 ]) ]
    areDifferent sample (changed Float64 stream sample [ "D", Array.map ((+) 0.1) ])

let private ring sizes =
    let count = List.sum sizes
    let entries = Array.zeroCreate (count * count)
    let mutable start = 0

    for size in sizes do
        for i in 0 .. size - 1 do
            entries[(start + i) * count + start + (i + 1) % size] <- 1.0
            entries[(start + (i + 1) % size) * count + start + i] <- 1.0

        start <- start + size

    List.ofArray entries

/// A stream of units all made alike, each of which a block ties to two others.
let private ringed seed sizes =
    let count = List.sum sizes

    let text =
        $"linear(A: {count}x2, a) -> sum[id, linear(B: {count}x{count}) -> tanh -> linear(C: {count}x{count})] -> tanh -> linear(D: 1x{count})"

    let ones n x = List.replicate n x

    let order = Array.init count id
    Random(seed: int).Shuffle order

    let permuted (entries: float list) =
        [ for i in order do
              for j in order -> entries[i * count + j] ]

    let tie = ring sizes

    let first =
        net
            text
            [ "A", ones (2 * count) 0.3
              "a", ones count 0.1
              "B", tie
              "C", tie
              "D", ones count 1.0 ]

    let second =
        net
            text
            [ "A", ones (2 * count) 0.3
              "a", ones count 0.1
              "B", tie
              "C", permuted tie
              "D", ones count 1.0 ]

    first, second

[<Fact>]
let ``Rings in another order are equal`` () =
    for sizes in [ [ 6 ]; [ 3; 3 ]; [ 3; 4 ]; [ 3; 4; 5 ] ] do
        for seed in 1..5 do
            let first, second = ringed seed sizes
            areEqual first second

[<Fact>]
let ``Where all weights of a layer are alike its units are one`` () =
    let all n x = List.replicate n x

    let wide =
        net "linear(A: 3x2) -> relu -> linear(B: 2x3)" [ "A", all 6 0.5; "B", all 6 2.0 ]

    let narrow =
        net "linear(A: 1x2) -> relu -> linear(B: 2x1)" [ "A", all 2 0.5; "B", all 2 6.0 ]

    areEqual wide narrow

// Units that a network can do without.

[<Fact>]
let ``Dead, constant and unread units do not count`` () =
    let lean =
        net
            "linear(A: 2x2, a) -> relu -> linear(B: 2x2, b)"
            [ "A", [ 1; 2; 3; -1 ]
              "a", [ 0.5; -1 ]
              "B", [ 1; -1; 2; 1 ]
              "b", [ 0.2; 2.3 ] ]

    let padded =
        net
            "linear(A: 5x2, a) -> relu -> linear(B: 2x5, b)"
            [ "A", [ 0; 0; 1; 2; 0; 0; 3; -1; 4; 4 ]
              "a", [ 0; 0.5; 2; -1; 1 ]
              "B", [ 9; 1; 0.1; -1; 0; 7; 2; -0.1; 1; 0 ]
              "b", [ 0; 2.5 ] ]

    areEqual lean padded

[<Fact>]
let ``A unit split in two is one, rows rescaled or not`` () =
    let whole =
        net
            "linear(A: 2x2, a) -> relu -> linear(B: 2x2)"
            [ "A", [ 1; 2; 3; -1 ]; "a", [ 0.5; -1 ]; "B", [ 1; -1; 2; 1 ] ]

    let split =
        net
            "linear(A: 3x2, a) -> relu -> linear(B: 2x3)"
            [ "A", [ 1; 2; 3; -1; 2; 4 ]
              "a", [ 0.5; -1; 1 ]
              "B", [ 0.5; -1; 0.25; 1; 1; 0.5 ] ]

    areEqual whole split

[<Fact>]
let ``A unit split in two in front of a tanh is one`` () =
    let whole =
        net "linear(A: 1x2) -> tanh -> linear(B: 1x1)" [ "A", [ 1; 2 ]; "B", [ 1 ] ]

    let split =
        net "linear(A: 2x2) -> tanh -> linear(B: 1x2)" [ "A", [ 1; 2; 1; 2 ]; "B", [ 0.75; 0.25 ] ]

    areEqual whole split

// The same layers written otherwise.

[<Fact>]
let ``Two dense layers with nothing between are one`` () =
    let two =
        net
            "linear(A: 2x2, a) -> linear(B: 3x2, b) -> relu -> linear(C: 2x3)"
            [ "A", [ 1; 2; 3; 4 ]
              "a", [ 1; -1 ]
              "B", [ 1; 0; 1; 1; 2; -1 ]
              "b", [ 0; 1; 2 ]
              "C", [ 1; 2; 3; -1; -2; 1 ] ]

    let one =
        net
            "linear(A: 3x2, a) -> relu -> linear(C: 2x3)"
            [ "A", [ 1; 2; 4; 6; -1; 0 ]; "a", [ 1; 1; 5 ]; "C", [ 1; 2; 3; -1; -2; 1 ] ]

    areEqual two one

[<Fact>]
let ``A wide layer with nothing behind it is one with the next`` () =
    let tall = net "linear(A: 4x2) -> linear(B: 2x4) -> relu -> linear(C: 1x2)" []
    let numbers = Numbers()

    let dense name =
        Traversal.parameters tall.Network
        |> List.find (fun p -> p.Name = name)
        |> fun p -> numbers.Dense(Affine.ofParameters p None) |> Law.ok

    let a, b = dense "A", dense "B"

    let product =
        [ for i in 0..1 do
              for j in 0..1 -> Seq.sum (seq { for m in 0..3 -> b[i * 4 + m] * a[m * 2 + j] }) ]

    areEqual tall (net "linear(A: 2x2) -> relu -> linear(C: 1x2)" [ "A", product; "C", List.ofArray (dense "C") ])

[<Fact>]
let ``A pointwise convolution is one with the convolution beside it`` () =
    let ending = "relu -> avg_pool(all) -> flatten -> linear(D: 1x2)"
    let kernel = [ for k in 1..18 -> float (k % 5) - 2.0 ]
    let mixing = [ 1.0; 2.0; -1.0; 1.0 ]

    // Rows of the mixing of [out, in] kernels of 9 taps.
    let mixedBehind =
        [ for i in 0..1 do
              for t in 0..8 -> mixing[2 * i] * kernel[t] + mixing[2 * i + 1] * kernel[9 + t] ]

    areEqual
        (net $"conv(A: 2x1, 3x3, pad 1x1) -> conv(B: 2x2, 1x1) -> {ending}" [ "A", kernel; "B", mixing; "D", [ 1; 2 ] ])
        (net $"conv(A: 2x1, 3x3, pad 1x1) -> {ending}" [ "A", mixedBehind; "D", [ 1; 2 ] ])

    // One channel in, two between: K[o, m] mixed by the column of the first.
    let front = [ 2.0; -1.0 ]
    let behind = [ for k in 1..36 -> float (k % 7) - 3.0 ]

    let mixedInFront =
        [ for o in 0..1 do
              for t in 0..8 -> front[0] * behind[(2 * o) * 9 + t] + front[1] * behind[(2 * o + 1) * 9 + t] ]

    areEqual
        (net $"conv(A: 2x1, 1x1) -> conv(B: 2x2, 3x3, pad 1x1) -> {ending}" [ "A", front; "B", behind; "D", [ 1; 2 ] ])
        (net $"conv(A: 2x1, 3x3, pad 1x1) -> {ending}" [ "A", mixedInFront; "D", [ 1; 2 ] ])

[<Fact>]
let ``Pointwise convolutions behind one another are one`` () =
    areEqual
        (net
            "conv(A: 2x2, a, 1x1) -> conv(B: 2x2, b, 1x1) -> relu -> avg_pool(all) -> flatten"
            [ "A", [ 1; 2; 3; 4 ]; "a", [ 1; -1 ]; "B", [ 1; 0; 1; 1 ]; "b", [ 0; 1 ] ])
        (net "conv(A: 2x2, a, 1x1) -> relu -> avg_pool(all) -> flatten" [ "A", [ 1; 2; 4; 6 ]; "a", [ 1; 1 ] ])

[<Fact>]
let ``A batch norm behind a layer is part of it, one in front as well`` () =
    let statistics =
        [ "g", [ 2.0; -1.0 ]
          "b", [ 0.5; 1.0 ]
          "m", [ 1.0; -1.0 ]
          "v", [ 3.0; 0.25 ] ]

    let factors = [ 2.0 / sqrt 4.0; -1.0 / sqrt 1.25 ]

    // The row i times the factor; the shift b − factor·mean.
    let shifts = [ 0.5 - factors[0]; 1.0 + factors[1] ]
    let a, last = [ 1.0; 2.0; 3.0; -1.0 ], [ 1.0; -2.0; 0.5; 1.0 ]

    areEqual
        (net
            "linear(A: 2x2, a) -> batch_norm(g, b, m, v, 1) -> relu -> linear(B: 2x2)"
            ([ "A", a; "a", [ 1; 2 ]; "B", last ] @ statistics))
        (net
            "linear(A: 2x2, a) -> relu -> linear(B: 2x2)"
            [ "A", [ a[0] * factors[0]; a[1] * factors[0]; a[2] * factors[1]; a[3] * factors[1] ]
              "a", [ factors[0] + shifts[0]; 2.0 * factors[1] + shifts[1] ]
              "B", last ])

    areEqual
        (net
            "relu -> batch_norm(g, b, m, v, 1) -> linear(A: 2x2, a) -> relu -> linear(B: 2x2)"
            ([ "A", a; "a", [ 1; 2 ]; "B", last ] @ statistics))
        (net
            "relu -> linear(A: 2x2, a) -> relu -> linear(B: 2x2)"
            [ "A", [ a[0] * factors[0]; a[1] * factors[1]; a[2] * factors[0]; a[3] * factors[1] ]
              "a",
              [ 1.0 + a[0] * shifts[0] + a[1] * shifts[1]
                2.0 + a[2] * shifts[0] + a[3] * shifts[1] ]
              "B", last ])

[<Fact>]
let ``ReLU6 is a clip, and a relu in front of one`` () =
    let text middle =
        $"linear(A: 3x2, a) -> {middle} -> linear(B: 2x3)"

    let clip = net (text "clip(0, 6)") []
    areEqual clip (net (text "relu -> clip(0, 6)") [])
    areEqual clip (net (text "clip(-2, 6) -> relu") [])
    areEqual clip (net (text "clip(-1, 8) -> clip(0, 6)") [])
    areDifferent clip (net (text "clip(0, 5)") [])
    areDifferent clip (net (text "relu") [])

[<Fact>]
let ``A weight that layers share is one that each has for itself`` () =
    let shared =
        net "linear(A: 3x2) -> relu -> linear(B: 3x3, b) -> relu -> linear(B: 3x3, b) -> relu -> linear(D: 1x3)" []

    let tensors = Training.Tensors.ofNetwork shared.Network |> Law.ok
    let numbers name = List.ofArray tensors[name]

    let copied =
        net
            "linear(A: 3x2) -> relu -> linear(B: 3x3, b) -> relu -> linear(C: 3x3, c) -> relu -> linear(D: 1x3)"
            [ "B", numbers "B"
              "b", numbers "b"
              "C", numbers "B"
              "c", numbers "b"
              "D", numbers "D"
              "A", numbers "A" ]

    areEqual shared copied

[<Fact>]
let ``Branches of a sum or product in another order are the same`` () =
    areEqual
        (net "linear(A: 3x2) -> sum[id, linear(B: 3x3) -> relu -> linear(C: 3x3)] -> relu -> linear(D: 1x3)" [])
        (net "linear(A: 3x2) -> sum[linear(B: 3x3) -> relu -> linear(C: 3x3), id] -> relu -> linear(D: 1x3)" [])

    areEqual
        (net "sum[linear(A: 3x2) -> relu, linear(B: 3x2) -> tanh] -> linear(D: 1x3)" [])
        (net "sum[linear(B: 3x2) -> tanh, linear(A: 3x2) -> relu] -> linear(D: 1x3)" [])

    areEqual
        (net "product[linear(A: 3x2), linear(B: 3x2) -> sigmoid] -> linear(D: 1x3)" [])
        (net "product[linear(B: 3x2) -> sigmoid, linear(A: 3x2)] -> linear(D: 1x3)" [])

[<Fact>]
let ``Branches of one architecture in another order are the same`` () =
    areEqual
        (net "product[linear(A: 3x2) -> tanh, linear(B: 3x2) -> tanh, linear(C: 3x2) -> tanh] -> linear(D: 1x3)" [])
        (net "product[linear(C: 3x2) -> tanh, linear(A: 3x2) -> tanh, linear(B: 3x2) -> tanh] -> linear(D: 1x3)" [])

    areEqual
        (net
            "sum[linear(A: 3x2) -> relu -> linear(C: 2x3), linear(B: 3x2) -> relu -> linear(E: 2x3)] -> tanh -> linear(D: 1x2)"
            [])
        (net
            "sum[linear(B: 3x2) -> relu -> linear(E: 2x3), linear(A: 3x2) -> relu -> linear(C: 2x3)] -> tanh -> linear(D: 1x2)"
            [])

// Permutations along structure.

[<Theory>]
[<InlineData("linear(A: 4x3, a) -> relu -> sum[id, linear(B: 5x4, b) -> relu -> linear(C: 4x5, c)] -> relu -> linear(D: 2x4, d)")>]
[<InlineData("linear(A: 4x3) -> sum[id, linear(B: 5x4) -> relu -> linear(C: 4x5)] -> relu -> sum[id, linear(E: 3x4) -> relu -> linear(F: 4x3)] -> relu -> linear(D: 2x4)")>]
[<InlineData("conv(A: 4x1, a, 3x3, pad 1x1) -> relu -> max_pool(2x2, stride 2x2) -> flatten(4) -> linear(B: 3x16) -> relu -> linear(D: 2x3)")>]
[<InlineData("concat[linear(A: 3x2) -> relu, linear(B: 4x2) -> tanh] -> linear(C: 5x7) -> relu -> linear(D: 2x5)")>]
[<InlineData("linear(A: 4x2) -> relu -> as x -> linear(B: 3x4) -> relu -> concat[x, id] -> linear(D: 2x7)")>]
[<InlineData("conv(A: 4x2, 3x3) -> relu -> conv(B: 4x4, 3x3, groups 4) -> clip(0, 6) -> conv(C: 3x4, 1x1) -> avg_pool(all) -> flatten -> linear(D: 2x3)")>]
[<InlineData("linear(A: 4x2) -> prelu(s) -> linear(B: 3x4) -> abs -> linear(D: 2x3)")>]
[<InlineData("product[linear(A: 4x2), linear(B: 4x2) -> sigmoid] -> linear(D: 2x4)")>]
[<InlineData("linear(A: 4x2) -> relu -> tuple[linear(B: 2x4), linear(C: 3x4) -> relu -> linear(D: 1x3)]")>]
[<InlineData("sum[left -> linear(A: 3x2), right -> linear(B: 3x4)] -> relu -> linear(D: 2x3)")>]
let ``A network in another gauge is equal, in float32 too, and different with one entry changed`` (text: string) =
    for seed in 1..5 do
        let sample = net text []
        areEqual sample (disguised Float64 text seed sample)
        areEqual sample (disguised Float32 text seed sample)
        areEqual (changed Float32 text sample []) (disguised Float32 text seed sample)

        let other = changed Float64 text sample [ "D", entry 1 (fun x -> 1.1 * x + 0.1) ]
        areDifferent sample (disguised Float64 text seed other)

// How much is too much.

let private mlp =
    "linear(A: 4x3, a) -> relu -> linear(B: 4x4, b) -> relu -> linear(D: 2x4)"

/// The network whose row of A is [0.6, 0.8, 0], changed along a unit vector at a right angle to the row by so much.
let private tilted elementType by =
    let a = [ 0.6; 0.8; by; 1; 2; 3; -1; 0.5; 2; 0.1; -3; 1 ]
    changed elementType mlp (net mlp [ "A", a ]) []

[<Fact>]
let ``An entry of a unit row counts from the tolerance on`` () =
    for elementType, tolerance in [ Float64, 1e-9; Float32, 1e-4 ] do
        let straight = tilted elementType 0.0
        areEqual straight (tilted elementType (0.1 * tolerance))
        requireNotEqual (verdict straight (tilted elementType (2.0 * tolerance)))
        areDifferent straight (tilted elementType (100.0 * tolerance))

    requireEqual (verdictAt (Some 0.1) (tilted Float64 0.0) (tilted Float64 0.01))
    requireNotEqual (verdictAt (Some 0.001) (tilted Float64 0.0) (tilted Float64 0.01))

[<Fact>]
let ``One unit in the last place is noise`` () =
    let sample = changed Float32 mlp (net mlp []) []
    let up x = float (MathF.BitIncrement(float32 x))
    areEqual sample (changed Float32 mlp sample [ "A", entry 3 up; "B", entry 5 up ])

// Differences that few inputs show.

[<Fact>]
let ``A unit that only far inputs reach is not overlooked`` () =
    let text = "linear(A: 3x2, a) -> relu -> linear(B: 1x3)"

    let numbers far =
        [ "A", [ 0.6; 0.8; 0.8; -0.6; far; sqrt (1.0 - far * far) ]
          "a", [ 0.1; 0.2; -30 ]
          "B", [ 1; 1; 1 ] ]

    areDifferent (net text (numbers 0.6)) (net text (numbers -0.6))
    areDifferent (net text (numbers 0.6)) (net text (numbers 0.61))

[<Fact>]
let ``A unit whose bias hides it behind others is not overlooked`` () =
    let text =
        "linear(A: 3x2, a) -> relu -> linear(B: 3x3, b) -> relu -> linear(D: 1x3)"

    let a = [ 0.6; 0.8; 0.8; -0.6; -1; 0 ]

    let numbers far =
        [ "A", a
          "a", [ 0.1; 0.2; 0 ]
          "B", [ 1; 0; 0; 0; 1; 0; 0.6; far; -1 ]
          "b", [ 0; 0; -30 ]
          "D", [ 1; 1; 1 ] ]

    areDifferent (net text (numbers 0.8)) (net text (numbers 0.7))

[<Fact>]
let ``A unit in a narrow place between bounds is not overlooked`` () =
    let text = "linear(A: 8x8, a) -> relu -> linear(B: 1x8)"

    let identity =
        [ for i in 0..7 do
              for j in 0..7 -> if i = j then 1.0 else 0.0 ]

    let corner sign =
        List.mapi (fun k x -> if k >= 56 then sign * 0.35355 else x) identity

    let numbers sign =
        [ "A", corner sign
          "a", List.replicate 7 0.1 @ [ -30 ]
          "B", List.replicate 8 1.0 ]

    areDifferent (net text (numbers 1.0)) (net text (numbers -1.0))

/// A unit that only a corner of a cube of clipped units reaches: of random signs one in 2^16.
let private cornered last =
    let count = 16

    let text =
        $"linear(A: {count}x{count}) -> clip(0, 1) -> linear(B: 2x{count}, b) -> relu -> linear(D: 1x2)"

    let identity =
        [ for i in 1..count do
              for j in 1..count -> if i = j then 1.0 else 0.0 ]

    let row = [ for k in 1..count -> if k % 3 = 0 then -1.0 else 1.0 ]
    let corner = float (row |> List.filter ((<) 0.0) |> List.length) - 0.5

    net
        text
        [ "A", identity
          "B", List.replicate count 0.1 @ row
          "b", [ 0; -corner ]
          "D", [ 1; last ] ]

[<Fact>]
let ``A unit that one corner of the others reaches is found by going there`` () =
    areDifferent (cornered 1.0) (cornered 2.0)

[<Fact>]
let ``Named inputs are driven as well`` () =
    let text =
        "sum[left -> linear(A: 16x16), right -> linear(B: 16x16)] -> clip(0, 1) -> linear(C: 1x16, c) -> relu -> linear(D: 1x1)"

    let far below =
        [ "C", List.replicate 16 1.0; "c", [ below - 16.0 ]; "D", [ 1 ] ]

    areDifferent (net text (far 0.5)) (net text (far 0.6))

// Networks that cannot be compared, and ones that are plainly others.

[<Fact>]
let ``Networks of other inputs are undecided, ones of other outputs different`` () =
    requireNotEqual (verdict (net "linear(A: 3x2)" []) (net "linear(A: 3x4)" []))
    requireNotEqual (verdict (net "left -> linear(A: 3x2)" []) (net "right -> linear(A: 3x2)" []))
    areDifferent (net "linear(A: 3x2)" []) (net "linear(A: 4x2)" [])
    areDifferent (net "linear(A: 3x2) -> tuple[id, relu]" []) (net "linear(A: 3x2)" [])

[<Fact>]
let ``Outputs keep their order`` () =
    areDifferent (net "linear(A: 3x2) -> tuple[id, relu]" []) (net "linear(A: 3x2) -> tuple[relu, id]" [])
    areDifferent (net "linear(A: 2x2)" [ "A", [ 1; 2; 3; 4 ] ]) (net "linear(A: 2x2)" [ "A", [ 3; 4; 1; 2 ] ])

[<Fact>]
let ``A sign flipped in front of a tanh and behind it is not told, nor called different`` () =
    let text = "linear(A: 2x2) -> tanh -> linear(B: 1x2)"

    match
        verdict (net text [ "A", [ 1; 2; 3; 1 ]; "B", [ 1; 2 ] ]) (net text [ "A", [ -1; -2; 3; 1 ]; "B", [ -1; 2 ] ])
    with
    | Verdict.Undecided _ -> ()
    | other -> Law.fail (describe other)
