/// Weights that are read a part at a time: the same as when they are held.
module Canon.Properties.StreamedLaws

open System
open System.Runtime.InteropServices
open Canon.Algebra
open Canon.Algebra.Analysis
open Canon.Algebra.Equality
open Canon.Algebra.Training
open Canon.Verification
open Xunit

let private weight name rows columns groups taps transposed (values: Values) =
    Parameter.weight name rows columns (Groups groups) taps transposed 1.0 values

let private singles seed count =
    let random = Random(seed: int)
    Array.init count (fun _ -> float32 (Normal.next random))

let private ofSingles (numbers: float32[]) =
    Values.ofFloat32 (ReadOnlyMemory numbers)

let private matrix (p: Parameter) =
    Numbers().Weight(Affine.ofParameters p None)

// The last is larger than what is held of a weight stored by columns.
[<Theory>]
[<InlineData(7, 5, 1, 1, false)>]
[<InlineData(7, 5, 1, 1, true)>]
[<InlineData(6, 9, 3, 4, false)>]
[<InlineData(6, 9, 3, 4, true)>]
[<InlineData(2100, 2100, 1, 1, true)>]
let ``Rows that are shown are the rows of the weight`` rows columns groups taps transposed =
    let matrix =
        singles 1 (rows * columns * taps / groups)
        |> ofSingles
        |> weight "W" rows columns groups taps transposed
        |> matrix

    let width = StoredRows.width matrix
    let held = matrix.ReadRows None

    let seen = Array.zeroCreate<int> rows

    let count =
        SeeRow(fun row numbers ->
            Assert.True(numbers.SequenceEqual(ReadOnlySpan(held, row * width, width)))
            Threading.Interlocked.Increment(&seen[row]) |> ignore)

    StoredRows.all matrix count

    let sums =
        StoredRows.sums matrix width (fun sums ->
            SeeRow(fun row numbers ->
                count.Invoke(row, numbers)

                for k in 0 .. width - 1 do
                    sums[k] <- sums[k] + float row * numbers[k]))

    for k in 0 .. width - 1 do
        let terms = Array.init rows (fun row -> float row * held[row * width + k])
        let size = Array.sumBy abs terms
        Assert.Equal(Array.sum terms, sums[k], 1e-13 * size + 1e-300)

    StoredRows.some matrix [| rows - 1; 0 |] count
    Assert.Equal(4, seen[0] + seen[rows - 1] - 2)
    Assert.All(seen[1 .. rows - 2], (fun times -> Assert.Equal(2, times)))

[<Theory>]
[<InlineData(false)>]
[<InlineData(true)>]
let ``Computed numbers are those of the weight with its diagonals, wherever reading begins`` transposed =
    let p = singles 2 (6 * 10) |> ofSingles |> weight "W" 6 10 1 1 transposed

    let a: Affine =
        { Affine.ofParameters p None with
            Left = Gain.ofValues (Array.init 6 (fun i -> float (i + 1)))
            Right = Gain.ofValues (Array.init 10 (fun j -> 1.0 / float (j + 1))) }

    let values = ComputedValues(Numbers().Weight a)

    let numbers offset count =
        let numbers = Array.zeroCreate<float> count
        values.Read(int64 offset, MemoryMarshal.AsBytes(Span numbers))
        numbers

    let all = numbers 0 60
    let again = weight "W" 6 10 1 1 transposed values |> matrix
    Assert.Equal<float[]>(Numbers().Weight(a).ReadRows None, again.ReadRows None)

    for offset in 0..59 do
        for count in 0 .. 60 - offset do
            Assert.Equal<float[]>(Array.sub all offset count, numbers offset count)

/// Each row a power of two times one of as many as are different; the second layer reads them all.
let private repeated rows columns different transposed =
    let distinct = singles 3 (different * columns)

    let entry i j =
        distinct[i % different * columns + j] * float32 (1 <<< i % 7)

    let numbers =
        if transposed then
            Array.init (rows * columns) (fun k -> entry (k % rows) (k / rows))
        else
            Array.init (rows * columns) (fun k -> entry (k / columns) (k % columns))

    Network.compose
        [ Network.linear (weight "W1" rows columns 1 1 transposed (ofSingles numbers)) None ""
          Network.activation Relu ""
          Network.linear (weight "W2" 3 rows 1 1 transposed (ofSingles (singles 4 (3 * rows)))) None "" ]

[<Theory>]
[<InlineData(200, 9, 30, false)>]
[<InlineData(200, 9, 30, true)>]
[<InlineData(2400, 1800, 2000, true)>]
let ``Duplicates are found in weights of any size and order`` rows columns different transposed =
    let network = repeated rows columns different transposed

    let simplified = Simplify.network Simplify.options (Numbers()) network |> Law.ok

    let layer = simplified.Layers |> List.find (fun layer -> layer.Duplicate > 0)

    Assert.Equal(rows - different, layer.Duplicate)

[<Fact>]
let ``A network has one fingerprint however its weights are stored`` () =
    let numbers = singles 5 (8 * 250)

    let text transposed =
        let stored =
            if transposed then
                Array.init (8 * 250) (fun k -> numbers[k % 8 * 250 + k / 8])
            else
                numbers

        Network.linear (weight "V" 8 250 1 1 transposed (ofSingles stored)) None ""
        |> Fingerprint.ofNetwork Canonical.options
        |> Law.ok
        |> _.Text

    Assert.Equal(text false, text true)

[<Theory>]
[<InlineData(37, 29, 1, false)>]
[<InlineData(37, 29, 1, true)>]
[<InlineData(12, 42, 3, false)>]
[<InlineData(12, 42, 3, true)>]
[<InlineData(3, 1, 1, false)>]
let ``Numbers of float32 have the spectral norm that they have as float64`` rows columns groups transposed =
    let numbers = singles 6 (rows * columns / groups)

    let norm values =
        weight "W" rows columns groups 1 transposed values
        |> fun p -> Linear(Affine.ofParameters p None, Kernel.dense, Network.unlabelled)
        |> Lipschitz.bound (Numbers()) ignore Canonical.options
        |> Law.ok
        |> _.Bound
        |> Law.ok
        |> Magnitude.toFloat

    let expected = norm (Values.ofFloat64 (ReadOnlyMemory(Array.map float numbers)))
    let actual = norm (ofSingles numbers)
    Law.isTrue $"{actual} instead of {expected}" (abs (actual - expected) <= 1e-12 * expected)

/// Few samples are led through a layer row by row, many by a product of matrices.
[<Theory>]
[<InlineData(1, false)>]
[<InlineData(5, true)>]
[<InlineData(40, false)>]
[<InlineData(40, true)>]
let ``A layer and its way back are products with its weight and the transpose`` samples transposed =
    let rows, columns = 11, 17

    let p =
        singles 7 (rows * columns)
        |> ofSingles
        |> weight "W" rows columns 1 1 transposed

    let entries = (matrix p).ReadRows None
    let random = Random 8

    let draw count =
        Array.init count (fun _ -> Normal.next random)

    let x, u = draw (samples * columns), draw (samples * rows)
    let network = Linear(Affine.ofParameters p None, Kernel.dense, Network.unlabelled)

    let struct (outputs, pull) =
        Gradient.pullback (Numbers()) ignore Map.empty (Signal.create samples [] columns x) network

    let isNear (expected: float) (actual: float) =
        Law.isTrue $"{actual} instead of {expected}" (abs (actual - expected) <= 1e-12 * float (rows * columns))

    for n in 0 .. samples - 1 do
        for i in 0 .. rows - 1 do
            let expected =
                Seq.sum (seq { for j in 0 .. columns - 1 -> entries[i * columns + j] * x[n * columns + j] })

            isNear expected outputs.Head.Data[n * rows + i]

    // It can be asked again.
    for _ in 1..2 do
        let struct (back, _) = pull [ u ]

        for n in 0 .. samples - 1 do
            for j in 0 .. columns - 1 do
                let expected =
                    Seq.sum (seq { for i in 0 .. rows - 1 -> entries[i * columns + j] * u[n * rows + i] })

                isNear expected back[n * columns + j]

/// Right diagonals of one exponent, of far ones, and with a zero; none.
let private diagonals seed columns =
    let random = Random(seed: int)

    let spread reach zero =
        Array.init columns (fun j ->
            if zero && j = columns / 2 then
                Magnitude.Zero
            else
                Magnitude.scaleB (exp (Normal.next random)) (random.Next(-reach, reach + 1)))

    [ None; Some(spread 0 false); Some(spread 40 true); Some(spread 900 false) ]

[<Theory>]
[<InlineData(7, 5, 1, 1, false)>]
[<InlineData(7, 5, 1, 1, true)>]
[<InlineData(9, 70, 1, 1, false)>]
[<InlineData(9, 70, 1, 1, true)>]
[<InlineData(6, 9, 3, 4, false)>]
[<InlineData(6, 9, 3, 4, true)>]
[<InlineData(5, 5, 5, 9, false)>]
[<InlineData(5, 5, 5, 9, true)>]
[<InlineData(700, 90, 1, 1, false)>]
[<InlineData(700, 90, 1, 1, true)>]
let ``Norms of rows and of columns are those of their numbers, whatever the range``
    rows
    columns
    groups
    taps
    transposed
    =
    for exponent in [ 0; 900; -900 ] do
        let numbers =
            singles 3 (rows * columns * taps / groups)
            |> Array.mapi (fun k x -> if k % 11 = 0 then 0.0 else Math.ScaleB(float x, exponent))

        let p =
            weight "W" rows columns groups taps transposed (Values.ofFloat64 (ReadOnlyMemory numbers))

        let entries = ParameterNumbers().Entries p
        let held = StoredMatrix(entries, None, None).ReadRows None

        for right in diagonals 4 columns do
            let matrix = StoredMatrix(entries, None, right)
            let perRow = columns / groups * taps

            let terms row =
                Array.init perRow (fun k ->
                    let column = row / (rows / groups) * (columns / groups) + k / taps
                    let w = Magnitude.ofFloat held[row * perRow + k]

                    match right with
                    | Some right -> w * right[column]
                    | None -> w)

            let isNear name (expected: Magnitude) (actual: Magnitude) =
                let error = Magnitude.divide actual expected |> Magnitude.toFloat
                let same = expected.IsZero && actual.IsZero || abs (error - 1.0) <= 1e-14
                Assert.True(same, $"{name}: {actual} instead of {expected}")

            let through, largest =
                RowNorms.through matrix, RowNorms.ofRows VectorNorm.Maximum matrix

            for row in 0 .. rows - 1 do
                isNear $"norm of row {row}" (Magnitude.norm (terms row)) through[row]
                isNear $"largest of row {row}" (Magnitude.largest (terms row)) largest[row]

            for left in diagonals 6 rows do
                let matrix, turned =
                    StoredMatrix(entries, left, right), StoredMatrix(entries.Turned, right, left)

                let norms = [| VectorNorm.Euclidean; VectorNorm.Maximum |]

                for norm, struct (ofRows, ofColumns) in Array.zip norms (RowNorms.sides norms matrix) do
                    Array.iter2 (isNear "row of both sides") (RowNorms.scaled norm matrix) ofRows
                    Array.iter2 (isNear "column of both sides") (RowNorms.scaled norm turned) ofColumns

[<Theory>]
[<InlineData(7, 5, 1, 1, false)>]
[<InlineData(7, 5, 1, 1, true)>]
[<InlineData(9, 70, 1, 1, false)>]
[<InlineData(9, 70, 1, 1, true)>]
[<InlineData(6, 9, 3, 4, false)>]
[<InlineData(6, 9, 3, 4, true)>]
[<InlineData(5, 5, 5, 9, false)>]
[<InlineData(700, 90, 1, 1, false)>]
[<InlineData(700, 90, 1, 1, true)>]
let ``Of every row and column the entry is found that is largest with its factors, whatever the range``
    rows
    columns
    groups
    taps
    transposed
    =
    let perRow = columns / groups * taps
    let random = Random 9

    for elementType, exponent in [ Float32, 0; Float16, 0; Float64, 0; Float64, 900; Float64, -900 ] do
        let numbers =
            singles 3 (rows * perRow)
            |> Array.mapi (fun k x ->
                if k % 11 = 0 then
                    0.0
                else
                    Math.ScaleB(ElementTypes.nearest elementType (float x), exponent))

        let stored =
            weight "W" rows columns groups taps transposed (Build.values elementType numbers)
            |> ParameterNumbers().Entries

        let held = StoredMatrix(stored, None, None).ReadRows None
        // A dead row and a dead column, as they are stored.
        let isDead row column = row = 2 || column = columns - 2

        let entries =
            let alive =
                Array.init numbers.Length (fun k ->
                    let row, column =
                        k / perRow, k / perRow / (rows / groups) * (columns / groups) + k % perRow / taps

                    if isDead row column then 0.0 else held[k])

            { stored with
                ByColumns = false
                Rows = rows
                Columns = columns
                BlockRows = rows / groups
                BlockColumns = columns / groups
                Source = RowSource.Direct(Build.values elementType alive) }

        let entries = if transposed then entries.Turned else entries

        let largest = LargestEntries entries

        for reach in [ 0.0; 30.0; 700.0 ] do
            let logs count =
                Array.init count (fun _ -> reach * (2.0 * random.NextDouble() - 1.0))

            let rowLogs, columnLogs = logs entries.Rows, logs entries.Columns
            let found = ResizeArray()
            largest.Find(rowLogs, columnLogs, found.Add)

            let sizes =
                [ for stored in 0 .. entries.OuterCount - 1 do
                      let line = Array.zeroCreate<float> entries.InnerCount
                      entries.Load(stored, Span line)

                      for k in 0 .. line.Length - 1 do
                          if line[k] <> 0.0 then
                              let struct (row, column) = StoredMatrix(entries, None, None).Located(stored, k)
                              (row, column), Math.Log(abs line[k]) ]
                |> List.groupBy fst
                |> List.map (fun (place, sizes) -> place, sizes |> List.map snd |> List.max)
                |> dict

            let scaled row column =
                sizes[row, column] + rowLogs[row] + columnLogs[column]

            let isNear what (expected: float) actual =
                Law.isTrue
                    $"{elementType} {exponent} {reach}, {what}: {actual} instead of {expected}"
                    (abs (actual - expected) <= 1e-12)

            for entry in found do
                isNear $"entry {entry.Row}, {entry.Column}" sizes[(entry.Row, entry.Column)] entry.Log

            let isComplete what (lineOf: int * int -> int) =
                let found =
                    found
                    |> Seq.groupBy (fun entry -> lineOf (entry.Row, entry.Column))
                    |> Seq.map (fun (line, entries) ->
                        line, entries |> Seq.map (fun entry -> scaled entry.Row entry.Column) |> Seq.max)
                    |> dict

                for line, places in sizes.Keys |> Seq.groupBy lineOf do
                    let most = places |> Seq.map (fun (row, column) -> scaled row column) |> Seq.max
                    isNear $"{what} {line}" most found[line]

            isComplete "row" fst
            isComplete "column" snd

let private largestOf rows columns transposed numbers (rowLogs, columnLogs) =
    let found = ResizeArray()

    Fail.guard (fun () ->
        weight "W" rows columns 1 1 transposed (Values.ofFloat64 (ReadOnlyMemory(Array.ofList numbers)))
        |> ParameterNumbers().Entries
        |> LargestEntries
        |> _.Find(rowLogs, columnLogs, found.Add))
    |> Result.map (fun () -> List.ofSeq found)

[<Fact>]
let ``The largest entry is found though its factor is hardly a float`` () =
    for reach in [ 600.0; 743.0; 746.0; 900.0 ] do
        // In its column the second row is larger.
        let found =
            largestOf 2 2 false [ 1e300; 1e-100; 1e305; 0.0 ] ([| 0.0; 0.0 |], [| -reach; 0.0 |])
            |> Law.ok

        let entry =
            found
            |> List.filter (fun entry -> entry.Row = 0 && entry.Column = 0)
            |> List.exactlyOne

        let exact = Math.Log 1e300
        Law.isTrue $"{entry.Log} instead of {exact}" (abs (entry.Log - exact) <= 1e-12)

[<Theory>]
[<InlineData(false)>]
[<InlineData(true)>]
let ``What is not finite is refused where it is, when the largest entries are looked for`` transposed =
    for alien in [ infinity; -infinity; nan ] do
        for place in 0..5 do
            // As they are stored.
            let numbers = List.init 6 (fun k -> if k = place then alien else float k)

            let row, column = if transposed then place % 2, place / 2 else place / 3, place % 3

            match largestOf 2 3 transposed numbers (Array.zeroCreate 2, Array.zeroCreate 3) with
            | Error(NotFinite(_, i, j, _)) -> Assert.Equal((row, column), (i, j))
            | other -> Law.fail $"%A{other}"

[<Theory>]
[<InlineData(false)>]
[<InlineData(true)>]
let ``What is not finite is refused where it is, when norms of rows and columns are looked for`` transposed =
    for place in 0..5 do
        // As they are stored.
        let numbers = Array.init 6 (fun k -> if k = place then nan else float k)
        let row, column = if transposed then place % 2, place / 2 else place / 3, place % 3

        let entries =
            ParameterNumbers().Entries(weight "W" 2 3 1 1 transposed (Build.values Float64 numbers))

        let matrix, turned =
            StoredMatrix(entries, None, None), StoredMatrix(entries.Turned, None, None)

        for look in
            [ fun () -> RowNorms.through matrix |> ignore
              fun () -> RowNorms.through turned |> ignore
              fun () -> RowNorms.sides [| VectorNorm.Euclidean |] matrix |> ignore
              fun () -> RowNorms.sides [| VectorNorm.Maximum |] turned |> ignore ] do
            match Fail.guard look with
            | Error(NotFinite("W", i, j, _)) -> Assert.Equal((row, column), (i, j))
            | other -> Law.fail $"%A{other}"

/// Of so many rows, across the storage, that memory does not hold many sets of sums of them.
[<Fact>]
let ``Norms have the same bits whatever else is looked for in the pass`` () =
    let rows, columns = 300_000, 16

    let p =
        weight "W" rows columns 1 1 true (Values.ofFloat32 (ReadOnlyMemory(singles 6 (rows * columns))))

    let entries = ParameterNumbers().Entries p

    let right =
        Some(Array.init columns (fun j -> Magnitude.ofFloat (1.0 + 0.3 * float j)))

    let matrix = StoredMatrix(entries, None, right)
    let alone = RowNorms.through matrix
    let struct (through, _) = RowNorms.both matrix

    let struct (ofRows, _) =
        (RowNorms.sides [| VectorNorm.Euclidean; VectorNorm.Maximum |] matrix)[0]

    Law.isTrue "own norms beside them" (alone = through)
    Law.isTrue "columns and ranges beside them" (alone = ofRows)

[<Fact>]
let ``Of a weight of many rows the largest numbers of its columns are found by all that share it`` () =
    let rows, columns = 900, 90
    let numbers = singles 5 (rows * columns)

    for k in 0 .. numbers.Length - 1 do
        if k % columns = 7 then
            numbers[k] <- 0.0f

    for elementType in [ Float16; BFloat16; Float32; Float64 ] do
        let stored = numbers |> Array.map (float >> ElementTypes.nearest elementType)
        let p = weight "W" rows columns 1 1 false (Build.values elementType stored)
        let entries = ParameterNumbers().Entries p
        let columnsOf = StoredMatrix(entries.Turned, None, None)
        let largest = RowNorms.ofRows VectorNorm.Maximum columnsOf
        let struct (through, own) = RowNorms.both columnsOf

        for column in 0 .. columns - 1 do
            let entries = Array.init rows (fun row -> stored[row * columns + column])
            Assert.Equal(entries |> Array.map abs |> Array.max, Magnitude.toFloat largest[column])
            let norm = sqrt (entries |> Array.sumBy (fun x -> x * x))
            Assert.Equal(norm, Magnitude.toFloat through[column], 1e-12 * norm)
            Assert.Equal(through[column], own[column])

/// Weights that are made when they are read, and weights that lie there.
[<Theory>]
[<InlineData(700, 300, 1, 1, false, 1.0, true)>]
[<InlineData(700, 300, 1, 1, false, 1.0, false)>]
[<InlineData(700, 300, 1, 1, true, 1.0, false)>]
[<InlineData(700, 300, 1, 1, false, -4.0, true)>]
[<InlineData(700, 300, 1, 1, true, -4.0, false)>]
[<InlineData(6, 9, 3, 4, true, 3.0, true)>]
[<InlineData(5, 5, 5, 9, false, 3.0, false)>]
let ``Held weights are the weights`` (rows, columns, groups, taps, transposed, factor, isInMemory) =
    let stored = singles 6 (rows * columns * taps / groups) |> ofSingles
    let values = if isInMemory then stored else Far stored

    let p =
        Parameter.weight "W" rows columns (Groups groups) taps transposed factor values

    let entries = ParameterNumbers().Entries p

    // In memory, and not where the numbers were.
    let isHeld (entries: StoredEntries) =
        match entries.Source with
        | RowSource.Direct held -> not (obj.ReferenceEquals(held, values)) && not (held.View(0L, 1).IsEmpty)
        | RowSource.Made _ -> false

    let numbers (entries: StoredEntries) =
        StoredMatrix(entries, None, None).ReadRows None

    // What lies in memory needs no other place.
    let isFar: bool = not isInMemory || factor <> 1.0

    for most, isWithin in [ Int32.MaxValue, isFar; 100, false ] do
        let struct (isIn, within) =
            HeldValues.during most entries (fun entries -> struct (isHeld entries, numbers entries))

        Assert.Equal<bool>(isWithin, isIn)
        Assert.Equal<float[]>(numbers entries, within)

/// Several chunks of rows, and groups that end within one.
[<Theory>]
[<InlineData(700, 300, 1, 1, false)>]
[<InlineData(700, 300, 1, 1, true)>]
[<InlineData(6, 9, 3, 4, true)>]
[<InlineData(3000, 30, 10, 9, false)>]
let ``Weights that are read in pieces are the weights`` rows columns groups taps transposed =
    let stored = singles 9 (rows * columns * taps / groups) |> ofSingles

    let affine values : Affine =
        { Affine.ofParameters (weight "W" rows columns groups taps transposed values) None with
            Left = Gain.ofValues (Array.init rows (fun i -> float (i % 7 + 1)))
            Right = Gain.ofValues (Array.init columns (fun j -> 1.0 / float (j % 11 + 1))) }

    let layer, far = affine stored, affine (Far stored)
    let matrix (a: Affine) = Numbers().Weight a

    let same (found: Affine -> float[]) =
        Assert.Equal<float[]>(found layer, found far)

    same (fun a -> (matrix a).ReadRows None)
    same (fun a -> Numbers().RowNorms a |> Array.map Magnitude.toFloat)
    same (fun a -> RowNorms.ofRows VectorNorm.Maximum (matrix a) |> Array.map Magnitude.toFloat)

    let vector count = singles 10 count |> Array.map float
    let outer, inner = (matrix layer).OuterCount, (matrix layer).InnerCount
    let all = outer / (matrix layer).Entries.OuterBlock * inner
    same (fun a -> RowProducts.along (matrix a) 1 (vector all))
    same (fun a -> RowProducts.across (matrix a) 1 (vector outer))
    same (fun a -> RowProducts.gram (matrix a) 1.0 (vector all))

    let written a =
        let bytes = Array.zeroCreate<byte> (outer * inner * sizeof<float32>)
        Law.ok (Numbers().Write(a, Span bytes))
        bytes

    Assert.Equal<byte[]>(written layer, written far)

// Four rows at a time, one of which needs care, in several chunks.
[<Theory>]
[<InlineData(false, 1.0)>]
[<InlineData(true, 1.0)>]
[<InlineData(false, -4.0)>]
let ``Written rows are the numbers times their factors, rounded once`` transposed factor =
    let rows, columns = 300, 530
    let random = Random 7

    let diagonal count =
        Array.init count (fun _ -> exp (Normal.next random))

    let left, right = diagonal rows, diagonal columns
    left[41] <- 0.0
    let magnitudes = Array.map Magnitude.ofFloat

    for elementType in [ Float16; BFloat16; Float32; Float64 ] do
        let stored =
            singles 8 (rows * columns)
            |> Array.map (float >> ElementTypes.nearest elementType)

        let p =
            Parameter.weight "W" rows columns (Groups 1) 1 transposed factor (Build.values elementType stored)

        let entries = ParameterNumbers().Entries p
        let matrix = StoredMatrix(entries, Some(magnitudes left), Some(magnitudes right))
        let bytes = Array.zeroCreate<byte> (rows * columns * elementType.Size)
        StoredWriter.write matrix 0 matrix.OuterCount (Span bytes)
        let written = Array.zeroCreate<float> stored.Length
        ElementTypes.read elementType (ReadOnlySpan bytes) (Span written)

        for k in 0 .. stored.Length - 1 do
            let row, column =
                if transposed then k % rows, k / rows else k / columns, k % columns

            let exact = factor * stored[k] * (left[row] * right[column])
            let expected = ElementTypes.nearest elementType exact
            Assert.True((expected = written[k]), $"{elementType}, {row}, {column}: {written[k]} instead of {expected}")
