namespace Canon.Algebra

/// In what sense the two sides of a rule are equal.
type Exactness =
    /// Equal as functions of real numbers; floating-point results may differ by rounding.
    | Exact
    /// The same arithmetic in another arrangement: floating-point results agree to the last bit.
    | BitExact

/// Something that a derivation takes for granted because no numbers were there to decide it.
[<StructuralEquality; NoComparison>]
type Assumption = Positive of gain: Gain

/// What a rule does at a place: it replaces the first `Consumed` terms of the composition there by `Produced`.
[<StructuralEquality; NoComparison>]
type Rewrite =
    { Consumed: int
      Produced: Network list
      Assumptions: Assumption list }

/// A rule's answer at a place.
[<StructuralEquality; NoComparison>]
type Outcome =
    | Fired of Rewrite
    | NoMatch
    /// The pattern is there and the side condition is not met, and why.
    | Refused of reason: string

/// A rewrite as a value.
[<NoEquality; NoComparison>]
type Rule =
    {
        /// Kebab-case, such as `activation-commutation`.
        Name: string
        /// The equation, in words and symbols, with its side condition.
        Law: string
        /// Where the law comes from.
        Source: string
        Exactness: Exactness
        /// The answer for the terms of a composition from some place to its end.
        Apply: Network list -> Outcome
    }

[<RequireQualifiedAccess>]
module Rule =

    let define name exactness law source apply =
        { Name = name
          Law = law
          Source = source
          Exactness = exactness
          Apply = apply }

    let fires consumed produced =
        Fired
            { Consumed = consumed
              Produced = produced
              Assumptions = [] }

    let firesAssuming assumptions consumed produced =
        Fired
            { Consumed = consumed
              Produced = produced
              Assumptions = assumptions }
