namespace Canon.Algebra.Training

open Canon.Algebra

/// Float64 numbers by the name of the parameter that they belong to, by rows: of each row the columns that it reads, of each column the
/// taps. A network's weights, an optimizer's moments, derivatives.
type Tensors = Map<string, float[]>

/// Taking numbers out of networks and putting them in.
[<RequireQualifiedAccess>]
module Tensors =

    /// A parameter of the same name, size and order with numbers that lie elsewhere. Errors: ShapeMismatch for more or fewer of them.
    val internal beside: p: Parameter -> values: Values -> Result<Parameter, NetworkError>

    /// The numbers of every parameter of a network, copied. Errors: NoValues, NotFinite, UnknownWidth.
    val ofNetwork: network: Network -> Result<Tensors, NetworkError>

    /// The names of the parameters that training moves: all but the means and variances that batch norms keep.
    val trainable: network: Network -> Set<string>

    /// The network with these numbers in the place of its own, also inside gains; they are not copied. Parameters that are not named
    /// stay. Law: bind (ofNetwork n) n is the same function as n.
    /// Errors: ShapeMismatch for a tensor of another size, NestedTooDeep.
    val bind: tensors: Tensors -> network: Network -> Result<Network, NetworkError>
