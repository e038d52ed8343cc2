namespace Canon.Algebra.Rules

open Canon.Algebra

/// Scales and named values.
[<RequireQualifiedAccess>]
module Wires =

    /// Every use of the wire followed by the scale, up to where the name is given anew.
    val internal scaleUses: wire: string -> gain: Gain -> parts: Network list -> Network list

    /// `scale-copy`: a scale passes the place where a value is named, and every use of the name gets it.
    /// Law: scale(g) -> as x -> body = as x -> scale(g) -> body, with x -> scale(g) for every x in the body.
    /// Exact to the last bit. Rewrites the whole body; a sweep carries the gains of wires along instead. Source: calculus §2.
    val copy: Rule

    /// `scale-discard`: what flows into a wire is not read, a scale included.
    /// Law: scale(g) -> x = x: a wire does not read what flows into it. Exact to the last bit. Source: calculus §1.
    val discard: Rule

    /// The rules of this family.
    val all: Rule list
