namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Algebra

/// The derivatives of a loss by parameters and gains, while they are added up: gains are expressions over parameters, and hand on what
/// they are given when all that refers to them has.
[<Sealed>]
type internal Adjoints(numbers: Numbers) =
    let parameters = Dictionary<string, float[]>()
    let atoms = Dictionary<GainAtom, float[]>()
    let pending = PriorityQueue<GainAtom, int>()
    let reader = ParameterNumbers()

    let add (target: float[]) (increment: float[]) =
        TensorPrimitives.Add(ReadOnlySpan target, ReadOnlySpan increment, Span target)

    let leaf (p: Parameter) (adjoint: float[]) =
        match parameters.TryGetValue p.Name with
        | true, known -> add known adjoint
        | false, _ -> parameters[p.Name] <- adjoint

    /// Σ over each row, or over each column, of the products of two weights by rows.
    let perRow (shape: StoredEntries) (a: float[]) (b: float[]) =
        let length = a.Length / shape.Rows

        Array.init shape.Rows (fun i ->
            TensorPrimitives.Dot(ReadOnlySpan(a, i * length, length), ReadOnlySpan(b, i * length, length)))

    let column (shape: StoredEntries) k =
        let length = shape.BlockColumns * shape.Taps
        k / length / shape.BlockRows * shape.BlockColumns + k % length / shape.Taps

    let perColumn (shape: StoredEntries) (a: float[]) (b: float[]) =
        let sums = Array.zeroCreate<float> shape.Columns

        for k in 0 .. a.Length - 1 do
            let j = column shape k
            sums[j] <- sums[j] + a[k] * b[k]

        sums

    let rows (shape: StoredEntries) (factors: float[]) (a: float[]) =
        let length = a.Length / shape.Rows
        Array.mapi (fun k x -> factors[k / length] * x) a

    let columns (shape: StoredEntries) (factors: float[]) (a: float[]) =
        Array.mapi (fun k x -> factors[column shape k] * x) a

    let floats (gain: Magnitude[]) = Array.map Magnitude.toFloat gain

    let over x (y: float) = if y = 0.0 then 0.0 else x / y

    /// What a parameter that is made of others hands on to them; the array is taken over.
    let rec parameter (p: Parameter) (adjoint: float[]) : unit =
        let vector = numbers.Vector

        match p.Source with
        | Source.Symbol -> Fail.because (NoValues p.Name)
        | Source.Ones -> ()
        | Source.Stored _ -> leaf p adjoint
        | Source.NormFactor(gamma, variance, epsilon) ->
            let deviations = vector variance |> Array.map (fun v -> sqrt (v + epsilon))
            parameter gamma (Array.map2 (/) adjoint deviations)

            Array.map3 (fun d g s -> -0.5 * d * g / (s * s * s)) adjoint (vector gamma) deviations
            |> parameter variance
        | Source.NormShift(gamma, beta, mean, variance, epsilon) ->
            let deviations = vector variance |> Array.map (fun v -> sqrt (v + epsilon))
            let means, gammas = vector mean, vector gamma
            parameter beta (Array.copy adjoint)
            parameter gamma (Array.map3 (fun d m s -> -d * m / s) adjoint means deviations)
            parameter mean (Array.map3 (fun d g s -> -d * g / s) adjoint gammas deviations)

            adjoint
            |> Array.mapi (fun k d -> 0.5 * d * gammas[k] * means[k] / (deviations[k] ** 3.0))
            |> parameter variance
        | Source.Times(factors, inner) ->
            let shape = reader.Entries inner
            parameter inner (rows shape (vector factors) adjoint)
            parameter factors (perRow shape adjoint (reader.ByRows inner))
        | Source.TimesColumns(inner, factors) ->
            let shape = reader.Entries inner
            parameter inner (columns shape (vector factors) adjoint)
            parameter factors (perColumn shape adjoint (reader.ByRows inner))
        | Source.Plus(first, second) ->
            parameter first adjoint
            parameter second (Array.copy adjoint)
        | Source.Image(weight, v) ->
            let shape = reader.Entries weight
            let weights = reader.ByRows weight
            let ones = Array.create weights.Length 1.0
            parameter weight (ones |> rows shape adjoint |> columns shape (vector v))
            parameter v (perColumn shape (rows shape adjoint ones) weights)
        | Source.Selected(inner, selection) -> parameter inner (selected inner selection adjoint)

    and selected (inner: Parameter) (selection: Selection) (adjoint: float[]) =
        let shape = reader.Entries inner
        let length = shape.BlockColumns * shape.Taps
        let all = Array.zeroCreate<float> (shape.Rows * length)
        let isVector = shape.Columns = 1 || shape.BlockColumns = 1
        let chosen = Array.ofList selection.Columns
        let width = if isVector then 1 else chosen.Length

        selection.Rows
        |> List.iteri (fun i row ->
            let put factor from into =
                for t in 0 .. shape.Taps - 1 do
                    let target = row * length + into * shape.Taps + t
                    all[target] <- all[target] + factor * adjoint[(i * width + from) * shape.Taps + t]

            if isVector then
                put 1.0 0 0
            else
                Array.iteri (fun k column -> put 1.0 k column) chosen

                for added in selection.Added do
                    put added.Factor added.Into added.Column)

        all

    let rec gain at (width: int option) (g: Gain) (adjoint: float[]) =
        if not g.IsOne then
            let values = numbers.Entries(at, width, g) |> floats

            for struct (atom, power) in g.Factors do
                let own = numbers.Entries(at, width, Gain.ofAtom atom) |> floats

                let increment =
                    Array.map3 (fun d v x -> float power * over (d * v) x) adjoint values own

                match atoms.TryGetValue atom with
                | true, known -> add known increment
                | false, _ ->
                    atoms[atom] <- increment
                    pending.Enqueue(atom, -atom.Rank)

    /// What an atom hands on to what it is made of.
    let expand (atom: GainAtom) (adjoint: float[]) =
        match atom.Expression with
        | Symbol(name, _) -> Fail.because (NoValues name)
        | Constants _
        // Rounded to a power of two it does not move with what it was.
        | Norms(_, PowerOfTwo _) -> ()
        | Norms(a, definition) ->
            let at = a.Weight.Name
            let shape = reader.Entries a.Weight

            let ofGain (g: Gain) count =
                numbers.Entries(at, Some count, g) |> floats

            let left, right = ofGain a.Left shape.Rows, ofGain a.Right shape.Columns
            let norms = numbers.RowNorms a |> floats
            let rowGains = Array.map2 (*) left norms

            let biases =
                a.Bias
                |> Option.map (fun bias -> Array.map2 (*) (ofGain bias.Gain shape.Rows) (numbers.Vector bias.Vector))

            let ofBias i =
                match biases with
                | Some biases -> abs biases[i]
                | None -> 0.0

            // How much of each gain is due to its row, and how much to its bias.
            let shares =
                rowGains
                |> Array.mapi (fun i row ->
                    match definition with
                    | Augmented when biases.IsSome ->
                        let both = sqrt (row * row + ofBias i * ofBias i)
                        struct (over row both, over (ofBias i) both)
                    | _ -> if row <> 0.0 then struct (1.0, 0.0) else struct (0.0, 1.0))

            let toRows = Array.map2 (fun d (struct (share, _)) -> d * share) adjoint shares

            gain at (Some shape.Rows) a.Left (Array.map2 (*) toRows norms)
            let scaled = reader.ByRows a.Weight |> columns shape right
            let toNorms = Array.map3 (fun d l n -> over (d * l) n) toRows left norms
            let byRow = rows shape toNorms scaled
            parameter a.Weight (columns shape right byRow)
            gain at (Some shape.Columns) a.Right (Array.map2 over (perColumn shape byRow scaled) right)

            match a.Bias, biases with
            | Some bias, Some values ->
                let toBias =
                    Array.map3
                        (fun d (struct (_, share)) (b: float) -> d * share * float (sign b))
                        adjoint
                        shares
                        values

                let gains = ofGain bias.Gain shape.Rows
                parameter bias.Vector (Array.map2 (*) toBias gains)
                gain at (Some shape.Rows) bias.Gain (Array.map2 (*) toBias (numbers.Vector bias.Vector))
            | _ -> ()
        | Leader gains ->
            let entries =
                gains |> List.map (fun g -> numbers.Entries("sum", Some adjoint.Length, g))

            let leads =
                Array.init adjoint.Length (fun i -> entries |> List.tryFindIndex (fun e -> not e[i].IsZero))

            gains
            |> List.iteri (fun k g ->
                gain
                    "sum"
                    (Some adjoint.Length)
                    g
                    (adjoint |> Array.mapi (fun i d -> if leads[i] = Some k then d else 0.0)))
        | RootMeanSquare g ->
            let values = numbers.Entries("rms", Some adjoint.Length, g) |> floats
            let mean = numbers.Entries("rms", None, Gain.ofAtom atom) |> floats
            let total = Array.sum adjoint / float adjoint.Length
            gain "rms" (Some adjoint.Length) g (Array.map2 (fun v m -> over (total * v) m) values mean)
        | Joined parts ->
            let mutable first = 0

            for g, width in parts do
                let length =
                    width
                    |> Option.orElse (Gain.length g)
                    |> Option.defaultValue (adjoint.Length - first)

                gain "concat" (Some length) g (Array.sub adjoint first length)
                first <- first + length
        | Viewed(g, view) ->
            let length = Gain.length g |> Option.defaultValue 1
            let inner = Array.zeroCreate<float> length

            Gain.viewed length view
            |> Array.iteri (fun k place -> inner[place] <- inner[place] + adjoint[k])

            gain "rearrange" (Some length) g inner

    /// Adds to the derivatives by a parameter, of which there is one number for each of its own, by rows. The array is taken over.
    member _.Parameter(p: Parameter, adjoint: float[]) = parameter p adjoint

    /// Adds to the derivatives by a gain.
    member _.Gain(at, width, g: Gain, adjoint: float[]) = gain at width g adjoint

    /// Adds to the derivatives by a layer's coefficients what those by its weight, as it is with its diagonals, come to.
    member _.Weight(a: Affine, weight: float[], adjoint: float[]) =
        let shape = reader.Entries a.Weight

        let diagonal (g: Gain) count =
            if g.IsOne then
                None
            else
                Some(numbers.Entries(a.Weight.Name, Some count, g) |> floats)

        let left, right = diagonal a.Left shape.Rows, diagonal a.Right shape.Columns

        match left with
        | Some l -> gain a.Weight.Name (Some shape.Rows) a.Left (Array.map2 over (perRow shape adjoint weight) l)
        | None -> ()

        match right with
        | Some r -> gain a.Weight.Name (Some shape.Columns) a.Right (Array.map2 over (perColumn shape adjoint weight) r)
        | None -> ()

        adjoint
        |> Option.foldBack (rows shape) left
        |> Option.foldBack (columns shape) right
        |> parameter a.Weight

    /// The derivatives by the named parameters, when all has been added.
    member _.Settle() : Tensors =
        while pending.Count > 0 do
            let atom = pending.Dequeue()
            let adjoint = atoms[atom]
            atoms.Remove atom |> ignore
            expand atom adjoint

        parameters
        |> Seq.map (fun (KeyValue(name, numbers)) -> name, numbers)
        |> Map.ofSeq
