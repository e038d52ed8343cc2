namespace Canon.Verification

open System
open Canon.Algebra

/// Operations on space once more, one axis and one position at a time: which input positions go into an output position, and with
/// what weight.
[<RequireQualifiedAccess>]
module internal NaiveSpace =

    /// Every position of a space as one index an axis, the last axis fastest.
    let rec indices (sizes: int list) : int list list =
        match sizes with
        | [] -> [ [] ]
        | size :: rest ->
            List.allPairs [ 0 .. size - 1 ] (indices rest)
            |> List.map (fun (i, others) -> i :: others)

    /// The place of a position among all.
    let place (sizes: int list) (index: int list) =
        List.fold2 (fun place size i -> place * size + i) 0 sizes index

    let private isInside (sizes: int list) (index: int list) =
        List.forall2 (fun size i -> i >= 0 && i < size) sizes index

    let private span (window: Window) =
        List.map2 (fun kernel dilation -> (kernel - 1) * dilation + 1) window.Kernel window.Dilations

    /// Padding as even as can be, the odd one behind the last position where it is late.
    let private halves late all =
        if late then all / 2, all - all / 2 else all - all / 2, all / 2

    /// Padding before the first and behind the last position, an axis, for a window that reads so many positions.
    let private padding (window: Window) (sizes: int list) =
        match window.Padding with
        | Explicit(before, after) -> before, after
        | Same late ->
            List.map3
                (fun size stride span ->
                    let windows = int (ceil (float size / float stride))
                    halves late (max 0 ((windows - 1) * stride + span - size)))
                sizes
                window.Strides
                (span window)
            |> List.unzip

    /// How many windows there are, an axis.
    let private windows ceiled (window: Window) (sizes: int list) =
        let before, after = padding window sizes

        List.zip3 sizes (List.zip before after) (List.zip window.Strides (span window))
        |> List.map (fun (size, (before, after), (stride, span)) ->
            let starts =
                seq { 0..stride .. size + before + after - 1 }
                |> Seq.filter (fun start ->
                    start + span <= size + before + after
                    // The first window that does not fit whole, unless it begins behind the last position.
                    || (ceiled && start - stride + span < size + before + after && start < size + before))

            Seq.length starts)

    /// For every position of one space the positions of another at which its taps stand; None outside.
    let private standing (window: Window) before (places: int list) (sizes: int list) : int option list list =
        indices places
        |> List.map (fun o ->
            indices window.Kernel
            |> List.map (fun k ->
                let at =
                    List.map3
                        (fun (o, k) (stride, dilation) before -> o * stride + k * dilation - before)
                        (List.zip o k)
                        (List.zip window.Strides window.Dilations)
                        before

                if isInside sizes at then Some(place sizes at) else None))

    /// For every window the positions that its taps see; None outside.
    let seen ceiled (window: Window) (sizes: int list) : int list * int option list list =
        let output = windows ceiled window sizes
        let before, _ = padding window sizes

        output, standing window before output sizes

    /// For every window the positions of its taps, those in the padding included: how many of them count in a mean.
    let counted ceiled (window: Window) (sizes: int list) : int list =
        let output = windows ceiled window sizes
        let before, after = padding window sizes

        indices output
        |> List.map (fun o ->
            indices window.Kernel
            |> List.filter (fun k ->
                List.zip3 (List.zip o k) (List.zip window.Strides window.Dilations) (List.zip3 sizes before after)
                |> List.forall (fun ((o, k), (stride, dilation), (size, before, after)) ->
                    o * stride + k * dilation - before < size + after))
            |> List.length)

    /// The sizes behind a transposed convolution, and for every input position the output positions of its taps.
    let spread (window: Window) (outputPadding: int list) (sizes: int list) : int list * int option list list =
        let full =
            List.map3
                (fun size stride (span, extra) -> stride * (size - 1) + span + extra)
                sizes
                window.Strides
                (List.zip (span window) outputPadding)

        let before, after =
            match window.Padding with
            | Explicit(before, after) -> before, after
            | Same late ->
                List.map3 (fun full size stride -> halves late (max 0 (full - size * stride))) full sizes window.Strides
                |> List.unzip

        let output =
            match window.Padding with
            | Explicit _ -> List.map3 (fun full before after -> full - before - after) full before after
            | Same _ -> List.map2 (fun size stride -> size * stride) sizes window.Strides

        output, standing window before sizes output

    let private padded edge size before o =
        let i = o - before

        match edge with
        | Edge.Zeros -> if i < 0 || i >= size then [] else [ i, 1.0 ]
        | Edge.Nearest -> [ max 0 (min (size - 1) i), 1.0 ]
        | Edge.Mirrored ->
            [ (if i < 0 then -i
               elif i >= size then 2 * size - 2 - i
               else i),
              1.0 ]
        | Edge.Wrapped -> [ (i + size * (1 + abs i)) % size, 1.0 ]

    let private keys a (t: float) =
        let t = abs t

        if t < 1.0 then (a + 2.0) * t ** 3.0 - (a + 3.0) * t ** 2.0 + 1.0
        elif t < 2.0 then a * t ** 3.0 - 5.0 * a * t ** 2.0 + 8.0 * a * t - 4.0 * a
        else 0.0

    let private resized interpolation alignment (factor: float) size output o =
        let x = float o

        let at =
            match alignment with
            | Alignment.HalfPixel -> (x + 0.5) / factor - 0.5
            | Alignment.HalfPixelOrFirst -> if output > 1 then (x + 0.5) / factor - 0.5 else 0.0
            | Alignment.HalfPixelSymmetric ->
                let adjustment = float output / (float size * factor)
                float size / 2.0 * (1.0 - adjustment) + (x + 0.5) / factor - 0.5
            | Alignment.Corners -> if output > 1 then x * float (size - 1) / float (output - 1) else 0.0
            | Alignment.Origin -> x / factor

        let inside i = max 0 (min (size - 1) i)

        match interpolation with
        | Interpolation.NearestFirst -> [ inside (int (ceil (at - 0.5))), 1.0 ]
        | Interpolation.NearestLast -> [ inside (int (floor (at + 0.5))), 1.0 ]
        | Interpolation.NearestBefore -> [ inside (int (floor at)), 1.0 ]
        | Interpolation.NearestBehind -> [ inside (int (ceil at)), 1.0 ]
        | Interpolation.Linear ->
            let at = max 0.0 (min (float (size - 1)) at)
            let first = int (floor at)
            [ first, 1.0 - (at - float first); inside (first + 1), at - float first ]
        | Interpolation.Cubic a ->
            let first = int (floor at)
            [ for k in first - 1 .. first + 2 -> inside k, keys a (at - float k) ]

    /// Padding, cropping, resizing: the sizes behind, and for every position the places in front with their weights.
    let linear (sizes: int list) operation : (int list * (int * float) list list) option =
        let axes =
            match operation with
            | Spatial.Pad(before, after, edge) ->
                List.map3 (fun size before after -> size + before + after, padded edge size before) sizes before after
                |> Some
            | Spatial.Crop runs ->
                runs
                |> List.map (fun run -> run.Count, (fun o -> [ run.First + o * run.Step, 1.0 ]))
                |> Some
            | Spatial.Resize(interpolation, alignment, Resizing.By factors) ->
                List.map2
                    (fun size (factor: float) ->
                        let output = int (floor (float size * factor))
                        output, resized interpolation alignment factor size output)
                    sizes
                    factors
                |> Some
            | Spatial.Resize(interpolation, alignment, Resizing.To outputs) ->
                List.map2
                    (fun size output -> output, resized interpolation alignment (float output / float size) size output)
                    sizes
                    outputs
                |> Some
            | Spatial.Pool _ -> None

        axes
        |> Option.map (fun axes ->
            let output = List.map fst axes

            output,
            indices output
            |> List.map (fun o ->
                List.map2 (fun (_, weights) i -> weights i) axes o
                |> List.fold
                    (fun places axis ->
                        [ for index, weight in places do
                              for i, w in axis -> index @ [ i ], weight * w ])
                    [ [], 1.0 ]
                |> List.map (fun (index, weight) -> place sizes index, weight)))

    /// The sizes behind a reduction of whole axes, and for every position those in front that go into it.
    let whole (sizes: int list) (axes: int list option) keep : int list * int list list =
        let isWhole axis =
            axes |> Option.forall (List.contains axis)

        let kept = sizes |> List.mapi (fun axis size -> if isWhole axis then 1 else size)

        let output =
            if keep then
                kept
            else
                sizes |> List.indexed |> List.filter (fst >> isWhole >> not) |> List.map snd

        output,
        indices kept
        |> List.map (fun o ->
            indices sizes
            |> List.filter (fun i ->
                List.zip o i
                |> List.indexed
                |> List.forall (fun (axis, (o, i)) -> isWhole axis || o = i))
            |> List.map (place sizes))
