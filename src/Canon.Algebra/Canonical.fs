namespace Canon.Algebra

open System.Collections.Generic
open Canon.Algebra.Rules

[<StructuralEquality; NoComparison>]
type CanonicalOptions =
    { Definition: GainDefinition
      Fold: bool
      Input: Shape
      Wires: Map<string, Shape> }

[<RequireQualifiedAccess>]
module Canonical =

    let options =
        { Definition = RowNorm
          Fold = true
          Input = Shape.unknown
          Wires = Map.empty }

    let moves definition =
        [ Absorption.unit
          Absorption.fuse
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

    let settling definition =
        moves definition @ [ Branches.factorSum ]

    let folding =
        let everywhere rule =
            Strategy.allTopDown (Strategy.repeat (Strategy.rule rule))

        Strategy.andThen (everywhere Folding.before) (everywhere Folding.behind)

    let sweep definition =
        Strategy.sweep Wires.copy (settling definition)

    let exhaustive definition (strategy: Rule list -> Strategy) =
        let moved = strategy (Wires.copy :: moves definition)

        let settle =
            Strategy.andThen (Strategy.oneBottomUp (Strategy.rule Branches.factorSum)) moved

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

    let private hasDiagonal network =
        let isDiagonal term =
            match term with
            | Linear(a, _, _) -> a.Weight.Grouping = Diagonal
            | _ -> false

        Traversal.fold (fun found term -> found || isDiagonal term) false network

    let strategy options network =
        if options.Fold && hasDiagonal network then
            Strategy.andThen folding (sweep options.Definition)
        else
            sweep options.Definition

    let derive options network =
        prepare options network
        |> Result.bind (fun network -> Derivation.run System.Int32.MaxValue (strategy options network) network)
