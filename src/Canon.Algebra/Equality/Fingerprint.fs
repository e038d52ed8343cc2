namespace Canon.Algebra.Equality

open System
open System.Security.Cryptography
open System.Text
open Canon.Algebra

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

    /// Σxᵖ over √Σx²ᵖ, of unit rows: of numbers of chance around 0 one of chance around 0, of the size 1.
    let private skew power (xs: float[]) =
        let mutable sum, squares = 0.0, 0.0

        for x in xs do
            let y = if power = 2 then x * abs x else Math.Pow(x, float power)
            sum <- sum + y
            squares <- squares + y * y

        if squares > 0.0 then sum / Math.Sqrt squares else 0.0

    /// Σ x/√(1 + x²) over √n: bounded, however large a number is and however many cancel.
    let private bounded (xs: float[]) =
        let sum = xs |> Array.sumBy (fun x -> x / Math.Sqrt(1.0 + x * x))
        sum / Math.Sqrt(float xs.Length)

    let private rowSums (fact: Fact) (rows: Rows) =
        let perRow = fact.BlockColumns * fact.Taps
        Array.init fact.Units.Length (fun i -> Array.sum (Array.sub rows.Entries (i * perRow) perRow))

    let private columnSums (fact: Fact) (rows: Rows) =
        let sums = Array.zeroCreate<float> fact.Columns.Length
        let perRow = fact.BlockColumns * fact.Taps

        for i in 0 .. fact.Units.Length - 1 do
            for k in 0 .. perRow - 1 do
                let column = i / fact.BlockRows * fact.BlockColumns + k / fact.Taps
                sums[column] <- sums[column] + rows.Entries[i * perRow + k]

        sums

    /// What a layer says of itself: nothing of it changes with the order of its rows and columns.
    let private statistics (fact: Fact) =
        let rows = fact.ReadFirst()

        if fact.BlockColumns = 0 then
            let live = rows.Own |> Array.filter (fun x -> x > -1e8)

            if live.Length = 0 then
                []
            else
                let mean = Array.average live
                [ mean; Math.Sqrt(live |> Array.averageBy (fun x -> (x - mean) * (x - mean))) ]
        else
            [ skew 1 rows.Entries
              skew 2 rows.Entries
              skew 3 rows.Entries
              bounded rows.Own
              bounded (rowSums fact rows)
              bounded (columnSums fact rows) ]

    let private form options network =
        Reduction.network options network
        |> Result.bind (Canonical.derive options)
        |> Result.map _.Result

    let private text lines (steps: int64 list) =
        let described = String.concat "\n" (Array.append lines [| for step in steps -> string step |])
        let hash = SHA256.HashData(Encoding.UTF8.GetBytes described)
        Convert.ToHexStringLower(ReadOnlySpan(hash, 0, 8))

    let ofNetwork options network =
        form options network
        |> Result.bind (fun form ->
            Fail.guard (fun () ->
                let numbers = Numbers()
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
                    inSteps
                    |> Array.map (fun x -> 0.5 - abs (x - Math.Round x))
                    |> Array.min

                { Text = text (Skeleton.lines form) [ for x in inSteps -> int64 (Math.Round x) ]
                  Aggregates = List.ofArray aggregates
                  Margin = margin }))

    /// The mean cosine of paired rows, in a given order of units.
    let private cosine (order: int[]) (fact: Fact) =
        let first, second = fact.ReadFirst(), fact.ReadSecond()
        let rows, columns = ChannelFlow.destinations order fact.Units, ChannelFlow.destinations order fact.Columns
        let taps = fact.Taps
        let perRow = fact.BlockColumns * taps

        Array.init fact.Units.Length (fun i ->
            let mutable dot, squares, others = 0.0, 0.0, 0.0

            if rows[i] >= 0 then
                let from = i / fact.BlockRows * fact.BlockColumns
                let otherFrom = rows[i] / fact.BlockRows * fact.BlockColumns

                for j in 0 .. fact.BlockColumns - 1 do
                    let column = columns[from + j] - otherFrom

                    if column >= 0 && column < fact.BlockColumns then
                        for t in 0 .. taps - 1 do
                            let x = first.Entries[i * perRow + j * taps + t]
                            let y = second.Entries[rows[i] * perRow + column * taps + t]
                            dot <- dot + x * y
                            squares <- squares + x * x
                            others <- others + y * y

            if squares > 0.0 && others > 0.0 then
                dot / Math.Sqrt(squares * others)
            elif squares = others then
                1.0
            else
                0.0)
        |> Array.average

    let similarity firstOptions first secondOptions second =
        form firstOptions first
        |> Result.bind (fun first -> form secondOptions second |> Result.map (fun second -> struct (first, second)))
        |> Result.bind (fun (struct (first, second)) ->
            Fail.guard (fun () ->
                match Skeleton.difference first second with
                | Some difference -> Error difference
                | None ->
                    let struct (facts, pinned) = Facts.ofForms (Numbers()) first (Numbers()) second
                    let order = Matching(facts, pinned, 1e-4, None).Run().Order

                    Ok
                        [ for fact in facts do
                              if fact.BlockColumns > 0 then
                                  { First = fact.First
                                    Second = fact.Second
                                    Rows = fact.Units.Length
                                    Cosine = cosine order fact } ]))
