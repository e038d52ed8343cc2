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
        let count = max first.Own.Length fact.Units.Length

        let other row =
            if fact.Units.Length = 0 then row else rows[row]

        let deviations =
            Array.init count (fun i ->
                if other i < 0 then infinity
                elif first.Own[i] = second.Own[other i] then 0.0
                else larger 0.0 (abs (first.Own[i] - second.Own[other i])))

        let places = PairedRows.places fact columns

        PairedRows.each
            rows
            first
            second
            (SeePair(fun row a b ->
                let places = places row rows[row]
                let mutable deviation = deviations[row]

                for j in 0 .. places.Length - 1 do
                    if places[j] < 0 then
                        deviation <- infinity
                    else
                        for t in 0 .. taps - 1 do
                            deviation <- larger deviation (abs (a[j * taps + t] - b[places[j] * taps + t]))

                deviations[row] <- deviation))

        deviations
