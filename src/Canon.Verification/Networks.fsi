namespace Canon.Verification

open FsCheck
open Canon.Algebra

/// A network with values, and the shapes that flow into it. Prints in arrow notation, with the values.
[<Sealed; Class; AllowNullLiteral(false)>]
type Sample =
    /// The network of an outline. It is well shaped, and its parameters have distinct names.
    new: outline: Outline -> Sample

    /// A network of one's own, with the shapes of its inputs. Such a sample is not shrunk.
    new: options: CanonicalOptions * network: Network -> Sample

    /// A network of one's own that shrinks to the smaller ones given.
    new: options: CanonicalOptions * network: Network * smaller: (unit -> Sample seq) -> Sample

    /// What it was made of; None for a network of one's own.
    member Outline: Outline option

    /// The network.
    member Network: Network

    /// The shapes that flow in; channels and positions are known.
    member Options: CanonicalOptions

    /// Smaller samples of its kind.
    member internal Smaller: Sample seq

    /// The same function: every hidden channel that may be rescaled is multiplied by a factor of chance, and divided by it
    /// behind. A network of one's own stays as it is.
    member Rescaled: seed: int -> Network

    /// The same by factors that are powers of two, which round nothing.
    member RescaledByPowersOfTwo: seed: int -> Network

/// Arbitrary networks, for property tests: well shaped, with values, and shrunk to smaller ones that are well shaped too.
[<RequireQualifiedAccess>]
module Networks =

    /// These samples, and how they are shrunk.
    val ofSamples: samples: Gen<Sample> -> Arbitrary<Sample>

    /// The networks of these outlines, and how they are shrunk.
    val ofOutlines: outlines: Gen<Outline> -> Arbitrary<Sample>

    /// Networks in which what the profile says may occur.
    val ofProfile: profile: Profile -> Arbitrary<Sample>

    /// Networks of every kind.
    val any: Arbitrary<Sample>

    /// Networks of every kind, stored as float64.
    val doubles: Arbitrary<Sample>

    /// Networks of every kind, stored as float32.
    val singles: Arbitrary<Sample>

    /// Chains of linear layers and activations of degree 1.
    val sequential: Arbitrary<Sample>

    /// Chains with sums, products, concats and named values, all of degree 1.
    val residual: Arbitrary<Sample>

    /// Networks of every kind with a sum or a concat in them.
    val branched: Arbitrary<Sample>

    /// Networks of every kind with a product of branches in them.
    val gated: Arbitrary<Sample>

    /// Chains with rows of magnitudes from 1e-150 to 1e150.
    val extreme: Arbitrary<Sample>

    /// Networks of every kind that are narrow, with dead and constant units, and rows of magnitudes from 1e-20 to 1e20.
    val degenerate: Arbitrary<Sample>

    /// A network and the seed of a rescaling of it.
    val rescalable: Arbitrary<Sample * int>

    /// The network of a seed: the same seed gives the same network.
    val ofSeed: seed: int -> samples: Arbitrary<Sample> -> Sample
