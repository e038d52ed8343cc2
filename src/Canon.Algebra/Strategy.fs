namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open Microsoft.FSharp.Core.CompilerServices

[<Struct; StructuralEquality; NoComparison>]
type Place =
    { Path: int list
      Label: string }

    override x.ToString() =
        let path = String.Join(".", x.Path)
        if x.Label = "" then path else $"{x.Label} ({path})"

    /// Where a path leads, from the inside out, with the label of the first of so many terms that has one.
    static member internal Of(path: int list, count, terms: Network list) =
        let rec firstLabel count (terms: Network list) =
            match terms with
            | term :: rest when count > 0 ->
                match Network.label term with
                | "" -> firstLabel (count - 1) rest
                | label -> label
            | _ -> ""

        { Path = List.rev path
          Label = firstLabel count terms }

[<Struct; CustomEquality; NoComparison>]
type Step =
    private
        { Name: string
          Inwards: int list
          Found: Network list
          Taken: int
          Left: Network list
          Put: int
          Assumed: Assumption list
          Turned: bool }

    static member Create(rule, place: Place, before: Network list, after: Network list, assumptions) =
        { Name = rule
          Inwards = List.rev place.Path
          Found = before
          Taken = before.Length
          Left = after
          Put = after.Length
          Assumed = assumptions
          Turned = false }

    member x.Rule = x.Name
    member x.Place = Place.Of(x.Inwards, x.Taken, x.Found)
    member x.Before = List.take x.Taken x.Found
    member x.After = List.take x.Put x.Left
    member x.Assumptions = x.Assumed
    member x.Inverted = x.Turned

    member x.With(before: Network list, after: Network list, assumptions) =
        let step = x

        { step with
            Found = before
            Taken = before.Length
            Left = after
            Put = after.Length
            Assumed = assumptions }

    member x.Invert() =
        let step = x

        { step with
            Found = step.Left
            Taken = step.Put
            Left = step.Found
            Put = step.Taken
            Turned = not step.Turned }

    override x.Equals other =
        match other with
        | :? Step as y ->
            x.Name = y.Name
            && x.Turned = y.Turned
            && x.Inwards = y.Inwards
            && x.Before = y.Before
            && x.After = y.After
            && x.Assumed = y.Assumed
        | _ -> false

    override x.GetHashCode() = hash struct (x.Name, x.Inwards)

[<StructuralEquality; NoComparison>]
type Refusal =
    { Rule: string
      Place: Place
      Reason: string }

[<StructuralEquality; NoComparison>]
type StopReason =
    | Completed
    | StepLimit of limit: int

[<Sealed>]
type Trail internal (limit: int) =
    let mutable count = 0
    let mutable steps = ListCollector<Step>()
    let refusals = List<Refusal>()
    let refused = HashSet<struct (string * Place)>()

    member internal _.Taken = count
    member internal _.Full = count >= limit

    /// A rule would have fired beyond the limit.
    member val internal StoppedEarly = false with get, set

    /// The first `taken` of the terms found became the first `put` of those left.
    member internal _.Record(rule, path, found, taken, left, put, assumptions) =
        count <- count + 1

        steps.Add
            { Name = rule
              Inwards = path
              Found = found
              Taken = taken
              Left = left
              Put = put
              Assumed = assumptions
              Turned = false }

    /// A refusal is kept once a layer (by its label; by its path where it has none), however often a strategy comes back to it.
    member internal _.Refuse(rule, path, terms, reason) =
        let place = Place.Of(path, 2, terms)
        let layer = if place.Label = "" then place else { place with Path = [] }

        if refused.Add(struct (rule, layer)) then
            refusals.Add
                { Rule = rule
                  Place = place
                  Reason = reason }

    member internal _.Close() = steps.Close()
    member internal _.Refusals = List.ofSeq refusals

[<Sealed>]
type Strategy internal (apply: Trail -> int list -> Network list -> Network list option) =
    member internal _.Apply(trail, path, parts) = apply trail path parts

[<RequireQualifiedAccess>]
module Strategy =

    /// The place behind that of a path.
    let private next (path: int list) = path.Head + 1 :: path.Tail

    let private apply (rule: Rule) (trail: Trail) path parts =
        match rule.Apply parts with
        | Fired _ when trail.Full ->
            trail.StoppedEarly <- true
            None
        | Fired rewrite ->
            let after = Network.flatten rewrite.Produced
            let left = after @ List.skip rewrite.Consumed parts
            trail.Record(rule.Name, path, parts, rewrite.Consumed, left, after.Length, rewrite.Assumptions)
            Some left
        | Refused reason ->
            trail.Refuse(rule.Name, path, parts, reason)
            None
        | NoMatch -> None

    let rec private applyFirst (rules: Rule list) trail path parts =
        match rules with
        | [] -> None
        | rule :: others ->
            match apply rule trail path parts with
            | None -> applyFirst others trail path parts
            | applied -> applied

    let rule (rule: Rule) : Strategy =
        Strategy(fun trail path parts -> apply rule trail path parts)

    let attempt (s: Strategy) : Strategy =
        Strategy(fun trail path parts -> s.Apply(trail, path, parts) |> Option.orElse (Some parts))

    let andThen (s: Strategy) (t: Strategy) : Strategy =
        Strategy(fun trail path parts ->
            s.Apply(trail, path, parts)
            |> Option.bind (fun parts -> t.Apply(trail, path, parts)))

    let orElse (s: Strategy) (t: Strategy) : Strategy =
        Strategy(fun trail path parts ->
            s.Apply(trail, path, parts)
            |> Option.orElseWith (fun () -> t.Apply(trail, path, parts)))

    let first (rules: Rule list) : Strategy =
        Strategy(fun trail path parts -> applyFirst rules trail path parts)

    let repeat (s: Strategy) : Strategy =
        Strategy(fun trail path parts ->
            let rec loop parts =
                let before = trail.Taken

                match s.Apply(trail, path, parts) with
                | Some next when trail.Taken > before -> loop next
                | Some next -> next
                | None -> parts

            Some(loop parts))

    /// s on the first child of a term to which it applies. Children are numbered in the path.
    let private oneChild (s: Strategy) trail path term =
        RuntimeHelpers.EnsureSufficientExecutionStack()
        let children = Traversal.children term

        children
        |> Seq.indexed
        |> Seq.tryPick (fun (k, child) ->
            s.Apply(trail, 0 :: k :: path, Network.parts child)
            |> Option.map (fun parts -> Traversal.withChildren (List.updateAt k (Network.compose parts) children) term))

    /// At the first place, in the order that `visit` gives, where s applies.
    let private somewhere visit : Strategy =
        Strategy(fun trail path parts ->
            let outer = List.tail path

            let rec along index passed parts =
                match parts with
                | [] -> None
                | head :: rest ->
                    match visit trail (index :: outer) head rest with
                    | Some parts -> Some(List.rev passed @ parts)
                    | None -> along (index + 1) (head :: passed) rest

            along (List.head path) [] parts)

    let rec oneTopDown (s: Strategy) : Strategy =
        somewhere (fun trail path head rest ->
            match s.Apply(trail, path, head :: rest) with
            | Some parts -> Some parts
            | None -> oneChild (oneTopDown s) trail path head |> Option.map (fun head -> head :: rest))

    let rec oneBottomUp (s: Strategy) : Strategy =
        somewhere (fun trail path head rest ->
            match oneChild (oneBottomUp s) trail path head with
            | Some head -> Some(head :: rest)
            | None -> s.Apply(trail, path, head :: rest))

    /// At every place once; inside a term first, or last. Always applies.
    let private everywhere insideFirst (s: Strategy) : Strategy =
        let rec pass trail path parts =
            RuntimeHelpers.EnsureSufficientExecutionStack()
            let outer = List.tail path

            let descend index term =
                let inner =
                    Traversal.children term
                    |> List.mapi (fun k child ->
                        Network.compose (pass trail (0 :: k :: index :: outer) (Network.parts child)))

                Traversal.withChildren inner term

            let here index parts =
                s.Apply(trail, index :: outer, parts) |> Option.defaultValue parts

            let mutable passed = ListCollector<Network>()
            let mutable index = List.head path
            let mutable parts = parts

            while not parts.IsEmpty do
                let met =
                    if insideFirst then
                        descend index parts.Head :: parts.Tail
                    else
                        parts

                match here index met with
                | [] -> parts <- []
                | head :: rest ->
                    passed.Add(if insideFirst then head else descend index head)
                    index <- index + 1
                    parts <- rest

            passed.Close()

        Strategy(fun trail path parts -> Some(pass trail path parts))

    let allTopDown s = everywhere false s

    let allBottomUp s = everywhere true s

    let innermost (rules: Rule list) : Strategy = repeat (oneBottomUp (first rules))

    let outermost (rules: Rule list) : Strategy = repeat (oneTopDown (first rules))

    let random (seed: int) (rules: Rule list) : Strategy =
        let redexes path parts =
            let found = List<struct (int list * Rule)>()

            let rec search path parts =
                let outer = List.tail path

                let rec along index parts =
                    match parts with
                    | [] -> ()
                    | head :: rest ->
                        for rule in rules do
                            match rule.Apply parts with
                            | Fired _ -> found.Add(struct (index :: outer, rule))
                            | NoMatch
                            | Refused _ -> ()

                        Traversal.children head
                        |> List.iteri (fun k child -> search (0 :: k :: index :: outer) (Network.parts child))

                        along (index + 1) rest

                along (List.head path) parts

            search path parts
            found

        Strategy(fun trail path parts ->
            let random = Random seed

            let rec loop parts =
                let found = redexes path parts

                if found.Count = 0 then
                    Some parts
                else
                    let struct (target, chosen) = found[random.Next found.Count]

                    let here =
                        Strategy(fun trail place parts ->
                            if place = target then (rule chosen).Apply(trail, place, parts) else None)

                    match (oneTopDown here).Apply(trail, path, parts) with
                    | Some parts -> loop parts
                    | None -> Some parts

            loop parts)

    let sweep (copy: Rule) (rules: Rule list) : Strategy =
        // What the rule says of the two terms it says of any body behind them.
        let copies (trail: Trail) path parts scale name =
            match copy.Apply [ scale; name ] with
            | Fired _ -> true
            | Refused reason ->
                trail.Refuse(copy.Name, path, parts, reason)
                false
            | NoMatch -> false

        let rec pass (trail: Trail) (wires: Map<string, Gain>) path parts : Network list =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let descend wires path term =
                let swept =
                    Traversal.children term
                    |> List.mapi (fun k child ->
                        Network.compose (pass trail wires (0 :: k :: path) (Network.parts child)))

                Traversal.withChildren swept term

            let mutable passed = ListCollector<Network>()
            let mutable path = path
            let mutable wires = wires
            // Whether what is inside the term at hand has been swept.
            let mutable entered = false
            let mutable parts = parts

            while not parts.IsEmpty do
                // The term that is done with, if one is, and what is next.
                let struct (term, behind) =
                    match parts with
                    | (Scale _ as scale) :: (As _ as name :: _ as rest) when
                        trail.Full && copies trail path parts scale name
                        ->
                        trail.StoppedEarly <- true
                        struct (ValueSome scale, rest)
                    | (Scale gain as scale) :: (As wire as name) :: rest when copies trail path parts scale name ->
                        let behind = scale :: rest
                        trail.Record(copy.Name, path, parts, 2, name :: behind, 2, [])
                        wires <- Map.add wire gain wires
                        struct (ValueSome name, behind)
                    | As wire as name :: rest ->
                        wires <- Map.remove wire wires
                        struct (ValueSome name, rest)
                    // Whatever the limit: a copy is done once every use of the wire has its scale.
                    | Wire wire as term :: rest when Map.containsKey wire wires ->
                        let behind = Scale wires[wire] :: rest
                        trail.Record(copy.Name, path, parts, 1, term :: behind, 2, [])
                        struct (ValueSome term, behind)
                    | head :: rest when not entered && not (Traversal.children head).IsEmpty ->
                        entered <- true
                        struct (ValueNone, descend wires path head :: rest)
                    | head :: rest ->
                        match applyFirst rules trail path parts with
                        | Some rewritten -> struct (ValueNone, rewritten)
                        | None -> struct (ValueSome head, rest)
                    | [] -> struct (ValueNone, [])

                match term with
                | ValueSome term ->
                    passed.Add term
                    path <- next path
                    entered <- false
                | ValueNone -> ()

                parts <- behind

            passed.Close()

        Strategy(fun trail path parts -> Some(pass trail Map.empty path parts))
