namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors

[<NoEquality; NoComparison>]
type Gauge =
    { Rescaling: Rescaling
      Factors: Magnitude[] }

[<Struct; NoEquality; NoComparison>]
type Balance = { Sweeps: int; Imbalance: float }

/// The squares of a weight, added up over its taps: by rows, of each row the columns of its group.
[<NoEquality; NoComparison>]
type private Squares =
    {
        Rows: Channel[]
        /// None where no factor reaches the columns: of the γ of a batch norm.
        Columns: Channel[]
        BlockRows: int
        Width: int
        Numbers: float[]
        /// What the rows and the columns are multiplied by so far: squares of factors, those of columns turned over.
        RowFactors: float[]
        ColumnFactors: float[]
    }

    member x.Row(i) =
        ReadOnlySpan(x.Numbers, i * x.Width, x.Width)

    /// The first column that a row reads.
    member x.First(i) = i / x.BlockRows * x.Width

    /// The factors of the columns that a row reads.
    member x.Across(i) =
        ReadOnlySpan(x.ColumnFactors, x.First i, x.Width)

/// The classes that a layer is the first to make, which are balanced together.
[<NoEquality; NoComparison>]
type private Block =
    {
        Classes: int[]
        /// The weights that have to do with them: whether with their rows, and whether with their columns.
        Weights: struct (Squares * bool * bool) list
        /// Whether a weight has to do with them with both.
        IsCoupled: bool
    }

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

    // Within these limits products of three floats lose nothing to the ends of their range.
    let private safeExponent = 300

    let private isSafe (factors: Magnitude[]) =
        factors
        |> Array.forall (fun x -> not x.IsZero && abs x.Exponent <= safeExponent)

    let scaledNumbers power gauge (share: Share) (numbers: float[]) =
        let struct (rows, columns) = factors power gauge share

        if not (isSafe rows && Option.forall isSafe columns) then
            (matrix power gauge share (Parameter.withNumbers numbers share.Parameter)).ReadRows None
        else
            let result = Array.zeroCreate<float> numbers.Length
            let length = numbers.Length / rows.Length
            let taps = share.Parameter.Taps

            let across =
                columns
                |> Option.map (fun columns ->
                    let floats = Array.map Magnitude.toFloat columns
                    if taps = 1 then floats else Array.collect (Array.replicate taps) floats)

            let blockRows =
                match share.Parameter.Grouping with
                | Diagonal -> 1
                | Groups count -> rows.Length / count

            for i in 0 .. rows.Length - 1 do
                let row = Span(result, i * length, length)
                TensorPrimitives.Multiply(ReadOnlySpan(numbers, i * length, length), Magnitude.toFloat rows[i], row)

                match across with
                | None -> ()
                | Some across ->
                    let here = ReadOnlySpan(across, i / blockRows * length, length)
                    TensorPrimitives.Multiply(Span.op_Implicit row, here, row)

            result

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
        let weight = numbers.ByRows share.Parameter
        TensorPrimitives.Multiply(ReadOnlySpan weight, ReadOnlySpan weight, Span weight)

        { Rows = share.Rows
          Columns = defaultArg share.Columns [||]
          BlockRows = entries.BlockRows
          Width = entries.BlockColumns
          RowFactors = Array.create share.Rows.Length 1.0
          ColumnFactors = Array.create entries.Columns 1.0
          Numbers =
            if entries.Taps = 1 then
                weight
            else
                Array.init (weight.Length / entries.Taps) (fun k ->
                    TensorPrimitives.Sum(ReadOnlySpan(weight, k * entries.Taps, entries.Taps))) }

    let private blocks (rescaling: Rescaling) (weights: Squares list) =
        let isFree = Rescaling.isFree rescaling
        let blockOf = Array.create isFree.Length -1
        let classes = weights |> List.map (fun _ -> List<int>()) |> Array.ofList

        let touching =
            weights
            |> List.map (fun _ -> List<struct (Squares * bool * bool)>())
            |> Array.ofList

        weights
        |> List.iteri (fun k weight ->
            for channel in weight.Rows do
                if isFree[channel.Class] && blockOf[channel.Class] < 0 then
                    blockOf[channel.Class] <- k
                    classes[k].Add channel.Class)

        for weight in weights do
            let met channels =
                channels
                |> Array.map (fun channel -> blockOf[channel.Class])
                |> Array.filter (fun block -> block >= 0)
                |> Set.ofArray

            let rows, columns = met weight.Rows, met weight.Columns

            for block in Set.union rows columns do
                touching[block].Add(struct (weight, rows.Contains block, columns.Contains block))

        [ for k in 0 .. touching.Length - 1 do
              if touching[k].Count > 0 then
                  { Classes = classes[k].ToArray()
                    Weights = List.ofSeq touching[k]
                    IsCoupled = touching[k].Exists(fun (struct (_, byRows, byColumns)) -> byRows && byColumns) } ]

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
            // What the squares of each class are multiplied by next.
            let steps = Array.create count 1.0

            let gather (sums: float[]) (channel: Channel) sum =
                sums[channel.Class] <- sums[channel.Class] + float channel.Degree * sum
                degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            /// The squares of the rows and of the columns of a weight, each added to its class.
            let add (struct (weight: Squares, byRows, byColumns)) =
                if byRows then
                    for i in 0 .. weight.Rows.Length - 1 do
                        gather
                            into
                            weight.Rows[i]
                            (weight.RowFactors[i] * TensorPrimitives.Dot(weight.Row i, weight.Across i))

                if byColumns then
                    let sums = Array.zeroCreate<float> weight.Columns.Length

                    for i in 0 .. weight.Rows.Length - 1 do
                        let here = Span(sums, weight.First i, weight.Width)
                        TensorPrimitives.MultiplyAdd(weight.Row i, weight.RowFactors[i], Span.op_Implicit here, here)

                    for j in 0 .. weight.Columns.Length - 1 do
                        gather out weight.Columns[j] (weight.ColumnFactors[j] * sums[j])

            let change (channel: Channel) =
                if channel.Degree = 1 then
                    steps[channel.Class]
                else
                    Math.Pow(steps[channel.Class], float channel.Degree)

            let scale (struct (weight: Squares, byRows, byColumns)) =
                if byRows then
                    for i in 0 .. weight.Rows.Length - 1 do
                        weight.RowFactors[i] <- weight.RowFactors[i] * change weight.Rows[i]

                if byColumns then
                    for j in 0 .. weight.Columns.Length - 1 do
                        weight.ColumnFactors[j] <- weight.ColumnFactors[j] / change weight.Columns[j]

            /// Balances the classes of a block; how far they were from it.
            let settle (block: Block) =
                for c in block.Classes do
                    into[c] <- 0.0
                    out[c] <- 0.0

                List.iter add block.Weights
                let mutable furthest = 0.0

                for c in block.Classes do
                    if into[c] > 0.0 && out[c] > 0.0 then
                        let ratio = Math.Log(out[c] / into[c])
                        furthest <- max furthest (abs ratio / 2.0)
                        let step = ratio / float ((if block.IsCoupled then 8 else 4) * degrees[c])
                        logs[c] <- logs[c] + step
                        steps[c] <- Math.Exp(2.0 * step)

                List.iter scale block.Weights

                for c in block.Classes do
                    steps[c] <- 1.0

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
