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

/// The numbers of a parameter where they lie: in memory, or in a file, of which so much is read at a time as a core's cache holds.
/// They are never written. A subclass gives access to other storage.
[<AbstractClass>]
type Values =
    /// Describes `length` numbers of one type. They must not change afterwards: what is computed of them is kept.
    new: elementType: ElementType * length: int64 -> Values

    /// How one number is stored.
    member ElementType: ElementType

    /// The number of elements.
    member Length: int64

    /// Fills the destination with the little-endian bytes of the elements from element `offset` on; it has room for whole ones. It is
    /// called from several threads at once.
    abstract Read: offset: int64 * destination: Span<byte> -> unit

    /// The bytes of exactly `count` elements from element `offset` on where they lie in memory, good for as long as the values are; empty,
    /// as it is where a subclass says nothing else, where they are not in memory. What is viewed is not read. It is called from several
    /// threads at once.
    abstract View: offset: int64 * count: int -> ReadOnlySpan<byte>

    default View: offset: int64 * count: int -> ReadOnlySpan<byte>

    /// The bytes of some elements of the parameter of that name: a view, or those that it reads into an array of the shared pool, which it
    /// then puts into `rented`. Errors: InvalidOperationException when a view has another length.
    member internal Bytes:
        name: string * offset: int64 * count: int * rented: byref<byte array | null> -> ReadOnlySpan<byte>

    /// Gives back what `Bytes` rented, if anything.
    static member internal GiveBack: rented: (byte array | null) -> unit

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

    /// The numbers of a type that bytes are.
    val internal ofBytes: elementType: ElementType -> memory: ReadOnlyMemory<byte> -> Values

/// The identity of an expression, 128 bits: equal expressions have equal keys, and different ones do not in practice.
/// It makes the comparison of deeply nested gains one step instead of a walk.
/// No UInt128: what touches a type that holds one is not compiled ahead of time, and that would be most of the calculus.
[<Struct>]
type internal Key = { High: uint64; Low: uint64 }

module internal Key =

    /// Where a chain of keys begins.
    val one: Key

    /// The key of a number.
    val ofInt: x: int -> Key

    /// The key of a after which b comes: the order counts.
    val combine: a: Key -> b: Key -> Key

    /// The key of a name.
    val ofString: s: string -> Key

/// Which rows read which columns.
[<StructuralEquality; NoComparison>]
type Grouping =
    /// Rows and columns fall into so many groups of equal size, in order; a row reads the columns of its own group. 1: all columns.
    | Groups of count: int
    /// Row i reads column i alone.
    | Diagonal

/// A column of a weight that is added to one of those that are selected.
[<Struct; StructuralEquality; NoComparison>]
type AddedColumn =
    {
        /// The column.
        Column: int
        /// The new column that it is added to.
        Into: int
        /// What it is multiplied by first.
        Factor: float
    }

/// Some rows and columns of a weight, in the order in which they are to stand; of a vector some entries, its one column being 0.
[<StructuralEquality; NoComparison>]
type Selection =
    {
        /// The rows.
        Rows: int list
        /// The columns.
        Columns: int list
        /// What is added to them.
        Added: AddedColumn list
    }

/// Rows or columns that are taken.
[<RequireQualifiedAccess>]
module internal Selection =

    /// Neighbours in ascending order as the first and how many.
    val runs: places: int list -> (int * int) list

/// A named weight or bias, symbolic or with values. It is never modified: rewrites put diagonals around it.
/// A weight has an entry, or of a convolution one a tap, for every row (output channel) and every column (input channel) that the
/// row reads. A vector is a matrix of one column. Two parameters are equal when they have one name and one size, and are both
/// symbols, or lie in the same storage, read in the same way, or are made of equal ones in the same way.
[<Sealed; Class; AllowNullLiteral(false)>]
type Parameter =
    /// The name, such as `W1`. Different parameters of one network need different names; one made of others bears the name of
    /// the last of them.
    member Name: string

    /// Output channels; None when symbolic and not given.
    member Rows: int option

    /// Input channels of all groups; 1 for a vector; None when symbolic and not given.
    member Columns: int option

    /// Which rows read which columns.
    member Grouping: Grouping

    /// Entries for each row and column that meet: the positions that a convolution's window sees; 1 for all other weights.
    member Taps: int

    /// Where its numbers come from.
    member Source: Source

    /// True when no number is known of it, or of something that it is made of.
    member IsSymbolic: bool

    /// True when several layers share it as their weight, so that no rule may change it.
    member IsTied: bool

    /// Decides equality.
    member internal Key: Key

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

    /// The name.
    override ToString: unit -> string

/// Where the numbers of a parameter come from.
and [<RequireQualifiedAccess; NoEquality; NoComparison>] Source =
    /// Nowhere: it is a symbol.
    | Symbol
    /// factor · M, M stored by rows, [rows, columns of a group, taps], or when transposed by columns,
    /// [columns, rows of a group, taps]. The factor is the alpha or beta of ONNX's Gemm.
    | Stored of values: Values * transposed: bool * factor: float
    /// 1 everywhere: the weight of a layer that adds a constant.
    | Ones
    /// γ ⊘ √(σ² + ε): what a batch norm multiplies by.
    | NormFactor of gamma: Parameter * variance: Parameter * epsilon: float
    /// β − γ ⊘ √(σ² + ε) ⊙ μ: what a batch norm adds.
    | NormShift of gamma: Parameter * beta: Parameter * mean: Parameter * variance: Parameter * epsilon: float
    /// diag(factors)·P, signs included, or factors ⊙ P for a vector P.
    | Times of factors: Parameter * parameter: Parameter
    /// The sum of two vectors.
    | Plus of first: Parameter * second: Parameter
    /// P·diag(factors), signs included.
    | TimesColumns of parameter: Parameter * factors: Parameter
    /// W·v, all taps of W added up: what a layer makes of a constant v.
    | Image of weight: Parameter * vector: Parameter
    /// Some rows and columns of P, and sums of columns.
    | Selected of parameter: Parameter * selection: Selection

/// What a parameter is there for where another is made of it.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type LeafRole =
    /// Nothing special.
    | Plain
    /// A variance, which is not negative.
    | Variance
    /// A mean, which is subtracted.
    | Mean

/// Making parameters.
[<RequireQualifiedAccess>]
module Parameter =

    /// A symbol for a matrix of a size that may be left open.
    val symbolic: name: string -> rows: int option -> columns: int option -> Parameter

    /// A symbol for the weight of a convolution, or for a diagonal weight.
    val symbolicWeight:
        name: string -> rows: int option -> columns: int option -> grouping: Grouping -> taps: int -> Parameter

    /// A matrix with values, factor · M: M of shape [rows, columns], stored [columns, rows] when transposed.
    /// Errors: ArgumentException when the size does not fit the values or the factor is not finite.
    val matrix:
        name: string -> rows: int -> columns: int -> transposed: bool -> factor: float -> values: Values -> Parameter

    /// The weight of a convolution, with values: stored [rows, columns of a group, taps], or when transposed
    /// [columns, rows of a group, taps]. Errors: as for `matrix`, and when the groups do not divide rows and columns.
    val weight:
        name: string ->
        rows: int ->
        columns: int ->
        grouping: Grouping ->
        taps: int ->
        transposed: bool ->
        factor: float ->
        values: Values ->
            Parameter

    /// A vector with values: a matrix of one column.
    /// Errors: ArgumentException when there are no values or the factor is not finite.
    val vector: name: string -> factor: float -> values: Values -> Parameter

    /// A diagonal weight whose entries are those of a vector. Errors: ArgumentException when it is none.
    val diagonal: vector: Parameter -> Parameter

    /// The diagonal weight of ones, on as many channels as are said. Its name is for people, and no parameter's.
    val ones: name: string -> channels: int option -> Parameter

    /// What a batch norm multiplies by, as a vector: γ ⊘ √(σ² + ε).
    val normFactor: gamma: Parameter -> variance: Parameter -> epsilon: float -> Parameter

    /// What a batch norm adds: β − γ ⊘ √(σ² + ε) ⊙ μ.
    val normShift:
        gamma: Parameter -> beta: Parameter -> mean: Parameter -> variance: Parameter -> epsilon: float -> Parameter

    /// diag(factors)·P for a weight P, factors ⊙ P for a vector. Law: times ones P = P.
    val times: factors: Parameter -> p: Parameter -> Parameter

    /// The sum of two vectors.
    val plus: first: Parameter -> second: Parameter -> Parameter

    /// P·diag(factors) for a weight P. Law: timesColumns P ones = P.
    val timesColumns: p: Parameter -> factors: Parameter -> Parameter

    /// W·v, all taps of W added up.
    val image: weight: Parameter -> vector: Parameter -> Parameter

    /// Some rows and columns of a weight, or entries of a vector or diagonal; of a depthwise weight the same rows and columns.
    /// Laws: selecting twice is selecting once; selecting everything changes nothing.
    /// Errors: ArgumentException for a weight of several groups that is not depthwise.
    val select: selection: Selection -> p: Parameter -> Parameter

    /// Some entries of a vector or of a diagonal.
    val selectEntries: entries: int list -> p: Parameter -> Parameter

    /// Whether it is made of some rows, columns or entries of a parameter.
    val isSelection: p: Parameter -> bool

    /// The entries of a diagonal as a vector. Errors: ArgumentException when it is none.
    val diagonalEntries: p: Parameter -> Parameter

    /// The same parameter, marked as the weight of several layers: no rule changes it, since each layer would need another.
    val tied: p: Parameter -> Parameter

    /// How deep what it is made of is nested; 0 for one that is given.
    val internal depth: p: Parameter -> int

    /// The named parameters that it is made of, itself when it is one, in order; of a diagonal the vector.
    val leaves: p: Parameter -> Parameter list

    /// The parameter with f applied to its leaves and to ones, each with what it is there for.
    val mapLeaves: f: (LeafRole -> Parameter -> Parameter) -> p: Parameter -> Parameter

    /// The values in which it is stored, or the weight or vector that it is made of is; None for a symbol and for ones.
    val values: p: Parameter -> Values option

    /// The stored numbers themselves, without the factor that multiplies them.
    val internal unfactored: p: Parameter -> Parameter

    /// How many numbers it has. Errors: UnknownWidth.
    val internal count: p: Parameter -> int

    /// A parameter of the same name and size with numbers that lie elsewhere, by columns where `transposed`. Errors: ShapeMismatch for
    /// more or fewer than it has; UnknownWidth.
    val internal withValues: transposed: bool -> values: Values -> p: Parameter -> Parameter

    /// The same with numbers by rows, which are not copied.
    val internal withNumbers: numbers: float[] -> p: Parameter -> Parameter

    /// True when the weight is stored by columns.
    val isTransposed: p: Parameter -> bool

    /// Rows that read one column, and columns that one row reads, for known sizes. Errors: ShapeMismatch when the groups do not
    /// divide them.
    val internal block: p: Parameter -> rows: int -> columns: int -> struct (int * int)
