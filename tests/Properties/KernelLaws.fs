module Canon.Properties.KernelLaws

open System
open System.Runtime.InteropServices
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Kernels
open Canon.Verification
open Xunit

/// The largest power of ten that a weight of the type may have here.
let private range elementType =
    match elementType with
    | Float16 -> 3
    | BFloat16
    | Float32 -> 35
    | Float64 -> 300

/// A layer with diagonals around its weight. Prints its numbers.
[<Sealed; AllowNullLiteral(false)>]
type Layer(elementType, rows, columns, transposed, factor, weights: float[], left: float[], right: float[], power: int)
    =
    let scale (entries: float[]) =
        if Array.forall ((=) 1.0) entries then
            Gain.one
        else
            Gain.power power (Gain.ofValues entries)

    let values = Build.values elementType weights

    let weightOf values =
        Parameter.matrix "W" rows columns transposed factor values

    let weight = weightOf values

    let affine weight : Affine =
        { Left = scale left
          Weight = weight
          Right = scale right
          Bias = None }

    member _.Affine = affine weight

    /// The bytes of the weight, and the layer on them.
    member _.InMemory() =
        let bytes = values.View(0L, weights.Length).ToArray()
        bytes, affine (weightOf (Values.ofBytes elementType (ReadOnlyMemory bytes)))

    member _.Rows = rows
    member _.Columns = columns

    /// Entry by entry, without rounding.
    member _.Exact i j =
        let times entry =
            List.replicate power (Exact.OfFloat entry)

        Exact.Product(
            Exact.OfFloat(factor * (Naive.tap weight i j 0 / factor)) :: times left[i]
            @ times right[j]
        )

    override _.ToString() =
        $"{elementType} {rows}x{columns}, transposed {transposed}, factor {factor}\n  weights %A{weights}\n  left %A{left}\n  right %A{right}, to the power {power}"

let private drawn extreme =
    gen {
        let! elementType = Gen.elements [ Float16; BFloat16; Float32; Float64 ]
        let! rows = Gen.choose (1, 5)
        let! columns = Gen.choose (1, 9)
        let! transposed = Gen.elements [ true; false ]
        let! factor = Gen.elements [ 1.0; 1.0; -1.0; 0.5; -4.0 ]

        let number powers =
            gen {
                let! seed = Draw.seed
                let! power = Gen.elements powers
                return Build.normal (Random seed) * (10.0 ** float power)
            }

        let reach = range elementType

        let entries =
            Gen.frequency
                [ 8, number (if extreme then [ -reach; -reach / 2; 0; reach / 2; reach - 1 ] else [ 0 ])
                  1, Gen.constant 0.0 ]

        let diagonal count =
            Gen.oneof
                [ Gen.constant (Array.create count 1.0)
                  Gen.arrayOfLength
                      count
                      (Gen.frequency
                          [ 6, Gen.map abs (number (if extreme then [ -150; -100; -20; 0; 20; 100; 150 ] else [ 0 ]))
                            1, Gen.constant 0.0 ]) ]

        let! weights = Gen.arrayOfLength (rows * columns) entries
        let! left = diagonal rows
        let! right = diagonal columns
        let! power = if extreme then Gen.choose (1, 3) else Gen.constant 1
        return Layer(elementType, rows, columns, transposed, factor, weights, left, right, power)
    }

let private layers = Arb.fromGen (Gen.oneof [ drawn false; drawn true ])

let private compareEntry at (expected: Exact) (actual: float) =
    // Every factor rounds once, the product of diagonals once more; below the normal range steps have one size.
    let tolerance = 8.0 * Math.ScaleB(1.0, -53)
    let peak = Exact.OfFloat Double.MaxValue

    let magnitude =
        { expected with
            Integer = Numerics.BigInteger.Abs expected.Integer }

    if not (Double.IsFinite actual) then
        Law.isTrue $"{at} is {actual}" ((Exact.Subtract magnitude peak).Integer.Sign > 0)
    else
        let difference = Exact.Subtract expected (Exact.OfFloat actual)

        let step =
            { Integer = Numerics.BigInteger 4
              Power = -1074 }

        let small =
            (Exact.Subtract
                { difference with
                    Integer = Numerics.BigInteger.Abs difference.Integer }
                step)
                .Integer.Sign
            <= 0

        let error = Exact.RelativeError (Exact.OfFloat actual) expected
        Law.isTrue $"{at} is {actual}, relative error {error}" (small || error <= tolerance)

[<Fact>]
let ``The weight of a layer is that of a naive loop`` () =
    Law.forAll layers (fun layer ->
        let dense = Numbers().Dense layer.Affine |> Law.ok

        for i in 0 .. layer.Rows - 1 do
            for j in 0 .. layer.Columns - 1 do
                compareEntry $"entry {i}, {j}" (layer.Exact i j) dense[i * layer.Columns + j])

[<Fact>]
let ``The gain of a layer is that of a naive loop`` () =
    Law.forAll layers (fun layer ->
        let gain = Numbers().Gain(Affine.gain RowNorm layer.Affine) |> Law.ok

        for i in 0 .. layer.Rows - 1 do
            let squares =
                List.init layer.Columns (fun j -> let x = layer.Exact i j in Exact.Multiply x x)

            let norm = Exact.OfMagnitude gain[i]
            let error = Exact.RelativeError (Exact.Multiply norm norm) (Exact.Sum squares)
            Law.isTrue $"row {i}: {gain[i]}, relative error {error}" (error <= 40.0 * Math.ScaleB(1.0, -53)))

let private gainOf (rows: float[] list) transposed =
    let columns = rows.Head.Length

    let values =
        if transposed then
            Array.concat (Seq.transpose rows |> Seq.map Seq.toArray)
        else
            Array.concat rows

    let weight =
        Parameter.matrix "W" rows.Length columns transposed 1.0 (Build.values Float64 values)

    Numbers().Gain(Affine.gain RowNorm (Affine.ofParameters weight None))

[<Theory>]
[<InlineData true>]
[<InlineData false>]
let ``Entries of 1e300 next to 1e-300 have exact norms`` transposed =
    let gain =
        gainOf [ [| 3e300; 4e300 |]; [| 3e-300; 4e-300 |]; [| 1e300; 1e-300 |] ] transposed
        |> Law.ok

    let close (expected: float) (actual: Magnitude) =
        Assert.Equal(expected / expected, Magnitude.toFloat actual / expected, 15)

    close 5e300 gain[0]
    close 5e-300 gain[1]
    close 1e300 gain[2]

[<Theory>]
[<InlineData(true, Double.NaN)>]
[<InlineData(false, Double.NaN)>]
[<InlineData(true, Double.PositiveInfinity)>]
[<InlineData(false, Double.NegativeInfinity)>]
let ``A gain refuses a weight that is not finite and says where`` (transposed, value: float) =
    match gainOf [ [| 1.0; 2.0; 3.0 |]; [| 4.0; 5.0; value |] ] transposed with
    | Error(NotFinite("W", 1, 2, found)) -> Assert.Equal(value, found)
    | other -> Law.fail $"{other}"

[<Theory>]
[<InlineData true>]
[<InlineData false>]
let ``A weight that is not finite is refused when it is read`` transposed =
    let numbers =
        if transposed then [| 1.0; 2.0; 3.0; nan |] else [| 1.0; 2.0; 3.0; nan |]

    let weight = Parameter.matrix "W" 2 2 transposed 1.0 (Build.values Float64 numbers)

    match Numbers().Dense(Affine.ofParameters weight None) with
    | Error(NotFinite("W", 1, 1, _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``A bias that is not finite is refused`` () =
    let weight =
        Parameter.matrix "W" 2 1 false 1.0 (Build.values Float64 [| 0.0; 0.0 |])

    let bias = Parameter.vector "b" 1.0 (Build.values Float64 [| 1.0; infinity |])

    match Numbers().Gain(Affine.gain RowNorm (Affine.ofParameters weight (Some bias))) with
    | Error(NotFinite("b", 1, 0, _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``A symbol has no numbers`` () =
    match Numbers().Gain(Affine.gain RowNorm (Affine.ofParameters (Parameter.symbolic "W" (Some 2) (Some 2)) None)) with
    | Error(NoValues "W") -> ()
    | other -> Law.fail $"{other}"

/// Larger than what one thread reads at a time.
[<Theory>]
[<InlineData true>]
[<InlineData false>]
let ``Large layers agree with a naive loop`` transposed =
    let n = 700
    let random = Random 5
    let stored = Array.init (n * n) (fun _ -> Build.normal random)

    let entry i j =
        if transposed then stored[j * n + i] else stored[i * n + j]

    let right = Array.init n (fun _ -> abs (Build.normal random))
    let weight = Parameter.matrix "W" n n transposed 1.0 (Build.values Float64 stored)

    let affine =
        Affine.scaleInput (Gain.ofValues right) (Affine.ofParameters weight None)

    let rows, gain = UnitRows.decompose RowNorm affine
    let numbers = Numbers()

    let norms =
        Array.init n (fun i -> sqrt (Seq.sum (seq { for j in 0 .. n - 1 -> (entry i j * right[j]) ** 2.0 })))

    let x = Array.init n (fun _ -> Build.normal random)

    let outputs =
        Array.init n (fun i -> Seq.sum (seq { for j in 0 .. n - 1 -> entry i j * right[j] * x[j] }))

    let unitRows =
        Array.init (n * n) (fun k -> entry (k / n) (k % n) * right[k % n] / norms[k / n])

    let close tolerance expected actual =
        let worst = Array.map2 (fun x y -> abs (x - y)) expected actual |> Array.max
        Law.isTrue $"an entry differs by {worst}" (worst <= tolerance)

    close 1e-11 norms (numbers.Gain gain |> Law.ok |> Array.map Magnitude.toFloat)
    close 1e-14 unitRows (numbers.Dense rows.Coefficients |> Law.ok)
    close 1e-10 outputs (Evaluate.vector (Linear(affine, Kernel.dense, Label "")) x |> Law.ok)

[<Fact>]
let ``A number is stored as bfloat16 by one rounding to the nearest`` () =
    // Just above the middle of two bfloat16 numbers; float32 alone would take it for the middle.
    let above = 1.0 + Math.ScaleB(1.0, -8) + Math.ScaleB(1.0, -40)
    let weight = Parameter.matrix "W" 1 1 false 1.0 (Build.values BFloat16 [| 1.0 |])

    let network =
        Linear(Affine.scaleOutput (Gain.ofValues [ above ]) (Affine.ofParameters weight None), Kernel.dense, Label "")

    let output =
        Evaluate.run (Numbers()) { Evaluate.exact with Rounded = true } Map.empty (Signal.ofVector [| 1.0 |]) network
        |> Law.ok

    Assert.Equal(1.0 + Math.ScaleB(1.0, -7), output.Head.Data[0])

[<Fact>]
let ``Products with stored rows and sums of them are those of the dense weight`` () =
    Law.forAll layers (fun layer ->
        let matrix = Numbers().Weight layer.Affine
        let dense = matrix.ReadRows None
        let rows, columns = layer.Rows, layer.Columns
        let largest = dense |> Array.map abs |> Array.max

        // Squares of larger ones are beyond float64.
        if largest < 1e140 && (largest = 0.0 || largest > 1e-140) then
            let random = Random(rows + 10 * columns)
            let outer = if matrix.Entries.ByColumns then columns else rows
            let inner = rows + columns - outer

            let entry stored k =
                if matrix.Entries.ByColumns then
                    dense[k * columns + stored]
                else
                    dense[stored * columns + k]

            let isNear at (terms: float seq) (actual: float) =
                let size = Seq.sumBy abs terms
                let error = abs (actual - Seq.sum terms)
                Law.isTrue $"{at}: {actual}, off by {error} of {size}" (error <= 1e-13 * size + 1e-300)

            let z = Array.init (2 * inner) (fun _ -> Build.normal random)
            let along = RowProducts.along matrix 2 z

            for n in 0..1 do
                for s in 0 .. outer - 1 do
                    let terms = seq { for k in 0 .. inner - 1 -> entry s k * z[n * inner + k] }
                    isNear "along" terms along[n * outer + s]

            let y = Array.init (2 * outer) (fun _ -> Build.normal random)
            let across = RowProducts.across matrix 2 y

            for n in 0..1 do
                for k in 0 .. inner - 1 do
                    let terms = seq { for s in 0 .. outer - 1 -> entry s k * y[n * outer + s] }
                    isNear "across" terms across[n * inner + k]

            let factor = if largest = 0.0 then 1.0 else Math.ScaleB(1.0, -Math.ILogB largest)
            let gram = RowProducts.gram matrix factor (Array.take inner z)

            for k in 0 .. inner - 1 do
                let terms =
                    seq {
                        for s in 0 .. outer - 1 do
                            for j in 0 .. inner - 1 do
                                factor * entry s k * (factor * entry s j * z[j])
                    }

                isNear "gram" terms gram[k])

[<Theory>]
[<InlineData(1, false)>]
[<InlineData(3, false)>]
[<InlineData(1, true)>]
[<InlineData(3, true)>]
let ``Rows of a group meet the entries of that group`` (taps, transposed) =
    let random = Random 1
    let groups, rows, columns = 3, 24, 15

    let weight =
        Array.init (rows * columns / groups * taps) (fun _ -> Build.normal random)
        |> Build.values Float32
        |> Parameter.weight "W" rows columns (Groups groups) taps transposed 1.0

    let scale count =
        Gain.ofValues (Array.init count (fun _ -> exp (Build.normal random)))

    for left, right in [ Gain.one, Gain.one; scale rows, scale columns ] do
        let affine: Affine =
            { Left = left
              Weight = weight
              Right = right
              Bias = None }

        let matrix = Numbers().Weight affine
        let outer, inner = matrix.OuterCount, matrix.InnerCount
        let all = groups * inner

        let row s =
            let numbers = Array.zeroCreate<float> inner
            matrix.Read(s, Span numbers)
            numbers

        let isNear (expected: float[]) (actual: float[]) =
            Array.iter2
                (fun a b -> Law.isTrue $"{b} instead of {a}" (abs (a - b) <= 1e-12 * (1.0 + abs a)))
                expected
                actual

        let z = Array.init all (fun _ -> Build.normal random)

        let product s =
            Array.map2 (*) (row s) z[matrix.FirstInner s .. matrix.FirstInner s + inner - 1]
            |> Array.sum

        isNear (Array.init outer product) (RowProducts.along matrix 1 z)
        let y = Array.init outer (fun _ -> Build.normal random)

        let summed (factor: int -> float) =
            let sums = Array.zeroCreate all

            for s in 0 .. outer - 1 do
                row s
                |> Array.iteri (fun k x ->
                    let at = matrix.FirstInner s + k
                    sums[at] <- sums[at] + factor s * x)

            sums

        isNear (summed (fun s -> y[s])) (RowProducts.across matrix 1 y)
        isNear (summed product) (RowProducts.gram matrix 1.0 z)
        // The norms of rows, and of rows of the transposed weight, are those of the dense one.
        let entries = matrix.Entries

        for entries in [ entries; entries.Turned ] do
            let factors =
                Array.init entries.Columns (fun _ -> Magnitude.ofFloat (exp (Build.normal random)))

            let through = StoredMatrix(entries, None, Some factors)
            let perRow = entries.BlockColumns * taps
            let dense = through.ReadRows None

            let norms =
                Array.init entries.Rows (fun i ->
                    dense[i * perRow .. (i + 1) * perRow - 1]
                    |> Array.sumBy (fun x -> x * x)
                    |> sqrt)

            isNear norms (RowNorms.through through |> Array.map Magnitude.toFloat)

let private read (numbers: Numbers) (affine: Affine) =
    numbers.Stored affine
    |> Result.bind (fun weight ->
        let bytes = Array.zeroCreate<byte> (int weight.ByteLength)
        weight.Read(0L, Span bytes) |> Result.map (fun () -> bytes))

let private written (numbers: Numbers) (affine: Affine) (bytes: byte[]) =
    numbers.Write(affine, Span bytes) |> Result.map (fun () -> bytes)

/// A layer as it is, and its unit rows, whose left diagonal has their own norms in it.
let private forms (affine: Affine) =
    let rows, _ = UnitRows.decompose RowNorm affine
    [ affine; rows.Coefficients ]

[<Fact>]
let ``A weight written into memory has the bytes that are read of it`` () =
    Law.forAll layers (fun layer ->
        for affine in forms layer.Affine do
            let expected = read (Numbers()) affine

            let size =
                layer.Rows * layer.Columns * (ParameterNumbers.ElementType affine.Weight).Size

            let actual = written (Numbers()) affine (Array.zeroCreate size)
            Law.isTrue $"{actual} instead of {expected}" (actual = expected))

/// Written past the caches, by several threads.
[<Fact>]
let ``A large weight written into memory has the bytes that are read of it`` () =
    for elementType in [ Float32; Float64 ] do
        let n = 1024
        let random = Random 6
        let numbers = Array.init (n * n) (fun _ -> Build.normal random)

        let weight = Parameter.matrix "W" n n false 1.0 (Build.values elementType numbers)

        let rows, _ = UnitRows.decompose RowNorm (Affine.ofParameters weight None)
        let expected = read (Numbers()) rows.Coefficients

        let actual =
            written (Numbers()) rows.Coefficients (Array.zeroCreate (n * n * elementType.Size))

        Law.isTrue $"{elementType}: other bytes" (actual = expected)

[<Fact>]
let ``A weight written over itself has the same bytes, and is not read again`` () =
    Law.forAll layers (fun layer ->
        for form in 0..1 do
            let bytes, affine = layer.InMemory()
            let affine = (forms affine)[form]
            let expected = read (Numbers()) affine
            let numbers = Numbers()

            match expected, written numbers affine bytes with
            | Ok expected, Ok actual ->
                Law.isTrue $"{actual} instead of {expected}" (actual = expected)

                match numbers.Dense affine with
                | Error(OutOfRange("W", _)) -> ()
                | other -> Law.fail $"{other}: a weight that was written over is read"
            | expected, actual ->
                Law.isTrue $"{actual} instead of {expected}" (Result.isError expected && Result.isError actual))

[<Fact>]
let ``What is known of a weight before it is written over stays known`` () =
    Law.forAll layers (fun layer ->
        let bytes, affine = layer.InMemory()
        let rows, gain = UnitRows.decompose RowNorm affine
        let expected = Numbers().Gain gain
        let numbers = Numbers()

        match numbers.Write(rows.Coefficients, Span bytes), expected with
        | Ok(), Ok expected -> Law.isTrue "another gain" ((numbers.Gain gain |> Law.ok) = expected)
        | _ -> ())

[<Fact>]
let ``A weight that is half written over is not read again`` () =
    let bytes = Array.zeroCreate<byte> 4

    ElementTypes.write Float16 "W" (ReadOnlySpan [| 1.0; 60000.0 |]) (Span bytes)

    let weight =
        Parameter.matrix "W" 2 1 false 1.0 (Values.ofBytes Float16 (ReadOnlyMemory bytes))

    let twice =
        Affine.scaleOutput (Gain.ofValues [ 2.0; 2.0 ]) (Affine.ofParameters weight None)

    let numbers = Numbers()

    match numbers.Write(twice, Span bytes), numbers.Dense twice with
    | Error(OutOfRange("W", _)), Error(OutOfRange("W", reason)) -> Assert.Contains("written over", reason)
    | other -> Law.fail $"{other}"

/// Enough rows for several threads.
[<Fact>]
let ``A number that does not fit is an error also where several threads write`` () =
    let n = 512
    let numbers = Array.create (n * n) 60000.0

    let weight = Parameter.matrix "W" n n false 1.0 (Build.values Float16 numbers)

    let twice =
        Affine.scaleOutput (Gain.ofValues (Array.create n 2.0)) (Affine.ofParameters weight None)

    let stored = Numbers().Stored twice |> Law.ok
    let bytes = Array.zeroCreate<byte> (int stored.ByteLength)

    for result in [ stored.Read(0L, Span bytes); Numbers().Write(twice, Span bytes) ] do
        match result with
        | Error(OutOfRange("W", _)) -> ()
        | other -> Law.fail $"{other}"

/// Of every length, so that some are left over behind the last vector.
[<Fact>]
let ``Arithmetic of rows is that of their numbers, one by one`` () =
    Law.forAll (Gen.zip (Gen.choose (0, 40)) Draw.seed |> Arb.fromGen) (fun (length, seed) ->
        let random = Random seed

        let row () =
            Array.init length (fun _ -> Build.normal random)

        let xs, ys, by = row (), row (), Build.normal random

        let into (change: float[] -> unit) =
            let target = Array.copy ys
            change target
            target

        Law.isTrue "a sum" (into (fun ys -> RowArithmetic.Add(ReadOnlySpan xs, Span ys)) = Array.map2 (+) xs ys)

        Law.isTrue
            "a product"
            (into (fun ys -> RowArithmetic.Multiply(ReadOnlySpan xs, Span ys)) = Array.map2 (*) xs ys)

        Law.isTrue
            "a multiple added"
            (into (fun ys -> RowArithmetic.AddTimes(ReadOnlySpan xs, by, Span ys)) = Array.map2
                (fun x y -> Math.FusedMultiplyAdd(x, by, y))
                xs
                ys)

        let magnitudes = Array.map abs xs
        Law.isTrue "the largest" (RowArithmetic.LargestMagnitude(ReadOnlySpan xs) = Array.fold max 0.0 magnitudes)

        Law.isTrue
            "the smallest"
            (RowArithmetic.SmallestMagnitude(ReadOnlySpan xs) = Array.fold min infinity magnitudes)

        let directions =
            Array.init 4 (fun _ -> Array.init (length + 1) (fun _ -> Build.normal random))

        let sums = Array.zeroCreate<float> 5
        RowArithmetic.Along(ReadOnlySpan xs, by, ReadOnlySpan(Array.concat directions), Span sums)
        let quotients = xs |> Array.map (fun x -> x / by)

        let expected =
            Array.sumBy abs quotients
            :: [ for direction in directions -> Array.sum (Array.map2 (*) quotients direction[.. length - 1]) ]

        for actual, expected in List.zip (List.ofArray sums) expected do
            // By the sum of the magnitudes: terms may cancel.
            let size = Array.sumBy abs quotients * 10.0
            Law.isTrue $"{actual} instead of {expected}" (abs (actual - expected) <= 1e-14 * size))
