namespace Canon.Algebra

open System.Collections.Generic
open Canon.Algebra.Rules

[<StructuralEquality; NoComparison>]
type CanonicalOptions =
    { Definition: GainDefinition
      Fold: bool
      KeepArchitecture: bool
      Frozen: Set<string>
      Input: Shape
      Wires: Map<string, Shape>
      Opaque: Map<string * int, Shape> }

[<RequireQualifiedAccess>]
module Canonical =

    let options =
        { Definition = RowNorm
          Fold = true
          KeepArchitecture = false
          Frozen = Set.empty
          Input = Shape.unknown
          Wires = Map.empty
          Opaque = Map.empty }

    let internal guarded definition (rule: Rule) =
        if GainDefinition.isPowerOfTwo definition then Lossless.guard rule else rule

    let moves definition =
        let moving =
            [ Absorption.fuse
              Commutation.activation
              Absorption.absorb definition
              Decomposition.weightNorm definition
              Commutation.threshold
              Commutation.spatial
              Commutation.rearrangement
              Commutation.normalization
              Branches.distribute
              Branches.factorConcat
              Branches.factorProduct
              Wires.discard ]

        Absorption.unit :: List.map (guarded definition) moving

    let copy definition = guarded definition Wires.copy

    let private factorSum definition = guarded definition Branches.factorSum

    let settling definition =
        moves definition @ [ factorSum definition ]

    let folding =
        let everywhere rule =
            Strategy.allTopDown (Strategy.repeat (Strategy.rule rule))

        Strategy.andThen (everywhere Folding.before) (everywhere Folding.behind)

    let sweep definition =
        Strategy.sweep (copy definition) (settling definition)

    let exhaustive definition (strategy: Rule list -> Strategy) =
        let moved = strategy (copy definition :: moves definition)

        let settle =
            Strategy.andThen (Strategy.oneBottomUp (Strategy.rule (factorSum definition))) moved

        Strategy.andThen moved (Strategy.repeat settle)

    let private requireDistinctNames network =
        let named = Dictionary<string, Parameter>()

        network
        |> Traversal.iterateParameters (fun parameter ->
            if
                not (named.TryAdd(parameter.Name, parameter))
                && named[parameter.Name] <> parameter
            then
                Fail.because (AmbiguousParameter parameter.Name))

    let prepare options network =
        Fail.guard (fun () ->
            requireDistinctNames network

            let wires =
                Traversal.freeWires network
                |> List.fold
                    (fun wires wire -> if Map.containsKey wire wires then wires else Map.add wire Shape.unknown wires)
                    options.Wires

            let input =
                { options.Input with
                    Channels = Option.orElse (Shape.inputChannels network) options.Input.Channels }

            wires, input)
        |> Result.bind (fun (wires, input) -> Shape.annotate wires input network)

    /// Scalar bounds have no room for thresholds, one a channel.
    let private keepBounds (rule: Rule) =
        if rule.Name <> Commutation.threshold.Name then
            rule
        else
            { rule with
                Apply =
                    fun parts ->
                        match parts with
                        | Scale _ :: Clip(_, _, thresholds, _) :: _ when thresholds.IsOne ->
                            Refused "its bounds are for all channels, and the architecture is kept"
                        | _ -> rule.Apply parts }

    let private isDiagonal (a: Affine) = a.Weight.Grouping = Diagonal

    let private isFrozen options (a: Affine) =
        Set.contains a.Weight.Name options.Frozen

    let private weightNorm = (Decomposition.weightNorm RowNorm).Name
    let private absorb = (Absorption.absorb RowNorm).Name

    /// Layers that keep their scale take up what comes in, unless they are shifts, and give nothing on.
    let private freeze options (rule: Rule) =
        let kept =
            Refused "its scale would need a node of its own, and the architecture is kept"

        let answer (a: Affine) =
            match rule.Name with
            | name when name = weightNorm -> Some kept
            | name when name = absorb -> Some(if isDiagonal a then kept else NoMatch)
            | name when name = Absorption.plain.Name && isDiagonal a -> Some kept
            | _ -> None

        if Set.isEmpty options.Frozen then
            rule
        else
            { rule with
                Apply =
                    fun parts ->
                        match parts with
                        | Scale _ :: Linear(a, _, _) :: _
                        | Linear(a, _, _) :: _ when isFrozen options a ->
                            answer a |> Option.defaultWith (fun () -> rule.Apply parts)
                        | _ -> rule.Apply parts }

    let internal keeping options rules =
        if options.KeepArchitecture then
            rules |> List.map (keepBounds >> freeze options)
        else
            rules

    /// A frozen layer takes a scale up as it is.
    let private takeUp options =
        { Absorption.plain with
            Apply =
                fun parts ->
                    match parts with
                    | Scale _ :: Linear(a, _, _) :: _ when isFrozen options a && not (isDiagonal a) ->
                        Absorption.plain.Apply parts
                    | _ -> NoMatch }

    let private hasDiagonal network =
        let isIn found term =
            match term with
            | Linear(a, _, _) -> found || isDiagonal a
            | _ -> found

        Traversal.fold isIn false network

    let strategy options network =
        let taken =
            if Set.isEmpty options.Frozen then
                []
            else
                [ guarded options.Definition (takeUp options) ]

        let rules = taken @ keeping options (settling options.Definition)
        let sweep = Strategy.sweep (copy options.Definition) rules

        let folds =
            options.Fold
            && not options.KeepArchitecture
            && not (GainDefinition.isPowerOfTwo options.Definition)

        if folds && hasDiagonal network then Strategy.andThen folding sweep else sweep

    let derive options network =
        prepare options network
        |> Result.bind (fun network -> Derivation.run System.Int32.MaxValue (strategy options network) network)
