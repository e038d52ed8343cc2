namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

[<RequireQualifiedAccess>]
module Traversal =

    let children network =
        match network with
        | Linear _
        | UnitRowLinear _
        | Scale _
        | Activation _
        | Clip _
        | Spatial _
        | Rearrange _
        | Normalize _
        | As _
        | Wire _ -> []
        | Compose inner
        | Sum(inner, _)
        | Concat(inner, _, _)
        | Product(inner, _)
        | Tuple inner
        | Opaque(_, inner) -> inner

    /// The first error, or all results: one pass, whatever the length.
    let private each (f: Network -> Result<Network, 'e>) (networks: Network list) =
        let rec loop results networks =
            match networks with
            | [] -> Ok(List.rev results)
            | first :: rest ->
                match f first with
                | Ok result -> loop (result :: results) rest
                | Error e -> Error e

        loop [] networks

    let withChildren (replacements: Network list) network =
        match network with
        | Linear _
        | UnitRowLinear _
        | Scale _
        | Activation _
        | Clip _
        | Spatial _
        | Rearrange _
        | Normalize _
        | As _
        | Wire _ -> network
        | Compose _ -> Network.compose replacements
        | Sum(_, label) -> Sum(replacements, label)
        | Concat(_, widths, label) -> Concat(replacements, widths, label)
        | Product(_, label) -> Product(replacements, label)
        | Tuple _ -> Tuple replacements
        | Opaque(node, _) -> Opaque(node, replacements)

    let mapChildren (f: Network -> Result<Network, 'e>) network =
        each f (children network)
        |> Result.map (fun inner -> withChildren inner network)

    let rec mapBottomUp (f: Network -> Result<Network, 'e>) network =
        // Depth is the nesting of branches, not the length of a chain; beyond the stack this throws, and is caught at the entry.
        RuntimeHelpers.EnsureSufficientExecutionStack()
        network |> mapChildren (mapBottomUp f) |> Result.bind f

    let rec map (f: Network -> Network) network =
        RuntimeHelpers.EnsureSufficientExecutionStack()
        f (withChildren (List.map (map f) (children network)) network)

    let fold (f: 'state -> Network -> 'state) (state: 'state) network =
        let rec visit state network =
            RuntimeHelpers.EnsureSufficientExecutionStack()
            List.fold visit (f state network) (children network)

        visit state network

    let collect (f: Network -> 'a list) network =
        fold (fun found term -> List.fold (fun found x -> x :: found) found (f term)) [] network
        |> List.rev

    let size network = fold (fun n _ -> n + 1) 0 network

    let iterateParameters (f: Parameter -> unit) network =
        let leaves (p: Parameter) =
            match p.Source with
            | Source.Symbol
            | Source.Stored _ when p.Grouping <> Diagonal -> f p
            | _ -> Parameter.leaves p |> List.iter f

        let ofAffine (a: Affine) =
            leaves a.Weight
            a.Bias |> Option.iter (fun bias -> leaves bias.Vector)

        let ofTerm () network =
            match network with
            | Linear(a, _, _) -> ofAffine a
            | UnitRowLinear(rows, _, _) -> ofAffine rows.Coefficients
            | Activation(PRelu slope, _) -> leaves slope
            | Activation _
            | Scale _
            | Clip _
            | Spatial _
            | Rearrange _
            | Normalize _
            | Compose _
            | Sum _
            | Concat _
            | Product _
            | As _
            | Wire _
            | Tuple _
            | Opaque _ -> ()

        fold ofTerm () network

    let parameters network =
        let found = List<Parameter>()
        iterateParameters found.Add network
        found |> List.ofSeq |> List.distinct

    let freeWires network =
        let found = List<string>()

        let rec visit bound network =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            match network with
            | Wire name ->
                if not (Set.contains name bound) then
                    found.Add name
            | Compose parts -> List.fold along bound parts |> ignore
            | other ->
                for inner in children other do
                    visit bound inner

        and along bound part =
            match part with
            | As name -> Set.add name bound
            | other ->
                visit bound other
                bound

        visit Set.empty network
        found |> List.ofSeq |> List.distinct
