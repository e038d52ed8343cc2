namespace Canon.Algebra.Training

open Canon.Algebra

/// Which representative the weights are written in after an event. Source: calculus §8.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type EventGauge =
    /// Unit rows wherever a row may be rescaled; all gain in the layers in front of outputs and barriers.
    | Canonical
    /// The network's own norms: nothing moves but what is capped.
    | Original
    /// The least ℓ2 norm of its class: lengths in and out of a class differ by no more than a thousandth.
    | Balanced

/// A penalty λ·g² on the global gain g.
[<StructuralEquality; NoComparison>]
type GainPenalty =
    {
        /// λ.
        Strength: float
        /// Whether it acts at events, as the proximal step g ← g/(1 + 2λη), η the learning rate times the period; else its exact
        /// derivative is added to that of the loss at every step.
        AtEvents: bool
    }

/// Periodic canonical regularization. Source: note, "Application to Dynamic Training"; calculus §8.
[<StructuralEquality; NoComparison>]
type PcrOptions =
    {
        /// Steps from one event to the next.
        Period: int
        /// The largest global gain that an event leaves.
        MaxGain: float option
        Penalty: GainPenalty option
        Gauge: EventGauge
        /// What the gain of a row is. Powers of two round what weights are multiplied by, not the gain that is reported and capped.
        Definition: GainDefinition
        /// What becomes of the optimizer's state.
        Moments: MomentRule
        /// Whether α, by which moments are transported, has the cap's factor in it, as in the note.
        CapInMoments: bool
        /// Whether an event stands in front of the first step.
        AtStart: bool
    }

/// Options of periodic canonical regularization.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PcrOptions =

    /// What was found to work best: every 20 steps, the balanced gauge, augmented gains, covariant moments, the cap's factor kept
    /// out of them, an event before the first step. No cap and no penalty: those are to be chosen.
    val standard: PcrOptions

    /// The note's own choices: the canonical gauge, row norms, α·m and α²·v with the cap's factor in α.
    val note: PcrOptions

    /// What is known to go wrong with such a combination; `rate`: the learning rate.
    val warnings: rate: float -> weightDecay: float -> options: PcrOptions -> optimizer: Optimizer -> string list

    /// Errors, as exceptions: ArgumentOutOfRangeException for a period below 1, a cap that is not positive, a negative λ.
    val internal validate: options: PcrOptions -> unit
