namespace Canon.Algebra.Equality

open Canon.Algebra

/// An input that shows a difference.
[<NoEquality; NoComparison>]
type Witness =
    {
        /// What flows in; no channels where the networks read named inputs alone.
        Input: Signal
        /// The named inputs.
        Wires: Map<string, Signal>
        /// The outputs of the first network.
        First: Signal list
        /// The outputs of the second.
        Second: Signal list
        /// The largest difference of an output over its largest entry.
        Difference: float
        /// What rounding the weights of the first network once more makes of its outputs there, in the same measure.
        Noise: float
    }

/// The search for an input that shows that two networks are different functions.
[<RequireQualifiedAccess>]
module internal WitnessSearch =

    /// An input on which two networks differ by far more than numbers that are off by a factor 1 ± `relative` explain, of so many samples
    /// of each kind; of those that drive units of `targets`, networks of the same inputs, last. None where none was found.
    val search:
        options: CanonicalOptions ->
        samples: int ->
        seed: int ->
        relative: float ->
        targets: struct (Network * Target) seq ->
        first: Network ->
        second: Network ->
            Witness option
