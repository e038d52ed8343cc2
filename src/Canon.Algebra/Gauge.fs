namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors

[<NoEquality; NoComparison>]
type Gauge =
    { Rescaling: Rescaling
      Factors: Magnitude[]
      Order: int[] }

[<Struct; NoEquality; NoComparison>]
type Balance = { Sweeps: int; Imbalance: float }

[<RequireQualifiedAccess>]
module Gauge =

    let identity (rescaling: Rescaling) =
        { Rescaling = rescaling
          Factors = Array.create rescaling.Held.Length Magnitude.One
          Order = Array.init rescaling.Pinned.Length id }

    let isOrdered gauge =
        Array.forall2 (=) gauge.Order [| 0 .. gauge.Order.Length - 1 |]

    let private inverse (order: int[]) =
        let inverse = Array.zeroCreate<int> order.Length
        order |> Array.iteri (fun unit place -> inverse[place] <- unit)
        inverse

    /// Whether these channels stay where they are. It asks them alone: a gauge is applied a share at a time.
    let private stays gauge (channels: Channel[]) =
        channels
        |> Array.forall (fun channel -> gauge.Order[channel.Unit] = channel.Unit)

    /// Of each place the place that its channel comes from; None where the units of the places are not those of the channels.
    let private trySources order channels =
        let destinations = ChannelFlow.destinations order (ChannelFlow.counted channels)
        if Array.contains -1 destinations then None else Some(inverse destinations)

    /// Of each place the place that its channel comes from.
    let private sourcesOf gauge channels =
        match trySources gauge.Order channels with
        | Some sources -> sources
        | None -> invalidArg (nameof gauge) "its order tears apart units that stand side by side"

    /// All lists of channels that stand somewhere in the network.
    let private rows (rescaling: Rescaling) =
        [ for share in rescaling.Shares @ rescaling.Carried do
              share.Rows
              yield! Option.toList share.Columns
          for struct (_, channels) in rescaling.Gains do
              channels
          yield! rescaling.Outputs ]

    /// For each class the one at the place that its channels go to.
    let private classes gauge =
        let classes = Array.init gauge.Factors.Length id

        if not (isOrdered gauge) then
            for channels in rows gauge.Rescaling do
                sourcesOf gauge channels
                |> Array.iteri (fun place source -> classes[channels[source].Class] <- channels[place].Class)

        classes

    let create factors order (rescaling: Rescaling) =
        let isFree = Rescaling.isFree rescaling
        let identity = identity rescaling

        let fault =
            if
                Array.length factors <> isFree.Length
                || Array.length order <> identity.Order.Length
            then
                Some
                    $"it has {factors.Length} factors and {order.Length} units for {isFree.Length} classes and {identity.Order.Length} units"
            elif
                Array.exists2
                    (fun isFree (factor: Magnitude) -> factor.IsZero || not isFree && factor <> Magnitude.One)
                    isFree
                    factors
            then
                Some "a factor is 0, or is not 1 where the class is held"
            elif Array.sort order <> identity.Order then
                Some "its order is no permutation"
            else
                let moved =
                    identity.Order
                    |> Array.tryFind (fun unit -> rescaling.Pinned[unit].IsSome && order[unit] <> unit)

                match moved with
                | Some unit -> Some $"unit {unit} keeps its place: {rescaling.Pinned[unit].Value}"
                | None ->
                    let fits channels =
                        match trySources order channels with
                        | None -> false
                        | Some sources ->
                            (channels, sources)
                            ||> Array.forall2 (fun channel source ->
                                channel.Degree = channels[source].Degree
                                && isFree[channel.Class] = isFree[channels[source].Class])

                    if rows rescaling |> List.forall fits then
                        None
                    else
                        Some "its order tears apart units that stand side by side"

        match fault with
        | None ->
            Ok
                { Rescaling = rescaling
                  Factors = factors
                  Order = order }
        | Some fault -> Error fault

    let compose first second =
        if not (obj.ReferenceEquals(first.Rescaling, second.Rescaling)) then
            invalidArg (nameof second) "it is a gauge of another network"

        { first with
            Factors = Array.map2 (fun factor place -> factor * second.Factors[place]) first.Factors (classes first)
            Order = first.Order |> Array.map (fun place -> second.Order[place]) }

    let invert gauge =
        let factors = Array.copy gauge.Factors

        classes gauge
        |> Array.iteri (fun k place -> factors[place] <- Magnitude.reciprocal gauge.Factors[k])

        { gauge with
            Factors = factors
            Order = inverse gauge.Order }

    let lossless gauge =
        { gauge with
            Factors = Array.map Magnitude.nearestPowerOfTwo gauge.Factors }

    /// The factors of channels at the places that they go to.
    let private raised sign gauge (channels: Channel[]) =
        let factors =
            channels
            |> Array.map (fun channel -> Magnitude.power (sign * channel.Degree) gauge.Factors[channel.Class])

        if stays gauge channels then
            factors
        else
            sourcesOf gauge channels |> Array.map (fun source -> factors[source])

    let factors power gauge (share: Share) =
        struct (raised power gauge share.Rows, share.Columns |> Option.map (raised -power gauge))

    let sources gauge (share: Share) =
        struct (sourcesOf gauge share.Rows, share.Columns |> Option.map (sourcesOf gauge))

    /// A tensor of the size of a share's parameter, its rows and columns at the places that they go to.
    let private placed gauge (share: Share) (tensor: Parameter) =
        if stays gauge share.Rows && Option.forall (stays gauge) share.Columns then
            tensor
        else
            let order channels = List.ofArray (sourcesOf gauge channels)
            let rows = order share.Rows

            let columns =
                match share.Columns with
                | Some columns -> order columns
                | None -> [ 0 ]

            Parameter.select
                { Rows = rows
                  Columns = columns
                  Added = [] }
                tensor

    let private matrix power gauge (share: Share) (tensor: Parameter) =
        let struct (rows, columns) = factors power gauge share
        StoredMatrix(ParameterNumbers().Entries(placed gauge share tensor), Some rows, columns)

    let scaled power gauge share tensor =
        Fail.guard (fun () -> (matrix power gauge share tensor).ReadRows None)

    // Within these limits products of three floats lose nothing to the ends of their range.
    let private safeExponent = 300

    let private isSafe (factors: Magnitude[]) =
        factors
        |> Array.forall (fun x -> not x.IsZero && abs x.Exponent <= safeExponent)

    let scaledNumbers power gauge (share: Share) (numbers: float[]) =
        let struct (rows, columns) = factors power gauge share

        let isInPlace = stays gauge share.Rows && Option.forall (stays gauge) share.Columns

        if not (isInPlace && isSafe rows && Option.forall isSafe columns) then
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

    let scaledTensor power gauge (share: Share) numbers =
        Fail.guard (fun () ->
            Parameter.withNumbers numbers share.Parameter |> ignore
            scaledNumbers power gauge share numbers)

    let stored power gauge share tensor =
        Fail.guard (fun () -> StoredWeight(matrix power gauge share tensor))

    let canonical definition (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()
            let gauge = identity rescaling
            let factors = gauge.Factors
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

                        StoredMatrix(numbers.Entries share.Parameter, None, Some(raised -1 gauge columns))
                        |> RowNorms.through
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

            gauge)

    let network (gauge: Gauge) network =
        let shares = Dictionary<string, Share>()

        for share in gauge.Rescaling.Shares @ gauge.Rescaling.Carried do
            shares[share.Parameter.Name] <- share

        let gains = Dictionary<int, Channel[]>()

        for struct (index, channels) in gauge.Rescaling.Gains do
            gains[index] <- channels

        let isOne (factors: Magnitude[]) =
            factors |> Array.forall ((=) Magnitude.One)

        let gain factors =
            if isOne factors then Gain.one else Gain.ofMagnitudes factors

        let given p =
            match shares.TryGetValue((p: Parameter).Name) with
            | true, share -> placed gauge share p
            | false, _ -> p

        let placed (p: Parameter) =
            match p.Source with
            | Source.NormFactor _
            | Source.NormShift _ -> Parameter.mapLeaves (fun _ -> given) p
            | _ -> given p

        /// A batch norm and a shift have the share of their own vectors.
        let named (a: Affine) =
            match a.Weight.Source, a.Bias with
            | Source.NormFactor(gamma, _, _), _ -> gamma.Name
            | Source.Ones, Some bias -> bias.Vector.Name
            | _ -> a.Weight.Name

        let layer (a: Affine) (share: Share) =
            let struct (rows, columns) = factors 1 gauge share

            match a.Weight.Source, a.Bias with
            | Source.Ones, Some bias ->
                { a with
                    Bias =
                        Some
                            { Gain = gain rows
                              Vector = placed bias.Vector } }
            | _ ->
                { a with
                    Weight = placed a.Weight
                    Bias =
                        a.Bias
                        |> Option.map (fun bias ->
                            { bias with
                                Vector = placed bias.Vector }) }
                |> Affine.scaleOutput (gain rows)
                |> fun a -> columns |> Option.fold (fun a columns -> Affine.scaleInput (gain columns) a) a

        /// A gain of these channels at the places that they go to.
        let ordered channels (g: Gain) =
            if g.IsOne || stays gauge channels then
                g
            else
                sourcesOf gauge channels
                |> Array.map (fun source -> Gain.view (Strided(source, [ 1, 1 ])) g, Some 1)
                |> List.ofArray
                |> Gain.concat

        let mutable index = -1

        let changed term =
            if ChannelFlow.isNumbered term then
                index <- index + 1

            match term with
            | Linear(a, kernel, label) ->
                match shares.TryGetValue(named a) with
                | true, share -> Linear(layer a share, kernel, label)
                | false, _ -> term
            | Activation(PRelu slope, label) -> Activation(PRelu(placed slope), label)
            | Scale g when gains.ContainsKey index -> Scale(ordered gains[index] g)
            | Clip(lower, upper, thresholds, label) when gains.ContainsKey index ->
                let channels = gains[index]
                Clip(lower, upper, Gain.multiply (gain (raised 1 gauge channels)) (ordered channels thresholds), label)
            | _ -> term

        Traversal.map changed network

    /// Whether diagonals are what a gauge puts around a parameter; dead rows and what reads them may be anything.
    let private agrees (numbers: Numbers) gauge (share: Share) (a: Affine) =
        let struct (rows, columns) = factors 1 gauge share

        let isNear (x: Magnitude) (y: Magnitude) =
            x.IsZero || y.IsZero || abs (Magnitude.log2 x - Magnitude.log2 y) <= 1e-9

        Array.forall2 isNear rows (numbers.Entries(a.Weight.Name, Some rows.Length, a.Left))
        && (columns.IsNone
            || Array.forall2 isNear columns.Value (numbers.Entries(a.Weight.Name, Some columns.Value.Length, a.Right)))

    let tryBetween (numbers: Numbers) original rewritten =
        Rescaling.ofOptions { Lossless = false; Thresholds = true } original
        |> Result.bind (fun rescaling ->
            Fail.guard (fun () ->
                let isFree = Rescaling.isFree rescaling
                let gauge = identity rescaling

                let shares =
                    rescaling.Shares |> List.map (fun share -> share.Parameter, share) |> dict

                let met =
                    rewritten
                    |> Traversal.collect (fun term ->
                        match term with
                        | Linear(a, _, _) when shares.ContainsKey a.Weight -> [ struct (a, shares[a.Weight]) ]
                        | UnitRowLinear(rows, _, _) when shares.ContainsKey rows.Coefficients.Weight ->
                            [ struct (rows.Coefficients, shares[rows.Coefficients.Weight]) ]
                        | _ -> [])

                for struct (a, share) in met do
                    let rows = numbers.Entries(a.Weight.Name, Some share.Rows.Length, a.Left)

                    share.Rows
                    |> Array.iteri (fun i channel ->
                        if isFree[channel.Class] && not rows[i].IsZero then
                            gauge.Factors[channel.Class] <- rows[i])

                let scales network =
                    Traversal.fold (fun count (term: Network) -> if term.IsScale then count + 1 else count) 0 network

                let weights =
                    rescaling.Shares
                    |> List.filter (fun share -> not share.IsBias && share.Columns.IsSome)

                if
                    scales original = scales rewritten
                    && met.Length = weights.Length
                    && met |> List.forall (fun (struct (a, share)) -> agrees numbers gauge share a)
                then
                    Some gauge
                else
                    None))
