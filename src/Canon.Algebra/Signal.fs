namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type Signal =
    { Samples: int
      Space: int list
      Channels: int
      Data: float[] }

    member x.Positions = List.fold (*) 1 x.Space

[<RequireQualifiedAccess>]
module Signal =

    let create samples space channels (data: float[]) =
        let positions = List.fold (*) 1 space

        if data.Length <> samples * positions * channels then
            invalidArg (nameof data) $"{data.Length} numbers do not fill {samples}x{positions}x{channels}"

        { Samples = samples
          Space = space
          Channels = channels
          Data = data }

    let ofVector (data: float[]) = create 1 [] data.Length data

[<RequireQualifiedAccess>]
module internal Meeting =

    let fitted at result =
        match result with
        | Ok value -> value
        | Error reason -> Fail.because (ShapeMismatch(at, reason))

    let channels at expected (signal: Signal) =
        if signal.Channels <> expected then
            Fail.because (ShapeMismatch(at, $"it reads {expected} channels and {signal.Channels} arrive"))

    let axes at kernel (signal: Signal) =
        let axes = (Kernel.window kernel).Axes

        if axes > 0 && axes <> signal.Space.Length then
            Fail.because (ShapeMismatch(at, $"a window of {axes} axes meets {signal.Space.Length}"))

    let private known (signal: Signal) = Some(List.map Some signal.Space)

    let spaceBehind operation signal =
        (Spatial.sizes (known signal) operation |> fitted "spatial").Value
        |> List.map Option.get

    let sight region (signal: Signal) =
        match region with
        | PoolRegion.Sliding(window, ceil) -> Window.axes ceil signal.Space window |> fitted "spatial" |> Sight.ofWindow
        | PoolRegion.Whole(axes, _) -> Sight.whole signal.Space (Spatial.wholeAxes signal.Space.Length axes)

    let places rearrangement (signal: Signal) =
        let struct (channels, space) =
            Rearrangement.shape (Some signal.Channels) (known signal) rearrangement
            |> fitted "rearrange"

        struct (channels.Value,
                List.map Option.get space.Value,
                Rearrangement.places signal.Channels signal.Space rearrangement)

    let means normalization (signal: Signal) =
        match normalization with
        | LayerNorm -> struct (signal.Positions, false, (fun position _ -> position))
        | RmsNorm -> struct (signal.Positions, true, (fun position _ -> position))
        | InstanceNorm -> struct (signal.Channels, false, (fun _ channel -> channel))
        | GroupNorm groups when signal.Channels % groups <> 0 ->
            Fail.because (ShapeMismatch("group_norm", $"{signal.Channels} channels in {groups} groups"))
        | GroupNorm groups ->
            let each = signal.Channels / groups
            struct (groups, false, (fun _ channel -> channel / each))

    let larger (a: int list) (b: int list) =
        if a.Length = b.Length then List.map2 max a b else a

    let spreading at (own: int list) (space: int list) =
        if own.Length <> space.Length then
            Fail.because (ShapeMismatch(at, $"spaces of {own.Length} and {space.Length} axes meet"))

        List.map2
            (fun own size ->
                if own <> size && own <> 1 then
                    Fail.because (ShapeMismatch(at, $"{own} and {size} positions meet"))

                Array.init size (fun o -> [| struct ((if own = 1 then 0 else o), 1.0) |]))
            own
            space

    let concat (signals: Signal list) =
        let first = signals.Head
        let channels = signals |> List.sumBy _.Channels
        let count = first.Samples * first.Positions
        let data = Array.zeroCreate (count * channels)
        let mutable offset = 0

        for s in signals do
            if s.Space <> first.Space then
                Fail.because (ShapeMismatch("concat", $"{first.Positions} and {s.Positions} positions meet"))

            for n in 0 .. count - 1 do
                Array.blit s.Data (n * s.Channels) data (n * channels + offset) s.Channels

            offset <- offset + s.Channels

        { first with
            Channels = channels
            Data = data }
