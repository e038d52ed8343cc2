namespace Canon.Algebra

open System

/// How one number of a parameter is stored.
type ElementType =
    /// IEEE 754 binary16: 11 bits of precision, at most 65504.
    | Float16
    /// The upper half of a float32: 8 bits of precision, the range of a float32.
    | BFloat16
    /// IEEE 754 binary32.
    | Float32
    /// IEEE 754 binary64.
    | Float64

    /// Bytes of one number: 2, 2, 4, 8.
    member Size: int

    /// The name in lower case, such as `bfloat16`.
    override ToString: unit -> string

/// The numbers of a parameter where they lie: in an array, or in a mapped file. They are read, never written or copied.
/// A subclass gives access to other storage.
[<AbstractClass>]
type Values =
    /// Describes `length` numbers of one type. They must not change afterwards: what is computed of them is kept.
    new: elementType: ElementType * length: int64 -> Values

    /// How one number is stored.
    member ElementType: ElementType

    /// The number of elements.
    member Length: int64

    /// The little-endian bytes of `count` elements from element `offset` on. It is called from several threads at once.
    abstract Read: offset: int64 * count: int -> ReadOnlySpan<byte>

/// Values in memory. The memory is not copied.
[<RequireQualifiedAccess>]
module Values =

    /// Numbers of float32.
    val ofFloat32: memory: ReadOnlyMemory<float32> -> Values

    /// Numbers of float64.
    val ofFloat64: memory: ReadOnlyMemory<float> -> Values

    /// Numbers of bfloat16: the upper halves of float32 numbers.
    val ofBFloat16: memory: ReadOnlyMemory<uint16> -> Values

    /// Numbers of float16.
    val ofFloat16: memory: ReadOnlyMemory<Half> -> Values

/// Identities of expressions, 128 bits: equal expressions have equal keys, and different ones do not in practice.
/// They make the comparison of deeply nested gains one step instead of a walk.
module internal Key =

    /// The key of a number.
    val ofInt: x: int -> UInt128

    /// The key of a after which b comes: the order counts.
    val combine: a: UInt128 -> b: UInt128 -> UInt128

    /// The key of a name.
    val ofString: s: string -> UInt128

/// A named weight or bias, symbolic or with values. It is never modified: rewrites put diagonals around it.
/// With values it stands for factor · M, M the matrix stored (row-major; read transposed when `Transposed`).
/// A vector is a matrix of one column. Two parameters are equal when they have one name and one size, and are both symbols or
/// lie in the same storage, read in the same way.
[<Sealed; Class; AllowNullLiteral(false)>]
type Parameter =
    /// The name, such as `W1`. Different parameters of one network need different names.
    member Name: string

    /// Output channels; None when symbolic and not given.
    member Rows: int option

    /// Input channels; 1 for a vector; None when symbolic and not given.
    member Columns: int option

    /// None when symbolic.
    member Values: Values option

    /// True when the stored matrix is [columns, rows].
    member Transposed: bool

    /// The number that multiplies every stored value (the alpha and beta of ONNX's Gemm).
    member Factor: float

    /// True when it is a symbol without values.
    member IsSymbolic: bool

    /// Decides equality.
    member internal Key: UInt128

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

    /// The name.
    override ToString: unit -> string

/// Making parameters.
[<RequireQualifiedAccess>]
module Parameter =

    /// A symbol for a matrix of a size that may be left open.
    val symbolic: name: string -> rows: int option -> columns: int option -> Parameter

    /// A matrix with values, factor · M: M of shape [rows, columns], stored [columns, rows] when transposed.
    /// Errors: ArgumentException when the size does not fit the values or the factor is not finite.
    val matrix:
        name: string -> rows: int -> columns: int -> transposed: bool -> factor: float -> values: Values -> Parameter

    /// A vector with values: a matrix of one column.
    /// Errors: ArgumentException when there are no values or the factor is not finite.
    val vector: name: string -> factor: float -> values: Values -> Parameter
