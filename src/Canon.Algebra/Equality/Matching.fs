namespace Canon.Algebra.Equality

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Algebra

/// Which unit of the second network is which of the first.
[<NoEquality; NoComparison>]
type internal Match =
    {
        /// For each unit of the first network that of the second.
        Order: int[]
        /// How often units that nothing tells apart were paired as they came.
        Ties: int
    }

/// Finds the order of units by refinement: units are told apart by their rows, and by the columns that read them, as far as the units
/// there are told apart. What is found is no proof: whoever uses it compares all numbers in that order.
[<Sealed>]
type internal Matching(facts: Fact list, pinned: string option[], tolerance: float, choice: Random option) =
    // Numbers that a row is projected to. Rows that differ agree in all of them with a chance that does not show.
    let dimensions = 6

    let facts = Array.ofList facts
    let count = pinned.Length
    // Units of one colour are not told apart: as many of the first network as of the second.
    let first = Array.zeroCreate<int> count
    let second = Array.zeroCreate<int> count
    let sizes = List<int>()

    let fresh size =
        sizes.Add size
        sizes.Count - 1

    let isTold unit = sizes[first[unit]] = 1

    do
        let stands = Array.init count (fun _ -> List<struct (int * bool)>())

        facts
        |> Array.iteri (fun k fact ->
            for struct (unit, _) in fact.Units do
                stands[unit].Add(struct (k, true))

            for struct (unit, _) in fact.Columns do
                stands[unit].Add(struct (k, false)))

        [| 0 .. count - 1 |]
        |> Array.groupBy (fun unit ->
            if pinned[unit].IsSome then
                [ struct (-1 - unit, true) ]
            else
                List.ofSeq stands[unit])
        |> Array.iter (fun (_, units) ->
            let colour = fresh units.Length

            for unit in units do
                first[unit] <- colour
                second[unit] <- colour)

    /// A number in [−1, 1) that the arguments decide.
    let coefficient (colour: int) (place: int) (dimension: int) =
        let mutable x =
            uint64 colour * 0x9E3779B97F4A7C15UL
            + uint64 (place + 1) * 0xC2B2AE3D27D4EB4FUL
            + uint64 (dimension + 1) * 0x165667B19E3779F9UL

        x <- (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        x <- (x ^^^ (x >>> 27)) * 0x94D049BB133111EBUL
        x <- x ^^^ (x >>> 31)
        float (int64 x) / 9223372036854775808.0

    /// What tells rows apart, a unit: projections of its rows and of its own numbers.
    let rowKeys (fact: Fact) (colours: int[]) (rows: Rows) =
        let taps = fact.Taps

        let coefficients =
            Array.init dimensions (fun d ->
                let all = Array.zeroCreate<float> (fact.Columns.Length * taps)

                fact.Columns
                |> Array.iteri (fun j (struct (unit, occurrence)) ->
                    for t in 0 .. taps - 1 do
                        all[j * taps + t] <- coefficient colours[unit] (occurrence * taps + t) d)

                all)

        let perRow = fact.BlockColumns * taps
        let projected = Array.zeroCreate<float> (fact.Units.Length * dimensions)

        match rows.Entries with
        | Some matrix ->
            StoredRows.all
                matrix
                (SeeRow(fun i numbers ->
                    for d in 0 .. dimensions - 1 do
                        projected[i * dimensions + d] <-
                            Sums.dot
                                (Span.op_Implicit numbers)
                                (ReadOnlySpan(coefficients[d], i / fact.BlockRows * perRow, perRow))))
        | None -> ()

        let keys = Dictionary<int, float[]> fact.Units.Length

        fact.Units
        |> Array.iteri (fun i (struct (unit, occurrence)) ->
            let key =
                match keys.TryGetValue unit with
                | true, key -> key
                | false, _ ->
                    let key = Array.zeroCreate<float> dimensions
                    keys[unit] <- key
                    key

            for d in 0 .. dimensions - 1 do
                let here = projected[i * dimensions + d]
                key[d] <- key[d] + coefficient -1 occurrence d * (here + coefficient -2 0 d * rows.Own[i]))

        keys

    /// What tells columns apart, a unit: projections of the columns that read it.
    let columnKeys (fact: Fact) (colours: int[]) (rows: Rows) =
        let taps = fact.Taps
        let perRow = fact.BlockColumns * taps

        let areSingle =
            fact.Columns |> Array.forall (fun (struct (_, occurrence)) -> occurrence = 0)

        let keys = Dictionary<int, float[]> fact.Columns.Length

        for struct (unit, _) in fact.Columns do
            keys[unit] <- Array.zeroCreate<float> dimensions

        /// Adds a row, times what its unit and the place of each number decide, to sums that stand side by side for each dimension.
        let adding (sums: float[]) =
            SeeRow(fun i numbers ->
                let struct (row, rowOccurrence) = fact.Units[i]
                let first = i / fact.BlockRows * fact.BlockColumns

                for d in 0 .. dimensions - 1 do
                    let here = Span(sums, d * fact.Columns.Length * taps + first * taps, perRow)

                    if areSingle && taps = 1 then
                        let by = coefficient colours[row] (rowOccurrence * 65537) d
                        TensorPrimitives.MultiplyAdd(Span.op_Implicit numbers, by, Span.op_Implicit here, here)
                    else
                        for j in 0 .. fact.BlockColumns - 1 do
                            let struct (_, occurrence) = fact.Columns[first + j]

                            for t in 0 .. taps - 1 do
                                let by =
                                    coefficient colours[row] ((rowOccurrence * 65537 + occurrence) * taps + t) d

                                here[j * taps + t] <- here[j * taps + t] + by * numbers[j * taps + t])

        match rows.Entries with
        | Some matrix ->
            let length = fact.Columns.Length * taps

            let sums = StoredRows.sums matrix (length * dimensions) adding

            for j in 0 .. fact.Columns.Length - 1 do
                let struct (unit, _) = fact.Columns[j]
                let key = keys[unit]

                for d in 0 .. dimensions - 1 do
                    key[d] <- key[d] + Sums.total (ReadOnlySpan(sums, d * length + j * taps, taps))
        | None -> ()

        keys

    let near threshold (a: float[]) (b: float[]) =
        let mutable isNear = true

        for d in 0 .. dimensions - 1 do
            isNear <- isNear && abs (a[d] - b[d]) <= threshold

        isNear

    /// Tells units of one colour apart where their keys do; whether it did.
    let split threshold (keysOfFirst: Dictionary<int, float[]>) (keysOfSecond: Dictionary<int, float[]>) units others =
        // Sets of units whose keys are near each other, of both networks.
        let items =
            Array.append
                [| for unit in units -> struct (keysOfFirst[unit], unit, true) |]
                [| for other in others -> struct (keysOfSecond[other], other, false) |]
            |> Array.sortBy (fun (struct (key, _, _)) -> key[0])

        let sets = Partition()

        for _ in items do
            sets.Fresh() |> ignore

        for i in 0 .. items.Length - 1 do
            let struct (key, _, _) = items[i]
            let mutable j = i + 1
            let mutable found = 0

            // What is near several is near the rest of them by way of these.
            while j < items.Length && found < 8 do
                let struct (other, _, _) = items[j]

                if other[0] - key[0] > threshold then
                    j <- items.Length
                else
                    if near threshold key other then
                        sets.Unite i j
                        found <- found + 1

                    j <- j + 1

        let sets =
            [| 0 .. items.Length - 1 |]
            |> Array.groupBy sets.Root
            |> Array.map (fun (_, members) ->
                let of' isFirst =
                    [| for k in members do
                           let struct (_, unit, belongs) = items[k]

                           if belongs = isFirst then
                               unit |]

                of' true, of' false)

        let matched, rest =
            sets
            |> Array.partition (fun (ofFirst, ofSecond) -> ofFirst.Length = ofSecond.Length)

        // Sets that are not as large in both keep one colour together: the last one, where all others are told apart.
        let parts =
            [| yield! matched
               if rest.Length > 0 then
                   Array.collect fst rest, Array.collect snd rest |]

        for ofFirst, ofSecond in Seq.skip 1 parts do
            let colour = fresh ofFirst.Length
            sizes[first[ofFirst[0]]] <- sizes[first[ofFirst[0]]] - ofFirst.Length

            for unit in ofFirst do
                first[unit] <- colour

            for unit in ofSecond do
                second[unit] <- colour

        parts.Length > 1

    let unitsOf (places: struct (int * int)[]) =
        places |> Array.map (fun (struct (unit, _)) -> unit) |> Array.distinct

    let threshold (entries: int) =
        tolerance / 100.0 * Math.Sqrt(float (max 1 entries))

    /// Refines by one side of a fact: whether something was told apart.
    let refineBy keys places entries (fact: Fact) (rows: Lazy<struct (Rows * Rows)>) =
        let open' = unitsOf places |> Array.filter (isTold >> not)

        if open'.Length = 0 then
            false
        else
            let struct (ofFirst, ofSecond) = rows.Value
            let firstKeys: Dictionary<int, float[]> = keys fact first ofFirst
            let secondKeys: Dictionary<int, float[]> = keys fact second ofSecond

            let ofColour =
                secondKeys.Keys
                |> Seq.filter (fun other -> sizes[second[other]] > 1)
                |> Seq.groupBy (fun other -> second[other])
                |> Seq.map (fun (colour, others) -> KeyValuePair(colour, Array.ofSeq others))
                |> Dictionary

            open'
            |> Array.groupBy (fun unit -> first[unit])
            |> Array.map (fun (colour, units) ->
                split (threshold entries) firstKeys secondKeys units (ofColour.GetValueOrDefault(colour, [||])))
            |> Array.exists id

    let read (fact: Fact) =
        lazy struct (fact.ReadFirst(), fact.ReadSecond())

    /// One pass over all facts: whether something was told apart.
    let pass () =
        facts
        |> Array.map (fun fact ->
            let rows = read fact
            let byRows = refineBy rowKeys fact.Units (fact.BlockColumns * fact.Taps) fact rows

            let byColumns =
                refineBy columnKeys fact.Columns (fact.Units.Length * fact.Taps) fact rows

            byRows || byColumns)
        |> Array.exists id

    let give unit other =
        let colour = fresh 1
        sizes[first[unit]] <- sizes[first[unit]] - 1
        first[unit] <- colour
        second[other] <- colour

    let mutable ties = 0

    /// Pairs units that are not told apart, of one colour: those that are alike one at a time, the others by how near they are.
    let pair (fact: Fact) places keys =
        let open' = unitsOf places |> Array.filter (isTold >> not)
        let units = open' |> Array.filter (fun unit -> first[unit] = first[open'[0]])

        let others =
            unitsOf places |> Array.filter (fun unit -> second[unit] = first[open'[0]])

        let struct (ofFirst, ofSecond) = (read fact).Value
        let firstKeys: Dictionary<int, float[]> = keys fact first ofFirst
        let secondKeys: Dictionary<int, float[]> = keys fact second ofSecond

        let distance unit other =
            Array.fold2 (fun sum x y -> sum + (x - y) * (x - y)) 0.0 firstKeys[unit] secondKeys[other]

        let areAlike =
            let reference = firstKeys[units[0]]

            let isAlike =
                near (tolerance * 10.0 * Math.Sqrt(float (max 1 fact.BlockColumns * fact.Taps))) reference

            units |> Array.forall (fun unit -> isAlike firstKeys[unit])
            && others |> Array.forall (fun other -> isAlike secondKeys[other])

        if areAlike && units.Length > 64 then
            ties <- ties + units.Length
            Array.iter2 give units others
        elif areAlike then
            ties <- ties + 1

            let other =
                match choice with
                | Some random -> others[random.Next others.Length]
                | None -> others |> Array.minBy (distance units[0])

            give units[0] other
        elif units.Length > 2048 then
            Array.iter2
                give
                (units |> Array.sortBy (fun unit -> firstKeys[unit].[0]))
                (others |> Array.sortBy (fun other -> secondKeys[other].[0]))
        else
            let taken = HashSet<int>()
            let given = HashSet<int>()

            for struct (_, unit, other) in
                [| for unit in units do
                       for other in others -> struct (distance unit other, unit, other) |]
                |> Array.sortBy (fun (struct (distance, _, _)) -> distance) do
                if not (given.Contains unit || taken.Contains other) then
                    given.Add unit |> ignore
                    taken.Add other |> ignore
                    give unit other

    /// The order of the second network's units.
    member _.Run() =
        let rec settle () =
            if pass () then
                settle ()

        settle ()

        let isOpen places =
            unitsOf places |> Array.exists (isTold >> not)

        let rec finish () =
            match facts |> Array.tryFind (fun fact -> isOpen fact.Units) with
            | Some fact ->
                pair fact fact.Units rowKeys
                settle ()
                finish ()
            | None ->
                match facts |> Array.tryFind (fun fact -> isOpen fact.Columns) with
                | Some fact ->
                    pair fact fact.Columns columnKeys
                    settle ()
                    finish ()
                | None -> ()

        finish ()
        let byColour = Array.zeroCreate<int> sizes.Count
        second |> Array.iteri (fun unit colour -> byColour[colour] <- unit)

        { Order = first |> Array.map (fun colour -> byColour[colour])
          Ties = ties }
