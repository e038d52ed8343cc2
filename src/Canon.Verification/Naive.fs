namespace Canon.Verification

open System
open Canon.Algebra

/// The semantics once more, entry by entry and without any of the core's kernels: gains as base-2 logarithms, signals as
/// arrays, weights as nested loops.
[<RequireQualifiedAccess>]
module internal Naive =

    /// Entry (i, j) of a parameter, read byte by byte.
    let entry (p: Parameter) i j =
        let values = p.Values.Value
        let index = if p.Transposed then j * p.Rows.Value + i else i * p.Columns.Value + j
        let bytes = values.Read(int64 index, 1)

        let stored =
            match values.ElementType with
            | Float64 -> BitConverter.ToDouble bytes
            | Float32 -> float (BitConverter.ToSingle bytes)
            | Float16 -> float (BitConverter.ToHalf bytes)
            | BFloat16 -> float (BitConverter.Int32BitsToSingle(int (BitConverter.ToUInt16 bytes) <<< 16))

        p.Factor * stored

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
                    Array.init right.Length (fun j -> left[i] + log2 (entry a.Weight i j) + right[j])

                let norm = logNorm row

                match a.Bias, definition with
                | None, _ -> norm
                | Some b, definition ->
                    let bias = (logGain rows b.Gain).[i] + log2 (entry b.Vector i 0)

                    match definition with
                    | RowNorm -> if Double.IsNegativeInfinity norm then bias else norm
                    | Augmented -> logNorm (Array.append row [| bias |]))
        | Leader gains ->
            gains
            |> List.map (logGain width)
            |> List.reduceBack (Array.map2 (fun first rest -> if Double.IsNegativeInfinity first then rest else first))
        | Joined parts ->
            parts
            |> List.map (fun (g, n) -> logGain (Option.orElse n (Gain.length g)).Value g)
            |> Array.concat
        | Repeated(g, times) -> logGain (width / times) g |> Array.collect (Array.replicate times)

    let norm (xs: float[]) = 2.0 ** logNorm (Array.map log2 xs)

    let gain width g =
        logGain width g |> Array.map (fun x -> 2.0 ** x)

    /// Row by row the weight diag(left)·P·diag(right), and the bias.
    let coefficients (a: Affine) =
        let rows, columns = a.Weight.Rows.Value, a.Weight.Columns.Value
        let left = logGain rows a.Left
        let right = logGain columns a.Right

        let times power x =
            if Double.IsNegativeInfinity power then 0.0 else x * 2.0 ** power

        Array.init rows (fun i -> Array.init columns (fun j -> times (left[i] + right[j]) (entry a.Weight i j))),
        Array.init rows (fun i ->
            match a.Bias with
            | None -> 0.0
            | Some b -> times ((logGain rows b.Gain).[i]) (entry b.Vector i 0))

    /// A number and what it would be if nothing had cancelled on the way to it: the yardstick for rounding errors.
    /// Law: evaluations in another order differ by at most Yard times a few roundings for every term on the way.
    [<Struct>]
    type Measured = { Value: float; Yard: float }

    /// Below this much underflow loses digits; a yard is never less.
    let private least = 1e-290

    let private measured value yard =
        { Value = value; Yard = max yard least }

    /// Positions of channels.
    type Signal = Measured[][]

    let private affine (a: Affine) (x: Measured[]) =
        let weight, bias = coefficients a

        Array.map2
            (fun (row: float[]) b ->
                let mutable value, yard = b, abs b

                for j in 0 .. row.Length - 1 do
                    value <- value + row[j] * x[j].Value
                    yard <- yard + abs row[j] * x[j].Yard

                measured value yard)
            weight
            bias

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
                let slope = entry p (if p.Rows.Value = 1 then 0 else i) 0
                measured (leaky slope m.Value) (max 1.0 (abs slope) * m.Yard))
        | Abs -> each abs 1.0
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

    /// What an opaque term is taken to compute: each channel the sine of all that comes in, with other weights.
    let mystery (node: OpaqueNode) (inputs: float[] list) =
        let all = Array.concat inputs
        Array.init node.Channels.Value (fun c -> all |> Array.mapi (fun i x -> sin (x + float (c + i))) |> Array.sum)

    let rec private many (wires: Map<string, Signal>) network (input: Signal) : Signal list =
        let one network =
            many wires network input |> List.exactlyOne

        let entrywise f = [ input |> Array.map (Array.mapi f) ]

        let junction f branches =
            [ branches |> List.map one |> List.reduce (Array.map2 (Array.map2 f)) ]

        match network with
        | Linear(a, _) -> [ Array.map (affine a) input ]
        | UnitRowLinear(rows, _) -> [ Array.map (affine rows.Coefficients) input ]
        | Scale g ->
            let factors = gain input[0].Length g
            entrywise (fun c m -> measured (factors[c] * m.Value) (factors[c] * m.Yard))
        | Activation(activation, _) -> [ Array.map (activate activation) input ]
        | Clip(lower, upper, thresholds, _) ->
            let factors = gain input[0].Length thresholds

            let bound limit c =
                if limit = 0.0 || Double.IsInfinity limit then limit else limit * factors[c]

            let finite x =
                if Double.IsFinite x then abs x else 0.0

            entrywise (fun c m ->
                let value = min (max m.Value (bound lower c)) (bound upper c)
                measured value (max m.Yard (max (finite (bound lower c)) (finite (bound upper c)))))
        | Flatten _ ->
            let channels = input[0].Length
            [ [| Array.init (channels * input.Length) (fun k -> input[k % input.Length][k / input.Length]) |] ]
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
        | Concat(branches, _, _) -> [ branches |> List.map one |> List.reduce (Array.map2 Array.append) ]
        | As _ -> [ input ]
        | Wire wire -> [ wires[wire] ]
        | Tuple outputs -> outputs |> List.collect (fun output -> many wires output input)
        | Opaque(node, inputs) ->
            let inputs = inputs |> List.map one

            [ Array.init input.Length (fun p ->
                  let here = inputs |> List.map (fun s -> s[p])
                  let yard = here |> Seq.concat |> Seq.sumBy _.Yard

                  mystery node (here |> List.map (Array.map _.Value))
                  |> Array.map (fun x -> measured x (1.0 + yard))) ]

    let run wires network input = many wires network input

    let exactly (x: float[]) =
        x |> Array.map (fun x -> measured x (abs x))
