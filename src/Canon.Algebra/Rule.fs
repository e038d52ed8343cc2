namespace Canon.Algebra

type Exactness =
    | Exact
    | BitExact

[<StructuralEquality; NoComparison>]
type Assumption = Positive of gain: Gain

[<RequireQualifiedAccess>]
module Assumption =

    let text (notation: Notation) (Positive gain) = $"{notation.WriteGain gain} > 0"

[<Struct; StructuralEquality; NoComparison>]
type Rewrite =
    { Consumed: int
      Produced: Network list
      Assumptions: Assumption list }

[<StructuralEquality; NoComparison>]
type Outcome =
    | Fired of Rewrite
    | NoMatch
    | Refused of reason: string

[<NoEquality; NoComparison>]
type Rule =
    { Name: string
      Law: string
      Source: string
      Exactness: Exactness
      Apply: Network list -> Outcome }

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
