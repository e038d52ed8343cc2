namespace Canon.Algebra.Rules

open System.Runtime.CompilerServices
open Canon.Algebra

[<RequireQualifiedAccess>]
module Wires =

    let rec internal scaleUses wire gain parts =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let inside term =
            match term with
            | Wire name when name = wire -> Network.compose [ term; Scale gain ]
            | _ ->
                match Traversal.children term with
                | [] -> term
                | children ->
                    Traversal.withChildren
                        (children |> List.map (Network.parts >> scaleUses wire gain >> Network.compose))
                        term

        let rec along passed parts =
            match parts with
            | [] -> List.rev passed
            | As name :: _ when name = wire -> List.rev passed @ parts
            | part :: rest -> along (List.rev (Network.parts (inside part)) @ passed) rest

        along [] parts

    let copy =
        Rule.define
            "scale-copy"
            BitExact
            "scale(g) -> as x -> body = as x -> scale(g) -> body, every x in the body becoming x -> scale(g)"
            "calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: (As wire as name) :: body ->
                    Rule.fires parts.Length (name :: Scale g :: scaleUses wire g body)
                | _ -> NoMatch)

    let discard =
        Rule.define "scale-discard" BitExact "scale(g) -> x = x for a wire x" "calculus §1" (fun parts ->
            match parts with
            | Scale _ :: (Wire _ as wire) :: _ -> Rule.fires 2 [ wire ]
            | _ -> NoMatch)

    let all = [ copy; discard ]
