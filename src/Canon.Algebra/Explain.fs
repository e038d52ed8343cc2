namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

[<StructuralEquality; NoComparison>]
type Standstill =
    | AtOutput
    | RelativeToLeader
    | BeforeOpaque of name: string
    | RefusedBy of rule: string * reason: string
    | MovedBy of rule: string
    | NoRule

[<StructuralEquality; NoComparison>]
type StandingScale =
    { Gain: Gain
      Place: Place
      Behind: Network option
      Before: Network option
      Standstill: Standstill }

[<RequireQualifiedAccess>]
module Explain =

    /// What the rules say of these terms, if anything.
    let private answer (rules: Rule list) parts =
        rules
        |> List.tryPick (fun rule ->
            match rule.Apply parts with
            | Fired _ -> Some(MovedBy rule.Name)
            | Refused reason -> Some(RefusedBy(rule.Name, reason))
            | NoMatch -> None)

    /// A scale at the end of what is inside the term that stands at the head of `parts`.
    let private atEnd rules parts =
        match parts with
        | Opaque(node, _) :: _ -> BeforeOpaque node.Name
        | Tuple _ :: _ -> AtOutput
        | Sum _ :: _ -> answer rules parts |> Option.defaultValue RelativeToLeader
        | _ -> answer rules parts |> Option.defaultValue NoRule

    let scales (rules: Rule list) network =
        Fail.guard (fun () ->
            let found = List<StandingScale>()

            /// `ending`: what holds of a scale that ends the chain. The path is turned round, and lacks the last index.
            let rec chain (ending: unit -> Standstill) path parts =
                RuntimeHelpers.EnsureSufficientExecutionStack()

                let rec along index behind parts =
                    match parts with
                    | [] -> ()
                    | term :: rest ->
                        Traversal.children term
                        |> List.iteri (fun k child ->
                            chain (fun () -> atEnd rules parts) (k :: index :: path) (Network.parts child))

                        match term with
                        | Scale gain ->
                            let standstill =
                                match rest with
                                | [] -> ending ()
                                | _ -> answer rules parts |> Option.defaultValue NoRule

                            found.Add
                                { Gain = gain
                                  Place =
                                    { Path = List.rev (index :: path)
                                      Label = behind |> Option.map Network.label |> Option.defaultValue "" }
                                  Behind = behind
                                  Before = List.tryHead rest
                                  Standstill = standstill }
                        | _ -> ()

                        along (index + 1) (Some term) rest

                along 0 None parts

            chain (fun () -> AtOutput) [] (Network.parts network)
            List.ofSeq found)
