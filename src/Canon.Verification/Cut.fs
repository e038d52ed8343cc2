namespace Canon.Verification

open Canon.Algebra

/// Smaller outlines, each one cut away from a given one: how a network is shrunk.
[<RequireQualifiedAccess>]
module internal Cut =

    /// One element left out, or cut.
    let list cut xs =
        seq {
            for i in 0 .. List.length xs - 1 do
                yield List.removeAt i xs

            for i, x in List.indexed xs do
                for smaller in cut x do
                    yield List.updateAt i smaller xs
        }

    let private kept cut xs =
        list cut xs |> Seq.filter (List.isEmpty >> not)

    let dense (d: Dense) =
        seq {
            if d.Width > 1 then
                yield { d with Width = d.Width - 1 }

            if d.Bias then
                yield { d with Bias = false }

            if d.Transposed then
                yield { d with Transposed = false }

            if d.Factor <> 1.0 then
                yield { d with Factor = 1.0 }

            if d.Rows <> [ Ordinary ] then
                yield { d with Rows = [ Ordinary ] }

                for rows in list (fun _ -> Seq.empty) d.Rows do
                    yield { d with Rows = rows }

            match d.Palette with
            | Normal ->
                yield { d with Palette = Ones }
                yield { d with Palette = Integers }
            | Integers -> yield { d with Palette = Ones }
            | Ones -> ()

            if d.Seed > 9 then
                yield { d with Seed = d.Seed / 10 }
        }

    let private geometry (g: Geometry) =
        seq {
            if g.Kernel > 1 then
                yield { g with Kernel = g.Kernel - 1 }

            if g.Stride > 1 then
                yield { g with Stride = 1 }

            if g.Dilation > 1 then
                yield { g with Dilation = 1 }

            if g.Same then
                yield { g with Same = false }

            if g.Before > 0 || g.After > 0 then
                yield { g with Before = 0; After = 0 }
        }

    let private region r =
        match r with
        | Pooled(pooling, g, ceil) ->
            seq {
                if ceil then
                    yield Pooled(pooling, g, false)

                yield! geometry g |> Seq.map (fun g -> Pooled(pooling, g, ceil))
            }
        | Padded(before, after, edge) when before + after > 1 -> Seq.singleton (Padded(0, 1, edge))
        | Cropped(first, step) when first > 0 || step > 1 -> Seq.singleton (Cropped(0, 1))
        | Resized(interpolation, alignment, _) when interpolation <> Interpolation.NearestBefore ->
            Seq.singleton (Resized(Interpolation.NearestBefore, alignment, 2.0))
        | Reduced _
        | Padded _
        | Cropped _
        | Resized _ -> Seq.empty

    /// What a layer of another kind is cut to.
    let private simple =
        { Width = 1
          Bias = true
          Transposed = false
          Factor = 1.0
          Rows = [ Ordinary ]
          Palette = Ones
          Seed = 1 }

    let private narrower wrap width branches =
        if width > 1 then Seq.singleton (wrap (width - 1, branches)) else Seq.empty

    let private scale (entries: float list) =
        seq {
            if entries <> [ 2.0 ] then
                yield [ 2.0 ]

            yield! kept (fun _ -> Seq.empty) entries
        }

    let rec layer l : Layer seq =
        match l with
        | Fully d -> dense d |> Seq.map Fully
        | Convolved(d, g, groups, transposed) ->
            seq {
                yield Fully d

                if transposed then
                    yield Convolved(d, g, groups, false)

                if groups > 1 then
                    yield Convolved(d, g, 1, transposed)

                yield! geometry g |> Seq.map (fun g -> Convolved(d, g, groups, transposed))
                yield! dense d |> Seq.map (fun d -> Convolved(d, g, groups, transposed))
            }
        | UnitRowsOf d -> Seq.append [ Fully d ] (dense d |> Seq.map UnitRowsOf)
        | Phi Relu -> Seq.empty
        | Phi _
        | Bounds(-1.0, 1.0) -> Seq.singleton (Phi Relu)
        | Bounds _ -> Seq.ofList [ Phi Relu; Bounds(-1.0, 1.0) ]
        | Slopes(each, seed) ->
            seq {
                yield Phi Relu

                if each then
                    yield Slopes(false, seed)
            }
        | User entries -> scale entries |> Seq.map User
        | UnitScale
        | Aside
        | Reordered _
        | Normed _ -> Seq.empty
        | OnSpace r -> region r |> Seq.map OnSpace
        | BatchNormed seed ->
            seq {
                yield Shifted seed

                if seed > 9 then
                    yield BatchNormed(seed / 10)
            }
        | Shifted seed ->
            seq {
                yield Fully simple

                if seed > 9 then
                    yield Shifted(seed / 10)
            }
        | Excited(squeeze, excite) ->
            Seq.append
                (dense squeeze |> Seq.map (fun d -> Excited(d, excite)))
                (dense excite |> Seq.map (fun d -> Excited(squeeze, d)))
        | Residual branches -> kept branch branches |> Seq.map Residual
        | Summed(width, branches) ->
            Seq.append (narrower Summed width branches) (kept branch branches |> Seq.map (fun b -> Summed(width, b)))
        | Gated(width, branches) ->
            Seq.append (narrower Gated width branches) (kept branch branches |> Seq.map (fun b -> Gated(width, b)))
        | Parallel branches -> kept layers branches |> Seq.map Parallel
        | Skip(body, join) ->
            seq {
                yield! layers body |> Seq.map (fun body -> Skip(body, join))

                match join with
                | Add d ->
                    yield Skip(body, Append)
                    yield! dense d |> Seq.map (fun d -> Skip(body, Add d))
                | AppendTwice -> yield Skip(body, Append)
                | Append
                | Return -> ()
            }
        | Mystery(width, inputs) ->
            Seq.append (narrower Mystery width inputs) (kept layers inputs |> Seq.map (fun i -> Mystery(width, i)))

    and branch b =
        seq {
            yield! layers b.Layers |> Seq.map (fun l -> { b with Layers = l })
            yield! dense b.Closing |> Seq.map (fun d -> { b with Closing = d })

            if not b.Tail.IsEmpty then
                yield { b with Tail = [] }
                yield! scale b.Tail |> Seq.map (fun tail -> { b with Tail = tail })
        }

    /// Fewer layers, simpler layers, or what is inside a layer instead of it.
    and layers ls : Layer list seq =
        let inside l =
            match l with
            | Residual branches
            | Summed(_, branches)
            | Gated(_, branches) ->
                branches
                |> List.map (fun b ->
                    [ yield! b.Layers
                      Fully b.Closing
                      if not b.Tail.IsEmpty then
                          User b.Tail ])
            | Parallel branches
            | Mystery(_, branches) -> branches
            | Skip(body, _) -> [ body ]
            | Excited(squeeze, excite) -> [ [ Fully squeeze; Phi Relu; Fully excite; Phi Sigmoid ] ]
            | Fully _
            | Convolved _
            | UnitRowsOf _
            | Phi _
            | Slopes _
            | Bounds _
            | User _
            | UnitScale
            | OnSpace _
            | Reordered _
            | Normed _
            | BatchNormed _
            | Shifted _
            | Aside -> []

        seq {
            yield! list layer ls

            for i, l in List.indexed ls do
                for body in inside l do
                    yield List.take i ls @ body @ List.skip (i + 1) ls
        }

    let outline (o: Outline) =
        seq {
            if not o.Outputs.IsEmpty then
                yield { o with Outputs = [] }

            yield! layers o.Layers |> Seq.map (fun l -> { o with Layers = l })

            match o.Flat with
            | None -> ()
            | Some inner ->
                if o.Outputs.IsEmpty then
                    yield { o with Flat = None }

                yield! layers inner |> Seq.map (fun l -> { o with Flat = Some l })

            yield! list layers o.Outputs |> Seq.map (fun outputs -> { o with Outputs = outputs })

            if o.Input > 1 then
                yield { o with Input = o.Input - 1 }

            match o.Space with
            | [] -> ()
            | _ :: fewer -> yield { o with Space = fewer }

            for axis, size in List.indexed o.Space do
                if size > 1 then
                    yield
                        { o with
                            Space = List.updateAt axis (size - 1) o.Space }

            if o.Type <> Float64 then
                yield { o with Type = Float64 }
        }
