/// What kernels make of a row is what a loop over its numbers makes of it, whatever the width of the vectors.
module Canon.Properties.RowLaws

#nowarn "9"

open System
open System.Runtime.Intrinsics
open FsCheck.FSharp
open Microsoft.FSharp.NativeInterop
open Canon.Algebra
open Canon.Kernels
open Canon.Verification
open Xunit

/// The kernels of every width that this machine can run, and the generic ones of 128 bits that every machine can.
let private all: (string * RowKernels) list =
    [ "128 bits", RowKernels<Lanes128, Vector128<float>>() :> RowKernels
      if Vector256.IsHardwareAccelerated then
          "256 bits", RowKernels<Lanes256, Vector256<float>>()
      if Vector512.IsHardwareAccelerated then
          "512 bits", RowKernels<Lanes512, Vector512<float>>() ]

/// A row, the one after it, and their factors.
type private Rows =
    { Single: bool
      Row: float[]
      Next: float[]
      Factors: float[]
      Outer: float }

    /// A number as the rows hold it.
    member x.Held number =
        if x.Single then float (float32 number) else number

let private drawn =
    gen {
        let! single = Gen.elements [ true; false ]
        let! count = Gen.choose (1, 80)
        let! seed = Gen.choose (1, 1_000_000)
        let random = Random seed

        let numbers () =
            Array.init count (fun _ ->
                let x = Build.normal random
                if single then float (float32 x) else x)

        return
            { Single = single
              Row = numbers ()
              Next = numbers ()
              Factors = Array.init count (fun _ -> exp (Build.normal random))
              Outer = exp (Build.normal random) }
    }
    |> Arb.fromGen

/// Runs `f` with the addresses of copies of the numbers, as they are held, which it may change, and answers what it left there.
let private withRows (rows: Rows) (numbers: float[] list) (f: nativeint list -> 'a) =
    let size = if rows.Single then 4 else 8

    let memory =
        numbers
        |> List.map (fun xs -> GC.AllocateArray<byte>(xs.Length * size, pinned = true))

    let address (bytes: byte[]) =
        use start = fixed bytes
        NativePtr.toNativeInt start

    for xs, bytes in List.zip numbers memory do
        let source: Array = if rows.Single then Array.map float32 xs else xs
        Buffer.BlockCopy(source, 0, bytes, 0, bytes.Length)

    let answer = f (List.map address memory)

    let left =
        memory
        |> List.map (fun bytes ->
            if rows.Single then
                Array.init (bytes.Length / 4) (fun i -> float (BitConverter.ToSingle(bytes, 4 * i)))
            else
                Array.init (bytes.Length / 8) (fun i -> BitConverter.ToDouble(bytes, 8 * i)))

    answer, left

let private withFactors (rows: Rows) f =
    let factors = GC.AllocateArray<float>(rows.Factors.Length, pinned = true)
    rows.Factors.CopyTo(factors, 0)
    use start = fixed factors
    f start

/// The sum of squares that `numbers` have, within what any order of adding n of them may round.
let private isSumOfSquares at (numbers: float[]) (sum: float) =
    let exact =
        numbers
        |> Seq.map (fun x -> Exact.Multiply (Exact.OfFloat x) (Exact.OfFloat x))
        |> List.ofSeq
        |> Exact.Sum

    let error = Exact.RelativeError (Exact.OfFloat sum) exact
    Law.isTrue $"{at}: {sum}, relative error {error}" (error <= float (numbers.Length + 4) * Math.ScaleB(1.0, -53))

let private scaled (rows: Rows) (numbers: float[]) =
    Array.map2 (fun x f -> x * f) numbers rows.Factors

/// Rounded once, from the product of the number with both factors.
let private product (rows: Rows) =
    Array.map2 (fun x f -> rows.Held(x * (f * rows.Outer))) rows.Row rows.Factors

let private same at (expected: float[]) (actual: float[]) =
    if expected <> actual then
        Law.fail $"{at}: %A{actual} instead of %A{expected}"

[<Fact>]
let ``Sums of squares are those of a loop within rounding`` () =
    Law.forAll drawn (fun rows ->
        for name, kernels in all do
            withFactors rows (fun factors ->
                let n = rows.Row.Length

                withRows rows [ rows.Row ] (fun addresses ->
                    let row = addresses.Head
                    isSumOfSquares name rows.Row (kernels.Squares(rows.Single, row, n))
                    let struct (own, withFactors) = kernels.BothSquares(rows.Single, row, n, factors)
                    isSumOfSquares name rows.Row own
                    isSumOfSquares name (scaled rows rows.Row) withFactors

                    let sums = GC.AllocateArray<float>(n, pinned = true)
                    use start = fixed sums
                    kernels.AddSquares(rows.Single, row, n, 1.0, start)
                    kernels.AddSquares(rows.Single, row, n, rows.Outer, start)

                    for k in 0 .. n - 1 do
                        isSumOfSquares name [| rows.Row[k]; rows.Row[k] * rows.Outer |] sums[k])
                |> ignore))

[<Fact>]
let ``A scaled row is the product of its numbers with their factors, rounded once`` () =
    Law.forAll drawn (fun rows ->
        for name, kernels in all do
            withFactors rows (fun factors ->
                let n = rows.Row.Length

                let scale target =
                    fun (addresses: nativeint list) ->
                        kernels.Scale(rows.Single, addresses.Head, n, factors, rows.Outer, target addresses)

                let sum, left =
                    withRows rows [ rows.Row; rows.Next ] (scale (fun addresses -> addresses[1]))

                same name rows.Row left[0]
                same name (product rows) left[1]
                let unrounded = Array.map2 (fun x f -> x * (f * rows.Outer)) rows.Row rows.Factors
                isSumOfSquares name unrounded sum

                let _, inPlace = withRows rows [ rows.Row ] (scale List.head)
                same $"{name}, in place" (product rows) inPlace[0]

                let wide = GC.AllocateArray<float>(n, pinned = true)
                use start = fixed wide
                let target = NativePtr.toNativeInt start

                withRows rows [ rows.Row ] (fun addresses ->
                    kernels.Widen(rows.Single, addresses.Head, n, factors, rows.Outer, target))
                |> ignore

                same $"{name}, as float64" unrounded wide))

[<Fact>]
let ``A row scaled while the next one is read is the same row, and the sum of the next the same sum`` () =
    Law.forAll drawn (fun rows ->
        for name, kernels in all do
            withFactors rows (fun factors ->
                let n = rows.Row.Length

                let (sum, expected), left =
                    withRows rows [ rows.Row; rows.Next ] (fun addresses ->
                        let row, next = addresses[0], addresses[1]
                        let struct (_, expected) = kernels.BothSquares(rows.Single, next, n, factors)
                        kernels.ScaleAndGoOn(rows.Single, row, n, factors, rows.Outer, row, next), expected)

                same name (product rows) left[0]
                same name rows.Next left[1]
                Law.isTrue $"{name}: {sum} instead of {expected}" (sum = expected)))

/// Numbers of any size, the smallest that the types of 16 bits hold among them, and zeros.
let private ofAnySize =
    gen {
        let! seed = Gen.choose (1, 1_000_000)
        let! count = Gen.choose (1, 40)
        let! reach = Gen.elements [ 2; 30; 160 ]
        let random = Random seed

        return
            Array.init count (fun _ ->
                if random.Next 8 = 0 then
                    0.0
                else
                    Math.ScaleB(Build.normal random, random.Next(-reach, reach)))
    }
    |> Arb.fromGen

[<Fact>]
let ``Many numbers are rounded to 16 bits as each of them alone`` () =
    Law.forAll ofAnySize (fun numbers ->
        for elementType in [ Float16; BFloat16 ] do
            let fitting =
                numbers |> Array.filter (fun x -> abs x <= ElementTypes.largest elementType)

            let bytes = Array.zeroCreate<byte> (2 * fitting.Length)
            ElementTypes.write elementType "W" (ReadOnlySpan fitting) (Span bytes)
            let rounded = Array.zeroCreate fitting.Length
            ElementTypes.read elementType (ReadOnlySpan bytes) (Span rounded)
            same $"{elementType}" (Array.map (ElementTypes.nearest elementType) fitting) rounded)
