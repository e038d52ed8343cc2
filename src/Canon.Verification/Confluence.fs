namespace Canon.Verification

open System
open System.Collections.Generic
open Canon.Algebra

[<StructuralEquality; NoComparison>]
type Reduct =
    { Rule: string
      Place: Place
      OneStep: Network
      NormalForm: Network }

[<StructuralEquality; NoComparison>]
type Divergence =
    { Network: Network
      First: Reduct
      Second: Reduct }

[<StructuralEquality; NoComparison>]
type PairCount =
    { First: string
      Second: string
      Overlapping: int
      Trivial: int
      Apart: int
      NotJoined: int }

[<StructuralEquality; NoComparison>]
type ConfluenceOptions =
    { Size: int
      Others: Network list
      Limit: int }

[<StructuralEquality; NoComparison>]
type ConfluenceReport =
    { Rules: string list
      Networks: int
      Pairs: PairCount list
      Divergences: Divergence list
      Undecided: Network option }

    member x.IsLocallyConfluent =
        not x.Pairs.IsEmpty && x.Divergences.IsEmpty && x.Undecided.IsNone

[<RequireQualifiedAccess>]
module Confluence =

    let options = { Size = 3; Others = []; Limit = 200 }

    /// Normal forms by the rules. Results of steps are met again and again: each is rewritten once.
    type private Reducer(limit: int, rules: Rule list) =
        let known = Dictionary<Network, Network option>(HashIdentity.Structural)
        let innermost = Strategy.innermost rules

        /// By the innermost redex first; None when the limit comes before.
        member _.NormalForm network =
            match known.TryGetValue network with
            | true, form -> form
            | _ ->
                let form =
                    match Derivation.run limit innermost network with
                    | Ok derivation when derivation.Stop = Completed -> Some derivation.Result
                    | Ok _
                    | Error _ -> None

                known[network] <- form
                form

        /// By every order; None when more networks are reached than the limit allows.
        member _.NormalForms start =
            let seen = HashSet<Network>([ start ], HashIdentity.Structural)
            let queue = Queue [ start ]
            let forms = HashSet<Network>(HashIdentity.Structural)

            while queue.Count > 0 && seen.Count <= limit do
                let network = queue.Dequeue()
                let results = [ for redex in Redex.all rules network -> redex.After.Value ]

                if results.IsEmpty then
                    forms.Add network |> ignore

                for result in results do
                    if seen.Add result then
                        queue.Enqueue result

            if queue.Count = 0 then Some forms else None

        /// Whether rewriting leads from both to one network; None when that is not decided within the limit.
        /// Mostly the innermost redex first leads both to the same, and no other order need be tried.
        member reducer.Joins (a: Network) (b: Network) =
            if a = b then
                Some true
            else
                match reducer.NormalForm a, reducer.NormalForm b with
                | Some formA, Some formB when formA = formB -> Some true
                | Some _, Some _ ->
                    Option.map2
                        (fun (a: HashSet<Network>) b -> a.Overlaps b)
                        (reducer.NormalForms a)
                        (reducer.NormalForms b)
                | _ -> None

    /// The pairs of two rules met so far.
    type private Tally(first: string, second: string) =
        let mutable count =
            { First = first
              Second = second
              Overlapping = 0
              Trivial = 0
              Apart = 0
              NotJoined = 0 }

        member _.Count = count
        member val Divergence: Divergence option = None with get, set

        member tally.Add (reducer: Reducer) network (a: Redex) (b: Redex) joined =
            let one condition = if condition then 1 else 0
            let overlap = Redex.overlap a b

            count <-
                { count with
                    Overlapping = count.Overlapping + one overlap
                    Trivial = count.Trivial + one (overlap && a.After.Value = b.After.Value)
                    Apart = count.Apart + one (not overlap)
                    NotJoined = count.NotJoined + one (not joined) }

            if not joined && tally.Divergence.IsNone then
                let reduct (redex: Redex) =
                    { Rule = redex.Rule
                      Place = redex.Place
                      OneStep = redex.After.Value
                      NormalForm = reducer.NormalForm redex.After.Value |> Option.defaultValue redex.After.Value }

                tally.Divergence <-
                    Some
                        { Network = network
                          First = reduct a
                          Second = reduct b }

    let check options (rules: Rule list) =
        let names = rules |> List.map _.Name
        let order = names |> List.mapi (fun i name -> name, i) |> Map.ofList
        let reducer = Reducer(options.Limit, rules)
        let tallies = Dictionary<struct (int * int), Tally>()
        let mutable networks = 0
        let mutable undecided = None

        let compare network (a: Redex) (b: Redex) =
            match reducer.Joins a.After.Value b.After.Value with
            | Some joined ->
                let key = struct (order[a.Rule], order[b.Rule])

                if not (tallies.ContainsKey key) then
                    tallies[key] <- Tally(a.Rule, b.Rule)

                tallies[key].Add reducer network a b joined
            | None -> undecided <- Some network

        let rec pairs network (steps: Redex list) =
            match steps with
            | step :: others when Option.isNone undecided ->
                List.iter (compare network step) others
                pairs network others
            | _ -> ()

        for network in Seq.append (Vocabulary.upTo options.Size) options.Others do
            if undecided.IsNone then
                networks <- networks + 1

                Redex.all rules network
                |> Seq.toList
                |> List.sortBy (fun step -> order[step.Rule])
                |> pairs network

        let tallies = tallies |> Seq.sortBy _.Key |> Seq.map _.Value |> List.ofSeq

        { Rules = names
          Networks = networks
          Pairs = tallies |> List.map _.Count
          Divergences = tallies |> List.choose _.Divergence
          Undecided = undecided }

    let describe report =
        let total count = report.Pairs |> List.sumBy count

        let verdict =
            if report.IsLocallyConfluent then
                "locally confluent: every pair was joined"
            elif not report.Divergences.IsEmpty then
                "not confluent"
            elif report.Undecided.IsSome then
                "undecided: rewriting did not end within the limit"
            else
                "nothing shown: no two steps met"

        let counts =
            [ $"  {report.Rules.Length} rules, {report.Networks} networks"
              $"  {total _.Overlapping} critical pairs ({total _.Trivial} trivial), {total _.Apart} pairs of steps apart"
              $"  not joined: {total _.NotJoined}" ]

        let pair count =
            $"  {count.First}, {count.Second}: {count.Overlapping} critical ({count.Trivial} trivial), "
            + $"{count.Apart} apart, {count.NotJoined} not joined"

        let divergence (d: Divergence) =
            let side (reduct: Reduct) =
                [ $"  by {reduct.Rule} at {reduct.Place}: {Print.document reduct.OneStep}"
                  $"    normal form: {Print.document reduct.NormalForm}" ]

            $"not joined: {Print.document d.Network}" :: side d.First @ side d.Second

        let undecided =
            report.Undecided
            |> Option.map (fun network -> $"undecided: {Print.network network}")
            |> Option.toList

        String.Join(
            "\n",
            verdict :: counts
            @ List.map pair report.Pairs
            @ List.collect divergence report.Divergences
            @ undecided
        )
