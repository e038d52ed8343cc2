namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop

[<Sealed>]
type Numbers() =
    let atoms = Dictionary<GainAtom, Magnitude[]>()
    /// Norms of rows with the right diagonal.
    let norms = Dictionary<struct (Parameter * Gain), Magnitude[]>()
    let ownNorms = Dictionary<Parameter, Magnitude[]>()
    let parameters = ParameterNumbers()

    /// Storage that `Write` has written over: what was there is gone.
    let overwritten = HashSet<Values>(HashIdentity.Reference)

    let isStoredAt (address: nativeint) (values: Values) =
        use first = fixed &MemoryMarshal.GetReference(values.View(0L, 1))
        address <> 0n && NativePtr.toNativeInt first = address

    let isGone (leaf: Parameter) =
        Parameter.values leaf |> Option.exists overwritten.Contains

    let writesOver (storage: Values list) =
        for values in storage do
            overwritten.Add values |> ignore

    let entriesOf (weight: Parameter) =
        if overwritten.Count > 0 && Parameter.leaves weight |> List.exists isGone then
            Fail.because (
                OutOfRange(weight.Name, "its numbers were written over; read them before, or write them elsewhere")
            )

        parameters.Entries weight

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

    /// P·diag(right), the atoms of which are known by now.
    let unscaled (weight: Parameter) (right: Gain) =
        let diagonal =
            if right.IsOne then None else Some(product weight.Name weight.Columns right)

        StoredMatrix(entriesOf weight, None, diagonal)

    let rowNorms (weight: Parameter) (right: Gain) =
        match norms.TryGetValue(struct (weight, right)) with
        | true, known -> known
        | false, _ ->
            let computed = RowNorms.through (unscaled weight right)
            norms[struct (weight, right)] <- computed
            computed

    let bothRowNorms (weight: Parameter) (right: Gain) : struct (Magnitude[] * Magnitude[]) =
        match norms.TryGetValue(struct (weight, right)), ownNorms.TryGetValue weight with
        | (true, through), (true, own) -> struct (through, own)
        | _ ->
            let struct (through, own) = RowNorms.both (unscaled weight right)
            norms[struct (weight, right)] <- through
            ownNorms[weight] <- own
            struct (through, own)

    let times at (g: Gain) entries =
        if g.IsOne then
            entries
        else
            Array.map2 (*) (product at (Some(Array.length entries)) g) entries

    /// |left ⊙ b|, the atoms of whose gain are known by now.
    let biasMagnitudes (bias: Bias) =
        parameters.Vector bias.Vector
        |> Array.map Magnitude.ofFloat
        |> times bias.Vector.Name bias.Gain

    let rec gainOfRow definition (bias: Magnitude voption) (row: Magnitude) =
        match definition, bias with
        | PowerOfTwo inner, _ -> Magnitude.nearestPowerOfTwo (gainOfRow inner bias row)
        | (RowNorm | Augmented), ValueNone -> row
        | RowNorm, ValueSome b -> if row.IsZero then b else row
        | Augmented, ValueSome b -> Magnitude.norm [| row; b |]

    let compute (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, _) -> Fail.because (NoValues name)
        | Constants values -> values
        | Norms(a, definition) ->
            let rows = times a.Weight.Name a.Left (rowNorms a.Weight a.Right)

            match a.Bias with
            | None when not (GainDefinition.isPowerOfTwo definition) -> rows
            | None -> rows |> Array.map (gainOfRow definition ValueNone)
            | Some bias -> Array.map2 (fun b row -> gainOfRow definition (ValueSome b) row) (biasMagnitudes bias) rows
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

    /// The definition and bias of a factor of the layer's left diagonal that is the own norms of its rows, not yet known.
    let onTheWay (a: Affine) (struct (atom: GainAtom, power)) =
        match atom.Expression with
        | Norms(own, definition) when
            power = -1
            && own.Weight = a.Weight
            && own.Right = a.Right
            && own.Left.IsOne
            && not (atoms.ContainsKey atom)
            && not (norms.ContainsKey(struct (a.Weight, a.Right)))
            ->
            Some(struct (atom, definition, own.Bias))
        | _ -> None

    /// That factor, if there is one: then the weight need not be read for its norms before it is written.
    let gainsOnTheWay (a: Affine) =
        match a.Left.TryAtom with
        | ValueSome factor -> onTheWay a factor
        | ValueNone -> List.tryPick (onTheWay a) a.Left.Factors

    /// What fills in the gains of rows, and answers their left factors, when it is told a row and its norm. None: the gains are the norms, and
    /// the factors their reciprocals.
    let leftByNorms (a: Affine) (struct (atom, definition, bias: Bias option)) (gains: Magnitude[]) =
        let others =
            match a.Left.TryAtom with
            | ValueSome _ -> None
            | ValueNone -> diagonal a.Weight.Name a.Weight.Rows (Gain.multiply a.Left (Gain.ofAtom atom))

        bias |> Option.iter (fun bias -> settle bias.Gain)
        let biases = bias |> Option.map biasMagnitudes

        match definition, biases, others with
        | RowNorm, None, None -> None
        | _ ->
            Some(fun row norm ->
                let bias =
                    match biases with
                    | Some biases -> ValueSome biases[row]
                    | None -> ValueNone

                gains[row] <- gainOfRow definition bias norm
                let left = Magnitude.reciprocal gains[row]

                match others with
                | None -> left
                | Some others -> others[row] * left)

    member internal _.Entries(at: string, width: int option, g: Gain) =
        settle g
        product at width g

    member internal _.RowNorms(a: Affine) =
        settle a.Right
        rowNorms a.Weight a.Right

    member internal _.BothRowNorms(a: Affine) =
        settle a.Right
        bothRowNorms a.Weight a.Right

    member internal _.Weight(a: Affine) =
        StoredMatrix(
            entriesOf a.Weight,
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

    member private x.WriteTo(a: Affine, address: nativeint, length: int) =
        let entries = entriesOf a.Weight
        let needed = int64 entries.OuterCount * int64 entries.RowBytes

        if int64 length <> needed then
            Fail.because (ShapeMismatch(a.Weight.Name, $"{needed} bytes cannot be written into {length}"))

        let over =
            Parameter.leaves a.Weight
            |> List.choose Parameter.values
            |> List.filter (isStoredAt address)

        match gainsOnTheWay a with
        | Some(struct (atom, _, _) as own) when not entries.ByColumns ->
            let gains = Array.zeroCreate<Magnitude> entries.Rows
            let left = leftByNorms a own gains
            let right = diagonal a.Weight.Name a.Weight.Columns a.Right
            let matrix = StoredMatrix(entries, None, right)
            writesOver over

            match left with
            | None -> StoredWriter.writeUnitRowsOver matrix address gains
            | Some left -> StoredWriter.writeOver matrix address left

            atoms[atom] <- gains
        | _ ->
            let matrix = x.Weight a
            writesOver over
            StoredWriter.writeOver matrix address (fun stored _ -> matrix.OuterFactor stored)

    member x.Write(a: Affine, destination: Span<byte>) =
        use target = fixed &MemoryMarshal.GetReference destination
        let address, length = NativePtr.toNativeInt target, destination.Length
        Fail.guard (fun () -> x.WriteTo(a, address, length))

    member x.WriteBias(a: Affine, destination: Span<byte>) =
        use target = fixed &MemoryMarshal.GetReference destination
        let address, length = NativePtr.toNativeInt target, destination.Length

        Fail.guard (fun () ->
            match a.Bias, x.Bias a with
            | Some bias, Some numbers ->
                let elementType = ParameterNumbers.ElementType bias.Vector
                let needed = numbers.Length * elementType.Size

                if length <> needed then
                    Fail.because (ShapeMismatch(bias.Vector.Name, $"{needed} bytes cannot be written into {length}"))

                ElementTypes.write
                    elementType
                    bias.Vector.Name
                    (ReadOnlySpan numbers)
                    (Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), length))
            | _ ->
                if length <> 0 then
                    Fail.because (ShapeMismatch(a.Weight.Name, "there is no bias")))

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
