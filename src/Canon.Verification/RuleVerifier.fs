namespace Canon.Verification

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open Canon.Algebra

[<NoEquality; NoComparison>]
type VerifyOptions =
    { Tries: int
      Seed: int
      Tolerance: float
      Redexes: Arbitrary<Sample> option }

/// What is counted on the way.
[<Sealed>]
type private Tally() =
    let count (counts: Dictionary<string, int>) key =
        match counts.TryGetValue key with
        | true, n -> counts[key] <- n + 1
        | false, _ -> counts[key] <- 1

    let refusals = Dictionary<string, int>()
    let coverage = Dictionary<string, int>()

    let listed (counts: Dictionary<string, int>) =
        counts
        |> Seq.map (fun pair -> pair.Key, pair.Value)
        |> Seq.sortWith (fun (a, m) (b, n) -> if m <> n then compare n m else String.CompareOrdinal(a, b))
        |> List.ofSeq

    member val Fired = 0 with get, set
    member val Skipped = 0 with get, set
    member val Worst = 0.0 with get, set
    member _.Refuse reason = count refusals reason
    member _.Cover terms = count coverage terms
    member _.Refusals = listed refusals
    member _.Coverage = listed coverage

[<RequireQualifiedAccess>]
module RuleVerifier =

    let options =
        { Tries = 1000
          Seed = 1
          Tolerance = 1e-13
          Redexes = None }

    let private kind term =
        match term with
        | Linear(_, kernel, _) -> if kernel = Kernel.dense then "linear" else "conv"
        | UnitRowLinear(_, kernel, _) -> if kernel = Kernel.dense then "unit_row_linear" else "unit_row_conv"
        | Scale _ -> "scale"
        | Activation(phi, _) -> Activation.name phi
        | Clip _ -> "clip"
        | Spatial(operation, _) ->
            match operation with
            | Spatial.Pool _ -> "pool"
            | Spatial.Pad _ -> "pad"
            | Spatial.Crop _ -> "crop"
            | Spatial.Resize _ -> "resize"
        | Rearrange(Rearrangement.Flatten _, _) -> "flatten"
        | Rearrange(Rearrangement.Take _, _) -> "channels"
        | Rearrange(Rearrangement.Regroup _, _) -> "rearrange"
        | Normalize(normalization, _, _, _) -> Normalization.name normalization
        | Compose _ -> "compose"
        | Sum _ -> "sum"
        | Concat _ -> "concat"
        | Product _ -> "product"
        | As _ -> "as"
        | Wire _ -> "wire"
        | Tuple _ -> "tuple"
        | Opaque _ -> "opaque"

    let private kinds terms =
        terms |> List.truncate 2 |> List.map kind |> String.concat " -> "

    let private isPositive (numbers: Numbers) (gain: Gain) =
        gain.IsOne
        || match numbers.Gain gain with
           | Ok entries -> entries |> Array.forall (fun entry -> not entry.IsZero)
           | Error _ -> false

    /// Whether no entry is zero, as far as norms decide it: zeros that are given are part of what the terms say.
    let private hasPositiveNorms numbers (gain: Gain) =
        gain.Factors
        |> List.forall (fun (struct (atom, _)) -> atom.Expression.IsConstants)
        || isPositive numbers gain

    let private holds (Positive gain) = isPositive (Numbers()) gain

    /// The terms replaced as a network of their own, where any value may flow into it: nothing is read by name or named for
    /// what follows, and no gain is zero, since behind such a gain's own rows the value would be zero as well.
    let private alone (here: Here) before after =
        let network = Network.compose before

        let isNamed =
            before
            |> List.exists (function
                | As _ -> true
                | _ -> false)

        if
            isNamed
            || not (Traversal.freeWires network).IsEmpty
            || not (Traversal.freeWires (Network.compose after)).IsEmpty
        then
            None
        else
            let numbers = Numbers()

            if
                Traversal.collect Picture.gains network
                |> List.forall (hasPositiveNorms numbers)
            then
                let isKnown (shape: Shape) =
                    shape.Channels.IsSome && shape.Positions.IsSome

                match here.Arriving.Value with
                | Some options when isKnown options.Input -> Some({ options with Wires = Map.empty }, network)
                | Some _
                | None -> None
            else
                None

    type private Finding =
        | Right of worst: float
        | Nothing
        | Wrong of Counterexample

    /// One firing against the law.
    let private check options (rule: Rule) seed shapes network reference (here: Here) rewrite =
        let wrong sampleOptions network place before fault =
            Wrong
                { Network = network
                  Options = sampleOptions
                  Place = place
                  Before = before
                  After = rewrite.Produced
                  Fault = fault
                  Seed = seed }

        let compared (reference: Comparison.Reference) wrong rewritten =
            match Comparison.run rule.Exactness options.Tolerance reference rewritten with
            | Agree worst -> Right worst
            | Unknown -> Nothing
            | Reshaped(expected, actual) -> wrong (ShapesDiffer(expected, actual))
            | Broken error -> wrong (IllShaped error)
            | Differ d ->
                let input = Comparison.sample reference.Inputs.Input d.Sample

                let wires =
                    reference.Inputs.Wires |> Map.map (fun _ s -> Comparison.sample s d.Sample)

                wrong (
                    match rule.Exactness with
                    | BitExact -> BitsDiffer(input, wires, d.Expected, d.Actual)
                    | Exact -> OutputsDiffer(input, wires, d.Expected, d.Actual)
                )

        let inWhole = wrong shapes network here.Place

        if rewrite.Consumed < 1 || rewrite.Consumed > here.Terms.Length then
            inWhole (List.truncate 1 here.Terms) (ConsumedOutOfRange(rewrite.Consumed, here.Terms.Length))
        elif not (List.forall holds rewrite.Assumptions) then
            Nothing
        else
            let before, rest = List.splitAt rewrite.Consumed here.Terms
            let after = Network.parts (Network.compose rewrite.Produced)
            let rewritten = here.Rebuilt(after @ rest)

            let onTheirOwn =
                match alone here before after with
                | None -> Nothing
                | Some(arriving, terms) ->
                    compared
                        (Comparison.reference arriving terms)
                        (wrong arriving terms { here.Place with Path = [ 0 ] } before)
                        (Network.compose after)

            match onTheirOwn with
            | Wrong _ -> onTheirOwn
            | Right _
            | Nothing ->
                match Shape.infer shapes.Wires shapes.Input rewritten with
                | Error error -> inWhole before (IllShaped error)
                | Ok _ -> compared reference (inWhole before) rewritten

    /// Places of one network at which firings are compared.
    let private most = 4

    /// The first thing wrong with the rule on a network.
    let private examine options (tally: Tally) (rule: Rule) seed (shapes: CanonicalOptions) network =
        let reference = Comparison.reference shapes network
        let mutable compared = 0

        let unanswered (here: Here) fault =
            Some
                { Network = network
                  Options = shapes
                  Place = here.Place
                  Before = List.truncate 1 here.Terms
                  After = []
                  Fault = fault
                  Seed = seed }

        let answer terms =
            try
                Ok(rule.Apply terms)
            with e ->
                Error $"{e.GetType().Name}: {e.Message}"

        Places.all shapes network
        |> Seq.tryPick (fun here ->
            match answer here.Terms, answer here.Terms with
            | Error message, _
            | _, Error message -> unanswered here (Threw message)
            | Ok first, Ok second when first <> second -> unanswered here Unsteady
            | Ok NoMatch, _ -> None
            | Ok(Refused reason), _ ->
                tally.Refuse reason
                None
            | Ok(Fired _), _ when compared = most -> None
            | Ok(Fired rewrite), _ ->
                compared <- compared + 1

                match check options rule seed shapes network reference here rewrite with
                | Nothing ->
                    tally.Skipped <- tally.Skipped + 1
                    None
                | Right worst ->
                    tally.Fired <- tally.Fired + 1
                    tally.Worst <- max tally.Worst worst
                    tally.Cover(kinds (List.truncate rewrite.Consumed here.Terms))
                    None
                | Wrong counterexample ->
                    tally.Fired <- tally.Fired + 1
                    tally.Cover(kinds (List.truncate rewrite.Consumed here.Terms))
                    Some counterexample)

    let private examineCase options tally rule seed (case: Case) =
        Cases.network case
        |> Option.bind (examine options tally rule seed case.Sample.Options)

    /// Networks with a term or a branch fewer, or with what is inside a term in its place. Where a layer or a branch is gone no gain
    /// is zero: it might stand without the rows behind which it does no harm.
    let private fewer (shapes: CanonicalOptions) network =
        let without (here: Here) =
            let head, rest = here.Terms.Head, here.Terms.Tail
            let inside = Traversal.children head

            let narrowed =
                match head with
                | Sum(branches, label) when branches.Length > 1 ->
                    [ for k in 0 .. branches.Length - 1 -> Sum(List.removeAt k branches, label) ]
                | Product(branches, label) when branches.Length > 1 ->
                    [ for k in 0 .. branches.Length - 1 -> Product(List.removeAt k branches, label) ]
                | Tuple branches when branches.Length > 1 ->
                    [ for k in 0 .. branches.Length - 1 -> Tuple(List.removeAt k branches) ]
                | _ -> []

            let keepsLayers =
                match head with
                | Activation _
                | Clip _
                | Spatial _
                | Rearrange _
                | Normalize _
                | As _ -> true
                | _ -> false

            (keepsLayers, rest)
            :: [ for child in inside -> false, Network.parts child @ rest
                 for term in narrowed -> false, term :: rest ]
            |> List.map (fun (keepsLayers, terms) -> keepsLayers, here.Rebuilt terms)

        let isSound (keepsLayers, candidate) =
            (Shape.infer shapes.Wires shapes.Input candidate).IsOk
            && (keepsLayers
                || Traversal.collect Picture.gains candidate
                   |> List.forall (hasPositiveNorms (Numbers())))

        Places.all shapes network
        |> Seq.collect without
        |> Seq.filter isSound
        |> Seq.map snd

    /// Networks that are looked at while a counterexample is made smaller, in each of two ways.
    let private patience = 2000

    let private smallest options rule seed case counterexample =
        let mutable left = patience

        let isPatient _ =
            left <- left - 1
            left >= 0

        let rec shrinkCase case counterexample =
            let next =
                Cases.smaller case
                |> Seq.takeWhile isPatient
                |> Seq.tryPick (fun smaller ->
                    examineCase options (Tally()) rule seed smaller
                    |> Option.map (fun found -> smaller, found))

            match next with
            | Some(smaller, found) -> shrinkCase smaller found
            | None -> counterexample

        let rec shrinkNetwork (counterexample: Counterexample) =
            let next =
                fewer counterexample.Options counterexample.Network
                |> Seq.takeWhile isPatient
                |> Seq.tryPick (examine options (Tally()) rule seed counterexample.Options)

            match next with
            | Some found -> shrinkNetwork found
            | None -> counterexample

        let cut = shrinkCase case counterexample
        left <- patience
        shrinkNetwork cut

    /// How many networks more are tried for a counterexample without moves of the catalog before it, which can be made smaller.
    let private lookahead = 100

    let verify options (rule: Rule) =
        let draw = Cases.draw options.Redexes
        let tally = Tally()

        let evidence networks =
            { Rule = rule.Name
              Law = rule.Law
              Tries = options.Tries
              Networks = networks
              Fired = tally.Fired
              Skipped = tally.Skipped
              Refusals = tally.Refusals
              WorstError = tally.Worst
              Coverage = tally.Coverage
              Seed = options.Seed }

        let isPlain (case: Case) =
            case.Moves = 0 && case.Sample.Outline.IsSome

        let refuted n (seed, case, counterexample) =
            Refuted(smallest options rule seed case counterexample, evidence n)

        let rec tries n first =
            match first with
            | Some(from, found) when n = options.Tries || n > from + lookahead -> refuted n found
            | _ when n = options.Tries -> if tally.Fired = 0 then NeverFired(evidence n) else Verified(evidence n)
            | _ ->
                let seed = options.Seed + n
                let case = draw seed

                match examineCase options tally rule seed case with
                | Some found when isPlain case -> refuted (n + 1) (seed, case, found)
                | Some found when first.IsNone -> tries (n + 1) (Some(n, (seed, case, found)))
                | _ -> tries (n + 1) first

        tries 0 None

    /// Networks on which the left side matches: of small numbers of channels, made smaller by fewer channels.
    let private redexes (rule: RuleText) =
        let rec sample seed size =
            rule.Redex size seed
            |> Option.map (fun (network, options) ->
                Sample(options, network, (fun () -> seq { 1 .. size - 1 } |> Seq.choose (sample seed))))

        Gen.map2 sample Draw.seed (Gen.elements [ 1; 1; 2; 2; 3; 4 ])
        |> Gen.filter Option.isSome
        |> Gen.map Option.get
        |> Networks.ofSamples

    let verifyText options (rule: RuleText) =
        let fits = seq { 1..20 } |> Seq.exists (fun seed -> (rule.Redex 3 seed).IsSome)

        let redexes =
            match options.Redexes with
            | given when not fits -> given
            | None -> Some(redexes rule)
            | Some given ->
                let own = redexes rule

                Some(
                    Arb.fromGenShrink (
                        Gen.oneof [ given.Generator; own.Generator ],
                        fun sample -> Seq.append (given.Shrinker sample) (own.Shrinker sample)
                    )
                )

        verify { options with Redexes = redexes } rule.Rule
