namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

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
        network
        |> Traversal.map (fun term ->
            match term with
            | Wire name -> Wire(f name)
            | As name -> As(f name)
            | Linear _
            | UnitRowLinear _
            | Scale _
            | Activation _
            | Clip _
            | Spatial _
            | Rearrange _
            | Normalize _
            | Compose _
            | Sum _
            | Concat _
            | Product _
            | Tuple _
            | Opaque _ -> term)

    /// The network with other terms for its wires and its `as`, each given what is bound there; an `as` binds for the rest of its
    /// composition.
    let private inScope onWire onName network =
        let rec search (bound: Map<string, string>) network =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            match network with
            | Wire name -> onWire bound name
            | Compose parts ->
                let part bound part =
                    match part with
                    | As name -> onName bound name
                    | other -> search bound other, bound

                Network.compose (fst (List.mapFold part bound parts))
            | other -> Traversal.withChildren (List.map (search bound) (Traversal.children other)) other

        search Map.empty network

    /// A mark for every `as` whose name others bear too, and for its uses: one name, one value.
    let distinct network =
        let names =
            network
            |> Traversal.collect (fun term ->
                match term with
                | As name -> [ name ]
                | _ -> [])

        let shared =
            names
            |> List.countBy id
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map fst
            |> Set.ofList

        let mutable marks = 0

        let onWire bound name =
            Wire(Map.tryFind name bound |> Option.defaultValue name)

        let onName bound name =
            if Set.contains name shared then
                marks <- marks - 1
                let marked = mark name marks
                As marked, Map.add name marked bound
            else
                As name, bound

        if shared.IsEmpty then network else inScope onWire onName network

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

    /// The network with other terms for the wires that do not read what their nearest `as` names: `f` is given both names.
    let mapUnmatched (f: string -> string -> Network list) network =
        let onWire bound name =
            let nearest = Map.tryFind (plain name) bound |> Option.defaultValue (plain name)
            if nearest = name then Wire name else Network.compose (f name nearest)

        network
        |> inScope onWire (fun bound name -> As name, Map.add (plain name) name bound)

    /// The wires that do not read what their nearest `as` names: their names, and that of the `as`.
    let unmatched network =
        let found = List<struct (string * string)>()

        mapUnmatched
            (fun name nearest ->
                found.Add(struct (name, nearest))
                [ Wire name ])
            network
        |> ignore

        List.ofSeq found
