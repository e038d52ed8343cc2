namespace Canon.Algebra

open System
open System.Buffers
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

    abstract Read: offset: int64 * destination: Span<byte> -> unit

    abstract View: offset: int64 * count: int -> ReadOnlySpan<byte>

    default _.View(_, _) = ReadOnlySpan<byte>.Empty

    member internal x.Bytes(name: string, offset, count, rented: byref<byte array | null>) : ReadOnlySpan<byte> =
        let length = count * elementType.Size
        let view = x.View(offset, count)

        if view.IsEmpty then
            let array = ArrayPool<byte>.Shared.Rent length
            rented <- array
            x.Read(offset, Span(array, 0, length))
            ReadOnlySpan(array, 0, length)
        else
            if view.Length <> length then
                invalidOp $"{name}: {view.Length} bytes are in view where {length} were asked for"

            view

    static member internal GiveBack(rented: byte array | null) =
        match rented with
        | null -> ()
        | array -> ArrayPool<byte>.Shared.Return array

/// Values in memory, of which an element is one 'T, or as many bytes as it takes.
[<Sealed>]
type MemoryValues<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (elementType: ElementType, memory: ReadOnlyMemory<'T>) =
    inherit Values(elementType, int64 memory.Length * int64 sizeof<'T> / int64 elementType.Size)

    let each = elementType.Size / sizeof<'T>

    override x.Read(offset, destination) =
        x.View(offset, destination.Length / elementType.Size).CopyTo destination

    override _.View(offset, count) =
        MemoryMarshal.AsBytes(memory.Span.Slice(int offset * each, count * each))

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

    let ofBytes elementType (memory: ReadOnlyMemory<byte>) =
        MemoryValues<byte>(elementType, memory) :> Values

[<Struct>]
type internal Key = { High: uint64; Low: uint64 }

module internal Key =
    let one = { High = 0UL; Low = 1UL }

    let ofInt (x: int) = { High = 0UL; Low = uint64 (uint32 x) }

    let combine a b =
        // As one number of 128 bits: h = (a rotated left by 67 xor b) * m, then h xor h >> 71.
        let high = ((a.Low <<< 3) ||| (a.High >>> 61)) ^^^ b.High
        let low = ((a.High <<< 3) ||| (a.Low >>> 61)) ^^^ b.Low
        let mutable product = 0UL

        let carried =
            Math.BigMul(low, 0xF39CC0605CEDC835UL, &product)
            + high * 0xF39CC0605CEDC835UL
            + low * 0x9E3779B97F4A7C15UL

        { High = carried
          Low = product ^^^ (carried >>> 7) }

    let ofString (s: string) =
        let mutable h = ofInt s.Length

        for c in s do
            h <- combine h (ofInt (int c))

        h

    let ofGuid (g: Guid) =
        let bytes = g.ToByteArray()

        { High = BitConverter.ToUInt64(bytes, 0)
          Low = BitConverter.ToUInt64(bytes, 8) }

    let ofFloat (x: float) =
        { High = 0UL
          Low = BitConverter.DoubleToUInt64Bits x }

[<StructuralEquality; NoComparison>]
type Grouping =
    | Groups of count: int
    | Diagonal

[<Struct; StructuralEquality; NoComparison>]
type AddedColumn =
    { Column: int
      Into: int
      Factor: float }

[<StructuralEquality; NoComparison>]
type Selection =
    { Rows: int list
      Columns: int list
      Added: AddedColumn list }

[<RequireQualifiedAccess>]
module internal Selection =

    let runs (places: int list) =
        let rec collect found places =
            match found, places with
            | _, [] -> List.rev found
            | (first, count) :: others, place :: rest when place = first + count ->
                collect ((first, count + 1) :: others) rest
            | _, place :: rest -> collect ((place, 1) :: found) rest

        collect [] places

[<Sealed; AllowNullLiteral(false)>]
type Parameter
    internal
    (name: string, rows: int option, columns: int option, grouping: Grouping, taps: int, source: Source, isTied: bool) =

    let key =
        let all = List.fold Key.combine

        let shape =
            all
                Key.one
                [ Key.ofInt (defaultArg rows -1)
                  Key.ofInt (defaultArg columns -1)
                  Key.ofInt (
                      match grouping with
                      | Groups count -> count
                      | Diagonal -> -1
                  )
                  Key.ofInt (if isTied then -taps else taps) ]

        let made tag (parts: Parameter list) (numbers: float list) =
            all (Key.ofInt tag) ((parts |> List.map _.Key) @ List.map Key.ofFloat numbers)

        let origin =
            match source with
            | Source.Symbol -> Key.ofInt 0
            | Source.Stored(values, transposed, factor) ->
                Key.combine (Key.ofGuid values.Identity) (made (if transposed then 1 else 2) [] [ factor ])
            | Source.Ones -> Key.ofInt 3
            | Source.NormFactor(gamma, variance, epsilon) -> made 4 [ gamma; variance ] [ epsilon ]
            | Source.NormShift(gamma, beta, mean, variance, epsilon) ->
                made 5 [ gamma; beta; mean; variance ] [ epsilon ]
            | Source.Times(factors, parameter) -> made 6 [ factors; parameter ] []
            | Source.Plus(first, second) -> made 7 [ first; second ] []
            | Source.TimesColumns(parameter, factors) -> made 8 [ parameter; factors ] []
            | Source.Image(weight, vector) -> made 9 [ weight; vector ] []
            | Source.Selected(parameter, selection) ->
                [ Key.ofInt selection.Rows.Length
                  Key.ofInt selection.Columns.Length
                  yield! List.map Key.ofInt selection.Rows
                  yield! List.map Key.ofInt selection.Columns
                  for added in selection.Added do
                      made 11 [] [ float added.Column; float added.Into; added.Factor ] ]
                |> all (made 10 [ parameter ] [])

        all (Key.ofString name) [ shape; origin ]

    let isSymbolic =
        match source with
        | Source.Symbol -> true
        | Source.Stored _
        | Source.Ones -> false
        | Source.NormFactor(gamma, variance, _) -> gamma.IsSymbolic || variance.IsSymbolic
        | Source.NormShift(gamma, beta, mean, variance, _) ->
            [ gamma; beta; mean; variance ] |> List.exists _.IsSymbolic
        | Source.Times(a, b)
        | Source.Plus(a, b)
        | Source.TimesColumns(a, b)
        | Source.Image(a, b) -> a.IsSymbolic || b.IsSymbolic
        | Source.Selected(p, _) -> p.IsSymbolic

    let depth =
        let inside (parts: Parameter list) =
            parts |> List.fold (fun most p -> max most (1 + p.Depth)) 0

        match source with
        | Source.Symbol
        | Source.Stored _
        | Source.Ones -> 0
        | Source.NormFactor(gamma, variance, _) -> inside [ gamma; variance ]
        | Source.NormShift(gamma, beta, mean, variance, _) -> inside [ gamma; beta; mean; variance ]
        | Source.Times(a, b)
        | Source.Plus(a, b)
        | Source.TimesColumns(a, b)
        | Source.Image(a, b) -> inside [ a; b ]
        | Source.Selected(p, _) -> inside [ p ]

    internal new(name, rows, columns, grouping, taps, source) =
        Parameter(name, rows, columns, grouping, taps, source, false)

    member _.Name = name

    member _.Rows = rows

    member _.Columns = columns

    member _.Grouping = grouping

    member _.Taps = taps

    member _.Source = source

    member _.IsTied = isTied

    member _.IsSymbolic: bool = isSymbolic
    member internal _.Key: Key = key
    member internal _.Depth: int = depth

    override _.Equals other =
        match other with
        | :? Parameter as p -> p.Key = key
        | _ -> false

    override _.GetHashCode() = key.GetHashCode()
    override _.ToString() = name

and [<RequireQualifiedAccess; NoEquality; NoComparison>] Source =
    | Symbol
    | Stored of values: Values * transposed: bool * factor: float
    | Ones
    | NormFactor of gamma: Parameter * variance: Parameter * epsilon: float
    | NormShift of gamma: Parameter * beta: Parameter * mean: Parameter * variance: Parameter * epsilon: float
    | Times of factors: Parameter * parameter: Parameter
    | Plus of first: Parameter * second: Parameter
    | TimesColumns of parameter: Parameter * factors: Parameter
    | Image of weight: Parameter * vector: Parameter
    | Selected of parameter: Parameter * selection: Selection

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type LeafRole =
    | Plain
    | Variance
    | Mean

[<RequireQualifiedAccess>]
module Parameter =

    let symbolicWeight name rows columns grouping taps =
        Parameter(name, rows, columns, grouping, taps, Source.Symbol)

    let symbolic name rows columns =
        symbolicWeight name rows columns (Groups 1) 1

    let private checkFactor (name: string) factor =
        if not (Double.IsFinite factor) then
            invalidArg (nameof factor) $"{name}: the factor {factor} is not finite"

    let weight name rows columns grouping taps transposed factor (values: Values) =
        let divides, perRow =
            match grouping with
            | Groups count -> count >= 1 && rows % count = 0 && columns % count = 0, columns / max 1 count
            | Diagonal -> rows = columns, 1

        if rows < 1 || columns < 1 || taps < 1 || not divides then
            invalidArg (nameof grouping) $"{name}: a {rows}x{columns} weight cannot be grouped as {grouping}"

        if int64 rows * int64 perRow * int64 taps <> values.Length then
            let shape = if taps = 1 then $"{rows}x{perRow}" else $"{rows}x{perRow}x{taps}"
            invalidArg (nameof values) $"{name}: {values.Length} values do not fill a {shape} matrix"

        checkFactor name factor
        Parameter(name, Some rows, Some columns, grouping, taps, Source.Stored(values, transposed, factor))

    let matrix name rows columns transposed factor (values: Values) =
        if rows < 1 || columns < 1 || int64 rows * int64 columns <> values.Length then
            invalidArg (nameof values) $"{name}: {values.Length} values do not fill a {rows}x{columns} matrix"

        checkFactor name factor
        Parameter(name, Some rows, Some columns, Groups 1, 1, Source.Stored(values, transposed, factor))

    let vector name factor (values: Values) =
        matrix name (Checked.int values.Length) 1 false factor values

    let diagonal (vector: Parameter) =
        if
            vector.Taps <> 1
            || vector.Grouping <> Groups 1
            || vector.Columns |> Option.exists ((<>) 1)
        then
            invalidArg (nameof vector) $"{vector.Name} is no vector"

        Parameter(vector.Name, vector.Rows, vector.Rows, Diagonal, 1, vector.Source)

    let ones name channels =
        Parameter(name, channels, channels, Diagonal, 1, Source.Ones)

    let tied (p: Parameter) =
        Parameter(p.Name, p.Rows, p.Columns, p.Grouping, p.Taps, p.Source, true)

    let private vectorOf (last: Parameter) (others: Parameter list) source =
        Parameter(last.Name, List.tryPick (fun (p: Parameter) -> p.Rows) (last :: others), Some 1, Groups 1, 1, source)

    let normFactor (gamma: Parameter) variance epsilon =
        vectorOf gamma [ variance ] (Source.NormFactor(gamma, variance, epsilon))

    let normShift gamma (beta: Parameter) mean variance epsilon =
        vectorOf beta [ gamma; mean; variance ] (Source.NormShift(gamma, beta, mean, variance, epsilon))

    let diagonalEntries (p: Parameter) =
        if p.Grouping <> Diagonal then
            invalidArg (nameof p) $"{p.Name} is no diagonal"

        Parameter(p.Name, p.Rows, Some 1, Groups 1, 1, p.Source)

    let rec times (factors: Parameter) (p: Parameter) =
        match factors.Source, p.Source with
        | Source.Ones, _ -> p
        | _, Source.Ones when p.Grouping = Diagonal -> diagonal factors
        | _ when p.Grouping = Diagonal -> diagonal (times factors (diagonalEntries p))
        | _ ->
            let rows = Option.orElse factors.Rows p.Rows
            Parameter(p.Name, rows, p.Columns, p.Grouping, p.Taps, Source.Times(factors, p))

    let plus first (second: Parameter) =
        vectorOf second [ first ] (Source.Plus(first, second))

    let timesColumns (p: Parameter) (factors: Parameter) =
        match factors.Source with
        | Source.Ones -> p
        | _ when p.Grouping = Diagonal -> times factors p
        | _ ->
            let columns = Option.orElse factors.Rows p.Columns
            Parameter(p.Name, p.Rows, columns, p.Grouping, p.Taps, Source.TimesColumns(p, factors))

    let image (weight: Parameter) (vector: Parameter) =
        Parameter(vector.Name, weight.Rows, Some 1, Groups 1, 1, Source.Image(weight, vector))

    let depth (p: Parameter) = p.Depth

    /// The selection out of what an earlier one left.
    let private selectAgain (first: Selection) (second: Selection) =
        let rows = Array.ofList first.Rows
        let columns = Array.ofList first.Columns
        let addedTo = first.Added |> List.groupBy _.Into |> Map.ofList

        /// A column that the first selection made, added up once more.
        let spread into factor column =
            [ for added in Map.tryFind column addedTo |> Option.defaultValue [] ->
                  { Column = added.Column
                    Into = into
                    Factor = factor * added.Factor } ]

        { Rows = second.Rows |> List.map (fun row -> rows[row])
          Columns = second.Columns |> List.map (fun column -> columns[column])
          Added =
            [ yield!
                  second.Columns
                  |> List.mapi (fun into column -> spread into 1.0 column)
                  |> List.concat
              for added in second.Added do
                  { added with
                      Column = columns[added.Column] }

                  yield! spread added.Into added.Factor added.Column ] }

    let rec select (selection: Selection) (p: Parameter) =
        let rows, columns = selection.Rows.Length, selection.Columns.Length
        let entries = select selection

        let isAll (count: int option) chosen =
            count = Some(List.length chosen)
            && List.forall2 (=) chosen [ 0 .. chosen.Length - 1 ]

        let selected grouping =
            Parameter(p.Name, Some rows, Some columns, grouping, p.Taps, Source.Selected(p, selection))

        match p.Source, p.Grouping with
        | _, Diagonal ->
            if isAll p.Rows selection.Rows then
                p
            else
                diagonal (select { selection with Columns = [ 0 ] } (diagonalEntries p))
        | _ when
            selection.Added.IsEmpty
            && isAll p.Rows selection.Rows
            && isAll p.Columns selection.Columns
            ->
            p
        | Source.Ones, _ -> Parameter(p.Name, Some rows, Some 1, Groups 1, 1, Source.Ones)
        | Source.NormFactor(gamma, variance, epsilon), _ -> normFactor (entries gamma) (entries variance) epsilon
        | Source.NormShift(gamma, beta, mean, variance, epsilon), _ ->
            normShift (entries gamma) (entries beta) (entries mean) (entries variance) epsilon
        | Source.Plus(first, second), _ -> plus (entries first) (entries second)
        | Source.Times(factors, inner), _ when factors.Grouping = Groups 1 && p.Columns = Some 1 && p.Taps = 1 ->
            times (entries factors) (entries inner)
        | Source.Image(weight, vector), Groups 1 when weight.Grouping = Groups 1 && weight.Columns.IsSome ->
            let all =
                { selection with
                    Columns = [ 0 .. weight.Columns.Value - 1 ] }

            image (select all weight) vector
        | Source.Selected(inner, first), Groups 1 -> select (selectAgain first selection) inner
        | _, Groups 1 -> selected (Groups 1)
        | source, Groups count ->
            if
                selection.Rows <> selection.Columns
                || not selection.Added.IsEmpty
                || p.Rows <> Some count
                || p.Columns <> Some count
            then
                invalidArg (nameof selection) $"{p.Name}: a weight of groups that is not depthwise keeps its channels"

            match source with
            | Source.Selected(inner, first) -> select (selectAgain first selection) inner
            | _ -> selected (Groups rows)

    let selectEntries entries p =
        select
            { Rows = entries
              Columns = [ 0 ]
              Added = [] }
            p

    let rec leaves (p: Parameter) =
        match p.Source with
        | Source.Ones -> []
        | Source.Symbol
        | Source.Stored _ when p.Grouping = Diagonal -> [ diagonalEntries p ]
        | Source.Symbol
        | Source.Stored _ -> [ p ]
        | Source.NormFactor(gamma, variance, _) -> List.collect leaves [ gamma; variance ]
        | Source.NormShift(gamma, beta, mean, variance, _) -> List.collect leaves [ gamma; beta; mean; variance ]
        | Source.Times(a, b)
        | Source.Plus(a, b)
        | Source.TimesColumns(a, b)
        | Source.Image(a, b) -> List.collect leaves [ a; b ]
        | Source.Selected(p, _) -> leaves p

    let rec isSelection (p: Parameter) =
        match p.Source with
        | Source.Selected _ -> true
        | Source.Symbol
        | Source.Stored _
        | Source.Ones -> false
        | Source.NormFactor(a, b, _)
        | Source.Times(a, b)
        | Source.Plus(a, b)
        | Source.TimesColumns(a, b)
        | Source.Image(a, b) -> isSelection a || isSelection b
        | Source.NormShift(gamma, beta, mean, variance, _) -> [ gamma; beta; mean; variance ] |> List.exists isSelection

    /// The vector as a diagonal where the other is one.
    let private like (p: Parameter) (vector: Parameter) =
        if p.Grouping = Diagonal then diagonal vector else vector

    let rec private mapped role f (p: Parameter) =
        let inner = mapped LeafRole.Plain f
        let variance = mapped LeafRole.Variance f

        match p.Source with
        // A diagonal is mapped as the vector that it is made of: under one name both stand for the same numbers.
        | Source.Symbol
        | Source.Stored _ when p.Grouping = Diagonal -> diagonal (f role (diagonalEntries p))
        | Source.Symbol
        | Source.Stored _
        | Source.Ones -> f role p
        | Source.NormFactor(gamma, v, epsilon) -> normFactor (inner gamma) (variance v) epsilon |> like p
        | Source.NormShift(gamma, beta, mean, v, epsilon) ->
            normShift (inner gamma) (inner beta) (mapped LeafRole.Mean f mean) (variance v) epsilon
        | Source.Times(a, b) -> times (inner a) (inner b) |> like p
        | Source.Plus(a, b) -> plus (inner a) (inner b)
        | Source.TimesColumns(a, b) -> timesColumns (inner a) (inner b)
        | Source.Image(a, b) -> image (inner a) (inner b)
        | Source.Selected(a, selection) -> select selection (inner a) |> like p

    let mapLeaves f p = mapped LeafRole.Plain f p

    let rec values (p: Parameter) =
        match p.Source with
        | Source.Symbol
        | Source.Ones -> None
        | Source.Stored(values, _, _) -> Some values
        | Source.NormFactor(p, _, _)
        | Source.NormShift(_, p, _, _, _)
        | Source.Times(_, p)
        | Source.Plus(_, p)
        | Source.TimesColumns(p, _)
        | Source.Image(_, p)
        | Source.Selected(p, _) -> values p

    let rec isTransposed (p: Parameter) =
        match p.Source with
        | Source.Stored(_, transposed, _) -> transposed
        | Source.Times(_, p)
        | Source.TimesColumns(p, _)
        | Source.Selected(p, _) -> isTransposed p
        | Source.Symbol
        | Source.Ones
        | Source.NormFactor _
        | Source.NormShift _
        | Source.Plus _
        | Source.Image _ -> false

    let internal unfactored (p: Parameter) =
        match p.Source with
        | Source.Stored(values, transposed, _) ->
            Parameter(p.Name, p.Rows, p.Columns, p.Grouping, p.Taps, Source.Stored(values, transposed, 1.0), p.IsTied)
        | _ -> p

    let block (p: Parameter) rows columns =
        match p.Grouping with
        | Diagonal -> struct (1, 1)
        | Groups count -> struct (rows / count, columns / count)

    let count (p: Parameter) =
        match p.Rows, p.Columns with
        | Some rows, Some columns ->
            let struct (_, perRow) = block p rows columns
            rows * perRow * p.Taps
        | _ -> Fail.because (UnknownWidth p.Name)

    let withValues transposed (values: Values) (p: Parameter) =
        let expected = count p

        if values.Length <> int64 expected then
            Fail.because (ShapeMismatch(p.Name, $"it has {expected} entries and {values.Length} are given"))

        let plain =
            match p.Grouping with
            | Diagonal -> diagonal (vector p.Name 1.0 values)
            | Groups _ -> weight p.Name p.Rows.Value p.Columns.Value p.Grouping p.Taps transposed 1.0 values

        if p.IsTied then tied plain else plain

    let withNumbers (numbers: float[]) p =
        withValues false (Values.ofFloat64 (ReadOnlyMemory numbers)) p
