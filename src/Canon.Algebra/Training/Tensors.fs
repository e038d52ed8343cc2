namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open Canon.Algebra

type Tensors = Map<string, float[]>

[<RequireQualifiedAccess>]
module Tensors =

    let copy (tensors: Tensors) : Tensors =
        Map.map (fun _ numbers -> Array.copy numbers) tensors

    let beside (p: Parameter) values =
        Fail.guard (fun () -> Parameter.withValues (Parameter.isTransposed p) values p)

    let ofNetwork network =
        Fail.guard (fun () ->
            let reader = ParameterNumbers()

            Traversal.parameters network
            |> List.map (fun p -> p.Name, reader.ByRows p)
            |> Map.ofList)

    let trainable network =
        let kept = HashSet<string>()

        let meet (p: Parameter) =
            p
            |> Parameter.mapLeaves (fun role leaf ->
                match role with
                | LeafRole.Plain -> ()
                | LeafRole.Variance
                | LeafRole.Mean -> kept.Add leaf.Name |> ignore

                leaf)
            |> ignore

        network
        |> Traversal.fold
            (fun () term ->
                match term with
                | Linear(a, _, _) ->
                    meet a.Weight
                    a.Bias |> Option.iter (fun bias -> meet bias.Vector)
                | _ -> ())
            ()

        Traversal.parameters network
        |> List.map _.Name
        |> List.filter (kept.Contains >> not)
        |> Set.ofList

    let replacing (numbers: Parameter -> Parameter) =
        // One parameter stays one wherever it stands, as the γ of a batch norm does.
        let known = Dictionary<Parameter, Parameter>()

        let leaf (p: Parameter) =
            match known.TryGetValue p with
            | true, other -> other
            | false, _ ->
                let other = if p.Source.IsOnes then p else numbers p
                known[p] <- other
                other

        leaf,
        Replacing(
            Set.empty,
            { Parameter = fun _ p -> leaf p
              Symbol = Gain.symbol
              Widths = Replacement.givenWidths }
        )

    let tryParameter (tensors: Tensors) (p: Parameter) =
        tensors
        |> Map.tryFind p.Name
        |> Option.map (fun numbers -> Parameter.withNumbers numbers p)

    let bind (tensors: Tensors) network =
        Fail.guard (fun () ->
            let _, replacing =
                replacing (fun p -> tryParameter tensors p |> Option.defaultValue p)

            replacing.Network network)
