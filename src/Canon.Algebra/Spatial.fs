namespace Canon.Algebra

open System

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Pooling =
    | Maximum
    | Minimum
    | Mean of padded: bool
    | Total
    | Norm of p: int
    | SumOfSquares

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type PoolRegion =
    | Sliding of window: Window * ceil: bool
    | Whole of axes: int list option * keep: bool

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Edge =
    | Zeros
    | Nearest
    | Mirrored
    | Wrapped

[<Struct; StructuralEquality; NoComparison>]
type Run = { First: int; Count: int; Step: int }

[<RequireQualifiedAccess>]
module internal Run =

    let private last (run: Run) = run.First + (run.Count - 1) * run.Step

    let farthest (run: Run) = max run.First (last run)

    let fits count run = farthest run < count && last run >= 0

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Interpolation =
    | NearestFirst
    | NearestLast
    | NearestBefore
    | NearestBehind
    | Linear
    | Cubic of coefficient: float

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Alignment =
    | HalfPixel
    | HalfPixelOrFirst
    | HalfPixelSymmetric
    | Corners
    | Origin

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Resizing =
    | By of factors: float list
    | To of sizes: int list

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Spatial =
    | Pool of pooling: Pooling * region: PoolRegion
    | Pad of before: int list * after: int list * edge: Edge
    | Crop of runs: Run list
    | Resize of interpolation: Interpolation * alignment: Alignment * resizing: Resizing

type AxisMap = (struct (int * float))[][]

[<RequireQualifiedAccess>]
module Spatial =

    let degree operation =
        match operation with
        | Spatial.Pool(Pooling.SumOfSquares, _) -> 2
        | Spatial.Pool _
        | Spatial.Pad _
        | Spatial.Crop _
        | Spatial.Resize _ -> 1

    let wholeAxes rank axes =
        match axes with
        | None -> [ 0 .. rank - 1 ]
        | Some(axes: int list) -> List.sort axes

    let fault operation =
        match operation with
        | Spatial.Pool(Pooling.Norm p, _) when p < 1 -> Some $"a norm of p = {p}; p is at least 1"
        | Spatial.Pool(_, PoolRegion.Sliding(window, _)) -> Window.fault window
        | Spatial.Pool(_, PoolRegion.Whole(Some axes, _)) ->
            if axes |> List.exists (fun axis -> axis < 0) then
                Some "an axis of space before the first"
            elif List.distinct axes <> axes then
                Some "an axis of space stands twice"
            else
                None
        | Spatial.Pool(_, PoolRegion.Whole(None, _)) -> None
        | Spatial.Pad(before, after, _) ->
            if before.Length <> after.Length then
                Some $"paddings of {before.Length} and of {after.Length} axes"
            elif before @ after |> List.exists (fun n -> n < 0) then
                Some "a negative padding: crop instead"
            else
                None
        | Spatial.Crop runs ->
            if runs |> List.exists (fun run -> run.Count < 1 || run.Step = 0 || run.First < 0) then
                Some "a crop takes at least one position, by steps that are not 0"
            else
                None
        | Spatial.Resize(_, _, Resizing.By factors) when
            factors |> List.exists (fun f -> not (f > 0.0 && Double.IsFinite f))
            ->
            Some "a factor of a resize is positive"
        | Spatial.Resize(_, _, Resizing.To sizes) when sizes |> List.exists (fun n -> n < 1) ->
            Some "a size of a resize is at least 1"
        | Spatial.Resize _ -> None

    let private axesMeet (space: 'a list) count f =
        if space.Length = count then
            f ()
        else
            Error $"an operation on {count} axes of space meets {space.Length}"

    let private resized (factor: float) (size: int) = int (floor (float size * factor))

    /// All results, or the first error.
    let private all (results: Result<'a, string> list) =
        List.foldBack (fun next rest -> Result.bind (fun n -> Result.map (fun r -> n :: r) rest) next) results (Ok [])

    let private mirrors edge size before after =
        match edge with
        | Edge.Mirrored when before >= size || after >= size ->
            Error $"{max before after} mirrored positions of {size}: there are too few"
        | Edge.Mirrored
        | Edge.Wrapped
        | Edge.Zeros
        | Edge.Nearest -> Ok()

    let sizes (space: int option list option) operation : Result<int option list option, string> =
        match space with
        | None ->
            match operation with
            | Spatial.Pool(_, PoolRegion.Whole(None, false)) -> Ok(Some [])
            | Spatial.Resize(_, _, Resizing.To sizes) -> Ok(Some(List.map Some sizes))
            | Spatial.Crop runs -> Ok(Some(runs |> List.map (fun run -> Some run.Count)))
            | Spatial.Pool(_, PoolRegion.Sliding(window, _)) -> Ok(Some(List.replicate window.Axes None))
            | Spatial.Pad(before, _, _) -> Ok(Some(List.replicate before.Length None))
            | Spatial.Resize(_, _, Resizing.By factors) -> Ok(Some(List.replicate factors.Length None))
            | Spatial.Pool(_, PoolRegion.Whole _) -> Ok None
        | Some space ->
            let each count f =
                axesMeet space count (fun () ->
                    space
                    |> List.mapi (fun k size ->
                        match size with
                        | Some n -> f k n |> Result.map Some
                        | None -> Ok None)
                    |> all
                    |> Result.map Some)

            match operation with
            | Spatial.Pool(_, PoolRegion.Sliding(window, ceil)) ->
                space
                |> Window.overUnknown (fun sizes -> Window.axes ceil sizes window |> Result.map (List.map _.Output))
                |> Result.map Some
            | Spatial.Pool(_, PoolRegion.Whole(axes, keep)) ->
                let whole = wholeAxes space.Length axes

                if whole |> List.exists (fun axis -> axis >= space.Length) then
                    Error $"axis {List.last whole} of space is reduced, and there are {space.Length} axes"
                else
                    space
                    |> List.indexed
                    |> List.choose (fun (k, size) ->
                        match List.contains k whole, keep with
                        | true, true -> Some(Some 1)
                        | true, false -> None
                        | false, _ -> Some size)
                    |> Some
                    |> Ok
            | Spatial.Pad(before, after, edge) ->
                each before.Length (fun k size ->
                    mirrors edge size before[k] after[k]
                    |> Result.map (fun () -> size + before[k] + after[k]))
            | Spatial.Crop runs ->
                axesMeet space runs.Length (fun () ->
                    List.map2
                        (fun size (run: Run) ->
                            match size with
                            | Some n when not (Run.fits n run) -> Error $"position {Run.farthest run} of {n} is taken"
                            | _ -> Ok(Some run.Count))
                        space
                        runs
                    |> all
                    |> Result.map Some)
            | Spatial.Resize(_, _, Resizing.By factors) ->
                each factors.Length (fun k size ->
                    match resized factors[k] size with
                    | n when n >= 1 -> Ok n
                    | _ -> Error $"{size} positions times {factors[k]} are none")
            | Spatial.Resize(_, _, Resizing.To sizes) ->
                axesMeet space sizes.Length (fun () -> Ok(Some(List.map Some sizes)))

    let private padded edge size before after : AxisMap =
        Array.init (size + before + after) (fun o ->
            let i = o - before

            match edge with
            | _ when i >= 0 && i < size -> [| struct (i, 1.0) |]
            | Edge.Zeros -> [||]
            | Edge.Nearest -> [| struct ((if i < 0 then 0 else size - 1), 1.0) |]
            | Edge.Mirrored -> [| struct ((if i < 0 then -i else 2 * (size - 1) - i), 1.0) |]
            | Edge.Wrapped -> [| struct (((i % size) + size) % size, 1.0) |])

    let private pooled weight (axis: SlidingAxis) : AxisMap =
        Array.init axis.Output (fun o ->
            let first = o * axis.Stride - axis.Before

            let seen =
                [| for k in 0 .. axis.Taps - 1 do
                       let i = first + k * axis.Dilation

                       if i >= 0 && i < axis.Size then
                           i |]

            seen |> Array.map (fun i -> struct (i, weight o seen.Length)))

    /// Keys' kernel at distance t.
    let private cubic a (t: float) =
        let t = abs t

        if t <= 1.0 then ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0
        elif t < 2.0 then ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a
        else 0.0

    let private resizedAxis interpolation alignment (scale: float) size output : AxisMap =
        let within i = min (max i 0) (size - 1)

        let point (x: float) =
            match alignment with
            | Alignment.HalfPixel -> (x + 0.5) / scale - 0.5
            | Alignment.HalfPixelOrFirst -> if output = 1 then 0.0 else (x + 0.5) / scale - 0.5
            | Alignment.HalfPixelSymmetric ->
                let adjusted = float output / (scale * float size)
                let center = float size / 2.0
                center * (1.0 - adjusted) + (x + 0.5) / scale - 0.5
            | Alignment.Corners -> if output = 1 then 0.0 else x * float (size - 1) / float (output - 1)
            | Alignment.Origin -> x / scale

        let one i = [| struct (within i, 1.0) |]

        Array.init output (fun o ->
            let x = point (float o)
            let before = floor x

            match interpolation with
            | Interpolation.NearestFirst -> one (if x = before + 0.5 then int before else int (Math.Round x))
            | Interpolation.NearestLast -> one (int (floor (x + 0.5)))
            | Interpolation.NearestBefore -> one (int before)
            | Interpolation.NearestBehind -> one (int (ceil x))
            | Interpolation.Linear ->
                // Outside the outermost positions the outermost counts alone.
                let x = min (max x 0.0) (float (size - 1))
                let i = int (floor x)
                let t = x - float i
                if t = 0.0 then one i else [| struct (i, 1.0 - t); struct (within (i + 1), t) |]
            | Interpolation.Cubic a ->
                [| for k in -1 .. 2 do
                       struct (within (int before + k), cubic a (x - (before + float k))) |])

    let axisMaps (space: int list) operation : Result<AxisMap list option, string> =
        let each (maps: AxisMap list) = Ok(Some maps)

        match operation with
        | Spatial.Pool((Pooling.Mean _ | Pooling.Total) as pooling, PoolRegion.Sliding(window, ceil)) ->
            Window.axes ceil space window
            |> Result.map (
                List.mapi (fun k axis ->
                    let weight o seen =
                        match pooling with
                        | Pooling.Mean true ->
                            // What a window of a ceiled pool reaches behind the padding does not count.
                            let first = o * axis.Stride - axis.Before

                            let last =
                                match window.Padding with
                                | Explicit(_, after) when ceil -> axis.Size + after[k]
                                | Explicit _
                                | Same _ -> Int32.MaxValue

                            let counted =
                                seq { 0 .. axis.Taps - 1 }
                                |> Seq.filter (fun k -> first + k * axis.Dilation < last)
                                |> Seq.length

                            1.0 / float counted
                        | Pooling.Mean false -> 1.0 / float seen
                        | _ -> 1.0

                    pooled weight axis)
                >> Some
            )
        | Spatial.Pool((Pooling.Mean _ | Pooling.Total) as pooling, PoolRegion.Whole(axes, _)) ->
            let whole = wholeAxes space.Length axes

            space
            |> List.mapi (fun k size ->
                if List.contains k whole then
                    let weight =
                        match pooling with
                        | Pooling.Total -> 1.0
                        | _ -> 1.0 / float size

                    [| Array.init size (fun i -> struct (i, weight)) |]
                else
                    Array.init size (fun i -> [| struct (i, 1.0) |]))
            |> each
        | Spatial.Pool _ -> Ok None
        | Spatial.Pad(before, after, edge) ->
            List.zip3 space before after
            |> List.map (fun (size, b, a) -> mirrors edge size b a |> Result.map (fun () -> padded edge size b a))
            |> all
            |> Result.map Some
        | Spatial.Crop runs ->
            runs
            |> List.map (fun run -> Array.init run.Count (fun o -> [| struct (run.First + o * run.Step, 1.0) |]))
            |> each
        | Spatial.Resize(interpolation, alignment, Resizing.By factors) ->
            List.map2 (fun size f -> resizedAxis interpolation alignment f size (resized f size)) space factors
            |> each
        | Spatial.Resize(interpolation, alignment, Resizing.To sizes) ->
            List.map2
                (fun size output -> resizedAxis interpolation alignment (float output / float size) size output)
                space
                sizes
            |> each
