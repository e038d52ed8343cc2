namespace Canon.Algebra

open System

/// Fills the buffer with a stored row.
type internal LoadRow = delegate of stored: int * buffer: Span<float> -> unit

/// Where stored rows come from.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal RowSource =
    /// They lie there, one after the other.
    | Direct of Values
    /// They are made when they are read.
    | Made of LoadRow

/// The entries of a weight P by stored rows: of a weight stored by rows its rows, of one stored by columns its columns. A stored
/// row has the taps of its first neighbour, then those of the next.
[<NoEquality; NoComparison>]
type internal StoredEntries =
    {
        Name: string
        ElementType: ElementType
        /// Whether stored rows are columns.
        ByColumns: bool
        Rows: int
        Columns: int
        Taps: int
        /// Rows that read one column, and columns that one row reads.
        BlockRows: int
        BlockColumns: int
        Source: RowSource
        /// Whether rows and columns have changed places: the parameter has them the other way round.
        IsTurned: bool
    }

    /// Stored rows, how many of them see the same neighbours, and how many neighbours each has.
    member x.OuterCount = if x.ByColumns then x.Columns else x.Rows
    member x.OuterBlock = if x.ByColumns then x.BlockColumns else x.BlockRows
    member x.InnerBlock = if x.ByColumns then x.BlockRows else x.BlockColumns

    /// The numbers of a stored row.
    member x.InnerCount = x.InnerBlock * x.Taps

    /// Whether the numbers lie in memory.
    member x.AreInMemory =
        match x.Source with
        | RowSource.Direct values -> not (values.View(0L, 1).IsEmpty)
        | RowSource.Made _ -> false

    /// How the numbers are stored where rows are read: those that are made are float64.
    member x.ReadType =
        match x.Source with
        | RowSource.Direct _ -> x.ElementType
        | RowSource.Made _ -> Float64

    /// The bytes of a stored row.
    member x.RowBytes = x.InnerCount * x.ElementType.Size

    /// The same numbers as the entries of the transposed weight.
    member x.Turned =
        { x with
            ByColumns = not x.ByColumns
            Rows = x.Columns
            Columns = x.Rows
            BlockRows = x.BlockColumns
            BlockColumns = x.BlockRows
            IsTurned = not x.IsTurned }

    /// Errors: NotFinite, where the parameter has the number.
    member x.Refuse(row, column, number) : 'a =
        let row, column = if x.IsTurned then column, row else row, column
        Fail.because (NotFinite(x.Name, row, column, number))

    /// The bytes of the stored rows first … first + count − 1, as `Values.Bytes` answers them; `values`: those of `Direct`.
    member x.Bytes(values: Values, first: int, count: int, rented: byref<byte array | null>) =
        values.Bytes(x.Name, int64 first * int64 x.InnerCount, count * x.InnerCount, &rented)

    /// A stored row as float64.
    member x.Load(stored: int, buffer: Span<float>) =
        match x.Source with
        | RowSource.Direct values -> ElementTypes.load x.Name values (int64 stored * int64 x.InnerCount) buffer
        | RowSource.Made load -> load.Invoke(stored, buffer)
