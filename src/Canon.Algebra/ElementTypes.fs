namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Float64 numbers rounded to the type in which they are stored.
[<RequireQualifiedAccess>]
module internal ElementTypes =

    /// The kernels of rows stored in the type.
    let kernels elementType =
        match elementType with
        | Float64 -> RowKernels.OfFloat64
        | Float32 -> RowKernels.OfFloat32
        | BFloat16 -> RowKernels.OfBFloat16
        | Float16 -> RowKernels.OfFloat16

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
        | BFloat16 -> UpperHalf.op_Explicit (UpperHalf.op_Explicit x: UpperHalf)
        | Float32 -> float (float32 x)
        | Float64 -> x

    let private requireLength (elementType: ElementType) bytes count =
        if bytes < count * elementType.Size then
            invalidOp $"{bytes} bytes do not hold {count} numbers of {elementType}"

    /// Errors: OutOfRange, naming `name`, when a number does not fit the type.
    let write elementType name (numbers: ReadOnlySpan<float>) (destination: Span<byte>) =
        let peak =
            if numbers.IsEmpty then 0.0 else TensorPrimitives.MaxMagnitude numbers |> abs

        if not (peak <= largest elementType) then
            Fail.because (OutOfRange(name, $"a value of {peak} cannot be stored as {elementType}"))

        requireLength elementType destination.Length numbers.Length
        use source = fixed &MemoryMarshal.GetReference numbers
        use target = fixed &MemoryMarshal.GetReference destination
        (kernels elementType).Write(source, numbers.Length, NativePtr.toNativeInt target)

    /// The stored numbers as float64.
    let read elementType (bytes: ReadOnlySpan<byte>) (numbers: Span<float>) =
        requireLength elementType bytes.Length numbers.Length
        use source = fixed &MemoryMarshal.GetReference bytes
        use target = fixed &MemoryMarshal.GetReference numbers
        (kernels elementType).Read(NativePtr.toNativeInt source, numbers.Length, target)

    /// The numbers of a parameter from element `first` on, as many as the buffer holds.
    let load name (values: Values) first (buffer: Span<float>) =
        let mutable rented = null
        read values.ElementType (values.Bytes(name, first, buffer.Length, &rented)) buffer
        Values.GiveBack rented

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
            let bytes = Span(array, 0, numbers.Length * elementType.Size)
            write elementType name (Span.op_Implicit numbers) bytes
            read elementType (Span.op_Implicit bytes) numbers
            ArrayPool<byte>.Shared.Return array
