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

let private ofWidths<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    : (string * RowKernels) list =
    [ "128 bits", RowKernels<'T, Lanes128, Vector128<float>>() :> RowKernels
      if Vector256.IsHardwareAccelerated then
          "256 bits", RowKernels<'T, Lanes256, Vector256<float>>()
      if Vector512.IsHardwareAccelerated then
          "512 bits", RowKernels<'T, Lanes512, Vector512<float>>() ]

/// The kernels of every width that this machine can run, and the generic ones of 128 bits that every machine can.
let private all elementType =
    match elementType with
    | Float64 -> ofWidths<float>
    | Float32 -> ofWidths<float32>
    | BFloat16 -> ofWidths<UpperHalf>
    | Float16 -> ofWidths<Half>

/// Four rows, one after the other, and their factors.
type private Rows =
    {
        Type: ElementType
        Rows: float[][]
        Factors: float[]
        Outer: float[]
        /// Bytes by which they are off the beginning of a line of memory.
        Offset: int
    }

    member x.Width = x.Factors.Length
    member x.Bytes = x.Width * x.Type.Size

let private drawn =
    gen {
        let! elementType = Gen.elements [ Float64; Float32; BFloat16; Float16 ]
        // Some reach over a page of memory.
        let! count = Gen.frequency [ 12, Gen.choose (1, 80); 1, Gen.elements [ 513; 1024; 1030; 2057 ] ]
        let! seed = Gen.choose (1, 1_000_000)
        let! offset = Gen.choose (0, 15)
        let random = Random seed

        return
            { Type = elementType
              Rows =
                Array.init 4 (fun _ ->
                    Array.init count (fun _ -> ElementTypes.nearest elementType (Build.normal random)))
              Factors = Array.init count (fun _ -> exp (Build.normal random))
              Outer = Array.init 4 (fun _ -> exp (Build.normal random))
              Offset = offset * elementType.Size }
    }
    |> Arb.fromGen

let private address (numbers: 'a[]) =
    use start = fixed numbers
    NativePtr.toNativeInt start

/// Memory that does not move, of so many bytes behind the offset.
let private memory offset count =
    let bytes = GC.AllocateArray<byte>(offset + count + 64, pinned = true)
    let start = address bytes
    bytes, start + (-start &&& 63n) + nativeint offset

let private span (address: nativeint) length =
    Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), length)

let private pinned (numbers: float[]) =
    let copy = GC.AllocateArray<float>(numbers.Length, pinned = true)
    numbers.CopyTo(copy, 0)
    copy

let private pointer (numbers: float[]) =
    NativePtr.ofNativeInt<float> (address numbers)

/// The rows in memory, and where.
let private stored (rows: Rows) =
    let held, start = memory rows.Offset (4 * rows.Bytes)

    for k in 0..3 do
        let target = span (start + nativeint (k * rows.Bytes)) rows.Bytes
        ElementTypes.write rows.Type "W" (ReadOnlySpan rows.Rows[k]) target

    held, start

/// What stands in memory, row by row.
let private held (rows: Rows) (start: nativeint) =
    Array.init 4 (fun k ->
        let numbers = Array.zeroCreate rows.Width

        ElementTypes.read
            rows.Type
            (Span.op_Implicit (span (start + nativeint (k * rows.Bytes)) rows.Bytes))
            (Span numbers)

        numbers)

/// The sum of squares that `numbers` have, within what any order of adding n of them may round.
let private isSumOfSquares at (numbers: float[]) (sum: float) =
    let exact =
        numbers
        |> Seq.map (fun x -> Exact.Multiply (Exact.OfFloat x) (Exact.OfFloat x))
        |> List.ofSeq
        |> Exact.Sum

    let error = Exact.RelativeError (Exact.OfFloat sum) exact
    Law.isTrue $"{at}: {sum}, relative error {error}" (error <= float (numbers.Length + 4) * Math.ScaleB(1.0, -53))

let private same at (expected: 'a) (actual: 'a) =
    if expected <> actual then
        Law.fail $"{at}: %A{actual} instead of %A{expected}"

/// The same bits: a zero has its sign, and what is no number is none.
let private sameBits at (expected: float[]) (actual: float[]) =
    for k in 0 .. max expected.Length actual.Length - 1 do
        let isSame =
            BitConverter.DoubleToInt64Bits expected[k] = BitConverter.DoubleToInt64Bits actual[k]
            || Double.IsNaN expected[k] && Double.IsNaN actual[k]

        if not isSame then
            Law.fail $"{at}, number {k}: {actual[k]} instead of {expected[k]}"

/// Products of the numbers with both factors, unrounded.
let private products (rows: Rows) k =
    Array.map2 (fun x f -> x * (f * rows.Outer[k])) rows.Rows[k] rows.Factors

let private rounded (rows: Rows) =
    Array.init 4 (fun k -> products rows k |> Array.map (ElementTypes.nearest rows.Type))

[<Fact>]
let ``Sums of squares of columns are those of a loop within rounding`` () =
    Law.forAll drawn (fun rows ->
        let bytes, start = stored rows

        for name, kernels in all rows.Type do
            let sums = pinned (Array.zeroCreate rows.Width)
            let outer = pinned rows.Outer
            kernels.AddSquaresOfFour(start, nativeint rows.Bytes, rows.Width, pointer outer, pointer sums)
            kernels.AddSquaresOfFour(start, 0n, rows.Width, pointer outer, pointer sums)

            for i in 0 .. rows.Width - 1 do
                let terms = Array.map2 (fun (row: float[]) f -> row[i] * f) rows.Rows rows.Outer
                isSumOfSquares name (Array.append terms terms[..0]) sums[i]

        GC.KeepAlive bytes)

[<Fact>]
let ``Four rows together have the sums that each has alone, wherever they lie`` () =
    Law.forAll drawn (fun rows ->
        let bytes, start = stored rows
        let aligned, alignedStart = stored { rows with Offset = 0 }
        let factors = pinned rows.Factors

        for name, kernels in all rows.Type do
            let sums = pinned (Array.zeroCreate 4)
            let alone = pinned (Array.zeroCreate 4)

            let see row stride sums =
                kernels.SquaresOfFour(row, nativeint stride, rows.Width, pointer factors, pointer sums)

            see start rows.Bytes sums

            for k in 0..3 do
                isSumOfSquares name (Array.map2 (*) rows.Rows[k] rows.Factors) sums[k]
                see (alignedStart + nativeint (k * rows.Bytes)) 0 alone
                same name sums[k] alone[0]

        GC.KeepAlive bytes
        GC.KeepAlive aligned)

[<Fact>]
let ``Products of four rows with a vector, and sums of four rows, are those of loops within rounding`` () =
    Law.forAll drawn (fun rows ->
        let bytes, start = stored rows
        let z, outer = pinned rows.Factors, pinned rows.Outer

        let isNear at (terms: float[]) (actual: float) =
            let size = terms |> Array.sumBy abs
            let error = abs (actual - Array.sum terms)
            Law.isTrue $"{at}: {actual}, off by {error} of {size}" (error <= 1e-13 * size)

        for name, kernels in all rows.Type do
            let dots, alone = pinned (Array.zeroCreate 4), pinned (Array.zeroCreate 4)
            let stride = nativeint rows.Bytes
            kernels.DotsOfFour(start, stride, rows.Width, pointer z, pointer dots)
            let sums = pinned rows.Factors
            kernels.AddFour(start, stride, rows.Width, pointer outer, pointer sums)

            for k in 0..3 do
                isNear name (Array.map2 (*) rows.Rows[k] rows.Factors) dots[k]
                kernels.DotsOfFour(start + nativeint k * stride, 0n, rows.Width, pointer z, pointer alone)
                same name dots[k] alone[0]

            for i in 0 .. rows.Width - 1 do
                isNear
                    name
                    [| rows.Factors[i]
                       yield! Array.map2 (fun (row: float[]) f -> row[i] * f) rows.Rows rows.Outer |]
                    sums[i]

            let ofOne = pinned rows.Factors
            kernels.AddFour(start, 0n, rows.Width, pointer outer, pointer ofOne)

            for i in 0 .. rows.Width - 1 do
                isNear name [| rows.Factors[i]; rows.Rows[0].[i] * rows.Outer[0] |] ofOne[i]

        GC.KeepAlive bytes)

[<Fact>]
let ``The largest of four rows, and of columns over four rows, is exactly that of their products`` () =
    Law.forAll drawn (fun rows ->
        let bytes, start = stored rows
        let factors, outer = pinned rows.Factors, pinned rows.Outer
        let stride = nativeint rows.Bytes
        let largest products = products |> Seq.map abs |> Seq.max

        for name, kernels in all rows.Type do
            let along, alone = pinned (Array.zeroCreate 4), pinned (Array.zeroCreate 4)
            kernels.LargestOfFour(start, stride, rows.Width, pointer factors, pointer along)
            let across, ofOne = pinned rows.Factors, pinned (Array.zeroCreate rows.Width)
            kernels.LargestAcrossFour(start, stride, rows.Width, pointer outer, pointer across)
            kernels.LargestAcrossFour(start, 0n, rows.Width, pointer outer, pointer ofOne)

            for k in 0..3 do
                same name (largest (Array.map2 (*) rows.Rows[k] rows.Factors)) along[k]
                kernels.LargestOfFour(start + nativeint k * stride, 0n, rows.Width, pointer factors, pointer alone)
                same name along[k] alone[0]

            for i in 0 .. rows.Width - 1 do
                let products = Array.map2 (fun (row: float[]) f -> row[i] * f) rows.Rows rows.Outer
                same name (largest (Array.append [| rows.Factors[i] |] products)) across[i]
                same name (abs products[0]) ofOne[i]

        GC.KeepAlive bytes)

[<Fact>]
let ``The place of the largest number of a row, and the row of the largest of each column, are the first that have it``
    ()
    =
    Law.forAll drawn (fun rows ->
        let bytes, start = stored rows
        let factors, outer = pinned rows.Factors, pinned rows.Outer
        let stride = nativeint rows.Bytes

        for name, kernels in all rows.Type do
            for k in 0..3 do
                let sizes = Array.map2 (fun x f -> abs (x * f)) rows.Rows[k] rows.Factors
                let most = Array.max sizes
                let row = start + nativeint k * stride

                let firstAbove bound =
                    kernels.FirstAbove(row, rows.Width, pointer factors, bound)

                same name (Array.IndexOf(sizes, most)) (firstAbove (Math.BitDecrement most))
                same name rows.Width (firstAbove most)

            for stride, count in [ stride, 4; 0n, 1 ] do
                // What is there already stays where nothing is larger.
                let largest = pinned (Array.map (fun f -> f - 0.5) rows.Factors)
                let places = pinned (Array.create rows.Width -1.0)

                kernels.PlaceLargestAcrossFour(
                    start,
                    stride,
                    rows.Width,
                    pointer outer,
                    pointer largest,
                    pointer places,
                    7.0,
                    3.0
                )

                for i in 0 .. rows.Width - 1 do
                    let sizes = Array.init count (fun k -> abs (rows.Rows[k].[i] * rows.Outer[k]))

                    let before, most = rows.Factors[i] - 0.5, Array.max sizes
                    same $"{name}, column {i}" (max before most) largest[i]

                    let place =
                        if most > before then 7.0 + 3.0 * float (Array.IndexOf(sizes, most)) else -1.0

                    same $"{name}, column {i}" place places[i]

        GC.KeepAlive bytes)

/// The bits of infinity, and of what is no number.
let private aliens elementType : byte[] list =
    match elementType with
    | Float64 -> [ infinity; -infinity; nan ] |> List.map BitConverter.GetBytes
    | Float32 -> [ infinityf; -infinityf; nanf ] |> List.map BitConverter.GetBytes
    | BFloat16 -> [ 0x7F80us; 0xFF80us; 0x7FC0us ] |> List.map BitConverter.GetBytes
    | Float16 -> [ 0x7C00us; 0xFC00us; 0x7E00us ] |> List.map BitConverter.GetBytes

[<Fact>]
let ``A row with what is no number has no sum of squares and no largest number`` () =
    Law.forAll (Arb.zip (drawn, Arb.fromGen (Gen.choose (0, 10000)))) (fun (rows, chance) ->
        let place = chance % rows.Width

        for alien in aliens rows.Type do
            let bytes, start = stored rows
            let at = start + nativeint (2 * rows.Bytes + place * rows.Type.Size)
            alien.CopyTo(span at alien.Length)
            let factors, outer = pinned rows.Factors, pinned rows.Outer
            let stride = nativeint rows.Bytes

            for name, kernels in all rows.Type do
                let along measure =
                    let measures = pinned (Array.zeroCreate 4)
                    measure (pointer measures)

                    for k in 0..3 do
                        same $"{name}, row {k}: {measures[k]}" (k <> 2) (Double.IsFinite measures[k])

                let across measure =
                    let measures = pinned (Array.zeroCreate rows.Width)
                    measure (pointer measures)

                    for i in 0 .. rows.Width - 1 do
                        same $"{name}, column {i}: {measures[i]}" (i <> place) (Double.IsFinite measures[i])

                let width, factors, outer = rows.Width, pointer factors, pointer outer
                along (fun sums -> kernels.SquaresOfFour(start, stride, width, factors, sums))
                along (fun largest -> kernels.LargestOfFour(start, stride, width, factors, largest))
                across (fun sums -> kernels.AddSquaresOfFour(start, stride, width, outer, sums))
                across (fun largest -> kernels.LargestAcrossFour(start, stride, width, outer, largest))

            GC.KeepAlive bytes)

[<Fact>]
let ``A scaled row is the product of its numbers with their factors, rounded once`` () =
    Law.forAll drawn (fun rows ->
        let factors, outer = pinned rows.Factors, pinned rows.Outer
        let expected = rounded rows

        for name, kernels in all rows.Type do
            let bytes, start = stored rows
            let targets, target = memory (rows.Offset / 2 * 2) (4 * rows.Bytes)
            let sums = pinned (Array.zeroCreate 4)
            let stride = nativeint rows.Bytes

            let scaleAnd sums row stride outer target =
                kernels.ScaleFour(row, stride, rows.Width, pointer factors, pointer outer, target, stride, sums)

            let scale row stride outer target =
                scaleAnd (pointer sums) row stride outer target

            scaleAnd NativePtr.nullPtr start stride outer target
            Array.iter2 (sameBits $"{name}, {rows.Type}, without sums") expected (held rows target)
            (span target (4 * rows.Bytes)).Clear()

            kernels.ScaleFourPastCaches(start, stride, rows.Width, pointer factors, pointer outer, target, stride)
            Array.iter2 (sameBits $"{name}, {rows.Type}, past the caches") expected (held rows target)
            (span target (4 * rows.Bytes)).Clear()

            kernels.ScaleFourPastCaches(start, 0n, rows.Width, pointer factors, pointer outer, target, 0n)
            sameBits $"{name}, {rows.Type}, one row past the caches" expected[0] (held rows target).[0]
            (span target (4 * rows.Bytes)).Clear()

            scale start stride outer target
            Array.iter2 (sameBits $"{name}, {rows.Type}") expected (held rows target)
            Array.iter2 (sameBits $"{name}: the rows themselves") rows.Rows (held rows start)

            for k in 0..3 do
                let least = products rows k |> Array.sumBy (fun y -> y * y)
                Law.isTrue $"{name}: {sums[k]} is less than {least}" (sums[k] >= least * (1.0 - 1e-12))
                Law.isTrue $"{name}: {sums[k]} is much more than {least}" (sums[k] <= 3.0 * least * (1.0 + 1e-12))

            scale start stride outer start
            Array.iter2 (sameBits $"{name}, {rows.Type}, in place") expected (held rows start)

            let single, singleStart = stored rows
            scale singleStart 0n outer singleStart

            (Array.append [| expected[0] |] rows.Rows[1..], held rows singleStart)
            ||> Array.iter2 (sameBits $"{name}, {rows.Type}, one row")

            let wide = pinned (Array.zeroCreate rows.Width)

            let sum =
                kernels.Widen(singleStart + stride, rows.Width, pointer factors, rows.Outer[1], pointer wide)

            sameBits $"{name}, as float64" (products rows 1) wide
            isSumOfSquares name wide sum
            GC.KeepAlive((bytes, targets, single)))

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
        for elementType in [ Float16; BFloat16; Float32 ] do
            let fitting =
                numbers
                |> Array.filter (fun x -> abs x <= ElementTypes.largest elementType)
                |> pinned

            for name, kernels in all elementType do
                let bytes, start = memory 0 (elementType.Size * fitting.Length)
                let rounded = pinned (Array.zeroCreate fitting.Length)
                kernels.Write(pointer fitting, fitting.Length, start)
                kernels.Read(start, fitting.Length, pointer rounded)
                sameBits $"{name}, {elementType}" (Array.map (ElementTypes.nearest elementType) fitting) rounded
                GC.KeepAlive bytes)

[<Fact>]
let ``Halfway between two numbers of 16 bits the even one is stored, and beside that the nearer one`` () =
    let value elementType (bits: int) =
        if elementType = Float16 then
            float (BitConverter.UInt16BitsToHalf(uint16 bits))
        else
            float (BitConverter.UInt32BitsToSingle(uint32 bits <<< 16))

    for elementType, infinite in [ Float16, 0x7C00; BFloat16, 0x7F80 ] do
        let cases =
            [| for bits in 0 .. infinite - 2 do
                   let low, high = value elementType bits, value elementType (bits + 1)
                   let middle = low + (high - low) / 2.0

                   for sign in [ 1.0; -1.0 ] do
                       sign * middle, sign * (if bits % 2 = 0 then low else high)
                       sign * Math.BitDecrement middle, sign * low
                       sign * Math.BitIncrement middle, sign * high |]

        let numbers, expected = Array.unzip cases
        let numbers = pinned numbers
        let rounded = pinned (Array.zeroCreate numbers.Length)
        sameBits $"{elementType}, one by one" expected (Array.map (ElementTypes.nearest elementType) numbers)

        for name, kernels in all elementType do
            let bytes, start = memory 0 (elementType.Size * numbers.Length)
            kernels.Write(pointer numbers, numbers.Length, start)
            kernels.Read(start, numbers.Length, pointer rounded)
            sameBits $"{name}, {elementType}" expected rounded
            GC.KeepAlive bytes

[<Fact>]
let ``Every number of 16 bits is read as what it is`` () =
    let bits = GC.AllocateArray<uint16>(65536, pinned = true)
    bits |> Array.iteri (fun k _ -> bits[k] <- uint16 k)

    for elementType in [ Float16; BFloat16 ] do
        for name, kernels in all elementType do
            let numbers = pinned (Array.zeroCreate 65536)
            kernels.Read(address bits, 65536, pointer numbers)

            for k in 0..65535 do
                let expected =
                    if elementType = Float16 then
                        float (BitConverter.UInt16BitsToHalf bits[k])
                    else
                        float (BitConverter.UInt32BitsToSingle(uint32 bits[k] <<< 16))

                if not (expected = numbers[k] || Double.IsNaN expected && Double.IsNaN numbers[k]) then
                    Law.fail $"{name}, {elementType} {k}: {numbers[k]} instead of {expected}"
