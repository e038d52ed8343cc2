namespace Canon.Algebra

/// In what sense the two sides of a rule are equal.
type Exactness =
    /// Equal as functions of real numbers; floating-point results may differ by rounding.
    | Exact
    /// The same arithmetic in another arrangement: floating-point results agree to the last bit.
    | BitExact

/// Something that a derivation takes for granted because no numbers were there to decide it.
[<StructuralEquality; NoComparison>]
type Assumption =
    /// Every entry of the gain is greater than 0.
    | Positive of gain: Gain

/// Assumptions in words.
[<RequireQualifiedAccess>]
module Assumption =

    /// Such as `g0 > 0`.
    val text: notation: Notation -> assumption: Assumption -> string

/// What a rule does at a place: it replaces the first `Consumed` terms of the composition there by `Produced`.
[<Struct; StructuralEquality; NoComparison>]
type Rewrite =
    {
        /// How many terms are replaced; at least 1, at most those that stand there.
        Consumed: int
        /// The terms that replace them, in order; none to remove them.
        Produced: Network list
        /// What must hold for the law and was not decided.
        Assumptions: Assumption list
    }

/// A rule's answer at a place.
[<StructuralEquality; NoComparison>]
type Outcome =
    /// The pattern is there, the side condition holds, and this is the rewrite.
    | Fired of Rewrite
    /// The pattern is not there.
    | NoMatch
    /// The pattern is there and the side condition is not met, and why. A derivation keeps it.
    | Refused of reason: string

/// A rewrite as a value. Law: whatever it fires on, the terms replaced and those that replace them are the same function, under
/// the assumptions that it names.
[<NoEquality; NoComparison>]
type Rule =
    {
        /// Kebab-case, such as `activation-commutation`.
        Name: string
        /// The equation, in words and symbols, with its side condition.
        Law: string
        /// Where the law comes from.
        Source: string
        /// In what sense the two sides are equal.
        Exactness: Exactness
        /// The answer for the terms of a composition from some place to its end. The same terms get the same answer.
        Apply: Network list -> Outcome
    }

/// Writing rules.
[<RequireQualifiedAccess>]
module Rule =

    /// A rule from its name, its law and what it does.
    val define:
        name: string ->
        exactness: Exactness ->
        law: string ->
        source: string ->
        apply: (Network list -> Outcome) ->
            Rule

    /// Fired: the first `consumed` terms become `produced`, and nothing is assumed.
    val fires: consumed: int -> produced: Network list -> Outcome

    /// Fired, under assumptions that there are no numbers to decide.
    val firesAssuming: assumptions: Assumption list -> consumed: int -> produced: Network list -> Outcome
