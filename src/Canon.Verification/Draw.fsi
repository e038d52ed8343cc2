namespace Canon.Verification

open FsCheck
open Canon.Algebra

/// What may occur in the networks that are drawn.
type Profile =
    {
        /// Sums, products, concats and named values.
        Branching: bool
        /// Sigmoid, tanh, softmax.
        Barriers: bool
        /// Normalizations, where there is space.
        Norms: bool
        /// Activations of degree 2.
        HigherDegrees: bool
        /// Clips that do not keep 0 at 0.
        OddBounds: bool
        /// Scales that stand in the network from the start.
        UserScales: bool
        /// User scales with zeros.
        Blocking: bool
        /// How often a row is dead, and how often constant, against six ordinary ones.
        ZeroRows: int
        /// Biases.
        Biases: bool
        /// Rows are multiplied by powers of ten up to this one, up and down; 0: none.
        Powers: int
        /// Batch norms and added constants.
        Diagonals: bool
        /// Inputs of several positions: convolutions, operations on space, rearrangements, flattens.
        Space: bool
        /// Named inputs, opaque terms, unit rows given from the start, several outputs.
        Unusual: bool
        /// The widest a layer may be; at least 1.
        Widest: int
        /// How parameters are stored; at least one way.
        Types: ElementType list
    }

/// Profiles.
[<RequireQualifiedAccess>]
module Profile =

    /// All that there is, at ordinary magnitudes.
    val everything: Profile

    /// Everything, stored as float64.
    val doubles: Profile

    /// What every rescaling of hidden channels reaches: no zeros in user scales, which stop a sum from being factored.
    val rescalable: Profile

    /// Chains and branches of layers and activations of degree 1.
    val residual: Profile

    /// Chains of layers and activations of degree 1.
    val sequential: Profile

    /// The same with rows of magnitudes from 1e-150 to 1e150.
    val extreme: Profile

    /// Narrow layers with many dead and constant units and rows of magnitudes from 1e-20 to 1e20.
    val degenerate: Profile

/// Generators of outlines and of what they are made of.
[<RequireQualifiedAccess>]
module Draw =

    /// Where random numbers start.
    val seed: Gen<int>

    /// A number of channels.
    val width: profile: Profile -> Gen<int>

    /// A linear layer.
    val dense: profile: Profile -> Gen<Dense>

    /// Entries of a scale, without zeros.
    val positive: Gen<float list>

    /// Entries of a scale, zeros among them where the profile has them.
    val scale: profile: Profile -> Gen<float list>

    /// An activation without parameters.
    val phi: profile: Profile -> Gen<Layer>

    /// A clip.
    val bounds: profile: Profile -> Gen<Layer>

    /// A PReLU.
    val slopes: Gen<Layer>

    /// A window.
    val geometry: Gen<Geometry>

    /// A convolution.
    val convolution: profile: Profile -> Gen<Layer>

    /// An operation on space.
    val region: profile: Profile -> Gen<Layer>

    /// A rearrangement.
    val order: profile: Profile -> Gen<Layer>

    /// A normalization.
    val normalization: Gen<Layer>

    /// What becomes of a named value.
    val join: profile: Profile -> Gen<Join>

    /// A branch; `depth`: how deep branches may nest inside.
    val branch: profile: Profile -> depth: int -> Gen<Branch>

    /// From `least` to `most` layers; none when the depth is negative.
    val layers: profile: Profile -> depth: int -> least: int -> most: int -> Gen<Layer list>

    /// A residual sum, a sum, or a concat.
    val junction: profile: Profile -> Gen<Layer>

    /// A product of branches: a gate.
    val gate: profile: Profile -> Gen<Layer>

    /// A whole network.
    val outline: profile: Profile -> Gen<Outline>

    /// A network that begins with such layers.
    val beginning: profile: Profile -> first: Gen<Layer list> -> Gen<Outline>

    /// A network with such layers in it: others before them and behind them.
    val around: profile: Profile -> middle: Gen<Layer list> -> Gen<Outline>

    /// The outline with scales strewn between its terms, on every level: before, behind and inside of all of them.
    val withScales: outline: Gen<Outline> -> Gen<Outline>

    /// What a generator draws for a seed.
    val internal ofSeed: seed: int -> gen: Gen<'a> -> 'a
