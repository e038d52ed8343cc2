namespace Canon.Algebra

open System

/// Where numbers from 0 on stand in some arrays: of each number the arrays and the places there, in order. Negative numbers are left out.
[<Sealed>]
type internal Occurrences(arrays: int[][]) =
    /// Of each number the first of its places among all.
    let starts =
        let starts = Array.zeroCreate<int> (2 + Array.fold (Array.fold max) -1 arrays)

        for array in arrays do
            for number in array do
                if number >= 0 then
                    starts[number + 1] <- starts[number + 1] + 1

        for number in 1 .. starts.Length - 1 do
            starts[number] <- starts[number] + starts[number - 1]

        starts

    let places =
        let next = Array.copy starts
        let places = Array.zeroCreate<struct (int * int)> (Array.last starts)

        arrays
        |> Array.iteri (fun k array ->
            for place in 0 .. array.Length - 1 do
                let number = array[place]

                if number >= 0 then
                    places[next[number]] <- struct (k, place)
                    next[number] <- next[number] + 1)

        places

    /// The first from there on whose array is not in front of this one.
    let rec firstIn array from until =
        if from = until then
            from
        else
            let middle = (from + until) / 2
            let struct (here, _) = places[middle]

            if here < array then
                firstIn array (middle + 1) until
            else
                firstIn array from middle

    let bounds number =
        if number < starts.Length - 1 then
            struct (starts[number], starts[number + 1])
        else
            struct (0, 0)

    /// The arrays and places of a number.
    member _.Item(number: int) =
        let struct (first, until) = bounds number
        ArraySegment(places, first, until - first)

    /// Those of them that are in one array.
    member _.Within(number: int, array: int) =
        let struct (from, until) = bounds number
        let first = firstIn array from until
        ArraySegment(places, first, firstIn (array + 1) first until - first)
