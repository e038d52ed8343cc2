namespace Canon.Algebra

open System
open System.Runtime.InteropServices

type ElementType =
    | Float16
    | BFloat16
    | Float32
    | Float64

    member x.Size =
        match x with
        | Float16
        | BFloat16 -> 2
        | Float32 -> 4
        | Float64 -> 8

    override x.ToString() =
        match x with
        | Float16 -> "float16"
        | BFloat16 -> "bfloat16"
        | Float32 -> "float32"
        | Float64 -> "float64"

[<AbstractClass>]
type Values(elementType: ElementType, length: int64) =

    /// An identity for these numbers, so that two parameters of one name are not taken for the same. Never printed.
    member val internal Identity = Guid.NewGuid()

    member _.ElementType = elementType

    member _.Length = length

    abstract Read: offset: int64 * count: int -> ReadOnlySpan<byte>

/// Values in memory.
[<Sealed>]
type MemoryValues<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (elementType: ElementType, memory: ReadOnlyMemory<'T>) =
    inherit Values(elementType, int64 memory.Length)

    override _.Read(offset, count) =
        MemoryMarshal.AsBytes(memory.Span.Slice(int offset, count))

[<RequireQualifiedAccess>]
module Values =

    let ofFloat32 (memory: ReadOnlyMemory<float32>) =
        MemoryValues<float32>(Float32, memory) :> Values

    let ofFloat64 (memory: ReadOnlyMemory<float>) =
        MemoryValues<float>(Float64, memory) :> Values

    let ofBFloat16 (memory: ReadOnlyMemory<uint16>) =
        MemoryValues<uint16>(BFloat16, memory) :> Values

    let ofFloat16 (memory: ReadOnlyMemory<Half>) =
        MemoryValues<Half>(Float16, memory) :> Values

module internal Key =
    let private multiplier = UInt128(0x9E3779B97F4A7C15UL, 0xF39CC0605CEDC835UL)

    let ofInt (x: int) = UInt128.op_Implicit (uint64 (uint32 x))

    let combine (a: UInt128) (b: UInt128) =
        let h = (UInt128.RotateLeft(a, 67) ^^^ b) * multiplier
        h ^^^ (h >>> 71)

    let ofString (s: string) =
        let mutable h = ofInt s.Length

        for c in s do
            h <- combine h (ofInt (int c))

        h

    let ofGuid (g: Guid) =
        let bytes = g.ToByteArray()
        UInt128(BitConverter.ToUInt64(bytes, 0), BitConverter.ToUInt64(bytes, 8))

[<Sealed; AllowNullLiteral(false)>]
type Parameter
    internal
    (name: string, rows: int option, columns: int option, values: Values option, transposed: bool, factor: float) =

    let key =
        let size =
            Key.combine (Key.ofInt (defaultArg rows -1)) (Key.ofInt (defaultArg columns -1))

        let storage =
            match values with
            | None -> UInt128.Zero
            | Some v ->
                Key.combine
                    (Key.ofGuid v.Identity)
                    (UInt128(uint64 (BitConverter.DoubleToInt64Bits factor), (if transposed then 1UL else 0UL)))

        Key.combine (Key.ofString name) (Key.combine size storage)

    member _.Name = name

    member _.Rows = rows

    member _.Columns = columns

    member _.Values = values

    member _.Transposed = transposed

    member _.Factor = factor

    member _.IsSymbolic = values.IsNone
    member internal _.Key: UInt128 = key

    override _.Equals other =
        match other with
        | :? Parameter as p -> p.Key = key
        | _ -> false

    override _.GetHashCode() = key.GetHashCode()
    override _.ToString() = name

[<RequireQualifiedAccess>]
module Parameter =

    let symbolic name rows columns =
        Parameter(name, rows, columns, None, false, 1.0)

    let matrix name rows columns transposed factor (values: Values) =
        if rows < 1 || columns < 1 || int64 rows * int64 columns <> values.Length then
            invalidArg (nameof values) $"{name}: {values.Length} values do not fill a {rows}x{columns} matrix"

        if not (Double.IsFinite factor) then
            invalidArg (nameof factor) $"{name}: the factor {factor} is not finite"

        Parameter(name, Some rows, Some columns, Some values, transposed, factor)

    let vector name factor (values: Values) =
        matrix name (Checked.int values.Length) 1 false factor values
