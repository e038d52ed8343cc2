namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open Canon.Algebra

type Tensors = Map<string, float[]>

[<RequireQualifiedAccess>]
module Tensors =

    let beside (p: Parameter) (values: Values) =
        Fail.guard (fun () ->
            let expected = Parameter.count p

            if values.Length <> int64 expected then
                Fail.because (ShapeMismatch(p.Name, $"it has {expected} entries and {values.Length} are given"))

            match p.Grouping with
            | Diagonal -> Parameter.diagonal (Parameter.vector p.Name 1.0 values)
            | Groups _ ->
                let transposed = Parameter.isTransposed p
                Parameter.weight p.Name p.Rows.Value p.Columns.Value p.Grouping p.Taps transposed 1.0 values)

    let ofNetwork network =
        Fail.guard (fun () ->
            let reader = ParameterNumbers()

            Traversal.parameters network
            |> List.map (fun p -> p.Name, StoredMatrix(reader.Entries p, None, None).ReadRows None)
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

    let bind (tensors: Tensors) network =
        Fail.guard (fun () ->
            // One parameter stays one wherever it stands, as the γ of a batch norm does.
            let known = Dictionary<Parameter, Parameter>()

            let replaced (p: Parameter) =
                match Map.tryFind p.Name tensors with
                | None -> p
                | Some _ when p.Source.IsOnes -> p
                | Some _ when known.ContainsKey p -> known[p]
                | Some numbers when numbers.Length = Parameter.count p ->
                    known[p] <- Parameter.withNumbers numbers p
                    known[p]
                | Some numbers ->
                    Fail.because (
                        ShapeMismatch(p.Name, $"it has {Parameter.count p} entries and {numbers.Length} are given")
                    )

            Replacing(
                Set.empty,
                { Parameter = fun _ p -> replaced p
                  Symbol = Gain.symbol
                  Widths = Replacement.givenWidths }
            )
                .Network
                network)
