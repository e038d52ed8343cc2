namespace Canon.Algebra

open System.Collections.Generic
open Canon.Algebra.Rules

[<StructuralEquality; NoComparison>]
type CanonicalOptions =
    { Definition: GainDefinition
      Input: Shape
      Wires: Map<string, Shape> }

[<RequireQualifiedAccess>]
module Canonical =

    let options =
        { Definition = RowNorm
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

    let derive options network =
        prepare options network
        |> Result.bind (Derivation.run System.Int32.MaxValue (sweep options.Definition))
