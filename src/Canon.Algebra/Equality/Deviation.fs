namespace Canon.Algebra.Equality

open System
open Canon.Algebra

/// How far the numbers of a fact are apart, unit by unit, in a given order of units.
[<RequireQualifiedAccess>]
module internal Deviation =

    let private larger a b =
        if Double.IsNaN a || Double.IsNaN b then infinity else max a b

    /// One entry a row: the largest difference between its numbers and those of the row that it is paired with.
    let ofFact (order: int[]) (fact: Fact) =
        let first, second = fact.ReadFirst(), fact.ReadSecond()
        let rows = ChannelFlow.destinations order fact.Units
        let columns = ChannelFlow.destinations order fact.Columns
        let taps = fact.Taps
        let perRow = fact.BlockColumns * taps

        let count = max first.Own.Length fact.Units.Length

        Array.init count (fun i ->
            let other = if fact.Units.Length = 0 then i else rows[i]

            if other < 0 then
                infinity
            else
                let mutable deviation =
                    if first.Own[i] = second.Own[other] then
                        0.0
                    else
                        larger 0.0 (abs (first.Own[i] - second.Own[other]))

                let from = i / fact.BlockRows * fact.BlockColumns
                let otherFrom = other / fact.BlockRows * fact.BlockColumns

                for j in 0 .. fact.BlockColumns - 1 do
                    let column = columns[from + j] - otherFrom

                    if column < 0 || column >= fact.BlockColumns then
                        deviation <- infinity
                    else
                        for t in 0 .. taps - 1 do
                            let x = first.Entries[i * perRow + j * taps + t]
                            let y = second.Entries[other * perRow + column * taps + t]
                            deviation <- larger deviation (abs (x - y))

                deviation)
