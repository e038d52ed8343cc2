namespace Canon.Verification

open System
open Canon.Algebra

/// Makes networks of outlines.
[<RequireQualifiedAccess>]
module internal Build =

    /// Channels of the named input, and its name.
    let asideWidth = 2
    let asideName = "side"

    let normal (random: Random) =
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())

    let values elementType (numbers: float[]) =
        match elementType with
        | Float32 -> Values.ofFloat32 (ReadOnlyMemory(Array.map float32 numbers))
        | Float16 -> Values.ofFloat16 (ReadOnlyMemory(numbers |> Array.map Half.CreateSaturating))
        | Float64
        | BFloat16 -> Values.ofFloat64 (ReadOnlyMemory numbers)

    let private draw palette random =
        match palette with
        | Normal -> normal random
        | Integers -> float (1 + (random: Random).Next 3) * float (2 * random.Next 2 - 1)
        | Ones -> 1.0

    /// The weight's rows and the bias.
    let entries (dense: Dense) rows columns =
        let random = Random dense.Seed

        let row i =
            let kind =
                if dense.Rows.IsEmpty then Ordinary else dense.Rows[i % dense.Rows.Length]

            let weights = Array.init columns (fun _ -> draw dense.Palette random)
            let bias = if dense.Bias then draw dense.Palette random else 0.0

            let power =
                match kind with
                | Extreme p -> 10.0 ** float p
                | _ -> 1.0

            match kind with
            | Ordinary -> weights, bias
            | Dead -> Array.map (fun _ -> 0.0) weights, 0.0
            | Constant -> Array.map (fun _ -> 0.0) weights, bias
            | Sparse ->
                weights
                |> Array.mapi (fun j w -> if (i + j + dense.Seed) % 2 = 0 then 0.0 else w),
                bias
            | Extreme _ -> Array.map (fun w -> power * w) weights, power * bias

        Array.init rows row |> Array.unzip

    /// Numbers the layers of one network, and draws the factors of its rescaling.
    type private Builder(elementType, gauge: Random option) =
        let mutable count = 0

        let stored = values elementType

        member _.Next() =
            count <- count + 1
            count

        /// A factor a channel: of chance where the channel may be rescaled.
        member _.Factors width free =
            match gauge with
            | Some random when free -> Array.init width (fun _ -> exp (normal random))
            | _ -> Array.create width 1.0

        member x.Affine (dense: Dense) width (incoming: float[]) (outgoing: float[]) =
            let n = x.Next()
            let columns = incoming.Length
            let rows, bias = entries dense width columns

            let scaled i j =
                rows[i][j] * (outgoing[i] / incoming[j])

            let numbers =
                if dense.Transposed then
                    Array.init (width * columns) (fun k -> scaled (k % width) (k / width))
                else
                    Array.init (width * columns) (fun k -> scaled (k / columns) (k % columns))

            let weight =
                Parameter.matrix $"W{n}" width columns dense.Transposed dense.Factor (stored numbers)

            let bias =
                if dense.Bias then
                    // A factor on the bias too, another one.
                    let factor = if dense.Factor = 1.0 then 1.0 else 2.0
                    Some(Parameter.vector $"b{n}" factor (stored (Array.map2 (*) bias outgoing)))
                else
                    None

            Affine.ofParameters weight bias

        member x.Slopes each seed width =
            let random = Random(seed: int)
            let count = if each then width else 1
            Parameter.vector $"a{x.Next()}" 1.0 (stored (Array.init count (fun _ -> normal random)))

    let private entry (entries: float list) i =
        if entries.IsEmpty then 1.0 else entries[i % entries.Length]

    let userGain (entries: float list) width =
        Gain.ofValues (Array.init width (entry entries))

    /// The terms, and the factors by which the value behind them is rescaled, one a channel.
    let rec private layers (builder: Builder) depth after (incoming: float[]) specs : Network list * float[] =
        match specs with
        | [] -> [], incoming
        | spec :: rest ->
            let width = incoming.Length
            let free = Outline.absorbs after rest

            let next terms outgoing =
                let others, last = layers builder depth after outgoing rest
                terms @ others, last

            let closed target (branch: Branch) =
                let terms, inside = layers builder depth true incoming branch.Layers

                let tail =
                    if branch.Tail.IsEmpty then
                        []
                    else
                        [ Scale(userGain branch.Tail (Array.length target)) ]

                let closing = builder.Affine branch.Closing (Array.length target) inside target
                Network.compose (terms @ [ Linear(closing, Label "") ] @ tail)

            let residual (branch: Branch) =
                if Outline.isOpen branch then
                    Network.compose (fst (layers builder depth true incoming branch.Layers))
                else
                    closed incoming branch

            match spec with
            | Fully dense ->
                let outgoing = builder.Factors dense.Width free
                next [ Linear(builder.Affine dense dense.Width incoming outgoing, Label "") ] outgoing
            | UnitRowsOf dense ->
                let outgoing = builder.Factors dense.Width false

                let rows, _ =
                    UnitRows.decompose RowNorm (builder.Affine dense dense.Width incoming outgoing)

                next [ UnitRowLinear(rows, Label "") ] outgoing
            | Phi phi ->
                let power =
                    match Activation.homogeneity phi with
                    | Degree d -> float d
                    | NotHomogeneous _ -> 1.0

                next [ Network.activation phi "" ] (Array.map (fun c -> c ** power) incoming)
            | Slopes(each, seed) -> next [ Network.activation (PRelu(builder.Slopes each seed width)) "" ] incoming
            | Bounds(lower, upper) ->
                let thresholds =
                    if Array.forall ((=) 1.0) incoming then Gain.one else Gain.ofValues incoming

                match Network.clip lower upper "" with
                | Clip(_, _, _, label) -> next [ Clip(lower, upper, thresholds, label) ] incoming
                | other -> next [ other ] incoming
            | User entries -> next [ Scale(userGain entries width) ] incoming
            | UnitScale -> next [ Scale Gain.one ] incoming
            | Residual branches -> next [ Network.sum (Network.identity :: List.map residual branches) "" ] incoming
            | Summed(width, branches) ->
                let target = builder.Factors width free
                next [ Network.sum (List.map (closed target) branches) "" ] target
            | Gated(width, branches) ->
                let targets = branches |> List.map (fun _ -> builder.Factors width free)
                let product = List.reduce (Array.map2 (*)) targets
                next [ Network.product (List.map2 closed targets branches) "" ] product
            | Parallel branches ->
                let parts, gauges =
                    branches |> List.map (layers builder depth free incoming) |> List.unzip

                next [ Network.concat (List.map Network.compose parts) "" ] (Array.concat gauges)
            | Skip(body, join) ->
                let wire = $"x{depth}"

                let inside, last =
                    layers
                        builder
                        (depth + 1)
                        (match join with
                         | Append
                         | AppendTwice -> free
                         | Add _
                         | Return -> true)
                        incoming
                        body

                let read = Wire wire

                match join with
                | Append ->
                    next
                        (As wire :: inside @ [ Network.concat [ Network.identity; read ] "" ])
                        (Array.append last incoming)
                | AppendTwice ->
                    next
                        (As wire :: inside @ [ Network.concat [ read; Network.identity; read ] "" ])
                        (Array.concat [ incoming; last; incoming ])
                | Add dense ->
                    let closing = Linear(builder.Affine dense width last incoming, Label "")
                    next (As wire :: inside @ [ Network.sum [ closing; read ] "" ]) incoming
                | Return -> next (As wire :: inside @ [ read ]) incoming
            | Aside ->
                next
                    [ Network.concat [ Network.identity; Wire asideName ] "" ]
                    (Array.append incoming (Array.create asideWidth 1.0))
            | Mystery(width, inputs) ->
                let inputs =
                    inputs
                    |> List.map (layers builder depth false incoming >> fst >> Network.compose)

                let node =
                    { Name = "mystery"
                      Output = 0
                      Channels = Some width
                      Positions = None
                      Label = Label "" }

                next [ Opaque(node, inputs) ] (Array.create width 1.0)

    /// The network of an outline; with a source of chance, every hidden channel that a linear layer reads is rescaled.
    let network (gauge: Random option) (outline: Outline) =
        let builder = Builder(outline.Type, gauge)

        let atEnd =
            outline.Outputs |> List.forall (Outline.absorbs false)
            && not outline.Outputs.IsEmpty

        let flat = defaultArg outline.Flat []
        let behind = Outline.absorbs atEnd flat

        let first, gauges =
            layers builder 0 behind (Array.create outline.Input 1.0) outline.Layers

        let flattened, gauges =
            match outline.Flat with
            | None -> [], gauges
            | Some inner ->
                let wide = gauges |> Array.collect (Array.replicate outline.Positions)
                let terms, gauges = layers builder 0 atEnd wide inner
                Flatten(None, Label "") :: terms, gauges

        let outputs =
            outline.Outputs
            |> List.map (layers builder 0 false gauges >> fst >> Network.compose)

        Network.compose (first @ flattened @ (if outputs.IsEmpty then [] else [ Tuple outputs ]))

    let shape (outline: Outline) =
        { Channels = Some outline.Input
          Positions = Some outline.Positions }

    let options outline =
        { Canonical.options with
            Input = shape outline
            Wires =
                Map.ofList
                    [ asideName,
                      { Channels = Some asideWidth
                        Positions = Some outline.Positions } ] }
