namespace Canon.Verification

open Canon.Algebra

/// What the tries of a rule came to.
[<StructuralEquality; NoComparison>]
type Evidence =
    {
        /// The rule's name.
        Rule: string
        /// The rule's law.
        Law: string
        /// How many networks were asked for.
        Tries: int
        /// How many networks were drawn before there was a verdict.
        Networks: int
        /// How often the rule fired and its two sides were compared.
        Fired: int
        /// How often it fired under an assumption that the numbers there do not meet, or where they leave the range of a float64.
        Skipped: int
        /// Why it matched and refused, and how often.
        Refusals: (string * int) list
        /// The largest difference of an output, relative to what the output would be if nothing cancelled on the way to it.
        WorstError: float
        /// The terms on which it fired, such as `scale -> relu`, and how often; at most the first two.
        Coverage: (string * int) list
        /// The seed of the first network.
        Seed: int
    }

/// What is wrong with a rule.
[<StructuralEquality; NoComparison>]
type Fault =
    /// On this input the outputs are not the same. Numbers are those of one sample: positions of channels.
    | OutputsDiffer of input: float[] * wires: Map<string, float[]> * expected: float[] * actual: float[]
    /// The rule says that it leaves every bit, and here it does not.
    | BitsDiffer of input: float[] * wires: Map<string, float[]> * expected: float[] * actual: float[]
    /// The outputs' positions and channels are not the same.
    | ShapesDiffer of expected: (int list * int) list * actual: (int list * int) list
    /// The rewritten network is not well shaped, or reads what is not there.
    | IllShaped of error: NetworkError
    /// The rule threw an exception.
    | Threw of message: string
    /// It replaces fewer terms than one, or more than there are.
    | ConsumedOutOfRange of consumed: int * available: int
    /// Asked again for the same terms, it answered differently.
    | Unsteady

    /// One line for people: what is wrong.
    member Message: string

/// A network that shows that a rule is wrong.
[<StructuralEquality; NoComparison>]
type Counterexample =
    {
        /// The network, as small as it could be made.
        Network: Network
        /// The shapes that flow into it.
        Options: CanonicalOptions
        /// Where the rule fired.
        Place: Place
        /// The terms that were replaced; the first of those that the rule was asked about when it gave no answer.
        Before: Network list
        /// The terms that replaced them; none when the rule gave no answer.
        After: Network list
        /// What is wrong.
        Fault: Fault
        /// The seed that leads to it: with it as the seed of the options, the first network fails, and shrinks to this one.
        Seed: int
    }

/// What is to be thought of a rule.
[<StructuralEquality; NoComparison>]
type Verdict =
    /// It fired, and kept the function every time.
    | Verified of evidence: Evidence
    /// It is wrong.
    | Refuted of counterexample: Counterexample * evidence: Evidence
    /// It never fired, so that nothing is known of it.
    | NeverFired of evidence: Evidence

    /// What the tries came to.
    member Evidence: Evidence

/// Verdicts for people.
[<RequireQualifiedAccess>]
module Verdict =

    /// Several lines: the rule, its law, the verdict, the counts; of a counterexample the network with its values, the step, the
    /// input, both outputs, and the seed.
    val describe: verdict: Verdict -> string
