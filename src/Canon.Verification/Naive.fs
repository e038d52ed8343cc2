namespace Canon.Verification

open System
open Canon.Algebra

/// The semantics once more, entry by entry and without any of the core's kernels: gains as base-2 logarithms, signals as
/// arrays, weights as nested loops.
[<RequireQualifiedAccess>]
module internal Naive =

    /// Columns that a row reads.
    let private read (p: Parameter) row =
        match p.Grouping with
        | Diagonal -> [ row ]
        | Groups count ->
            let rows, columns = p.Rows.Value / count, p.Columns.Value / count
            [ row / rows * columns .. row / rows * columns + columns - 1 ]

    /// Tap t of the entry (i, j) of a parameter, read byte by byte; j among all columns.
    let rec tap (p: Parameter) i j t =
        match p.Source with
        | Source.Symbol -> invalidArg p.Name "a symbol has no value"
        | Source.Ones -> 1.0
        | Source.NormFactor(gamma, variance, epsilon) -> at gamma i / sqrt (at variance i + epsilon)
        | Source.NormShift(gamma, beta, mean, variance, epsilon) ->
            at beta i - at gamma i / sqrt (at variance i + epsilon) * at mean i
        | Source.Times(factors, inner) -> at factors i * tap inner i j t
        | Source.Plus(first, second) -> at first i + at second i
        | Source.TimesColumns(inner, factors) -> tap inner i j t * at factors j
        | Source.Image(weight, v) ->
            [ for column in read weight i do
                  for t in 0 .. weight.Taps - 1 -> tap weight i column t * at v column ]
            |> List.sum
        | Source.Selected(inner, selection) ->
            let row = selection.Rows[i]
            let j = if p.Grouping = Diagonal then 0 else j

            tap inner row selection.Columns[j] t
            + List.sum
                [ for added in selection.Added do
                      if added.Into = j then
                          added.Factor * tap inner row added.Column t ]
        | Source.Stored(values, transposed, factor) ->
            let rows, columns = p.Rows.Value, p.Columns.Value

            let entry =
                match p.Grouping with
                | Diagonal -> i
                | Groups count when transposed -> j * (rows / count) + i % (rows / count)
                | Groups count -> i * (columns / count) + j % (columns / count)

            let bytes = Array.zeroCreate<byte> values.ElementType.Size
            values.Read(int64 (entry * p.Taps + t), Span bytes)

            let stored =
                match values.ElementType with
                | Float64 -> BitConverter.ToDouble bytes
                | Float32 -> float (BitConverter.ToSingle bytes)
                | Float16 -> float (BitConverter.ToHalf bytes)
                | BFloat16 -> float (BitConverter.Int32BitsToSingle(int (BitConverter.ToUInt16 bytes) <<< 16))

            factor * stored

    /// Entry i of a vector.
    and at p i = tap p i 0 0

    let private log2 x =
        if x = 0.0 then -infinity else Math.Log2(abs x)

    /// log₂ √(Σ 2^(2x)).
    let private logNorm (xs: float[]) =
        let peak = Array.max xs

        if Double.IsNegativeInfinity peak then
            peak
        else
            peak + 0.5 * Math.Log2(xs |> Array.sumBy (fun x -> 2.0 ** (2.0 * (x - peak))))

    /// log₂ of the entries of a gain on `width` channels; −∞ for zero. 0⁻¹ = 0.
    let rec logGain width (g: Gain) : float[] =
        let power (k: int) x =
            if Double.IsNegativeInfinity x then x else float k * x

        g.Factors
        |> List.fold
            (fun product (struct (atom, k)) -> Array.map2 (fun x y -> x + power k y) product (logAtom width atom))
            (Array.zeroCreate width)

    and private logAtom width (atom: GainAtom) : float[] =
        match atom.Expression with
        | Symbol(name, _) -> invalidArg name "a symbol has no value"
        | Constants values -> values |> Array.map Magnitude.log2
        | Norms(a, definition) ->
            let rows = a.Weight.Rows.Value
            let left = logGain rows a.Left
            let right = logGain a.Weight.Columns.Value a.Right

            Array.init rows (fun i ->
                let row =
                    [| for j in read a.Weight i do
                           for t in 0 .. a.Weight.Taps - 1 -> left[i] + log2 (tap a.Weight i j t) + right[j] |]

                let norm = logNorm row

                let bias (b: Bias) =
                    (logGain rows b.Gain).[i] + log2 (at b.Vector i)

                let rec gain definition =
                    match a.Bias, definition with
                    // A norm of √2 goes up, whichever way its last bits go.
                    | _, PowerOfTwo inner ->
                        let log = gain inner
                        if Double.IsNegativeInfinity log then 0.0 else floor (log + 0.5 + 7e-8)
                    | None, (RowNorm | Augmented) -> norm
                    | Some b, RowNorm -> if Double.IsNegativeInfinity norm then bias b else norm
                    | Some b, Augmented -> logNorm (Array.append row [| bias b |])

                gain definition)
        | Leader gains ->
            gains
            |> List.map (logGain width)
            |> List.reduceBack (Array.map2 (fun first rest -> if Double.IsNegativeInfinity first then rest else first))
        | Joined parts ->
            parts
            |> List.map (fun (g, n) -> logGain (Option.orElse n (Gain.length g)).Value g)
            |> Array.concat
        | RootMeanSquare g ->
            let mean = logNorm (logGain width g) - log2 (float width) / 2.0
            Array.replicate width mean
        | Viewed(g, Each times) -> logGain (width / times) g |> Array.collect (Array.replicate times)
        | Viewed(g, Strided(offset, axes)) ->
            let entries = logGain (Gain.length g).Value g

            NaiveSpace.indices (List.map fst axes)
            |> List.map (fun index ->
                entries[offset + List.sum (List.map2 (fun i (_, stride) -> i * stride) index axes)])
            |> List.toArray

    let norm (xs: float[]) = 2.0 ** logNorm (Array.map log2 xs)

    let gain width g =
        logGain width g |> Array.map (fun x -> 2.0 ** x)

    /// Row by row the weight diag(left)·P·diag(right), as (column, tap, entry), and the bias.
    let coefficients (a: Affine) =
        let rows, columns = a.Weight.Rows.Value, a.Weight.Columns.Value
        let left = logGain rows a.Left
        let right = logGain columns a.Right

        let times power x =
            if Double.IsNegativeInfinity power then 0.0 else x * 2.0 ** power

        Array.init rows (fun i ->
            [| for j in read a.Weight i do
                   for t in 0 .. a.Weight.Taps - 1 -> struct (j, t, times (left[i] + right[j]) (tap a.Weight i j t)) |]),
        Array.init rows (fun i ->
            match a.Bias with
            | None -> 0.0
            | Some b -> times ((logGain rows b.Gain).[i]) (at b.Vector i))

    /// A number and what it would be if nothing had cancelled on the way to it: the yardstick for rounding errors.
    /// Law: evaluations in another order differ by at most Yard times a few roundings for every term on the way.
    [<Struct>]
    type Measured = { Value: float; Yard: float }

    /// Below this much underflow loses digits; a yard is never less.
    let private least = 1e-290

    let private measured value yard =
        { Value = value; Yard = max yard least }

    /// Channels at every position of a space.
    type Signal = { Space: int list; At: Measured[][] }

    let private zero = { Value = 0.0; Yard = 0.0 }

    let private plus a b =
        { Value = a.Value + b.Value
          Yard = a.Yard + b.Yard }

    let private sum (terms: Measured seq) =
        let total = Seq.fold plus zero terms
        measured total.Value total.Yard

    let private weighted w m =
        { Value = w * m.Value
          Yard = abs w * m.Yard }

    /// `taps`: for every output position, the input positions of the taps.
    let private convolved
        (weight: (struct (int * int * float))[][])
        (bias: float[])
        (taps: int option list list)
        (x: Signal)
        =
        taps
        |> List.map (fun places ->
            let places = List.toArray places

            Array.map2
                (fun row b ->
                    sum
                        [ { Value = b; Yard = abs b }
                          for struct (column, tap, w) in row do
                              match places[tap] with
                              | Some place -> weighted w x.At[place].[column]
                              | None -> () ])
                weight
                bias)
        |> List.toArray

    let private linear (a: Affine) kernel (x: Signal) =
        let weight, bias = coefficients a

        match kernel with
        | Direct window when window.Axes = 0 ->
            let alone = List.init x.At.Length (fun place -> [ Some place ])

            { x with
                At = convolved weight bias alone x }
        | Direct window ->
            let space, taps = NaiveSpace.seen false window x.Space

            { Space = space
              At = convolved weight bias taps x }
        | Transposed(window, outputPadding) ->
            let space, targets = NaiveSpace.spread window outputPadding x.Space
            let count = List.fold (*) 1 space

            let added =
                Array.init count (fun _ -> Array.map (fun b -> { Value = b; Yard = abs b }) bias)

            targets
            |> List.iteri (fun place targets ->
                let targets = List.toArray targets

                weight
                |> Array.iteri (fun row entries ->
                    for struct (column, tap, w) in entries do
                        match targets[tap] with
                        | Some target ->
                            added[target].[row] <- plus added[target].[row] (weighted w x.At[place].[column])
                        | None -> ()))

            { Space = space
              At = added |> Array.map (Array.map (fun m -> measured m.Value m.Yard)) }

    let private reduced pooling counted (seen: Measured list) =
        let largest = seen |> List.map _.Yard |> List.max

        match pooling with
        | Pooling.Maximum -> measured (seen |> List.map _.Value |> List.max) largest
        | Pooling.Minimum -> measured (seen |> List.map _.Value |> List.min) largest
        | Pooling.Mean padded ->
            let n = if padded then counted else seen.Length
            sum (seen |> List.map (weighted (1.0 / float n)))
        | Pooling.Total -> sum seen
        | Pooling.Norm p ->
            let norm = (seen |> List.sumBy (fun m -> abs m.Value ** float p)) ** (1.0 / float p)
            measured norm (seen |> List.sumBy _.Yard)
        | Pooling.SumOfSquares ->
            measured
                (seen |> List.sumBy (fun m -> m.Value * m.Value))
                (seen |> List.sumBy (fun m -> 2.0 * m.Yard * m.Yard))

    let private spatial operation (x: Signal) =
        let channels = x.At[0].Length

        let pooled pooling space (regions: (int * int list) list) =
            { Space = space
              At =
                regions
                |> List.map (fun (counted, places) ->
                    Array.init channels (fun c ->
                        reduced pooling counted (places |> List.map (fun place -> x.At[place].[c]))))
                |> List.toArray }

        match operation with
        | Spatial.Pool(pooling, PoolRegion.Sliding(window, ceiled)) ->
            let space, seen = NaiveSpace.seen ceiled window x.Space

            List.zip (NaiveSpace.counted ceiled window x.Space) (seen |> List.map (List.choose id))
            |> pooled pooling space
        | Spatial.Pool(pooling, PoolRegion.Whole(axes, keep)) ->
            let space, regions = NaiveSpace.whole x.Space axes keep

            regions
            |> List.map (fun places -> places.Length, places)
            |> pooled pooling space
        | Spatial.Pad _
        | Spatial.Crop _
        | Spatial.Resize _ ->
            let space, weights = (NaiveSpace.linear x.Space operation).Value

            { Space = space
              At =
                weights
                |> List.map (fun places ->
                    Array.init channels (fun c ->
                        sum (places |> List.map (fun (place, w) -> weighted w x.At[place].[c]))))
                |> List.toArray }

    let private rearrange rearrangement (x: Signal) =
        let channels = x.At[0].Length

        match rearrangement with
        | Rearrangement.Flatten _ ->
            { Space = []
              At = [| Array.init (channels * x.At.Length) (fun k -> x.At[k % x.At.Length].[k / x.At.Length]) |] }
        | Rearrangement.Take run ->
            { x with
                At =
                    x.At
                    |> Array.map (fun at -> Array.init run.Count (fun k -> at[run.First + k * run.Step])) }
        | Rearrangement.Regroup(sizes, source, target) ->
            let size (axis: (int list * int) list) atom =
                match sizes[atom] with
                | Some n -> n
                | None -> axis |> List.find (fun (atoms, _) -> atoms = [ atom ]) |> snd

            let known =
                size ((source.ChannelAxis, channels) :: List.zip source.SpaceAxes x.Space)

            let length atoms =
                atoms |> List.map known |> List.fold (*) 1

            // Each number is asked for by the values of its atoms.
            let place (values: Map<int, int>) atoms =
                NaiveSpace.place (List.map known atoms) (atoms |> List.map (fun atom -> values[atom]))

            let number values =
                let position =
                    NaiveSpace.place (List.map length source.SpaceAxes) (source.SpaceAxes |> List.map (place values))

                x.At[position].[place values source.ChannelAxis]

            let valuesOf atoms =
                NaiveSpace.indices (List.map known atoms) |> List.map (List.zip atoms)

            { Space = List.map length target.SpaceAxes
              At =
                valuesOf (List.concat target.SpaceAxes)
                |> List.map (fun position ->
                    valuesOf target.ChannelAxis
                    |> List.map (fun channel -> number (Map.ofList (position @ channel)))
                    |> List.toArray)
                |> List.toArray }

    let private normalize normalization epsilon (x: Signal) =
        let channels = x.At[0].Length

        let group position channel =
            match normalization with
            | LayerNorm
            | RmsNorm -> position
            | InstanceNorm -> channel
            | GroupNorm groups -> channel * groups / channels

        let members =
            List.allPairs [ 0 .. x.At.Length - 1 ] [ 0 .. channels - 1 ]
            |> List.groupBy (fun (p, c) -> group p c)
            |> Map.ofList

        { x with
            At =
                x.At
                |> Array.mapi (fun p at ->
                    at
                    |> Array.mapi (fun c m ->
                        let all = members[group p c] |> List.map (fun (p, c) -> x.At[p].[c])

                        let mean = if normalization = RmsNorm then 0.0 else List.averageBy _.Value all

                        let deviation =
                            sqrt (epsilon + List.averageBy (fun m -> (m.Value - mean) ** 2.0) all)

                        // An error of any member shows in the mean and in the deviation.
                        let yard = all |> List.map _.Yard |> List.max
                        let value = (m.Value - mean) / deviation
                        measured value ((1.0 + abs value) * 2.0 * yard / deviation))) }

    let private activate activation (x: Measured[]) =
        let each f slope =
            x
            |> Array.map (fun m -> measured (f m.Value) (max (abs (f m.Value)) (slope * m.Yard)))

        let leaky slope z = if z < 0.0 then slope * z else z

        match activation with
        | Relu -> each (max 0.0) 1.0
        | LeakyRelu slope -> each (leaky slope) (max 1.0 (abs slope))
        | PRelu p ->
            x
            |> Array.mapi (fun i m ->
                let slope = at p (if p.Rows.Value = 1 then 0 else i)
                measured (leaky slope m.Value) (max 1.0 (abs slope) * m.Yard))
        | Abs -> each abs 1.0
        | Negate -> each (~-) 1.0
        | Square -> x |> Array.map (fun m -> measured (m.Value * m.Value) (2.0 * m.Yard * m.Yard))
        | ReluSquared ->
            x
            |> Array.map (fun m -> let z = max m.Value 0.0 in measured (z * z) (2.0 * m.Yard * m.Yard))
        | Sigmoid -> each (fun z -> 1.0 / (1.0 + exp -z)) 1.0
        | Tanh -> each tanh 1.0
        | Softmax ->
            let peak = x |> Array.map _.Value |> Array.max
            let weights = x |> Array.map (fun m -> exp (m.Value - peak))
            let yard = x |> Array.map _.Yard |> Array.max

            weights
            |> Array.map (fun w -> let p = w / Array.sum weights in measured p (p + yard))

    /// What an opaque term is taken to compute: each channel the sine of all that comes in, with other weights. As many channels
    /// as come in first, where it does not tell.
    let mystery (node: OpaqueNode) (inputs: float[] list) =
        let all = Array.concat inputs
        let like = inputs |> List.tryHead |> Option.map _.Length |> Option.defaultValue 1

        Array.init (defaultArg node.Channels like) (fun c ->
            all |> Array.mapi (fun i x -> sin (x + float (c + i))) |> Array.sum)

    let rec private many (wires: Map<string, Signal>) network (input: Signal) : Signal list =
        let one network =
            many wires network input |> List.exactlyOne

        let channels = input.At[0].Length

        let entrywise f =
            [ { input with
                  At = input.At |> Array.map (Array.mapi f) } ]

        /// The position of a space of which this one stands for, where axes of one position stand for any number.
        let stand (space: int list) (s: Signal) index =
            s.At[NaiveSpace.place s.Space (List.map2 (fun size i -> if size = 1 then 0 else i) s.Space index)]

        let junction f branches =
            let signals = List.map one branches

            let space =
                signals
                |> List.map _.Space
                |> List.reduce (List.map2 (fun a b -> if a = 1 then b else a))

            [ { Space = space
                At =
                  NaiveSpace.indices space
                  |> List.map (fun index ->
                      signals |> List.map (fun s -> stand space s index) |> List.reduce (Array.map2 f))
                  |> List.toArray } ]

        match network with
        | Linear(a, kernel, _) -> [ linear a kernel input ]
        | UnitRowLinear(rows, kernel, _) -> [ linear rows.Coefficients kernel input ]
        | Scale g ->
            let factors = gain channels g
            entrywise (fun c m -> measured (factors[c] * m.Value) (factors[c] * m.Yard))
        | Activation(activation, _) ->
            [ { input with
                  At = Array.map (activate activation) input.At } ]
        | Clip(lower, upper, thresholds, _) ->
            let factors = gain channels thresholds

            let bound limit c =
                if limit = 0.0 || Double.IsInfinity limit then limit else limit * factors[c]

            let finite x =
                if Double.IsFinite x then abs x else 0.0

            entrywise (fun c m ->
                let value = min (max m.Value (bound lower c)) (bound upper c)
                measured value (max m.Yard (max (finite (bound lower c)) (finite (bound upper c)))))
        | Spatial(operation, _) -> [ spatial operation input ]
        | Rearrange(rearrangement, _) -> [ rearrange rearrangement input ]
        | Normalize(normalization, epsilon, tolerance, _) ->
            let t = (gain channels tolerance)[0]
            [ normalize normalization (epsilon * t * t) input ]
        | Compose parts ->
            let rec flow wires parts input =
                match parts with
                | [] -> [ input ]
                | [ last ] -> many wires last input
                | As wire :: rest -> flow (Map.add wire input wires) rest input
                | part :: rest -> flow wires rest (many wires part input |> List.exactlyOne)

            flow wires parts input
        | Sum(branches, _) -> junction (fun a b -> measured (a.Value + b.Value) (a.Yard + b.Yard)) branches
        | Product(branches, _) -> junction (fun a b -> measured (a.Value * b.Value) (2.0 * a.Yard * b.Yard)) branches
        | Concat(branches, _, _) ->
            let signals = branches |> List.map one

            [ { signals.Head with
                  At = signals |> List.map _.At |> List.reduce (Array.map2 Array.append) } ]
        | As _ -> [ input ]
        | Wire wire -> [ wires[wire] ]
        | Tuple outputs -> outputs |> List.collect (fun output -> many wires output input)
        | Opaque(node, inputs) ->
            let inputs = inputs |> List.map one

            [ { inputs.Head with
                  At =
                      Array.init inputs.Head.At.Length (fun p ->
                          let here = inputs |> List.map (fun s -> s.At[p])
                          let yard = here |> Seq.concat |> Seq.sumBy _.Yard

                          mystery node (here |> List.map (Array.map _.Value))
                          |> Array.map (fun x -> measured x (1.0 + yard))) } ]

    let run wires network input = many wires network input

    let exactly (x: float[]) =
        x |> Array.map (fun x -> measured x (abs x))
