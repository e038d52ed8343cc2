namespace Canon.Algebra

/// A rule written in the arrow notation, `scale(?g) -> relu => relu -> scale(?g)`: an equation between two patterns, applied from
/// left to right.
///
/// A metavariable stands for a weight with its diagonals, a bias (or none), a gain, a number, or a term, by where it stands on the
/// left; `?f` is one term, `?f...`, inside a branch, any number of terms. Standing twice it stands for the same thing. On the right
/// it stands for what was found. Guards, after `when`, are joined by `and`: `positive(?g)`; `homogeneous(?f)`, an activation
/// positively homogeneous of degree 1; `homogeneous(?f, 2)`, of degree 2.
[<Sealed>]
type RuleText =

    /// The rule. It matches what the left side matches; where a guard does not hold, or rows on the right are not unit by their
    /// expression, it refuses and says why. A symbolic gain is assumed positive where a guard asks for it.
    member Rule: Rule

    /// The text, without the name.
    member Text: string

    /// The line in its file, from 1.
    member Line: int

    /// Why the right side does not have the shapes of the left wherever the left is well shaped; None when it does.
    member Misfit: NotationError option

    /// A network of random numbers on which the left side matches from its first term on, and the shapes that flow into it.
    /// None where the left side fits no network. The same seed gives the same network; its sizes are at most `size`.
    member Redex: size: int -> seed: int -> (Network * CanonicalOptions) option

/// Reading rules.
[<RequireQualifiedAccess>]
module RuleText =

    /// Reads one rule, `name: left => right when guard`; without a name it is called `rule`.
    /// Errors: the place of the first thing that is not notation, a metavariable on the right that does not stand on the left, or
    /// stands for something else there; a right side that has not the shapes of the left.
    val parse: text: string -> Result<Rule, NotationError>

    /// Reads a file of rules, one a line; `#` begins a comment. Rules without a name are called by their line, `rule-3`.
    /// Errors: as for `parse`, but shapes, which are kept with each rule; two rules of one name; no rule at all.
    val file: text: string -> Result<RuleText list, NotationError>
