namespace Canon.Algebra

/// Wires told apart although they bear one name: a mark behind the name, which no name that people write has.
[<RequireQualifiedAccess>]
module internal WireMarks =

    let private separator = '\u0001'

    /// The name without its mark.
    let plain (name: string) =
        match name.IndexOf separator with
        | -1 -> name
        | i -> name.Substring(0, i)

    let mark (name: string) (k: int) = $"{plain name}{separator}{k}"

    let private rename (f: string -> string) network =
        let term network : Result<Network, NetworkError> =
            match network with
            | Wire name -> Ok(Wire(f name))
            | As name -> Ok(As(f name))
            | Linear _
            | UnitRowLinear _
            | Scale _
            | Activation _
            | Clip _
            | Flatten _
            | Compose _
            | Sum _
            | Concat _
            | Product _
            | Tuple _
            | Opaque _ -> Ok network

        match Traversal.mapBottomUp term network with
        | Ok network -> network
        | Error error -> Fail.because error

    /// The terms without marks.
    let strip (terms: Network list) = terms |> List.map (rename plain)

    let private names (terms: Network list) =
        terms
        |> List.collect (
            Traversal.collect (fun term ->
                match term with
                | Wire name
                | As name -> [ name ]
                | _ -> [])
        )

    /// The second terms with the marks of the first, when both have the same names in the same order.
    let transfer (marked: Network list) (terms: Network list) =
        let given = names marked

        if List.map plain given = names terms then
            let mutable left = given

            let next _ =
                let name = left.Head
                left <- left.Tail
                name

            terms |> List.map (rename next)
        else
            terms

    /// The name by which the nearest `as` gives the wire its value at a place.
    let binder (wire: string) (zipper: Zipper) =
        let named (passed: Network list) =
            passed
            |> List.tryPick (fun term ->
                match term with
                | As name when plain name = plain wire -> Some name
                | _ -> None)

        (zipper.Passed :: (zipper.Frames |> List.map _.Passed)) |> List.tryPick named

    /// The wires that do not read what their nearest `as` names: their names, and that of the `as`.
    let unmatched network =
        let found = System.Collections.Generic.List<struct (string * string)>()

        let rec search (bound: Map<string, string>) network =
            System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack()

            match network with
            | Wire name ->
                let nearest = Map.tryFind (plain name) bound |> Option.defaultValue (plain name)

                if nearest <> name then
                    found.Add(struct (name, nearest))
            | Compose parts ->
                List.fold
                    (fun bound part ->
                        match part with
                        | As name -> Map.add (plain name) name bound
                        | other ->
                            search bound other
                            bound)
                    bound
                    parts
                |> ignore
            | other -> List.iter (search bound) (Traversal.children other)

        search Map.empty network
        List.ofSeq found
