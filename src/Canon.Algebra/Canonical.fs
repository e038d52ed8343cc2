namespace Canon.Algebra

open Canon.Algebra.Rules

/// What is known of a network before it is canonicalised, and which gain is meant.
[<StructuralEquality; NoComparison>]
type CanonicalOptions =
    {
        Definition: GainDefinition
        /// The shape that flows in. Needed where concats or flattens read the input directly; otherwise deduced.
        Input: Shape
        /// The shapes of named inputs.
        Wires: Map<string, Shape>
    }

/// The canonical form: one sweep from input to output that leaves unit rows everywhere and all magnitude at the output, or in
/// front of what it could not pass.
[<RequireQualifiedAccess>]
module Canonical =

    let options =
        { Definition = RowNorm
          Input = Shape.unknown
          Wires = Map.empty }

    /// The rules that move scales towards the output, in any order.
    let moves definition =
        [ Absorption.unit
          Absorption.fuse
          Commutation.activation
          Commutation.threshold
          Commutation.flatten
          Absorption.absorb definition
          Decomposition.weightNorm definition
          Branches.distribute
          Branches.factorConcat
          Branches.factorProduct
          Wires.discard ]

    /// The canonicalising sweep: linear in the number of terms.
    let sweep definition =
        Strategy.sweep Wires.copy (moves definition @ [ Branches.factorSum ])

    /// The same normal form by any other strategy for the moves: a sum is factored only when nothing moves any more and no sum
    /// before it waits, because the leader of a channel is decided by gains that are final.
    let exhaustive definition (strategy: Rule list -> Strategy) =
        let moved = strategy (Wires.copy :: moves definition)

        let settle =
            Strategy.andThen (Strategy.oneBottomUp (Strategy.rule Branches.factorSum)) moved

        Strategy.andThen moved (Strategy.repeat settle)

    let private requireDistinctNames network =
        Traversal.parameters network
        |> List.groupBy _.Name
        |> List.tryFind (fun (_, same) -> same.Length > 1)
        |> Option.iter (fun (name, _) -> Fail.because (AmbiguousParameter name))

    /// The network with every size filled in that its layers and the options tell.
    /// Errors: AmbiguousParameter, ShapeMismatch, UnknownWire.
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

    /// The derivation of the canonical form. No weight is read.
    /// Law: the result is the same function; it is idempotent; rescaled copies of a network have one canonical form.
    /// Errors: AmbiguousParameter, ShapeMismatch, UnknownWire, NestedTooDeep.
    let derive options network =
        prepare options network
        |> Result.bind (Derivation.run System.Int32.MaxValue (sweep options.Definition))
