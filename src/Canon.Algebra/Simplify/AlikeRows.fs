namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Kernels

/// Which rows of a layer are positive multiples of each other with their biases, as far as a tolerance tells. A few numbers are kept of each
/// row; rows that agree in these are read once more and compared.
[<RequireQualifiedAccess>]
module internal AlikeRows =

    /// Fixed directions: rows that are close to each other are close along each.
    let private directions = RowArithmetic.Directions

    /// Entries that are kept of a row.
    let private samples = 12

    /// Numbers of rows that are held to compare others with.
    let private held = 1 <<< 21

    /// For each row the largest of its numbers, and the first row of its class; −1 where all are 0. What constants come to is added to
    /// the biases.
    let find tolerance (rows: MergedRows) (biases: float[]) : struct (float[] * int[]) =
        let count, width = rows.Count, rows.Width
        let factors = Array.zeroCreate<float> count
        let summands = Array.zeroCreate<float> count
        // Of each row with its bias, in multiples of the largest number, Σ|x| and its place along each direction.
        let looks = Array.zeroCreate<float> (count * (directions + 1))
        let inline length row = looks[row * (directions + 1)]
        let inline place d row = looks[row * (directions + 1) + 1 + d]
        let kept = min samples width
        let entries = Array.zeroCreate<float> (count * kept)

        let numbersOfDirections =
            let random = Random 1
            Array.init (directions * (width + 1)) (fun _ -> random.NextDouble())

        rows.All(fun row numbers constant summand ->
            let largest = RowArithmetic.LargestMagnitude(Span.op_Implicit numbers)
            biases[row] <- biases[row] + constant
            summands[row] <- summand
            factors[row] <- largest

            if largest > 0.0 then
                let bias = biases[row] / largest
                let look = Span(looks, row * (directions + 1), directions + 1)
                RowArithmetic.Along(Span.op_Implicit numbers, largest, ReadOnlySpan numbersOfDirections, look)
                look[0] <- look[0] + abs bias

                for d in 0 .. directions - 1 do
                    look[1 + d] <- look[1 + d] + numbersOfDirections[(d + 1) * (width + 1) - 1] * bias

                for k in 0 .. kept - 1 do
                    entries[row * kept + k] <- numbers[int (int64 k * int64 width / int64 kept)] / largest)

        let share i j =
            tolerance * max (summands[i] / factors[i]) (summands[j] / factors[j])

        // What was stored is exact but for its last bits, however small; what was added up only as far as its summands.
        let areSame share a b =
            abs (a - b) <= tolerance * max (abs a) (abs b) + share

        /// How far the places of two rows that are the same are apart at most, twice over: by their type, and by the rounding of sums, to
        /// which each number of a row adds half a unit in the last place of all of them.
        let near i =
            2.0 * (tolerance * length i + share i i * float (width + 1))
            + 4e-16 * float (width + 1) * length i

        let agree near i j =
            let share = share i j
            let mutable same = areSame share (biases[i] / factors[i]) (biases[j] / factors[j])

            for d in 0 .. directions - 1 do
                same <- same && abs (place d i - place d j) <= near

            let mutable k = 0

            while same && k < kept do
                same <- areSame share entries[i * kept + k] entries[j * kept + k]
                k <- k + 1

            same

        let first = Array.create count -1

        let order =
            [| 0 .. count - 1 |]
            |> Array.filter (fun i -> factors[i] > 0.0)
            |> Array.sortBy (fun i -> place 0 i)

        /// Rows in order, and for each of them that is not like an earlier one those that may be like it.
        let candidates (order: int[]) =
            let isTaken = Array.zeroCreate<bool> count
            let others = List<int>()

            [| for k in 0 .. order.Length - 1 do
                   let i = order[k]

                   if not isTaken[i] then
                       let near = near i
                       let mutable later = k + 1
                       others.Clear()

                       while later < order.Length && place 0 order[later] - place 0 i <= near do
                           let j = order[later]

                           if not isTaken[j] && agree near i j then
                               isTaken[j] <- true
                               others.Add j

                           later <- later + 1

                       first[i] <- i

                       if others.Count > 0 then
                           struct (i, others.ToArray()) |]

        /// Which of the candidates are the same as what they were found for; the others are looked at among themselves.
        let rec settle order =
            let mutable left = []

            for sets in candidates order |> Array.chunkBySize (max 1 (held / max 1 width)) do
                let leaders = sets |> Array.map (fun (struct (i, _)) -> i)
                let rowsOfLeaders = Array.zeroCreate<float> (leaders.Length * width)
                let held = Dictionary<int, int>()
                leaders |> Array.iteri (fun k i -> held[i] <- k)

                rows.Some(
                    leaders,
                    fun row numbers _ _ ->
                        TensorPrimitives.Divide(
                            Span.op_Implicit numbers,
                            factors[row],
                            Span(rowsOfLeaders, held[row] * width, width)
                        )
                )

                let leader = Dictionary<int, int>()

                for struct (i, others) in sets do
                    for j in others do
                        leader[j] <- i

                let others = Array.ofSeq leader.Keys
                let isSame = Array.zeroCreate<bool> count

                rows.Some(
                    others,
                    fun row numbers _ _ ->
                        let i = leader[row]
                        let share = share i row
                        let from = held[i] * width
                        let mutable same = true
                        let mutable k = 0

                        while same && k < width do
                            same <- areSame share rowsOfLeaders[from + k] (numbers[k] / factors[row])
                            k <- k + 1

                        isSame[row] <- same
                )

                for j in others do
                    if isSame[j] then first[j] <- leader[j] else left <- j :: left

            if not left.IsEmpty then
                settle (left |> Array.ofList |> Array.sortBy (fun i -> place 0 i))

        settle order
        struct (factors, first)
