namespace Canon.Algebra

open System
open System.Buffers
open System.Collections.Generic
open System.Numerics.Tensors

/// The numbers of parameters, in float64: vectors kept once read, weights by stored rows.
[<Sealed>]
type internal ParameterNumbers() =
    let vectors = Dictionary<Parameter, float[]>()

    let finite (p: Parameter) (numbers: float[]) =
        match numbers |> Array.tryFindIndex (Double.IsFinite >> not) with
        | Some i -> Fail.because (NotFinite(p.Name, i, 0, numbers[i]))
        | None -> numbers

    let loadStored name values factor first (buffer: Span<float>) =
        ElementTypes.load name values first buffer
        TensorPrimitives.Multiply(Span.op_Implicit buffer, (factor: float), buffer)

    let sameLength at (a: float[]) (b: float[]) =
        if a.Length <> b.Length then
            Fail.because (ShapeMismatch(at, $"{a.Length} and {b.Length} entries meet"))

    let map2 at f (a: float[]) (b: float[]) =
        sameLength at a b
        Array.map2 f a b

    let normFactors at gamma variance epsilon =
        map2
            at
            (fun g v ->
                if v + epsilon > 0.0 then
                    g / Math.Sqrt(v + epsilon)
                else
                    Fail.because (OutOfRange(at, $"a variance of {v} with an epsilon of {epsilon} is not positive")))
            gamma
            variance

    let size (p: Parameter) known =
        match known with
        | Some n -> n
        | None -> Fail.because (UnknownWidth p.Name)

    /// W·v, all taps added up.
    let image (weight: StoredEntries) (v: float[]) =
        if v.Length <> weight.Columns then
            Fail.because (ShapeMismatch(weight.Name, $"{weight.Columns} columns meet {v.Length} entries"))

        let result = Array.zeroCreate weight.Rows
        let inner = weight.InnerBlock
        let buffer = Array.zeroCreate (inner * weight.Taps)

        for k in 0 .. weight.OuterCount - 1 do
            weight.Load(k, Span buffer)
            let group = k / weight.OuterBlock

            for i in 0 .. inner - 1 do
                let mutable sum = 0.0

                for t in 0 .. weight.Taps - 1 do
                    sum <- sum + buffer[i * weight.Taps + t]

                let row, column =
                    if weight.ByColumns then group * inner + i, k else k, group * inner + i

                result[row] <- result[row] + sum * v[column]

        result

    /// Stored rows times a factor each, or their neighbours times a factor each.
    let scaled (factors: float[]) byStored (inner: StoredEntries) : StoredEntries =
        let load =
            if byStored then
                LoadRow(fun stored buffer ->
                    inner.Load(stored, buffer)
                    TensorPrimitives.Multiply(Span.op_Implicit buffer, factors[stored], buffer))
            else
                let expanded = Array.collect (Array.replicate inner.Taps) factors

                LoadRow(fun stored buffer ->
                    inner.Load(stored, buffer)

                    let here =
                        ReadOnlySpan(expanded, stored / inner.OuterBlock * buffer.Length, buffer.Length)

                    TensorPrimitives.Multiply(Span.op_Implicit buffer, here, buffer))

        { inner with
            Source = RowSource.Made load }

    /// Some rows and columns. Of a depthwise weight they are the same, and each stored row is a channel.
    let selected (inner: StoredEntries) (selection: Selection) : StoredEntries =
        let rows, columns = Array.ofList selection.Rows, Array.ofList selection.Columns
        let taps = inner.Taps
        let isDepthwise = inner.BlockColumns = 1 && inner.Columns > 1

        let load =
            if isDepthwise then
                LoadRow(fun stored buffer -> inner.Load(rows[stored], buffer))
            elif inner.ByColumns then
                let addedTo = selection.Added |> List.groupBy _.Into |> Map.ofList

                LoadRow(fun stored buffer ->
                    let array = ArrayPool<float>.Shared.Rent(inner.BlockRows * taps)
                    let column = Span(array, 0, inner.BlockRows * taps)
                    inner.Load(columns[stored], column)

                    for i in 0 .. rows.Length - 1 do
                        column.Slice(rows[i] * taps, taps).CopyTo(buffer.Slice(i * taps, taps))

                    for added in Map.tryFind stored addedTo |> Option.defaultValue [] do
                        inner.Load(added.Column, column)

                        for i in 0 .. rows.Length - 1 do
                            for t in 0 .. taps - 1 do
                                buffer[i * taps + t] <-
                                    buffer[i * taps + t] + added.Factor * column[rows[i] * taps + t]

                    ArrayPool<float>.Shared.Return array)
            else
                LoadRow(fun stored buffer ->
                    let array = ArrayPool<float>.Shared.Rent(inner.BlockColumns * taps)
                    let row = Span(array, 0, inner.BlockColumns * taps)
                    inner.Load(rows[stored], row)

                    for j in 0 .. columns.Length - 1 do
                        row.Slice(columns[j] * taps, taps).CopyTo(buffer.Slice(j * taps, taps))

                    for added in selection.Added do
                        for t in 0 .. taps - 1 do
                            buffer[added.Into * taps + t] <-
                                buffer[added.Into * taps + t] + added.Factor * row[added.Column * taps + t]

                    ArrayPool<float>.Shared.Return array)

        { inner with
            Rows = rows.Length
            Columns = columns.Length
            BlockRows = if isDepthwise then 1 else rows.Length
            BlockColumns = if isDepthwise then 1 else columns.Length
            Source = RowSource.Made load }

    let rec vector (p: Parameter) : float[] =
        match vectors.TryGetValue p with
        | true, known -> known
        | false, _ ->
            let numbers = finite p (compute p)
            vectors[p] <- numbers
            numbers

    and compute (p: Parameter) =
        match p.Source with
        | Source.Symbol -> Fail.because (NoValues p.Name)
        | Source.Stored(values, _, factor) ->
            let numbers = Array.zeroCreate (int values.Length)
            loadStored p.Name values factor 0L (Span numbers)
            numbers
        | Source.Ones ->
            match p.Rows with
            | Some rows -> Array.create rows 1.0
            | None -> Fail.because (UnknownWidth p.Name)
        | Source.NormFactor(gamma, variance, epsilon) -> normFactors p.Name (vector gamma) (vector variance) epsilon
        | Source.NormShift(gamma, beta, mean, variance, epsilon) ->
            normFactors p.Name (vector gamma) (vector variance) epsilon
            |> map2 p.Name (*) (vector mean)
            |> map2 p.Name (-) (vector beta)
        | Source.Times(factors, inner) -> map2 p.Name (*) (vector factors) (vector inner)
        | Source.Plus(first, second) -> map2 p.Name (+) (vector first) (vector second)
        | Source.TimesColumns(inner, factors) -> map2 p.Name (*) (vector inner) (vector factors)
        | Source.Image(weight, v) -> image (entries weight) (vector v)
        | Source.Selected(inner, selection) ->
            let entries = vector inner
            selection.Rows |> List.map (fun row -> entries[row]) |> Array.ofList

    and ofVector (p: Parameter) : StoredEntries =
        let numbers = vector p
        let count = numbers.Length

        { Name = p.Name
          ElementType = ParameterNumbers.ElementType p
          ByColumns = false
          Rows = count
          Columns = count
          Taps = 1
          BlockRows = 1
          BlockColumns = 1
          IsTurned = false
          Source = RowSource.Made(LoadRow(fun stored buffer -> buffer[0] <- numbers[stored])) }

    and entries (p: Parameter) : StoredEntries =
        match p.Source with
        | Source.Symbol -> Fail.because (NoValues p.Name)
        | _ when p.Grouping = Diagonal -> ofVector p
        | Source.Stored(values, transposed, factor) ->
            let rows, columns = size p p.Rows, size p p.Columns
            let struct (blockRows, blockColumns) = Parameter.block p rows columns
            let perStored = (if transposed then blockRows else blockColumns) * p.Taps

            { Name = p.Name
              ElementType = values.ElementType
              ByColumns = transposed
              Rows = rows
              Columns = columns
              Taps = p.Taps
              BlockRows = blockRows
              BlockColumns = blockColumns
              IsTurned = false
              Source =
                if factor = 1.0 then
                    RowSource.Direct values
                else
                    RowSource.Made(
                        LoadRow(fun stored buffer ->
                            loadStored p.Name values factor (int64 stored * int64 perStored) buffer)
                    ) }
        | Source.Times(factors, inner) ->
            let factors = vector factors
            let inner = entries inner

            if factors.Length <> inner.Rows then
                Fail.because (ShapeMismatch(p.Name, $"{factors.Length} factors meet {inner.Rows} rows"))

            scaled factors (not inner.ByColumns) inner
        | Source.TimesColumns(inner, factors) ->
            let factors = vector factors
            let inner = entries inner

            if factors.Length <> inner.Columns then
                Fail.because (ShapeMismatch(p.Name, $"{factors.Length} factors meet {inner.Columns} columns"))

            scaled factors inner.ByColumns inner
        | Source.Selected(inner, selection) -> selected (entries inner) selection
        | Source.Ones
        | Source.NormFactor _
        | Source.NormShift _
        | Source.Image _
        | Source.Plus _ ->
            let numbers = vector p

            { ofVector p with
                Columns = 1
                BlockRows = numbers.Length }

    /// The entries of a vector, or of a diagonal. Errors: NoValues, NotFinite, UnknownWidth.
    member _.Vector(p: Parameter) = vector p

    /// A weight by stored rows. Errors: as for `Vector`; of a stored weight they come when it is read.
    member _.Entries(p: Parameter) = entries p

    /// A weight as numbers, row by row: of each row the columns that it reads, of each column the taps. Errors: as for `Entries`; NotFinite.
    member _.ByRows(p: Parameter) =
        StoredMatrix(entries p, None, None).ReadRows None

    /// The type in which a parameter, or what it is made of, is stored; Float64 where it is stored nowhere.
    static member ElementType(p: Parameter) =
        Parameter.values p |> Option.map _.ElementType |> Option.defaultValue Float64
