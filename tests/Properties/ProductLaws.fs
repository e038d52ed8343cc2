/// Matrix products and convolutions are those of naive loops to the last bit, however the work is shared out.
module Canon.Properties.ProductLaws

open System
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification
open Xunit

let private draws (random: Random) count =
    Array.init count (fun _ -> Build.normal random)

let private works =
    [ Work.full
      { Threads = 1
        Positions = 96
        Held = 1 <<< 22 }
      { Threads = 3; Positions = 1; Held = 1 }
      { Threads = 2
        Positions = 13
        Held = 100 } ]

let private same at (expected: float[]) (actual: float[]) =
    if expected <> actual then
        let k = Array.zip expected actual |> Array.findIndex (fun (x, y) -> x <> y)
        Law.fail $"{at}: number {k} of {actual.Length} is {actual[k]} instead of {expected[k]}"

let private precisions = [ Precision.Double; Precision.Single ]

/// One chain of fused multiply-adds.
let private chain precision start (terms: struct (float * float) seq) =
    match precision with
    | Precision.Double -> Seq.fold (fun sum (struct (x, w)) -> Math.FusedMultiplyAdd(x, w, sum)) start terms
    | Precision.Single ->
        terms
        |> Seq.fold (fun sum (struct (x, w)) -> MathF.FusedMultiplyAdd(float32 x, float32 w, sum)) (float32 start)
        |> float

let private product precision seed rows inner columns =
    let random = Random seed
    let x, w = draws random (rows * inner), draws random (inner * columns)

    let across =
        Array.init (inner * columns) (fun k -> w[k % inner * columns + k / inner])

    let before = draws random (rows * columns)

    let expected start =
        Array.init (rows * columns) (fun k ->
            let row, column = k / columns, k % columns

            let terms =
                seq { for i in 0 .. inner - 1 -> struct (x[row * inner + i], w[i * columns + column]) }

            chain precision (start k) terms)

    let at = $"{precision}, {rows}x{inner} times {inner}x{columns}"

    let expectedFresh, expectedContinued =
        expected (fun _ -> 0.0), expected (fun k -> before[k])

    for work in works do
        use panels =
            if seed % 2 = 0 then
                MatrixProduct.ofRows work precision inner columns w
            else
                MatrixProduct.ofColumns work precision inner columns across

        let output = Array.create (rows * columns) nan
        MatrixProduct.dense work rows inner 0 x panels output columns 0 false
        same at expectedFresh output
        let output = Array.copy before
        MatrixProduct.dense work rows inner 0 x panels output columns 0 true
        same $"{at}, continued" expectedContinued output
        let output = Array.create (rows * (columns + 3)) nan
        MatrixProduct.withRows work precision rows inner columns x across output (columns + 3) 2

        let kept =
            Array.init (rows * columns) (fun k -> output[k / columns * (columns + 3) + 2 + k % columns])

        same $"{at}, by rows" expectedFresh kept

        let beside =
            output
            |> Seq.indexed
            |> Seq.filter (fun (k, _) -> (k % (columns + 3) + columns + 1) % (columns + 3) >= columns)

        Law.isTrue
            $"{at}, by rows: something is written beside the product"
            (beside |> Seq.forall (snd >> Double.IsNaN))

[<Fact>]
let ``A matrix product of any small size is a chain of multiply-adds`` () =
    for precision in precisions do
        for rows in 1..40 do
            for columns in 1..40 do
                product precision (41 * rows + columns) rows (1 + (7 * rows + 11 * columns) % 40) columns

[<Fact>]
let ``A larger matrix product is a chain of multiply-adds`` () =
    for rows, inner, columns in
        [ 1, 4096, 33
          97, 256, 16
          100, 257, 65
          193, 512, 48
          500, 1000, 7
          6, 513, 300 ] do
        for precision in precisions do
            product precision (rows + columns) rows inner columns

/// Rounding a number that float32 cannot hold, and a multiply-add in between: neither is that of float64 rounded at the end.
[<Fact>]
let ``What is beyond float32 is infinite, and what is below half of its least number is zero`` () =
    for count in [ 1; 40 ] do
        use panels =
            MatrixProduct.ofRows Work.full Precision.Single 1 count (Array.create count 1.0)

        let output = Array.zeroCreate<float> (3 * count)
        MatrixProduct.dense Work.full 3 1 0 [| 3.5e38; 7e-46; 1.0 + 1e-9 |] panels output count 0 false
        same "the product" (Array.init (3 * count) (fun k -> [| infinity; 0.0; 1.0 |][k / count])) output

/// Sizes of a layer and what its window sees.
type ConvolutionCase =
    { Space: int list
      Window: Window
      OutputPadding: int list
      Samples: int
      Groups: int
      GroupColumns: int
      GroupRows: int
      Seed: int }

let private cases =
    gen {
        let! axes = Gen.choose (1, 3)

        let each low high =
            Gen.listOfLength axes (Gen.choose (low, high))

        let! kernel = each 1 3
        let! strides = each 1 3
        let! dilations = each 1 2
        let! before = each 0 2
        let! after = each 0 2
        let! late = Gen.elements [ true; false ]
        let! padding = Gen.elements [ Explicit(before, after); Same late ]
        let! space = each (if axes = 1 then 5 else 3) (if axes = 1 then 60 else 7)

        let! output =
            strides
            |> List.map (fun stride -> Gen.choose (0, stride - 1))
            |> Gen.sequenceToList

        let! samples = Gen.choose (1, 3)
        let! groups = Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 3); 2, Gen.choose (2, 40) ]
        let! columns = Gen.frequency [ (if groups > 3 then 4 else 1), Gen.constant 1; 2, Gen.choose (1, 20) ]
        let! rows = Gen.frequency [ (if groups > 3 then 4 else 1), Gen.constant 1; 2, Gen.choose (1, 20) ]
        let! seed = Gen.choose (0, 1000000)

        return
            { Space = space
              Window =
                { Kernel = kernel
                  Strides = strides
                  Dilations = dilations
                  Padding = padding }
              OutputPadding = output
              Samples = samples
              Groups = groups
              GroupColumns = columns
              GroupRows = rows
              Seed = seed }
    }

let private layer precision (case: ConvolutionCase) random : Convolution.Layer =
    { Samples = case.Samples
      Positions = List.fold (*) 1 case.Space
      Columns = case.Groups * case.GroupColumns
      Rows = case.Groups * case.GroupRows
      Groups = case.Groups
      Taps = case.Window.Taps
      Weight = draws random (case.Groups * case.GroupRows * case.GroupColumns * case.Window.Taps)
      Precision = precision }

/// Weight and input number of a column that a row reads, for a tap and an input position.
let private term (layer: Convolution.Layer) (x: float[]) sample row tap place column =
    let group = row / layer.GroupRows

    struct (x[(sample * layer.Positions + place) * layer.Columns
              + group * layer.GroupColumns
              + column],
            layer.Weight[(row * layer.GroupColumns + column) * layer.Taps + tap])

let private few count law =
    for case in Law.sample count (Arb.fromGen cases) do
        for precision in precisions do
            law precision case

/// Where every channel has a window of its own there is no product.
let private precisionOf (layer: Convolution.Layer) =
    if layer.GroupRows = 1 && layer.GroupColumns = 1 then
        Precision.Double
    else
        layer.Precision

[<Fact>]
let ``A convolution is a chain over taps and channels`` () =
    few (Law.cases / 4) (fun precision case ->
        match Window.axes false case.Space case.Window with
        | Error _ -> ()
        | Ok axes ->
            let random = Random case.Seed
            let layer = layer precision case random
            let x = draws random (layer.Samples * layer.Positions * layer.Columns)
            let _, seen = NaiveSpace.seen false case.Window case.Space

            let expected =
                [| for sample in 0 .. layer.Samples - 1 do
                       for places in seen do
                           for row in 0 .. layer.Rows - 1 ->
                               chain
                                   (precisionOf layer)
                                   0.0
                                   (seq {
                                       for tap, place in List.indexed places do
                                           match place with
                                           | Some place ->
                                               for column in 0 .. layer.GroupColumns - 1 ->
                                                   term layer x sample row tap place column
                                           | None -> ()
                                   }) |]

            for work in works do
                same $"{case}" expected (Convolution.direct work layer (Sight.ofWindow axes) x))

[<Fact>]
let ``A transposed convolution adds up chains over channels`` () =
    few (Law.cases / 4) (fun precision case ->
        match Window.transposedAxes case.OutputPadding case.Space case.Window with
        | Error _ -> ()
        | Ok axes ->
            let random = Random case.Seed
            let layer = layer precision case random
            let x = draws random (layer.Samples * layer.Positions * layer.Columns)

            let space, targets = NaiveSpace.spread case.Window case.OutputPadding case.Space

            let targets = targets |> List.map Array.ofList |> Array.ofList
            let perSample = List.fold (*) layer.Rows space
            let expected = Array.zeroCreate<float> (layer.Samples * perSample)
            let isDepthwise = layer.GroupRows = 1 && layer.GroupColumns = 1

            for sample in 0 .. layer.Samples - 1 do
                for tap in 0 .. layer.Taps - 1 do
                    for place in 0 .. layer.Positions - 1 do
                        match targets[place].[tap] with
                        | None -> ()
                        | Some target ->
                            for row in 0 .. layer.Rows - 1 do
                                let at = sample * perSample + target * layer.Rows + row
                                let terms = Seq.init layer.GroupColumns (term layer x sample row tap place)

                                expected[at] <-
                                    if isDepthwise then
                                        chain Precision.Double expected[at] terms
                                    else
                                        expected[at] + chain precision 0.0 terms

            for work in works do
                same $"{case}" expected (Convolution.transposed work layer (Sight.below axes) x))

[<Fact>]
let ``What a weight is to be moved by is a chain over samples and positions`` () =
    few (Law.cases / 8) (fun precision case ->
        match Window.axes false case.Space case.Window with
        | Error _ -> ()
        | Ok axes ->
            let random = Random case.Seed
            let layer = layer precision case random
            let x = draws random (layer.Samples * layer.Positions * layer.Columns)
            let _, seen = NaiveSpace.seen false case.Window case.Space
            let seen = seen |> List.map Array.ofList |> Array.ofList
            let dy = draws random (layer.Samples * seen.Length * layer.Rows)

            let expected =
                [| for row in 0 .. layer.Rows - 1 do
                       for column in 0 .. layer.GroupColumns - 1 do
                           for tap in 0 .. layer.Taps - 1 ->
                               chain
                                   precision
                                   0.0
                                   (seq {
                                       for sample in 0 .. layer.Samples - 1 do
                                           for item in 0 .. seen.Length - 1 do
                                               match seen[item].[tap] with
                                               | None -> ()
                                               | Some place ->
                                                   struct (dy[(sample * seen.Length + item) * layer.Rows + row],
                                                           x[(sample * layer.Positions + place) * layer.Columns
                                                             + row / layer.GroupRows * layer.GroupColumns
                                                             + column])
                                   }) |]

            for work in works do
                Convolution.correlate
                    work
                    precision
                    layer.Samples
                    (Sight.ofWindow axes)
                    layer.Positions
                    layer.Groups
                    layer.Taps
                    layer.Rows
                    layer.Columns
                    dy
                    x
                |> same $"{case}" expected)

/// More numbers than are held at once.
[<Theory>]
[<InlineData(true, false)>]
[<InlineData(false, false)>]
[<InlineData(true, true)>]
[<InlineData(false, true)>]
let ``A dense layer read part by part is a chain over its columns`` transposed single =
    let precision = if single then Precision.Single else Precision.Double
    let n = 2100
    let random = Random 3
    let stored, x = draws random (n * n), draws random n
    let weight = Parameter.matrix "W" n n transposed 1.0 (Build.values Float64 stored)

    let entry i j =
        if transposed then stored[j * n + i] else stored[i * n + j]

    Evaluate.run
        (Numbers())
        { Evaluate.exact with
            Precision = precision }
        Map.empty
        (Signal.ofVector x)
        (Network.linear weight None "")
    |> Law.ok
    |> fun outputs -> outputs.Head.Data
    |> same
        "the layer"
        (Array.init n (fun i -> chain precision 0.0 (seq { for j in 0 .. n - 1 -> struct (x[j], entry i j) })))

[<Fact>]
let ``The same evaluation gives the same bits each time`` () =
    let case =
        { Space = [ 40; 40 ]
          Window = Window.ofKernel [ 3; 3 ]
          OutputPadding = []
          Samples = 2
          Groups = 1
          GroupColumns = 16
          GroupRows = 32
          Seed = 1 }

    let random = Random case.Seed
    let layer = layer Precision.Single case random
    let x = draws random (layer.Samples * layer.Positions * layer.Columns)

    let sight =
        Window.axes false case.Space case.Window
        |> Result.defaultValue []
        |> Sight.ofWindow

    let first = Convolution.direct Work.full layer sight x

    for work in works @ works do
        same "again" first (Convolution.direct work layer sight x)
