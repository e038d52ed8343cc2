namespace Canon.Algebra.Equality

open System
open System.Security.Cryptography
open System.Text
open Canon.Algebra
open Canon.Kernels

[<StructuralEquality; NoComparison>]
type Fingerprint =
    { Text: string
      Aggregates: float list
      Margin: float }

[<StructuralEquality; NoComparison>]
type LayerSimilarity =
    { First: string
      Second: string
      Rows: int
      Cosine: float }

[<RequireQualifiedAccess>]
module Fingerprint =

    let step = 1.0 / 64.0

    let private count = 16

    /// Sums of powers that a row has.
    let private powers = 6

    /// Σ x/√(1 + x²) over √n: bounded, however large a number is and however many cancel.
    let private bounded (xs: float[]) =
        let sum = xs |> Array.sumBy (fun x -> x / Math.Sqrt(1.0 + x * x))
        sum / Math.Sqrt(float xs.Length)

    /// What a weight says of itself, read once: for p = 1, 2, 3 Σxᵖ over √Σx²ᵖ, of unit rows, which of numbers of chance around 0 is one of
    /// chance around 0, of the size 1; then the bounded sums over its rows and over its columns.
    let private sums (fact: Fact) (matrix: StoredMatrix) =
        let ofRows = Array.zeroCreate<float> (fact.Units.Length * powers)
        let perRow = fact.BlockColumns * fact.Taps

        let ofColumns =
            StoredRows.sums matrix (fact.Columns.Length * fact.Taps) (fun sums ->
                SeeRow(fun row numbers ->
                    Reductions.Powers(Span.op_Implicit numbers, Span(ofRows, row * powers, powers))
                    let here = Span(sums, row / fact.BlockRows * perRow, perRow)
                    RowArithmetic.Add(Span.op_Implicit numbers, here)))

        let total k =
            let mutable sum = 0.0

            for row in 0 .. fact.Units.Length - 1 do
                sum <- sum + ofRows[row * powers + k]

            sum

        let skew k =
            let squares = total (k + 1)
            if squares > 0.0 then total k / Math.Sqrt squares else 0.0

        let columns =
            Array.init fact.Columns.Length (fun j -> Sums.total (ReadOnlySpan(ofColumns, j * fact.Taps, fact.Taps)))

        struct ([ skew 0; skew 2; skew 4 ],
                [ bounded (Array.init fact.Units.Length (fun row -> ofRows[row * powers]))
                  bounded columns ])

    /// What a layer says of itself: nothing of it changes with the order of its rows and columns.
    let private statistics (fact: Fact) =
        let rows = fact.ReadFirst()

        match rows.Entries with
        | Some matrix ->
            let struct (skews, sides) = sums fact matrix
            skews @ bounded rows.Own :: sides
        | None ->
            let live = rows.Own |> Array.filter (fun x -> x > -1e8)

            if live.Length = 0 then
                []
            else
                let mean = Array.average live
                [ mean; Math.Sqrt(live |> Array.averageBy (fun x -> (x - mean) * (x - mean))) ]

    let form numbers options network =
        Reduction.network numbers options network
        |> Result.bind (Canonical.derive options)
        |> Result.map _.Result

    let private text lines (steps: int64 list) =
        let described =
            String.concat "\n" (Array.append lines [| for step in steps -> string step |])

        let hash = SHA256.HashData(Encoding.UTF8.GetBytes described)
        Convert.ToHexStringLower(ReadOnlySpan(hash, 0, 8))

    let ofForm numbers form =
        Fail.guard (fun () ->
            let struct (facts, _) = Facts.ofForms numbers form numbers form
            let sums = Array.zeroCreate<float> count
            let random = Random 20261
            let mutable mixed = 0

            for fact in facts do
                for x in statistics fact do
                    mixed <- mixed + 1

                    for k in 0 .. count - 1 do
                        sums[k] <- sums[k] + Normal.next random * x

            let aggregates = sums |> Array.map (fun sum -> sum / Math.Sqrt(float (max 1 mixed)))
            let inSteps = aggregates |> Array.map (fun x -> x / step)

            let margin =
                inSteps |> Array.map (fun x -> 0.5 - abs (x - Math.Round x)) |> Array.min

            { Text = text (Skeleton.lines form) [ for x in inSteps -> int64 (Math.Round x) ]
              Aggregates = List.ofArray aggregates
              Margin = margin })

    let ofNetwork options network =
        let numbers = Numbers()
        form numbers options network |> Result.bind (ofForm numbers)

    /// The mean cosine of paired rows, in a given order of units.
    let private cosine (order: int[]) (fact: Fact) =
        let rows, columns =
            ChannelFlow.destinations order fact.Units, ChannelFlow.destinations order fact.Columns

        let taps = fact.Taps
        let cosines = Array.zeroCreate<float> rows.Length

        let places = PairedRows.places fact columns

        PairedRows.each
            rows
            (fact.ReadFirst())
            (fact.ReadSecond())
            (SeePair(fun row a b ->
                let places = places row rows[row]
                let mutable dot, squares, others = 0.0, 0.0, 0.0

                for j in 0 .. places.Length - 1 do
                    if places[j] >= 0 then
                        for t in 0 .. taps - 1 do
                            let x = a[j * taps + t]
                            let y = b[places[j] * taps + t]
                            dot <- dot + x * y
                            squares <- squares + x * x
                            others <- others + y * y

                cosines[row] <-
                    if squares > 0.0 && others > 0.0 then dot / Math.Sqrt(squares * others)
                    elif squares = others then 1.0
                    else 0.0))

        Array.average cosines

    let similarityOfForms firstNumbers first secondNumbers second =
        Fail.guard (fun () ->
            match Skeleton.difference first second with
            | Some difference -> Error difference
            | None ->
                let struct (facts, pinned) = Facts.ofForms firstNumbers first secondNumbers second
                let order = Matching(facts, pinned, 1e-4, None).Run().Order

                Ok
                    [ for fact in facts do
                          if fact.BlockColumns > 0 then
                              { First = fact.First
                                Second = fact.Second
                                Rows = fact.Units.Length
                                Cosine = cosine order fact } ])

    let similarity firstOptions first secondOptions second =
        let firstNumbers, secondNumbers = Numbers(), Numbers()

        form firstNumbers firstOptions first
        |> Result.bind (fun first ->
            form secondNumbers secondOptions second
            |> Result.bind (similarityOfForms firstNumbers first secondNumbers))
