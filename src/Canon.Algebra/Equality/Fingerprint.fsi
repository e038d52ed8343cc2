namespace Canon.Algebra.Equality

open Canon.Algebra

/// A short name of a function, by the canonical form of its reduced network.
[<StructuralEquality; NoComparison>]
type Fingerprint =
    {
        /// Sixteen hexadecimal digits: a hash of the architecture and of the rounded aggregates.
        Text: string
        /// Sums over the canonical form that neither rescaling nor the order of units changes.
        Aggregates: float list
        /// How far the aggregate that is nearest to being rounded otherwise is from that, in steps, in [0, 0.5].
        Margin: float
    }

/// How alike two layers are.
[<StructuralEquality; NoComparison>]
type LayerSimilarity =
    {
        /// The layer of the first network.
        First: string
        /// The layer of the second.
        Second: string
        /// How many rows it has.
        Rows: int
        /// The mean over the rows of the cosine of the angle between the unit row of the first and that of the second that it is paired
        /// with: 1 for one layer, near 0 for layers that have nothing to do with each other.
        Cosine: float
    }

/// Recognising networks.
/// A fingerprint is equal for networks that reduction and canonicalisation make one, up to rounding, and different for others but for
/// chance. Each aggregate of a layer, such as Σv³/√Σv⁶ over its unit rows, moves by about the relative change of the weights: by
/// 1e-7 for float32 rounding, by 1e-2 for weights that were trained on by a hundredth. The layers are mixed into 16 aggregates by fixed
/// factors of chance, and these are rounded to steps of 1/64.
/// Chance that a copy that rounded to float32 has another fingerprint: the sum over the aggregates of noise/step, 2·10⁻⁵ as measured on real models
/// (noise 2·10⁻⁸). Chance that two networks of one architecture that were trained apart have one: that of 16 numbers of some 8 bits each, below
/// that of the 64 bits of the text.
/// It is no proof: who may change a model may also change its fingerprint, by a change of the function that is small. `Equality` decides.
[<RequireQualifiedAccess>]
module Fingerprint =

    /// To what aggregates are rounded.
    val step: float

    /// The canonical form of the reduced network: all that fingerprints and similarities are made of. It refers to the weights, and is small.
    /// Its numbers are computed by `numbers`: with these the functions below read no weight again for what is known of it.
    /// Errors: as for `Equality.compare`.
    val form: numbers: Numbers -> options: CanonicalOptions -> network: Network -> Result<Network, NetworkError>

    /// The fingerprint of a network of which this is the form. Weights are read. Errors: as for `form`.
    val ofForm: numbers: Numbers -> form: Network -> Result<Fingerprint, NetworkError>

    /// The fingerprint of a network. Weights are read.
    /// Errors: as for `Equality.compare`.
    val ofNetwork: options: CanonicalOptions -> network: Network -> Result<Fingerprint, NetworkError>

    /// How alike the layers of two networks are, units paired as they are nearest to each other. Error in the answer: where the
    /// architectures differ, in words. Errors: as for `Equality.compare`.
    val similarity:
        firstOptions: CanonicalOptions ->
        first: Network ->
        secondOptions: CanonicalOptions ->
        second: Network ->
            Result<Result<LayerSimilarity list, string>, NetworkError>

    /// The same of two forms.
    val similarityOfForms:
        firstNumbers: Numbers ->
        first: Network ->
        secondNumbers: Numbers ->
        second: Network ->
            Result<Result<LayerSimilarity list, string>, NetworkError>
