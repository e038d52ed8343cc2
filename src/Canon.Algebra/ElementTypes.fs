namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open Canon.Kernels

/// Float64 numbers rounded to the type in which they are stored.
[<RequireQualifiedAccess>]
module internal ElementTypes =

    let private bfloat16 (x: float) =
        let single = float32 x
        let bits = BitConverter.SingleToUInt32Bits single

        // What float32 cannot hold stays visible in the last bit, so that rounding twice is rounding once.
        let bits =
            if float single = x then bits
            elif abs (float single) > abs x then (bits - 1u) ||| 1u
            else bits ||| 1u

        // Round to nearest, ties to even.
        uint16 ((bits + 0x7FFFu + ((bits >>> 16) &&& 1u)) >>> 16)

    /// Half a unit in the last place, relative to the number.
    let rounding elementType =
        match elementType with
        | BFloat16 -> Math.ScaleB(1.0, -8)
        | Float16 -> Math.ScaleB(1.0, -11)
        | Float32 -> Math.ScaleB(1.0, -24)
        | Float64 -> Math.ScaleB(1.0, -53)

    /// The type of these parameters that rounds most; float64 where none has values.
    let coarsest (parameters: Parameter list) =
        parameters
        |> List.choose Parameter.values
        |> List.map _.ElementType
        |> List.fold (fun most other -> if rounding other > rounding most then other else most) Float64

    /// The largest number of the type.
    let largest elementType =
        match elementType with
        | Float16 -> float Half.MaxValue
        | BFloat16 -> 3.3895313892515355e38
        | Float32 -> float Single.MaxValue
        | Float64 -> Double.MaxValue

    /// The smallest positive number that the type holds with all its digits.
    let smallestNormal elementType =
        match elementType with
        | Float16 -> 6.103515625e-05
        | BFloat16
        | Float32 -> 1.1754943508222875e-38
        | Float64 -> 2.2250738585072014e-308

    /// The number of the type that is nearest; infinite above all of them.
    let nearest elementType (x: float) =
        match elementType with
        | Float16 -> float (Half.op_Explicit x: Half)
        | BFloat16 -> float (BitConverter.UInt32BitsToSingle(uint32 (bfloat16 x) <<< 16))
        | Float32 -> float (float32 x)
        | Float64 -> x

    /// The numbers rounded to the type, all of which fit it.
    let writeFitting elementType (numbers: ReadOnlySpan<float>) (destination: Span<byte>) =
        match elementType with
        | Float64 -> numbers.CopyTo(MemoryMarshal.Cast<byte, float> destination)
        | Float32 ->
            TensorPrimitives.ConvertTruncating<float, float32>(numbers, MemoryMarshal.Cast<byte, float32> destination)
        | Float16
        | BFloat16 ->
            let array = ArrayPool<float32>.Shared.Rent numbers.Length
            let singles = Span(array, 0, numbers.Length)
            use source = fixed &MemoryMarshal.GetReference numbers
            use single = fixed &MemoryMarshal.GetReference singles
            Halves.ToOddSingle(source, single, numbers.Length)

            if elementType = Float16 then
                TensorPrimitives.ConvertToHalf(Span.op_Implicit singles, MemoryMarshal.Cast<byte, Half> destination)
            else
                use target =
                    fixed &MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, uint16> destination)

                Halves.FromSingle(single, target, numbers.Length)

            ArrayPool<float32>.Shared.Return array

    /// Errors: OutOfRange, naming `name`, when a number does not fit the type.
    let write elementType name (numbers: ReadOnlySpan<float>) (destination: Span<byte>) =
        let peak =
            if numbers.IsEmpty then 0.0 else TensorPrimitives.MaxMagnitude numbers |> abs

        if not (peak <= largest elementType) then
            Fail.because (OutOfRange(name, $"a value of {peak} cannot be stored as {elementType}"))

        writeFitting elementType numbers destination

    /// The stored numbers of 16 bits as float32, which holds them all.
    let widen elementType (stored: ReadOnlySpan<byte>) (numbers: Span<float32>) =
        if elementType = Float16 then
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half> stored, numbers)
        else
            use source =
                fixed &MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, uint16> stored)

            use target = fixed &MemoryMarshal.GetReference numbers
            Halves.ToSingle(source, target, numbers.Length)

    /// The stored numbers as float64.
    let read elementType (stored: ReadOnlySpan<byte>) (numbers: Span<float>) =
        match elementType with
        | Float64 -> MemoryMarshal.Cast<byte, float>(stored).CopyTo numbers
        | Float32 ->
            TensorPrimitives.ConvertTruncating<float32, float>(MemoryMarshal.Cast<byte, float32> stored, numbers)
        | Float16
        | BFloat16 ->
            let array = ArrayPool<float32>.Shared.Rent numbers.Length
            let singles = Span(array, 0, numbers.Length)
            widen elementType stored singles
            TensorPrimitives.ConvertTruncating<float32, float>(Span.op_Implicit singles, numbers)
            ArrayPool<float32>.Shared.Return array

    /// Each number replaced by the nearest that the type can hold. Errors: OutOfRange, as for `write`.
    let round elementType name (numbers: Span<float>) =
        match elementType with
        | Float64 ->
            if not (TensorPrimitives.IsFiniteAll<float>(Span.op_Implicit numbers)) then
                Fail.because (OutOfRange(name, "a value cannot be stored as float64"))
        | Float16
        | BFloat16
        | Float32 ->
            let array = ArrayPool<byte>.Shared.Rent(numbers.Length * elementType.Size)
            let stored = Span(array, 0, numbers.Length * elementType.Size)
            write elementType name (Span.op_Implicit numbers) stored
            read elementType (Span.op_Implicit stored) numbers
            ArrayPool<byte>.Shared.Return array
