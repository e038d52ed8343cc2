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
        | BFloat16 ->
            let upperHalf x =
                uint16 (BitConverter.SingleToUInt32Bits(float32 x) >>> 16)

            Values.ofBFloat16 (ReadOnlyMemory(Array.map upperHalf numbers))
        | Float64 -> Values.ofFloat64 (ReadOnlyMemory numbers)

    let private draw palette random =
        match palette with
        | Normal -> normal random
        | Integers -> float (1 + (random: Random).Next 3) * float (2 * random.Next 2 - 1)
        | Ones -> 1.0

    /// The weight's rows, each of so many entries, and the bias.
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
    type private Builder(elementType, gauge: (unit -> float) option) =
        let mutable count = 0

        let stored = values elementType

        member _.Next() =
            count <- count + 1
            count

        /// A factor a channel: of chance where the channel may be rescaled.
        member _.Factors width free =
            match gauge with
            | Some next when free -> Array.init width (fun _ -> next ())
            | _ -> Array.create width 1.0

        /// A weight of `taps` taps in so many groups. Each entry reads a column, whose factor it is divided by.
        member x.Affine (dense: Dense) width (incoming: float[]) (outgoing: float[]) groups taps =
            let n = x.Next()
            let columns = incoming.Length
            let perRow, perColumn = columns / groups, width / groups
            let rows, bias = entries dense width (perRow * taps)

            let scaled row column tap =
                rows[row][column % perRow * taps + tap] * (outgoing[row] / incoming[column])

            let numbers =
                if dense.Transposed then
                    [| for column in 0 .. columns - 1 do
                           for k in 0 .. perColumn - 1 do
                               for tap in 0 .. taps - 1 -> scaled (column / perRow * perColumn + k) column tap |]
                else
                    [| for row in 0 .. width - 1 do
                           for k in 0 .. perRow - 1 do
                               for tap in 0 .. taps - 1 -> scaled row (row / perColumn * perRow + k) tap |]

            let weight =
                Parameter.weight
                    $"W{n}"
                    width
                    columns
                    (Groups groups)
                    taps
                    dense.Transposed
                    dense.Factor
                    (stored numbers)

            let bias =
                if dense.Bias then
                    // A factor on the bias too, another one.
                    let factor = if dense.Factor = 1.0 then 1.0 else 2.0
                    Some(Parameter.vector $"b{n}" factor (stored (Array.map2 (*) bias outgoing)))
                else
                    None

            Affine.ofParameters weight bias

        member x.Dense dense width incoming outgoing =
            Linear(x.Affine dense width incoming outgoing 1 1, Kernel.dense, Label "")

        /// Of chance: one number for each of `width` channels.
        member _.Vector (random: Random) width =
            Array.init width (fun _ -> normal random)

        member x.BatchNorm seed (incoming: float[]) (outgoing: float[]) =
            let n = x.Next()
            let random = Random(seed: int)
            let width = incoming.Length

            let named name (numbers: float[]) =
                Parameter.vector $"{name}{n}" 1.0 (stored numbers)

            let gamma =
                x.Vector random width |> Array.mapi (fun c g -> g * outgoing[c] / incoming[c])

            let beta = Array.map2 (*) (x.Vector random width) outgoing
            let mean = Array.map2 (*) (x.Vector random width) incoming
            let variance = x.Vector random width |> Array.map abs

            Network.batchNorm
                (named "gamma" gamma)
                (named "beta" beta)
                (named "mean" mean)
                (named "variance" variance)
                1e-3
                ""

        member x.Shift seed (incoming: float[]) =
            let n = x.Next()
            let numbers = Array.map2 (*) (x.Vector (Random(seed: int)) incoming.Length) incoming
            Network.shift (Parameter.vector $"c{n}" 1.0 (stored numbers)) ""

        member x.Slopes each seed width =
            let random = Random(seed: int)
            let count = if each then width else 1
            Parameter.vector $"a{x.Next()}" 1.0 (stored (Array.init count (fun _ -> normal random)))

    let private entry (entries: float list) i =
        if entries.IsEmpty then 1.0 else entries[i % entries.Length]

    let userGain (entries: float list) width =
        Gain.ofValues (Array.init width (entry entries))

    /// What flows: the sizes of space, and the factors by which the channels are rescaled.
    type private Flow = { Space: int list; Factors: float[] }

    let private each (space: int list) n = space |> List.map (fun _ -> n)

    /// The window, cut down to what fits into the space; `keep`: it yields as many positions as it reads.
    let private window keep (g: Geometry) (space: int list) : Window =
        if keep || g.Same then
            { Kernel = each space g.Kernel
              Strides = each space (if keep then 1 else g.Stride)
              Dilations = each space 1
              Padding = Same true }
        else
            let kernel size =
                min g.Kernel (size + g.Before + g.After)

            let fits =
                space
                |> List.forall (fun size -> (g.Kernel - 1) * g.Dilation < size + g.Before + g.After)

            { Kernel = List.map kernel space
              Strides = each space g.Stride
              Dilations = each space (if fits then g.Dilation else 1)
              Padding = Explicit(each space g.Before, each space g.After) }

    /// Padding reaches no farther than the kernel.
    let private poolWindow keep (g: Geometry) (space: int list) =
        let window = window keep { g with Dilation = 1 } space

        let within pads =
            List.map2 (fun kernel n -> min n (kernel - 1)) window.Kernel pads

        match window.Padding with
        | Same _ -> window
        | Explicit(before, after) ->
            { window with
                Padding = Explicit(within before, within after) }

    /// The operation, where there is one; none where space would not stay as it must.
    let private spatial keep region (space: int list) =
        let smallest = List.fold min 1000 space

        match region with
        | _ when space.IsEmpty -> None
        | Pooled(pooling, g, ceil) -> Some(Spatial.Pool(pooling, PoolRegion.Sliding(poolWindow keep g space, ceil)))
        | _ when keep -> None
        | Reduced(pooling, keepAxes) -> Some(Spatial.Pool(pooling, PoolRegion.Whole(None, keepAxes)))
        | Padded(before, after, edge) ->
            let most = if edge = Edge.Mirrored then smallest - 1 else 2
            Some(Spatial.Pad(each space (min most before), each space (min most after), edge))
        | Cropped(first, step) ->
            space
            |> List.map (fun size ->
                let first = min first (size - 1)

                { First = first
                  Count = (size - first + step - 1) / step
                  Step = step })
            |> Spatial.Crop
            |> Some
        | Resized(interpolation, alignment, factor) ->
            if smallest = 1 && factor < 1.0 then
                None
            else
                Some(Spatial.Resize(interpolation, alignment, Resizing.By(each space factor)))

    /// The rearrangement, where there is one, and where the factors of its channels come from.
    let private rearrangement keep order (flow: Flow) =
        let width = flow.Factors.Length

        let regroup sizes source target =
            match Rearrangement.regroup sizes source target with
            | Ok rearrangement -> Some rearrangement
            | Error _ -> None

        let axes = flow.Space |> List.mapi (fun k _ -> [ k + 2 ])
        let sizes = flow.Space |> List.map Some

        match order with
        | Shuffled groups when width % groups = 0 ->
            regroup
                (Some groups :: Some(width / groups) :: sizes)
                { ChannelAxis = [ 0; 1 ]
                  SpaceAxes = axes }
                { ChannelAxis = [ 1; 0 ]
                  SpaceAxes = axes }
            |> Option.map (fun r -> r, fun c -> c % groups * (width / groups) + c / groups)
        | Swapped when
            flow.Space.Length > 1
            && (not keep || List.distinct flow.Space = [ flow.Space.Head ])
            ->
            let axes = flow.Space |> List.mapi (fun k _ -> [ k + 1 ])

            regroup
                (None :: List.map (fun _ -> None) sizes)
                { ChannelAxis = [ 0 ]
                  SpaceAxes = axes }
                { ChannelAxis = [ 0 ]
                  SpaceAxes = List.rev axes }
            |> Option.map (fun r -> r, id)
        | Part(first, step) ->
            let first = min first (width - 1)

            Some(
                Rearrangement.Take
                    { First = first
                      Count = (width - first + step - 1) / step
                      Step = step },
                fun c -> first + c * step
            )
        | PositionsToChannels when not keep && not flow.Space.IsEmpty && List.last flow.Space % 2 = 0 ->
            // Atoms: channels, axes but the last, the two positions, the last axis.
            let others = flow.Space.Length - 1
            let last, two = others + 1, others + 2
            let before = List.init others (fun k -> [ k + 1 ])

            regroup
                (Some width
                 :: (List.take others sizes @ [ Some(List.last flow.Space / 2); Some 2 ]))
                { ChannelAxis = [ 0 ]
                  SpaceAxes = before @ [ [ last; two ] ] }
                { ChannelAxis = [ 0; two ]
                  SpaceAxes = before @ [ [ last ] ] }
            |> Option.map (fun r -> r, fun c -> c / 2)
        | ChannelsToPositions when not keep && not flow.Space.IsEmpty && width % 2 = 0 ->
            let others = flow.Space.Length - 1
            let last, two = others + 1, others + 2
            let before = List.init others (fun k -> [ k + 1 ])

            regroup
                (Some(width / 2)
                 :: (List.take others sizes @ [ Some(List.last flow.Space); Some 2 ]))
                { ChannelAxis = [ 0; two ]
                  SpaceAxes = before @ [ [ last ] ] }
                { ChannelAxis = [ 0 ]
                  SpaceAxes = before @ [ [ last; two ] ] }
            |> Option.map (fun r -> r, fun c -> 2 * c)
        | Shuffled _
        | Swapped
        | PositionsToChannels
        | ChannelsToPositions -> None

    /// The terms, and what flows behind them. `keep`: space must be the same behind as in front.
    let rec private layers (builder: Builder) start depth keep after (flow: Flow) specs : Network list * Flow =
        match specs with
        | [] -> [], flow
        | spec :: rest ->
            let incoming = flow.Factors
            let width = incoming.Length
            let free = Outline.absorbs after rest

            let next terms flow =
                let others, last = layers builder start depth keep after flow rest
                terms @ others, last

            let onward terms factors =
                next terms { flow with Factors = factors }

            /// Terms and factors of what keeps its space.
            let inner depth after specs =
                let terms, last = layers builder start depth true after flow specs
                terms, last.Factors

            let behind term =
                match Shape.infer Map.empty (Shape.create width flow.Space) term with
                | Ok shape -> shape.Space.Value |> List.map Option.get
                | Error error -> invalidOp error.Message

            let closed target (branch: Branch) =
                let terms, inside = inner depth true branch.Layers

                let tail =
                    if branch.Tail.IsEmpty then
                        []
                    else
                        [ Scale(userGain branch.Tail (Array.length target)) ]

                let closing = builder.Dense branch.Closing (Array.length target) inside target
                Network.compose (terms @ [ closing ] @ tail)

            let residual (branch: Branch) =
                if Outline.isOpen branch then
                    Network.compose (fst (inner depth true branch.Layers))
                else
                    closed incoming branch

            match spec with
            | Fully dense ->
                let outgoing = builder.Factors dense.Width free
                onward [ builder.Dense dense dense.Width incoming outgoing ] outgoing
            | Convolved(dense, _, _, _) when flow.Space.IsEmpty ->
                let outgoing = builder.Factors dense.Width free
                onward [ builder.Dense dense dense.Width incoming outgoing ] outgoing
            | Convolved(dense, geometry, groups, transposed) ->
                let groups = if width % groups = 0 then groups else 1
                let outgoing = builder.Factors (dense.Width * groups) free

                let kernel =
                    if transposed && not keep then
                        // Padding must leave something.
                        let most = (geometry.Kernel - 1) / 2

                        let g =
                            { geometry with
                                Before = min most geometry.Before
                                After = min most geometry.After }

                        Transposed(window false g flow.Space, each flow.Space (if g.Stride > 1 then 1 else 0))
                    else
                        Direct(window keep geometry flow.Space)

                let affine =
                    builder.Affine dense outgoing.Length incoming outgoing groups (Kernel.window kernel).Taps

                let term = Linear(affine, kernel, Label "")

                next
                    [ term ]
                    { Space = behind term
                      Factors = outgoing }
            | UnitRowsOf dense ->
                let outgoing = builder.Factors dense.Width false

                let rows, _ =
                    UnitRows.decompose RowNorm (builder.Affine dense dense.Width incoming outgoing 1 1)

                onward [ UnitRowLinear(rows, Kernel.dense, Label "") ] outgoing
            | Phi phi ->
                let power =
                    match Activation.homogeneity phi with
                    | Degree d -> float d
                    | NotHomogeneous _ -> 1.0

                onward [ Network.activation phi "" ] (Array.map (fun c -> c ** power) incoming)
            | Slopes(each, seed) -> onward [ Network.activation (PRelu(builder.Slopes each seed width)) "" ] incoming
            | Bounds(lower, upper) ->
                let thresholds =
                    if Array.forall ((=) 1.0) incoming then Gain.one else Gain.ofValues incoming

                match Network.clip lower upper "" with
                | Clip(_, _, _, label) -> onward [ Clip(lower, upper, thresholds, label) ] incoming
                | other -> onward [ other ] incoming
            | User entries -> onward [ Scale(userGain entries width) ] incoming
            | UnitScale -> onward [ Scale Gain.one ] incoming
            | OnSpace region ->
                match spatial keep region flow.Space with
                | None -> onward [] incoming
                | Some operation ->
                    let term = Network.spatial operation ""
                    let power = float (Spatial.degree operation)

                    next
                        [ term ]
                        { Space = behind term
                          Factors = incoming |> Array.map (fun c -> c ** power) }
            | Reordered order ->
                match rearrangement keep order flow with
                | None -> onward [] incoming
                | Some(r, source) ->
                    let term = Network.rearrange r ""

                    let channels =
                        match Shape.infer Map.empty (Shape.create width flow.Space) term with
                        | Ok shape -> shape.Channels.Value
                        | Error error -> invalidOp error.Message

                    next
                        [ term ]
                        { Space = behind term
                          Factors = Array.init channels (fun c -> incoming[source c]) }
            | Normed(GroupNorm groups) when width % groups <> 0 -> onward [] incoming
            | Normed normalization -> onward [ Network.normalize normalization 1e-2 "" ] incoming
            | BatchNormed seed ->
                let outgoing = builder.Factors width free
                onward [ builder.BatchNorm seed incoming outgoing ] outgoing
            | Shifted seed -> onward [ builder.Shift seed incoming ] incoming
            | Excited(squeeze, excite) ->
                let ones n = Array.create n 1.0

                let gate =
                    [ if not flow.Space.IsEmpty then
                          Network.spatial (Spatial.Pool(Pooling.Mean false, PoolRegion.Whole(None, true))) ""
                      builder.Dense squeeze squeeze.Width incoming (ones squeeze.Width)
                      Network.activation Relu ""
                      builder.Dense excite width (ones squeeze.Width) (ones width)
                      Network.activation Sigmoid "" ]

                onward [ Network.product [ Network.identity; Network.compose gate ] "" ] incoming
            | Residual branches -> onward [ Network.sum (Network.identity :: List.map residual branches) "" ] incoming
            | Summed(width, branches) ->
                let target = builder.Factors width free
                onward [ Network.sum (List.map (closed target) branches) "" ] target
            | Gated(width, branches) ->
                let targets = branches |> List.map (fun _ -> builder.Factors width free)
                let product = List.reduce (Array.map2 (*)) targets
                onward [ Network.product (List.map2 closed targets branches) "" ] product
            | Parallel branches ->
                let parts, gauges = branches |> List.map (inner depth free) |> List.unzip

                onward [ Network.concat (List.map Network.compose parts) "" ] (Array.concat gauges)
            | Skip(body, join) ->
                let wire = $"x{depth}"

                let inside, last =
                    inner
                        (depth + 1)
                        (match join with
                         | Append
                         | AppendTwice -> free
                         | Add _
                         | Return -> true)
                        body

                let read = Wire wire

                match join with
                | Append ->
                    onward
                        (As wire :: inside @ [ Network.concat [ Network.identity; read ] "" ])
                        (Array.append last incoming)
                | AppendTwice ->
                    onward
                        (As wire :: inside @ [ Network.concat [ read; Network.identity; read ] "" ])
                        (Array.concat [ incoming; last; incoming ])
                | Add dense ->
                    let closing = builder.Dense dense width last incoming
                    onward (As wire :: inside @ [ Network.sum [ closing; read ] "" ]) incoming
                | Return -> onward (As wire :: inside @ [ read ]) incoming
            | Aside when flow.Space <> start -> onward [] incoming
            | Aside ->
                onward
                    [ Network.concat [ Network.identity; Wire asideName ] "" ]
                    (Array.append incoming (Array.create asideWidth 1.0))
            | Mystery(width, inputs) ->
                let inputs = inputs |> List.map (inner depth false >> fst >> Network.compose)

                let node =
                    { Name = "mystery"
                      Output = 0
                      Channels = Some width
                      Space = None
                      Label = Label "" }

                onward [ Opaque(node, inputs) ] (Array.create width 1.0)

    /// The network of an outline; with a source of factors, every hidden channel that a linear layer reads is rescaled.
    let network (gauge: (unit -> float) option) (outline: Outline) =
        let builder = Builder(outline.Type, gauge)

        let atEnd =
            outline.Outputs |> List.forall (Outline.absorbs false)
            && not outline.Outputs.IsEmpty

        let flat = defaultArg outline.Flat []
        let behind = Outline.absorbs atEnd flat

        let flow =
            { Space = outline.Space
              Factors = Array.create outline.Input 1.0 }

        let first, flow = layers builder outline.Space 0 false behind flow outline.Layers

        let flattened, flow =
            match outline.Flat with
            | None -> [], flow
            | Some inner ->
                let positions = List.fold (*) 1 flow.Space

                let wide =
                    { Space = []
                      Factors = flow.Factors |> Array.collect (Array.replicate positions) }

                let terms, flow = layers builder outline.Space 0 false atEnd wide inner
                Network.rearrange (Rearrangement.Flatten None) "" :: terms, flow

        let outputs =
            outline.Outputs
            |> List.map (layers builder outline.Space 0 false false flow >> fst >> Network.compose)

        Network.compose (first @ flattened @ (if outputs.IsEmpty then [] else [ Tuple outputs ]))

    let shape (outline: Outline) =
        Shape.create outline.Input outline.Space

    let options outline =
        { Canonical.options with
            Input = shape outline
            Wires = Map.ofList [ asideName, Shape.create asideWidth outline.Space ] }
