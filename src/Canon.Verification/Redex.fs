namespace Canon.Verification

open Canon.Algebra

/// A step that a rule can take in a network.
type internal Redex =
    { Rule: string
      Place: Place
      Consumed: int
      After: Lazy<Network> }

[<RequireQualifiedAccess>]
module internal Redex =

    /// Every step that one of the rules can take, from the input on, a term before what is inside it.
    let all (rules: Rule list) network : Redex seq =
        seq {
            for here in Places.all Canonical.options network do
                for rule in rules do
                    match rule.Apply here.Terms with
                    | Fired rewrite ->
                        { Rule = rule.Name
                          Place = here.Place
                          Consumed = rewrite.Consumed
                          After = lazy here.Rebuilt(rewrite.Produced @ List.skip rewrite.Consumed here.Terms) }
                    | NoMatch
                    | Refused _ -> ()
        }

    /// Whether the steps replace a term in common, or one of them is inside a term that the other replaces.
    let overlap (a: Redex) (b: Redex) =
        let rec meet first second =
            match first, second with
            | [ i ], [ j ] -> i < j + b.Consumed && j < i + a.Consumed
            | [ i ], j :: _ -> i <= j && j < i + a.Consumed
            | i :: _, [ j ] -> j <= i && i < j + b.Consumed
            | i :: k :: first, j :: l :: second -> i = j && k = l && meet first second
            | [], _
            | _, [] -> false

        meet a.Place.Path b.Place.Path
