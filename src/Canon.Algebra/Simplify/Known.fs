namespace Canon.Algebra

open System
open System.Collections.Generic

/// What is known of the value of a channel at some place of a network.
[<Struct; NoEquality; NoComparison>]
type internal Known =
    /// The same number at every position, whatever the input.
    | Constant of number: float
    /// factor · u, u what all channels of that class have in common; the factor is positive and finite.
    | Like of kind: int * factor: float

/// Classes of channels that are positive multiples of each other. Channels get one class where they are made in one way of
/// channels of one class; a class that is not told apart from another costs a saving, never a mistake.
[<Sealed>]
type internal Kinds(tolerance: ElementType -> float) =
    let kinds =
        Dictionary<struct (int * int list * int64 list), int>(HashIdentity.Structural)

    let mutable count = 0

    let next () =
        count <- count + 1
        count

    /// The number without the last bits of a float64, in which equal numbers that were rounded in different ways differ.
    let quantized (x: float) =
        (BitConverter.DoubleToInt64Bits(x + 0.0) + 4L) &&& ~~~7L

    /// A class of its own.
    member _.Fresh() = Like(next (), 1.0)

    /// The class of what a term makes of channels of such classes by such numbers.
    member x.Made(term: int, parts: int list, numbers: float list, factor: float) =
        if Double.IsFinite factor && factor > 0.0 && List.forall Double.IsFinite numbers then
            let key = struct (term, parts, List.map quantized numbers)

            match kinds.TryGetValue key with
            | true, kind -> Like(kind, factor)
            | false, _ ->
                let kind = next ()
                kinds[key] <- kind
                Like(kind, factor)
        else
            x.Fresh()

    /// The class of a constant where what surrounds the positions makes it vary.
    member x.OfConstant number =
        match x.Made(-1, [], [ number ], 1.0) with
        | Like(kind, _) -> kind
        | Constant _ -> next ()

    /// The values of the rows of a layer: for each its numbers, all in one array, and a bias. A row of zeros is its bias; rows
    /// that are positive multiples of each other with their biases, as far as their type tells, get one class. `summands`: the
    /// largest number that went into a sum of each row, which may be larger than the sum.
    member x.Rows(elementType: ElementType, width: int, rows: float[], biases: float[], summands: float[]) : Known[] =
        let count = biases.Length
        let tolerance = tolerance elementType
        let factors = Array.zeroCreate<float> count
        let places = Array.zeroCreate<float> count

        // A fixed direction: rows that are close to each other are close along it.
        let direction =
            let random = Random 1
            Array.init (width + 1) (fun _ -> random.NextDouble())

        for i in 0 .. count - 1 do
            let row = ReadOnlySpan(rows, i * width, width)
            let mutable largest = 0.0

            for w in row do
                largest <- max largest (abs w)

            factors[i] <- largest

            if largest > 0.0 then
                let mutable place = direction[width] * biases[i] / largest

                for k in 0 .. width - 1 do
                    place <- place + direction[k] * (row[k] / largest)

                places[i] <- place

        let toleranceOf i =
            tolerance * max 1.0 (summands[i] / factors[i])

        let isSame i j =
            // What was stored is exact but for its last bits, however small; what was added up only as far as its summands.
            let share = tolerance * max (summands[i] / factors[i]) (summands[j] / factors[j])

            let areSame a b =
                abs (a - b) <= tolerance * max (abs a) (abs b) + share

            let mutable same = areSame (biases[i] / factors[i]) (biases[j] / factors[j])
            let mutable k = 0

            while same && k < width do
                same <- areSame (rows[i * width + k] / factors[i]) (rows[j * width + k] / factors[j])
                k <- k + 1

            same

        let known = Array.create count (Constant 0.0)
        let kinds = Array.zeroCreate<int> count

        let order =
            [| 0 .. count - 1 |]
            |> Array.filter (fun i -> factors[i] > 0.0)
            |> Array.sortBy (fun i -> places[i])

        for first in 0 .. order.Length - 1 do
            let i = order[first]

            if kinds[i] = 0 then
                kinds[i] <- next ()

                let near =
                    (toleranceOf i + 1e-15)
                    * float (width + 1)
                    * max 1.0 (abs (biases[i] / factors[i]))

                let mutable later = first + 1

                while later < order.Length && places[order[later]] - places[i] <= near do
                    let j = order[later]

                    if kinds[j] = 0 && isSame i j then
                        kinds[j] <- kinds[i]

                    later <- later + 1

        for i in 0 .. count - 1 do
            known[i] <- if factors[i] > 0.0 then Like(kinds[i], factors[i]) else Constant biases[i]

        known
