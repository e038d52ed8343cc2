namespace Canon.Algebra

/// Reads strategies: `repeat(one-top-down(scale-fusion or-else unit-scale)) then sweep`.
///
/// A rule's name is that rule, here. `attempt(s)`, `repeat(s)`, `one-top-down(s)`, `one-bottom-up(s)`, `all-top-down(s)` and
/// `all-bottom-up(s)` are the combinators of `Strategy`; `s then t` and `s or-else t` join two, `then` binding closer.
/// `first(a, b)`, `innermost(a, b)`, `outermost(a, b)`, `sweep(a, b)` and `random(7, a, b)` (with the seed 7) are over the rules
/// named; without rules over those that were chosen. `canonical` is the canonicalising sweep.
[<RequireQualifiedAccess>]
module StrategyText =

    /// Reads a strategy. `known`: the rules that may be named; `chosen`: those that `innermost` and its kin are over where they name
    /// none. With none chosen these are the rules of the canonical form, sums being factored when nothing else moves.
    /// Errors: the place of the first thing that is no strategy, or no rule's name, with what is expected there.
    val parse: known: Rule list -> chosen: Rule list -> text: string -> Result<Strategy, NotationError>
