namespace Canon.Algebra.Analysis

open Canon.Algebra

/// How much a linear layer stretches at most.
[<NoEquality; NoComparison>]
type SpectralNorm =
    {
        /// The name of the weight.
        Name: string
        /// What kind of layer it is: `linear`, `conv`, `conv_transpose`, `diagonal`.
        Kind: string
        /// The largest ‖W·x‖₂ for ‖x‖₂ = 1, W the layer without its bias; of a convolution the operator on the space that it reads, padding
        /// included. Found from below, to ten digits. An error where that space is not known.
        Norm: Result<Magnitude, NetworkError>
    }

/// The spectral norms of a network, and what they bound.
[<NoEquality; NoComparison>]
type LipschitzBound =
    {
        /// Those of the linear layers, in order from the input.
        Layers: SpectralNorm list
        /// What ‖f(x) − f(y)‖₂ over ‖x − y‖₂ does not exceed, all inputs and all outputs taken together; an error where there is no such
        /// number, or nothing tells it.
        Bound: Result<Magnitude, NetworkError>
    }

/// Bounds on the Lipschitz constant in ℓ2 by the product of spectral norms: constants of layers multiply, those of a sum's branches
/// add up, those of a concat's add up as squares. It is a property of the weights as they stand, no invariant of rescaling, and far
/// above the constant in deep networks.
/// Law: no difference quotient exceeds it. Source: calculus §5; Szegedy et al., Intriguing properties of neural networks, 2014, §4.3.
[<RequireQualifiedAccess>]
module Lipschitz =

    /// The norms and the bound. Of the options only the shapes of the inputs count. `watch` is called before each product with a
    /// layer, and may cancel by an exception.
    /// Errors of the whole: NoValues, NotFinite, ShapeMismatch, UnknownWire, OutOfRange, NestedTooDeep. Of the bound also NoFigure:
    /// squares, products of branches, normalizations and opaque terms have no constant or none that is known.
    val bound:
        numbers: Numbers ->
        watch: (unit -> unit) ->
        options: CanonicalOptions ->
        network: Network ->
            Result<LipschitzBound, NetworkError>
