namespace Canon.Algebra

/// What stands in the brackets of an operation, such as `3x3` or `stride 2x2`.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type internal SettingValue =
    /// A word alone.
    | Flag
    /// One whole number an axis, such as 3x3, and where both ends of an axis differ those of the other end, 1x1:0x0.
    | Sizes of int list * other: int list option
    /// Positions such as 0+8, or 0+8/2: first, how many, and their distance.
    | Run of Run
    /// A number that is no size.
    | Number of float
    /// Numbers in brackets.
    | Numbers of float list

[<StructuralEquality; NoComparison>]
type internal Setting =
    {
        /// "" where the value alone says what is meant.
        Key: string
        Value: SettingValue
    }

/// Operations as words with settings, and back.
[<RequireQualifiedAccess>]
module internal Settings =

    /// The name of an atom of a regrouping: a, b, …, z, a1, b1, …
    let atomName atom =
        let letter = string (char (int 'a' + atom % 26))
        if atom < 26 then letter else letter + string (atom / 26)

    let private sizes key numbers =
        { Key = key
          Value = SettingValue.Sizes(numbers, None) }

    let private flag key =
        { Key = key; Value = SettingValue.Flag }

    let private ends key before after =
        { Key = key
          Value = SettingValue.Sizes(before, (if before = after then None else Some after)) }

    let private areAll n = List.forall ((=) n)

    let ofWindow (window: Window) =
        [ sizes "" window.Kernel
          if not (areAll 1 window.Strides) then
              sizes "stride" window.Strides
          if not (areAll 1 window.Dilations) then
              sizes "dilation" window.Dilations
          match window.Padding with
          | Explicit(before, after) ->
              if not (areAll 0 (before @ after)) then
                  ends "pad" before after
          | Same true -> flag "same"
          | Same false -> flag "same_early" ]

    let ofKernel kernel =
        match kernel with
        | Direct window -> ofWindow window
        | Transposed(window, outputPadding) ->
            [ yield! ofWindow window
              if not (areAll 0 outputPadding) then
                  sizes "output_pad" outputPadding ]

    let private poolWord pooling =
        match pooling with
        | Pooling.Maximum -> "max_pool"
        | Pooling.Minimum -> "min_pool"
        | Pooling.Mean _ -> "avg_pool"
        | Pooling.Total -> "sum_pool"
        | Pooling.Norm _ -> "norm_pool"
        | Pooling.SumOfSquares -> "square_pool"

    let private edges =
        [ Edge.Zeros, "zeros"
          Edge.Nearest, "nearest"
          Edge.Mirrored, "mirrored"
          Edge.Wrapped, "wrapped" ]

    let private interpolations =
        [ Interpolation.NearestFirst, "nearest_first"
          Interpolation.NearestLast, "nearest_last"
          Interpolation.NearestBefore, "nearest_before"
          Interpolation.NearestBehind, "nearest_behind"
          Interpolation.Linear, "linear" ]

    let private alignments =
        [ Alignment.HalfPixel, "half_pixel"
          Alignment.HalfPixelOrFirst, "half_pixel_or_first"
          Alignment.HalfPixelSymmetric, "half_pixel_symmetric"
          Alignment.Corners, "corners"
          Alignment.Origin, "origin" ]

    let private wordOf table value =
        table |> List.find (fun (v, _) -> v = value) |> snd

    let private valueOf table word =
        table |> List.tryFind (fun (_, w) -> w = word) |> Option.map fst

    let ofSpatial operation : string * Setting list =
        match operation with
        | Spatial.Pool(pooling, region) ->
            poolWord pooling,
            [ match pooling with
              | Pooling.Norm p -> sizes "p" [ p ]
              | _ -> ()

              match region with
              | PoolRegion.Sliding(window, ceil) ->
                  yield! ofWindow window

                  if ceil then
                      flag "ceil"

                  if pooling = Pooling.Mean true then
                      flag "count_pad"
              | PoolRegion.Whole(axes, keep) ->
                  match axes with
                  | None -> flag "all"
                  | Some axes ->
                      { Key = "axes"
                        Value = SettingValue.Numbers(List.map float axes) }

                  if not keep then
                      flag "drop"

                  if pooling = Pooling.Mean true then
                      flag "count_pad" ]
        | Spatial.Pad(before, after, edge) ->
            "pad",
            [ ends "" before after
              if edge <> Edge.Zeros then
                  flag (wordOf edges edge) ]
        | Spatial.Crop runs ->
            "crop",
            runs
            |> List.map (fun run ->
                { Key = ""
                  Value = SettingValue.Run run })
        | Spatial.Resize(interpolation, alignment, resizing) ->
            "resize",
            [ match interpolation with
              | Interpolation.Cubic a ->
                  { Key = "cubic"
                    Value = SettingValue.Number a }
              | other -> flag (wordOf interpolations other)

              flag (wordOf alignments alignment)

              match resizing with
              | Resizing.By factors ->
                  { Key = "by"
                    Value = SettingValue.Numbers factors }
              | Resizing.To sizes' ->
                  { Key = "to"
                    Value = SettingValue.Sizes(sizes', None) } ]

    /// Takes what is wanted from the settings; raises `Stray` where something is missing or left.
    exception private Stray of string

    type private Taken(settings: Setting list) =
        let mutable left = settings

        let take matches =
            match List.tryFindIndex matches left with
            | Some i ->
                let found = left[i]
                left <- List.removeAt i left
                Some found.Value
            | None -> None

        member _.Named key = take (fun s -> s.Key = key)

        member x.Flag key =
            x.Named key |> Option.exists (fun value -> value = SettingValue.Flag)

        member x.Sizes key =
            match x.Named key with
            | Some(SettingValue.Sizes(numbers, None)) -> Some numbers
            | Some _ -> raise (Stray $"'{key}' takes one whole number an axis, such as 2x2")
            | None -> None

        member x.Ends key =
            match x.Named key with
            | Some(SettingValue.Sizes(before, after)) -> Some(before, defaultArg after before)
            | Some _ -> raise (Stray $"'{key}' takes one whole number an axis, such as 1x1 or 1x1:0x0")
            | None -> None

        member _.All = left

        member _.Done() =
            match left with
            | [] -> ()
            | { Key = ""; Value = _ } :: _ -> raise (Stray "there is a setting too many")
            | { Key = key } :: _ -> raise (Stray $"there is no setting '{key}' here")

        member _.Flags =
            left |> List.filter (fun s -> s.Value = SettingValue.Flag) |> List.map _.Key

        member _.Drop key =
            left <- left |> List.filter (fun s -> s.Key <> key)

    let private guard (settings: Setting list) (f: Taken -> 'a) : Result<'a, string> =
        try
            let taken = Taken settings
            let value = f taken
            taken.Done()
            Ok value
        with Stray reason ->
            Error reason

    let private flagOf (taken: Taken) table what =
        match
            taken.Flags
            |> List.tryPick (fun word -> valueOf table word |> Option.map (fun value -> word, value))
        with
        | Some(word, value) ->
            taken.Drop word
            value
        | None ->
            let words = table |> List.map snd |> String.concat ", "
            raise (Stray $"{what} is one of {words}")

    let private window (taken: Taken) : Window =
        let kernel =
            match taken.Sizes "" with
            | Some kernel -> kernel
            | None -> raise (Stray "a window has a size, such as 3x3")

        let all n = kernel |> List.map (fun _ -> n)

        let padding =
            match taken.Ends "pad", taken.Flag "same", taken.Flag "same_early" with
            | Some(before, after), false, false -> Explicit(before, after)
            | None, true, false -> Same true
            | None, false, true -> Same false
            | None, false, false -> Explicit(all 0, all 0)
            | _ -> raise (Stray "one of pad, same and same_early")

        let window =
            { Kernel = kernel
              Strides = taken.Sizes "stride" |> Option.defaultValue (all 1)
              Dilations = taken.Sizes "dilation" |> Option.defaultValue (all 1)
              Padding = padding }

        match Window.fault window with
        | Some fault -> raise (Stray fault)
        | None -> window

    /// The kernel of a convolution.
    let toKernel transposed settings =
        guard settings (fun taken ->
            let window = window taken

            if transposed then
                let outputPadding =
                    taken.Sizes "output_pad"
                    |> Option.defaultValue (window.Kernel |> List.map (fun _ -> 0))

                if outputPadding.Length <> window.Axes then
                    raise (Stray "an output padding has one count an axis")

                Transposed(window, outputPadding)
            else
                Direct window)

    let private poolings =
        Map
            [ "max_pool", Pooling.Maximum
              "min_pool", Pooling.Minimum
              "avg_pool", Pooling.Mean false
              "sum_pool", Pooling.Total
              "norm_pool", Pooling.Norm 2
              "square_pool", Pooling.SumOfSquares ]

    /// The words of operations on space.
    let spatialWords = [ yield! poolings.Keys; "pad"; "crop"; "resize" ]

    let private pool word (taken: Taken) =
        let pooling =
            match poolings[word] with
            | Pooling.Norm _ ->
                match taken.Sizes "p" with
                | Some [ p ] -> Pooling.Norm p
                | _ -> raise (Stray "a norm_pool has a p, such as p 2")
            | Pooling.Mean _ -> Pooling.Mean(taken.Flag "count_pad")
            | other -> other

        let region =
            let axes =
                match taken.Named "axes" with
                | Some(SettingValue.Numbers axes) -> Some(List.map int axes)
                | Some _ -> raise (Stray "axes are numbers in brackets, such as axes [0, 1]")
                | None -> None

            let all = taken.Flag "all"
            let drop = taken.Flag "drop"

            match axes, all with
            | Some axes, false -> PoolRegion.Whole(Some axes, not drop)
            | None, true -> PoolRegion.Whole(None, not drop)
            | None, false when not drop ->
                let window = window taken
                PoolRegion.Sliding(window, taken.Flag "ceil")
            | _ -> raise (Stray "one of all, axes and a window")

        Spatial.Pool(pooling, region)

    let toSpatial word settings : Result<Spatial, string> =
        guard settings (fun taken ->
            match word with
            | "pad" ->
                let before, after =
                    match taken.Ends "" with
                    | Some ends -> ends
                    | None -> raise (Stray "a pad has counts, such as pad(1x1)")

                let edge = if taken.Flags.IsEmpty then Edge.Zeros else flagOf taken edges "the edge"

                Spatial.Pad(before, after, edge)
            | "crop" ->
                let runs =
                    taken.All
                    |> List.map (fun setting ->
                        match setting.Value with
                        | SettingValue.Run run -> run
                        | _ -> raise (Stray "a crop has runs, such as 0+8"))

                taken.Drop ""
                Spatial.Crop runs
            | "resize" ->
                let interpolation =
                    match taken.Named "cubic" with
                    | Some(SettingValue.Number a) -> Interpolation.Cubic a
                    | Some(SettingValue.Sizes([ a ], None)) -> Interpolation.Cubic(float a)
                    | Some _ -> raise (Stray "cubic takes a number, such as cubic -0.75")
                    | None -> flagOf taken interpolations "the interpolation"

                let alignment = flagOf taken alignments "the alignment"

                match taken.Named "by", taken.Sizes "to" with
                | Some(SettingValue.Numbers factors), None ->
                    Spatial.Resize(interpolation, alignment, Resizing.By factors)
                | None, Some sizes -> Spatial.Resize(interpolation, alignment, Resizing.To sizes)
                | _ -> raise (Stray "one of by [2, 2] and to 8x8")
            | word -> pool word taken)
        |> Result.bind (fun operation ->
            match Spatial.fault operation with
            | Some fault -> Error fault
            | None -> Ok operation)
