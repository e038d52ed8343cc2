namespace Canon.Algebra

open System
open System.Collections.Generic

[<NoEquality; NoComparison>]
type Gauge =
    { Rescaling: Rescaling
      Factors: Magnitude[] }

[<Struct; NoEquality; NoComparison>]
type Balance = { Sweeps: int; Imbalance: float }

/// The squares of a weight, added up over its taps, times the squares of the factors found so far.
[<ReferenceEquality; NoComparison>]
type private Squares =
    { Share: Share
      Columns: Channel[]
      Shape: StoredEntries
      Numbers: float[] }

    /// The k-th column that a row reads.
    member inline x.Column(row, k) =
        x.Columns[row / x.Shape.BlockRows * x.Shape.BlockColumns + k]

[<RequireQualifiedAccess>]
module Gauge =

    let identity (rescaling: Rescaling) =
        { Rescaling = rescaling
          Factors = Array.create rescaling.Held.Length Magnitude.One }

    let compose first second =
        if not (obj.ReferenceEquals(first.Rescaling, second.Rescaling)) then
            invalidArg (nameof second) "it is a gauge of another network"

        { first with
            Factors = Array.map2 (*) first.Factors second.Factors }

    let invert gauge =
        { gauge with
            Factors = Array.map Magnitude.reciprocal gauge.Factors }

    let lossless gauge =
        { gauge with
            Factors = Array.map Magnitude.nearestPowerOfTwo gauge.Factors }

    let private raised sign (factors: Magnitude[]) channels =
        channels
        |> Array.map (fun channel -> Magnitude.power (sign * channel.Degree) factors[channel.Class])

    let factors power gauge (share: Share) =
        struct (raised power gauge.Factors share.Rows, share.Columns |> Option.map (raised -power gauge.Factors))

    let private matrix power gauge (share: Share) (tensor: Parameter) =
        let struct (rows, columns) = factors power gauge share
        StoredMatrix(ParameterNumbers().Entries tensor, Some rows, columns)

    let scaled power gauge share tensor =
        Fail.guard (fun () -> (matrix power gauge share tensor).ReadRows None)

    let stored power gauge share tensor =
        Fail.guard (fun () -> StoredWeight(matrix power gauge share tensor))

    let canonical definition (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()
            let factors = (identity rescaling).Factors
            let isSet = Rescaling.isFree rescaling |> Array.map not

            let bias (share: Share) =
                share.Bias
                |> Option.map (fun bias -> numbers.Vector bias |> Array.map Magnitude.ofFloat)

            let gains (share: Share) : Magnitude[] =
                let rows =
                    match share.Columns with
                    | Some columns ->
                        // A channel that is read before it is known to have a gain keeps its factor.
                        for channel in columns do
                            isSet[channel.Class] <- true

                        let norms: RowNorms =
                            StoredMatrix(numbers.Entries share.Parameter, None, Some(raised -1 factors columns))
                                .Norms()

                        norms.Scaled
                    | None -> numbers.Vector share.Parameter |> Array.map Magnitude.ofFloat

                let rec defined definition =
                    match definition, bias share with
                    | PowerOfTwo inner, _ ->
                        defined inner
                        |> Array.map (fun (gain: Magnitude) ->
                            if gain.IsZero then gain else Magnitude.nearestPowerOfTwo gain)
                    | Augmented, Some biases -> Array.map2 (fun row b -> Magnitude.norm [| row; b |]) rows biases
                    | Augmented, None
                    | RowNorm, _ -> rows

                defined definition

            for share in rescaling.Shares do
                let gains = gains share

                share.Rows
                |> Array.iteri (fun i channel ->
                    if not isSet[channel.Class] && not gains[i].IsZero then
                        factors[channel.Class] <- Magnitude.reciprocal gains[i]
                        isSet[channel.Class] <- true)

            { Rescaling = rescaling
              Factors = factors })

    let private squares (numbers: ParameterNumbers) (share: Share) =
        let entries = numbers.Entries share.Parameter
        let weight = StoredMatrix(entries, None, None).ReadRows None
        let sums = Array.zeroCreate<float> (weight.Length / entries.Taps)

        for k in 0 .. weight.Length - 1 do
            let sum = k / entries.Taps
            sums[sum] <- sums[sum] + weight[k] * weight[k]

        { Share = share
          Columns = defaultArg share.Columns [||]
          Shape = entries
          Numbers = sums }

    /// The classes that each layer is the first to make, with the weights that have to do with them.
    let private blocks (rescaling: Rescaling) (weights: Squares list) =
        let isFree = Rescaling.isFree rescaling
        let blockOf = Array.create isFree.Length -1

        weights
        |> List.iteri (fun k weight ->
            for channel in weight.Share.Rows do
                if isFree[channel.Class] && blockOf[channel.Class] < 0 then
                    blockOf[channel.Class] <- k)

        let touching = weights |> List.map (fun _ -> HashSet<Squares>()) |> Array.ofList
        let coupled = HashSet<int>()

        for weight in weights do
            let met channels =
                channels
                |> Array.map (fun channel -> blockOf[channel.Class])
                |> Array.filter (fun block -> block >= 0)
                |> Set.ofArray

            let rows, columns = met weight.Share.Rows, met weight.Columns
            coupled.UnionWith(Set.intersect rows columns)

            for block in Set.union rows columns do
                touching[block].Add weight |> ignore

        [ for k in 0 .. touching.Length - 1 do
              if touching[k].Count > 0 then
                  struct (List.ofSeq touching[k], (fun c -> blockOf[c] = k), coupled.Contains k) ]

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()

            let weights =
                rescaling.Shares
                |> List.filter (fun share -> not share.IsBias)
                |> List.map (squares numbers)

            let count = rescaling.Held.Length
            let logs = Array.zeroCreate<float> count
            let into = Array.zeroCreate<float> count
            let out = Array.zeroCreate<float> count
            let degrees = Array.create count 1
            let steps = Array.zeroCreate<float> count

            let readsColumns weight = weight.Columns.Length > 0

            /// Balances the classes of a block; how far they were from it.
            let settle (struct (weights: Squares list, isIn: int -> bool, isCoupled)) =
                Array.Clear into
                Array.Clear out

                for weight in weights do
                    let width = weight.Shape.BlockColumns

                    for i in 0 .. weight.Share.Rows.Length - 1 do
                        let row = weight.Share.Rows[i]
                        let mutable sum = 0.0

                        for k in 0 .. width - 1 do
                            let square = weight.Numbers[i * width + k]
                            sum <- sum + square

                            if readsColumns weight then
                                let column = weight.Column(i, k)
                                out[column.Class] <- out[column.Class] + float column.Degree * square
                                degrees[column.Class] <- max degrees[column.Class] column.Degree

                        into[row.Class] <- into[row.Class] + float row.Degree * sum

                let mutable furthest = 0.0

                for c in 0 .. count - 1 do
                    if isIn c && into[c] > 0.0 && out[c] > 0.0 then
                        let ratio = Math.Log(out[c] / into[c])
                        furthest <- max furthest (abs ratio / 2.0)
                        steps[c] <- ratio / float ((if isCoupled then 8 else 4) * degrees[c])
                        logs[c] <- logs[c] + steps[c]
                    else
                        steps[c] <- 0.0

                for c in 0 .. count - 1 do
                    steps[c] <- Math.Exp(2.0 * steps[c])

                let change (channel: Channel) =
                    if channel.Degree = 1 then
                        steps[channel.Class]
                    else
                        Math.Pow(steps[channel.Class], float channel.Degree)

                for weight in weights do
                    let width = weight.Shape.BlockColumns

                    for i in 0 .. weight.Share.Rows.Length - 1 do
                        let row = change weight.Share.Rows[i]

                        for k in 0 .. width - 1 do
                            let at = i * width + k

                            let column = if readsColumns weight then change (weight.Column(i, k)) else 1.0

                            weight.Numbers[at] <- weight.Numbers[at] * row / column

                furthest

            let blocks = blocks rescaling weights
            let mutable done' = 0
            let mutable imbalance = if blocks.IsEmpty then 0.0 else infinity

            while done' < sweeps && imbalance > tolerance do
                imbalance <- blocks |> List.map settle |> List.max
                done' <- done' + 1

            let ofLog (x: float) =
                let power = Math.Floor(x / Math.Log 2.0)
                Magnitude.scaleB (Math.Exp(x - power * Math.Log 2.0)) (int power)

            struct ({ Rescaling = rescaling
                      Factors = Array.map ofLog logs },
                    { Sweeps = done'
                      Imbalance = imbalance }))

    let network (gauge: Gauge) network =
        let shares = Dictionary<string, Share>()

        for share in gauge.Rescaling.Shares do
            shares[share.Parameter.Name] <- share

        let isOne (factors: Magnitude[]) =
            factors |> Array.forall ((=) Magnitude.One)

        let gain factors =
            if isOne factors then Gain.one else Gain.ofMagnitudes factors

        /// A batch norm and a shift have the share of their own vectors.
        let named (a: Affine) =
            match a.Weight.Source, a.Bias with
            | Source.NormFactor(gamma, _, _), _ -> gamma.Name
            | Source.Ones, Some bias -> bias.Vector.Name
            | _ -> a.Weight.Name

        let scaled term =
            match term with
            | Linear(a, kernel, label) ->
                match shares.TryGetValue(named a) with
                | false, _ -> term
                | true, share ->
                    let struct (rows, columns) = factors 1 gauge share

                    let a =
                        match a.Weight.Source, a.Bias with
                        | Source.Ones, Some bias ->
                            { a with
                                Bias = Some { bias with Gain = gain rows } }
                        | _ -> Affine.scaleOutput (gain rows) a

                    Linear(
                        (columns |> Option.fold (fun a columns -> Affine.scaleInput (gain columns) a) a),
                        kernel,
                        label
                    )
            | _ -> term

        Traversal.map scaled network
