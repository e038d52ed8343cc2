namespace Canon.Algebra

open System
open System.Numerics.Tensors
open System.Runtime.InteropServices

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

    let private largest elementType =
        match elementType with
        | Float16 -> float Half.MaxValue
        | BFloat16 -> 3.3895313892515355e38
        | Float32 -> float Single.MaxValue
        | Float64 -> Double.MaxValue

    /// Errors: OutOfRange, naming `name`, when a number does not fit the type.
    let write elementType name (numbers: ReadOnlySpan<float>) (destination: Span<byte>) =
        let peak =
            if numbers.IsEmpty then 0.0 else TensorPrimitives.MaxMagnitude numbers |> abs

        if not (peak <= largest elementType) then
            Fail.because (OutOfRange(name, $"a value of {peak} cannot be stored as {elementType}"))

        match elementType with
        | Float64 -> numbers.CopyTo(MemoryMarshal.Cast<byte, float> destination)
        | Float32 ->
            TensorPrimitives.ConvertTruncating<float, float32>(numbers, MemoryMarshal.Cast<byte, float32> destination)
        | Float16 ->
            TensorPrimitives.ConvertTruncating<float, Half>(numbers, MemoryMarshal.Cast<byte, Half> destination)
        | BFloat16 ->
            let target = MemoryMarshal.Cast<byte, uint16> destination

            for i in 0 .. numbers.Length - 1 do
                target[i] <- bfloat16 numbers[i]

    /// Each number replaced by the nearest that the type can hold. Errors: OutOfRange, as for `write`.
    let round elementType name (numbers: Span<float>) =
        match elementType with
        | Float64 ->
            if not (TensorPrimitives.IsFiniteAll<float>(Span.op_Implicit numbers)) then
                Fail.because (OutOfRange(name, "a value cannot be stored as float64"))
        | Float16
        | BFloat16
        | Float32 ->
            let stored = Array.zeroCreate<byte> (numbers.Length * elementType.Size)
            write elementType name (Span.op_Implicit numbers) (Span stored)

            for i in 0 .. numbers.Length - 1 do
                numbers[i] <-
                    match elementType with
                    | Float32 -> float (BitConverter.ToSingle(stored, i * 4))
                    | Float16 -> float (BitConverter.ToHalf(stored, i * 2))
                    | BFloat16 ->
                        float (BitConverter.UInt32BitsToSingle(uint32 (BitConverter.ToUInt16(stored, i * 2)) <<< 16))
                    | Float64 -> numbers[i]
