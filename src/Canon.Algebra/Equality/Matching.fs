namespace Canon.Algebra.Equality

open System
open System.Collections.Generic
open Canon.Algebra
open Canon.Kernels

/// Which unit of the second network is which of the first.
[<NoEquality; NoComparison>]
type internal Match =
    {
        /// For each unit of the first network that of the second.
        Order: int[]
        /// How often units that nothing tells apart were paired as they came.
        Ties: int
    }

/// The units at the rows of a fact, or at its columns.
[<NoEquality; NoComparison>]
type private Side =
    {
        Fact: Fact
        AreRows: bool
        /// The unit of each row or column, and how often it stands in front.
        Places: struct (int * int)[]
        /// The units, each once.
        Units: int[]
        /// Of each row or column which of them is there.
        UnitAt: int[]
    }

/// Finds the order of units by refinement: units are told apart by their rows, and by the columns that read them, as far as the units
/// there are told apart. What is found is no proof: whoever uses it compares all numbers in that order.
[<Sealed>]
type internal Matching(facts: Fact list, pinned: string option[], tolerance: float, choice: Random option) =
    // Numbers that a row is projected to. Rows that differ agree in all of them with a chance that does not show.
    let dimensions = 6

    let count = pinned.Length

    /// The two sides of each fact.
    let sides =
        let latest = Array.zeroCreate<int> count

        let side fact areRows places =
            let units = List<int>(Array.length places)

            let unitAt =
                places
                |> Array.map (fun (struct (unit, occurrence)) ->
                    if occurrence = 0 then
                        latest[unit] <- units.Count
                        units.Add unit

                    latest[unit])

            { Fact = fact
              AreRows = areRows
              Places = places
              Units = units.ToArray()
              UnitAt = unitAt }

        [| for fact in facts -> struct (side fact true fact.Units, side fact false fact.Columns) |]

    // Units of one colour are not told apart: as many of the first network as of the second.
    let first = Array.zeroCreate<int> count
    let second = Array.zeroCreate<int> count
    let sizes = List<int>()

    let fresh size =
        sizes.Add size
        sizes.Count - 1

    let isTold unit = sizes[first[unit]] = 1

    do
        // Of each unit a number for where it stands.
        let standing = Array.zeroCreate<int> count
        let mutable last = 0

        let meet side =
            let next = Dictionary<int, int>()

            for struct (unit, _) in side.Places do
                let before = standing[unit]

                if not (next.ContainsKey before) then
                    last <- last + 1
                    next[before] <- last

                standing[unit] <- next[before]

        for struct (rows, columns) in sides do
            meet rows
            meet columns

        let colours = Dictionary<int, int>()

        for unit in 0 .. count - 1 do
            let colour =
                if pinned[unit].IsSome then
                    fresh 0
                else
                    match colours.TryGetValue standing[unit] with
                    | true, colour -> colour
                    | false, _ ->
                        let colour = fresh 0
                        colours[standing[unit]] <- colour
                        colour

            sizes[colour] <- sizes[colour] + 1
            first[unit] <- colour
            second[unit] <- colour

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

    /// What tells rows apart: projections of the rows of a unit and of its own numbers are added to the keys of the unit, from a place on.
    let addRowKeys side (colours: int[]) (rows: Rows) (keys: float[]) from =
        let fact = side.Fact
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

        fact.Units
        |> Array.iteri (fun i (struct (_, occurrence)) ->
            let key = from + side.UnitAt[i] * dimensions

            for d in 0 .. dimensions - 1 do
                let here = projected[i * dimensions + d]

                keys[key + d] <-
                    keys[key + d]
                    + coefficient -1 occurrence d * (here + coefficient -2 0 d * rows.Own[i]))

    /// What tells columns apart: projections of the columns that read a unit are added to its keys.
    let addColumnKeys side (colours: int[]) (rows: Rows) (keys: float[]) from =
        let fact = side.Fact
        let taps = fact.Taps
        let perRow = fact.BlockColumns * taps
        let areSingle = side.Units.Length = fact.Columns.Length

        /// Adds a row, times what its unit and the place of each number decide, to sums that stand side by side for each dimension.
        let adding (sums: float[]) =
            SeeRow(fun i numbers ->
                let struct (row, rowOccurrence) = fact.Units[i]
                let first = i / fact.BlockRows * fact.BlockColumns

                for d in 0 .. dimensions - 1 do
                    let here = Span(sums, d * fact.Columns.Length * taps + first * taps, perRow)

                    if areSingle && taps = 1 then
                        let by = coefficient colours[row] (rowOccurrence * 65537) d
                        RowArithmetic.AddTimes(Span.op_Implicit numbers, by, here)
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
                let key = from + side.UnitAt[j] * dimensions

                for d in 0 .. dimensions - 1 do
                    keys[key + d] <- keys[key + d] + Sums.total (ReadOnlySpan(sums, d * length + j * taps, taps))
        | None -> ()

    /// The keys of all units of a side: of the first network, then of the second. A unit of either network is a candidate, known by its place
    /// there.
    let keys side (struct (ofFirst, ofSecond)) =
        let add = if side.AreRows then addRowKeys else addColumnKeys
        let perNetwork = side.Units.Length * dimensions
        let keys = Array.zeroCreate<float> (2 * perNetwork)
        add side first ofFirst keys 0
        add side second ofSecond keys perNetwork
        keys

    let isOfFirst side candidate = candidate < side.Units.Length

    let unitOf side candidate =
        side.Units[candidate % side.Units.Length]

    let colourOf side candidate =
        (if isOfFirst side candidate then first else second)[unitOf side candidate]

    let paint side candidate colour =
        (if isOfFirst side candidate then first else second)[unitOf side candidate] <- colour

    /// Those of a side that are not told apart, of both networks.
    let openCandidates side =
        [| for candidate in 0 .. 2 * side.Units.Length - 1 do
               if sizes[colourOf side candidate] > 1 then
                   candidate |]

    let near threshold (keys: float[]) candidate other =
        let mutable isNear = true

        for d in 0 .. dimensions - 1 do
            isNear <-
                isNear
                && abs (keys[candidate * dimensions + d] - keys[other * dimensions + d])
                   <= threshold

        isNear

    /// Puts things into the order of their numbers, and shows those of each number.
    let inRuns (numbers: int[]) (things: int[]) (see: ArraySegment<int> -> unit) =
        Array.Sort(numbers, things)
        let mutable from = 0

        for k in 1 .. numbers.Length do
            if k = numbers.Length || numbers[k] <> numbers[from] then
                see (ArraySegment(things, from, k - from))
                from <- k

    /// Tells units of one colour apart where their keys do; whether it did.
    let split threshold side (keys: float[]) (candidates: ArraySegment<int>) =
        let colour = colourOf side candidates[0]
        let leading = [| for candidate in candidates -> keys[candidate * dimensions] |]
        let candidates = candidates.ToArray()
        Array.Sort(leading, candidates)

        // Sets of units whose keys are near each other, of both networks.
        let sets = Partition()

        for _ in candidates do
            sets.Fresh() |> ignore

        for i in 0 .. candidates.Length - 1 do
            let mutable j = i + 1
            let mutable found = 0

            // What is near several is near the rest of them by way of these.
            while j < candidates.Length && found < 8 && leading[j] - leading[i] <= threshold do
                if near threshold keys candidates[i] candidates[j] then
                    sets.Unite i j
                    found <- found + 1

                j <- j + 1

        let mutable parts = 0

        /// A colour of their own for all parts but one.
        let part (candidates: ArraySegment<int>) =
            parts <- parts + 1

            if parts > 1 then
                let own = fresh (candidates.Count / 2)
                sizes[colour] <- sizes[colour] - candidates.Count / 2

                for candidate in candidates do
                    paint side candidate own

        // Sets that are not as large in both keep one colour together: the last one, where all others are told apart.
        let rest = List<int>()

        inRuns (Array.init candidates.Length sets.Root) candidates (fun set ->
            let mutable ofFirst = 0

            for candidate in set do
                if isOfFirst side candidate then
                    ofFirst <- ofFirst + 1

            if 2 * ofFirst = set.Count then part set else rest.AddRange set)

        if rest.Count > 0 then
            part (ArraySegment(rest.ToArray()))

        parts > 1

    let threshold (entries: int) =
        tolerance / 100.0 * Math.Sqrt(float (max 1 entries))

    /// Refines by one side of a fact: whether something was told apart.
    let refineBy side entries (rows: Lazy<struct (Rows * Rows)>) =
        let candidates = openCandidates side
        let mutable isAny = false

        if candidates.Length > 0 then
            let keys = keys side rows.Value

            inRuns (Array.map (colourOf side) candidates) candidates (fun candidates ->
                isAny <- split (threshold entries) side keys candidates || isAny)

        isAny

    let read (fact: Fact) =
        lazy struct (fact.ReadFirst(), fact.ReadSecond())

    /// One pass over all facts: whether something was told apart.
    let pass () =
        let mutable isAny = false

        for struct (rows, columns) in sides do
            let fact = rows.Fact
            let numbers = read fact
            isAny <- refineBy rows (fact.BlockColumns * fact.Taps) numbers || isAny
            isAny <- refineBy columns (fact.Units.Length * fact.Taps) numbers || isAny

        isAny

    let mutable ties = 0

    /// Pairs units that are not told apart, of one colour: those that are alike one at a time, the others by how near they are.
    let pair side =
        let fact = side.Fact
        let keys = keys side (read fact).Value

        let candidates =
            let all = openCandidates side

            all
            |> Array.filter (fun candidate -> colourOf side candidate = colourOf side all[0])

        let units, others = candidates |> Array.partition (isOfFirst side)

        let give candidate other =
            let colour = fresh 1
            sizes[colourOf side candidate] <- sizes[colourOf side candidate] - 1
            paint side candidate colour
            paint side other colour

        let distance candidate other =
            let mutable sum = 0.0

            for d in 0 .. dimensions - 1 do
                let apart = keys[candidate * dimensions + d] - keys[other * dimensions + d]
                sum <- sum + apart * apart

            sum

        let areAlike =
            let near =
                near (tolerance * 10.0 * Math.Sqrt(float (max 1 fact.BlockColumns * fact.Taps))) keys units[0]

            Array.forall near candidates

        let inOrder candidates =
            Array.sortBy (fun candidate -> keys[candidate * dimensions]) candidates

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
            Array.iter2 give (inOrder units) (inOrder others)
        else
            let taken = HashSet<int>()

            for struct (_, unit, other) in
                [| for unit in units do
                       for other in others -> struct (distance unit other, unit, other) |]
                |> Array.sortBy (fun (struct (distance, _, _)) -> distance) do
                if not (taken.Contains unit || taken.Contains other) then
                    taken.Add unit |> ignore
                    taken.Add other |> ignore
                    give unit other

    /// The order of the second network's units.
    member _.Run() =
        let rec settle () =
            if pass () then
                settle ()

        settle ()

        let isOpen side =
            side.Units |> Array.exists (isTold >> not)

        let rows, columns =
            sides
            |> Array.map (fun (struct (rows, columns)) -> rows, columns)
            |> Array.unzip

        let inTurn = Array.append rows columns

        let rec finish () =
            match Array.tryFind isOpen inTurn with
            | Some side ->
                pair side
                settle ()
                finish ()
            | None -> ()

        finish ()
        let byColour = Array.zeroCreate<int> sizes.Count
        second |> Array.iteri (fun unit colour -> byColour[colour] <- unit)

        { Order = first |> Array.map (fun colour -> byColour[colour])
          Ties = ties }
