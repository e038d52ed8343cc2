namespace Canon.Algebra

/// Where in a network: indices from the outside in, of a part in its composition and of a branch in its sum or concat.
[<Struct; StructuralEquality; NoComparison>]
type Place =
    {
        /// Part, child, part, child, …, part: indices from 0, of odd number. A network that is no composition is its own part 0.
        Path: int list
        /// The label of the layer there; "" when it has none.
        Label: string
    }

    /// The path with dots, after the label where there is one: `fc1 (0.1.2)`.
    override ToString: unit -> string

/// One application of a rule. The lists of terms are those that the strategy met and made: nothing is copied.
[<Struct; CustomEquality; NoComparison>]
type Step =
    private
        { Name: string
          Inwards: int list
          Found: Network list
          Taken: int
          Left: Network list
          Put: int
          Assumed: Assumption list
          Turned: bool }

    /// A step of a derivation that is not turned round.
    static member Create:
        rule: string * place: Place * before: Network list * after: Network list * assumptions: Assumption list -> Step

    /// The rule's name.
    member Rule: string

    /// Where the first of the terms stands in the network that the step meets, with the label of the first of them that has one.
    member Place: Place

    /// The terms that were replaced.
    member Before: Network list

    /// The terms that replaced them.
    member After: Network list

    /// What the rule took for granted.
    member Assumptions: Assumption list

    /// True for a step of a derivation turned round: it is the rule that makes the terms before of those after.
    member Inverted: bool

    /// The step between other terms and under other assumptions.
    member With: before: Network list * after: Network list * assumptions: Assumption list -> Step

    /// The way back. Law: s.Invert().Invert() = s.
    member Invert: unit -> Step

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

/// A rule that matched and did not fire.
[<StructuralEquality; NoComparison>]
type Refusal =
    {
        /// The rule's name.
        Rule: string
        /// Where it matched.
        Place: Place
        /// Which side condition is not met.
        Reason: string
    }

/// Why a strategy ended.
[<StructuralEquality; NoComparison>]
type StopReason =
    /// The strategy ran to its end.
    | Completed
    /// As many steps were taken as were allowed, and there was more to do.
    | StepLimit of limit: int

/// What the rules of a run did, in order; after `limit` steps no rule fires any more.
[<Sealed>]
type internal Trail =
    new: limit: int -> Trail

    /// How many steps were taken.
    member Taken: int

    /// Whether as many steps were taken as are allowed.
    member Full: bool

    /// Whether a rule would have fired beyond the limit.
    member StoppedEarly: bool

    /// The steps in order; to be called once, at the end.
    member Close: unit -> Step list

    /// The refusals in order, each once a layer: by its label, or by its path where it has none.
    member Refusals: Refusal list

/// How rules are applied over a network. Like a rule, a strategy works on the parts of a composition from some place on; it
/// answers the parts that stand there afterwards, or None when it does not apply. `Derivation.run` runs it from the first part.
[<Sealed; Class>]
type Strategy =
    /// Applies it to the parts from a place on. The path leads to that place, from the inside out.
    member internal Apply: trail: Trail * path: int list * parts: Network list -> Network list option

/// Strategies and their combinations.
[<RequireQualifiedAccess>]
module Strategy =

    /// One rule, here: at the place where the strategy stands. Applies when the rule fires.
    val rule: rule: Rule -> Strategy

    /// s, or nothing done when it does not apply: always applies.
    val attempt: s: Strategy -> Strategy

    /// s, then t at the same place. Applies when both do.
    val andThen: s: Strategy -> t: Strategy -> Strategy

    /// s; where it does not apply, t.
    val orElse: s: Strategy -> t: Strategy -> Strategy

    /// The first of the rules that fires here.
    val first: rules: Rule list -> Strategy

    /// s as often as it applies and a rule fires; always applies.
    val repeat: s: Strategy -> Strategy

    /// At one place: the first from the input on, a term before what is inside it.
    val oneTopDown: s: Strategy -> Strategy

    /// At one place: the first from the input on, what is inside a term before the term.
    val oneBottomUp: s: Strategy -> Strategy

    /// Once at every place, a term before what is inside it. Always applies.
    val allTopDown: s: Strategy -> Strategy

    /// Once at every place, what is inside a term before the term. Always applies.
    val allBottomUp: s: Strategy -> Strategy

    /// The innermost, leftmost redex first, until none is left. Quadratic in the length of a chain.
    val innermost: rules: Rule list -> Strategy

    /// The outermost, leftmost redex first, until none is left. Quadratic in the length of a chain.
    val outermost: rules: Rule list -> Strategy

    /// A redex drawn by chance, until none is left; the same seed gives the same derivation. Quadratic in the length of a chain.
    val random: seed: int -> rules: Rule list -> Strategy

    /// One pass from input to output: at each place first what is inside the term, then the rules until none fires.
    /// The gains of wires are carried along instead of being substituted, so that the pass is linear in the terms; `copy` is
    /// the rule under which that is recorded, where it does not refuse. Always applies.
    val sweep: copy: Rule -> rules: Rule list -> Strategy
