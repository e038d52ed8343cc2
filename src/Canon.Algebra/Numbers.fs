namespace Canon.Algebra

open System
open System.Collections.Generic

[<Sealed>]
type Numbers() =
    let atoms = Dictionary<GainAtom, Magnitude[]>()
    let norms = Dictionary<struct (Parameter * Gain), RowNorms>()
    let parameters = ParameterNumbers()

    let fit at width (entries: Magnitude[]) =
        match width with
        | Some n when n <> entries.Length ->
            Fail.because (ShapeMismatch(at, $"a gain of {entries.Length} entries meets {n} channels"))
        | _ -> entries

    /// The entries of g, whose atoms are known by now; of `width` channels where g does not tell.
    let product at (width: int option) (g: Gain) =
        match g.Factors with
        | [] ->
            match width with
            | Some n -> Array.create n Magnitude.One
            | None -> Fail.because (UnknownWidth at)
        | [ struct (atom, 1) ] -> fit at width atoms[atom]
        | factors ->
            factors
            |> List.map (fun (struct (atom, p)) -> Array.map (Magnitude.power p) atoms[atom])
            |> List.reduce (fun a b -> Array.map2 (*) a (fit at (Some a.Length) b))
            |> fit at width

    let rowNorms (weight: Parameter) (right: Gain) =
        match norms.TryGetValue(struct (weight, right)) with
        | true, known -> known
        | false, _ ->
            let diagonal =
                if right.IsOne then None else Some(product weight.Name weight.Columns right)

            let computed = StoredMatrix(parameters.Entries weight, None, diagonal).Norms()
            norms[struct (weight, right)] <- computed
            computed

    let compute (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, _) -> Fail.because (NoValues name)
        | Constants values -> values
        | Norms(a, definition) ->
            let times at (g: Gain) entries =
                if g.IsOne then
                    entries
                else
                    Array.map2 (*) (product at (Some(Array.length entries)) g) entries

            let rows = times a.Weight.Name a.Left (rowNorms a.Weight a.Right).Scaled

            let biases (bias: Bias) =
                parameters.Vector bias.Vector
                |> Array.map Magnitude.ofFloat
                |> times bias.Vector.Name bias.Gain

            let rec gains definition =
                match definition, a.Bias with
                | PowerOfTwo inner, _ -> gains inner |> Array.map Magnitude.nearestPowerOfTwo
                | (RowNorm | Augmented), None -> rows
                | RowNorm, Some bias ->
                    Array.map2 (fun (row: Magnitude) b -> if row.IsZero then b else row) rows (biases bias)
                | Augmented, Some bias -> Array.map2 (fun row b -> Magnitude.norm [| row; b |]) rows (biases bias)

            gains definition
        | Leader gains ->
            let width = List.tryPick Gain.length gains

            gains
            |> List.map (product "sum" width)
            |> List.reduceBack (Array.map2 (fun (first: Magnitude) rest -> if first.IsZero then rest else first))
        | Joined parts -> parts |> List.map (fun (g, n) -> product "concat" n g) |> Array.concat
        | RootMeanSquare g ->
            let entries = product "a root mean square" (Gain.length g) g

            let mean =
                Magnitude.norm entries * Magnitude.ofFloat (1.0 / sqrt (float entries.Length))

            Array.replicate entries.Length mean
        | Viewed(g, view) ->
            let entries = product "rearrange" (Gain.length g) g
            Gain.viewed entries.Length view |> Array.map (fun place -> entries[place])

    let settle =
        GainOrder.innermostFirst atoms.ContainsKey (fun atom -> atoms[atom] <- compute atom)

    let diagonal at width (g: Gain) =
        if g.IsOne then
            None
        else
            settle g
            Some(product at width g)

    member internal _.Entries(at: string, width: int option, g: Gain) =
        settle g
        product at width g

    member internal _.RowNorms(a: Affine) =
        settle a.Right
        rowNorms a.Weight a.Right

    member internal _.Weight(a: Affine) =
        StoredMatrix(
            parameters.Entries a.Weight,
            diagonal a.Weight.Name a.Weight.Rows a.Left,
            diagonal a.Weight.Name a.Weight.Columns a.Right
        )

    member internal _.Vector(parameter: Parameter) = parameters.Vector parameter

    member internal _.Bias(a: Affine) =
        match a.Bias with
        | None -> None
        | Some b ->
            let entries = parameters.Vector b.Vector

            match diagonal b.Vector.Name a.Weight.Rows b.Gain with
            | None -> Some entries
            | Some left ->
                Some(Array.map2 (fun x l -> Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat x * l), x)) entries left)

    member x.Gain(g: Gain) =
        Fail.guard (fun () -> Array.copy (x.Entries("gain", None, g)))

    member x.Dense(a: Affine) =
        Fail.guard (fun () -> (x.Weight a).ReadRows None)

    member x.DenseBias(a: Affine) =
        Fail.guard (fun () -> x.Bias a |> Option.map Array.copy)

    member _.Entries(vector: Parameter) =
        Fail.guard (fun () -> Array.copy (parameters.Vector vector))

    member x.Stored(a: Affine) =
        Fail.guard (fun () -> StoredWeight(x.Weight a))
