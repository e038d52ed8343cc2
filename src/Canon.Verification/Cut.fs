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
        | Aside -> Seq.empty
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
            | Gated(_, branches) -> branches |> List.map _.Layers
            | Parallel branches
            | Mystery(_, branches) -> branches
            | Skip(body, _) -> [ body ]
            | Fully _
            | UnitRowsOf _
            | Phi _
            | Slopes _
            | Bounds _
            | User _
            | UnitScale
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

            if o.Positions > 1 then
                yield { o with Positions = o.Positions - 1 }

            if o.Type <> Float64 then
                yield { o with Type = Float64 }
        }
