namespace Canon.Verification

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open Canon.Algebra
open Canon.Algebra.Rules

[<StructuralEquality; NoComparison>]
type Ascent =
    { From: Network
      To: Network
      Before: bigint
      After: bigint }

[<StructuralEquality; NoComparison>]
type Loop =
    { Network: Network; Rules: string list }

[<StructuralEquality; NoComparison>]
type RuleTermination =
    { Rule: string
      Fired: int
      Ascent: Ascent option }

[<StructuralEquality; NoComparison>]
type TerminationVerdict =
    | Terminates
    | MayLoop of example: Loop
    | NotShown of rule: string * example: Ascent option

[<StructuralEquality; NoComparison>]
type TerminationOptions =
    { Size: int
      Others: Network list
      Limit: int }

[<StructuralEquality; NoComparison>]
type TerminationReport =
    { Verdict: TerminationVerdict
      Networks: int
      Rules: RuleTermination list
      Unended: Network option }

[<RequireQualifiedAccess>]
module Termination =

    /// What is known at a place, from the output back: P there, what the uses of each wire behind it count for, what the
    /// scales and linear layers behind it count for together, and the term behind it, scales left out.
    type private Behind =
        { P: bigint
          Uses: Map<string, bigint>
          Sum: bigint
          Next: Network option }

    let private atEnd p =
        { P = p
          Uses = Map.empty
          Sum = 0I
          Next = None }

    let private addUse uses wire count =
        Map.add wire (count + (Map.tryFind wire uses |> Option.defaultValue 0I)) uses

    /// The rule for terms of which a part of a scale may pass, and a part stay: a clip that does not keep 0 at 0, and norms.
    let private dividing term =
        match term with
        | Clip(lower, upper, _, _) when lower > 0.0 || upper < 0.0 -> Some Commutation.threshold
        | Normalize _ -> Some Commutation.normalization
        | _ -> None

    /// Whether a scale in front of such a term waits there, or is 1.
    let private waits g next =
        match next with
        | None -> false
        | Some term ->
            match dividing term with
            | None -> false
            | Some rule ->
                match rule.Apply [ Scale g; term ] with
                | Refused _ -> true
                | Fired _
                | NoMatch -> g.IsOne

    let rec private before (behind: Behind) term =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let at p = { behind with P = p; Next = Some term }

        let branching ending branches =
            let starts = branches |> List.map (chain (atEnd ending))

            { at (1I + (starts |> List.sumBy _.P)) with
                Uses =
                    starts
                    |> List.fold (fun uses start -> Map.fold addUse uses start.Uses) behind.Uses
                Sum = behind.Sum + (starts |> List.sumBy _.Sum) }

        match term with
        | Scale g ->
            let count = if waits g behind.Next then behind.P / 2I else behind.P

            { behind with Sum = behind.Sum + count }
        | Linear _ ->
            { at (1I + behind.P) with
                Sum = behind.Sum + 1I + behind.P }
        | term when (dividing term).IsSome -> at (2I * (1I + behind.P))
        | UnitRowLinear _
        | Activation _
        | Clip _
        | Spatial _
        | Rearrange _
        | Normalize _ -> at (1I + behind.P)
        | Compose _ -> chain behind term
        | Concat(branches, _, _)
        | Product(branches, _) -> branching (1I + behind.P) branches
        | Sum(branches, _)
        | Tuple branches
        | Opaque(_, branches) -> branching 1I branches
        | As wire ->
            { at (1I + behind.P + (Map.tryFind wire behind.Uses |> Option.defaultValue 0I)) with
                Uses = Map.remove wire behind.Uses }
        | Wire wire ->
            { at 1I with
                Uses = addUse behind.Uses wire (1I + behind.P) }

    and private chain behind network =
        List.foldBack (fun part behind -> before behind part) (Network.parts network) behind

    let potential network = (chain (atEnd 1I) network).Sum

    let options = { Size = 3; Others = []; Limit = 100 }

    /// Visits networks by the steps of the rules, each once.
    type private Search(rules: Rule list, limit) =
        let fired = Dictionary<string, int>()
        let ascents = Dictionary<string, Ascent>()
        let steps = Dictionary<Network, (string * Network) list>(HashIdentity.Structural)

        let count rule =
            match fired.TryGetValue rule with
            | true, n -> n
            | _ -> 0

        let measure (network: Network) before (redex: Redex) =
            fired[redex.Rule] <- count redex.Rule + 1
            let result = redex.After.Value
            let after = potential result

            if after >= before && not (ascents.ContainsKey redex.Rule) then
                ascents[redex.Rule] <-
                    { From = network
                      To = result
                      Before = before
                      After = after }

            redex.Rule, result

        /// The steps from a network that was not visited before.
        let visit network =
            let before = potential network

            let found =
                [ for redex in Redex.all rules network -> measure network before redex ]
                |> List.distinct

            steps[network] <- found
            found

        /// The shortest way back to a network, along what was visited.
        let wayBack start =
            let queue = Queue<Network * string list>()
            let seen = HashSet<Network>(HashIdentity.Structural)
            let mutable found = None
            queue.Enqueue(start, [])

            while found.IsNone && queue.Count > 0 do
                let network, passed = queue.Dequeue()

                match steps.TryGetValue network with
                | true, next ->
                    for rule, result in next do
                        if found.IsNone && result = start then
                            found <- Some(List.rev (rule :: passed))
                        elif seen.Add result then
                            queue.Enqueue(result, rule :: passed)
                | _ -> ()

            found

        member val Loop: Loop option = None with get, set
        member val Unended: Network option = None with get, set
        member _.Visited = steps.Count

        member _.Rules =
            rules
            |> List.map (fun rule ->
                { Rule = rule.Name
                  Fired = count rule.Name
                  Ascent =
                    match ascents.TryGetValue rule.Name with
                    | true, ascent -> Some ascent
                    | _ -> None })

        /// The steps from one network alone.
        member _.Measure network =
            if not (steps.ContainsKey network) then
                visit network |> ignore

        /// All that is reached from a network and was not visited before, the nearest first.
        member search.From start =
            let queue = Queue [ start ]
            let reached = List<Network>()

            while queue.Count > 0 && reached.Count < limit do
                let network = queue.Dequeue()

                if not (steps.ContainsKey network) then
                    reached.Add network

                    for _, result in visit network do
                        queue.Enqueue result

            // A loop has a step that does not lower the potential.
            if ascents.Count > 0 then
                search.Loop <-
                    reached
                    |> Seq.tryPick (fun network ->
                        wayBack network
                        |> Option.map (fun rules -> { Network = network; Rules = rules }))

                if search.Loop.IsNone && queue |> Seq.exists (steps.ContainsKey >> not) then
                    search.Unended <- Some start

    let check options rules =
        let search = Search(rules, options.Limit)

        for start in Seq.append (Vocabulary.upTo options.Size) options.Others do
            if search.Loop.IsNone && search.Unended.IsNone then
                search.From start
            else
                search.Measure start

        let verdict =
            let notShown (rule: RuleTermination) =
                if rule.Ascent.IsSome || rule.Fired = 0 then
                    Some(NotShown(rule.Rule, rule.Ascent))
                else
                    None

            match search.Loop with
            | Some loop -> MayLoop loop
            | None -> search.Rules |> List.tryPick notShown |> Option.defaultValue Terminates

        { Verdict = verdict
          Networks = search.Visited
          Rules = search.Rules
          Unended = search.Unended }

    let describe report =
        let ascent (example: Ascent) =
            $"{Print.network example.From} => {Print.network example.To}: potential {example.Before} => {example.After}"

        let verdict =
            match report.Verdict with
            | Terminates -> "terminates: every step lowered the potential"
            | MayLoop loop ->
                let rules = String.Join(", ", loop.Rules)
                $"may loop: {Print.network loop.Network} comes back to itself by {rules}"
            | NotShown(rule, Some example) ->
                $"not shown to terminate: {rule} does not lower the potential, {ascent example}"
            | NotShown(rule, None) -> $"not shown to terminate: {rule} never fired"

        let rules =
            report.Rules
            |> List.map (fun rule ->
                match rule.Ascent with
                | Some example -> $"  {rule.Rule}, steps: {rule.Fired}; not always lower: {ascent example}"
                | None -> $"  {rule.Rule}, steps: {rule.Fired}")

        let unended =
            report.Unended
            |> Option.map (fun network -> $"  no end was found from {Print.network network}")
            |> Option.toList

        String.Join("\n", verdict :: $"  {report.Networks} networks visited" :: rules @ unended)
