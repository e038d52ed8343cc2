namespace Canon.Algebra

/// What is known of a network before it is canonicalised, and which gain is meant.
[<StructuralEquality; NoComparison>]
type CanonicalOptions =
    {
        /// Row norms, or norms of the rows with their biases; or powers of two, which leave the network the same to the last bit.
        Definition: GainDefinition
        /// Whether batch norms, shifts and factors a channel are folded into the layers beside them first. They never are with gains
        /// of powers of two: folding rounds.
        Fold: bool
        /// Whether every layer stays what it is: nothing is folded, and scalar bounds of clips are barriers.
        KeepArchitecture: bool
        /// Of a kept architecture the layers, by their weights, that keep their scale: what comes in they take up.
        Frozen: Set<string>
        /// The shape that flows in. Needed where concats or flattens read the input directly; otherwise deduced.
        Input: Shape
        /// The shapes of named inputs.
        Wires: Map<string, Shape>
        /// The shapes of what opaque terms yield where they leave them open, by label and output. For checks: no rule asks for them.
        Opaque: Map<string * int, Shape>
    }

/// The canonical form: one sweep from input to output that leaves unit rows everywhere and all magnitude at the output, or in
/// front of what it could not pass. Source: note, "Propagating and Consolidating Magnitudes"; calculus §2 and §4.
[<RequireQualifiedAccess>]
module Canonical =

    /// The note's gains, and nothing known of the inputs.
    val options: CanonicalOptions

    /// The rules that move scales towards the output, in any order. With gains of powers of two they move nothing else, as
    /// `Lossless.guard` has it: other factors are barriers.
    val moves: definition: GainDefinition -> Rule list

    /// Scales past the `as` of a wire, beside the moves.
    val copy: definition: GainDefinition -> Rule

    /// A rule as it is used with such gains: confined to powers of two where they are.
    val internal guarded: definition: GainDefinition -> rule: Rule -> Rule

    /// The rules of the canonical form: those that move scales, and the factoring of sums.
    val settling: definition: GainDefinition -> Rule list

    /// Folds diagonal layers into the linear layers in front of them, and what is left into those behind, before scales move.
    val folding: Strategy

    /// The canonicalising sweep: linear in the number of terms.
    val sweep: definition: GainDefinition -> Strategy

    /// The rules as far as a kept architecture has room for what they do.
    val internal keeping: options: CanonicalOptions -> rules: Rule list -> Rule list

    /// How `derive` goes about a network: what it folds, where there is anything to fold, then the sweep.
    val strategy: options: CanonicalOptions -> network: Network -> Strategy

    /// The same normal form by any other strategy for the moves: a sum is factored only when nothing moves any more and no sum
    /// before it waits, because the leader of a channel is decided by gains that are final. `strategy` must go on until no rule
    /// fires, as `Strategy.innermost` does.
    val exhaustive: definition: GainDefinition -> strategy: (Rule list -> Strategy) -> Strategy

    /// The network with every size filled in that its layers and the options tell.
    /// Errors: AmbiguousParameter, ShapeMismatch, UnknownWire, NestedTooDeep.
    val prepare: options: CanonicalOptions -> network: Network -> Result<Network, NetworkError>

    /// The derivation of the canonical form. No weight is read. Its original is the network with the sizes filled in.
    /// Law: the result is the same function; it is idempotent; rescaled copies of a network have one canonical form. With gains of
    /// powers of two it is the same function to the last bit, as long as no number overflows or becomes too small to be normal, and
    /// the copies are those rescaled by powers of two. Source: calculus §6.
    /// Errors: AmbiguousParameter, ShapeMismatch, UnknownWire, NestedTooDeep; OutOfRange when a power of a gain leaves an int.
    val derive: options: CanonicalOptions -> network: Network -> Result<Derivation, NetworkError>
