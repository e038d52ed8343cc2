namespace Canon.Algebra.Training

open Canon.Algebra

/// Float64 numbers by the name of the parameter that they belong to, by rows: of each row the columns that it reads, of each column the
/// taps. A network's weights, an optimizer's moments, derivatives.
type Tensors = Map<string, float[]>

/// Taking numbers out of networks and putting them in.
[<RequireQualifiedAccess>]
module Tensors =

    /// Tensors that share no array with these.
    val internal copy: tensors: Tensors -> Tensors

    /// A parameter of the same name, size and order with numbers that lie elsewhere. Errors: ShapeMismatch for more or fewer of them.
    val internal beside: p: Parameter -> values: Values -> Result<Parameter, NetworkError>

    /// The numbers of every parameter of a network, copied. Errors: NoValues, NotFinite, UnknownWidth.
    val ofNetwork: network: Network -> Result<Tensors, NetworkError>

    /// The names of the parameters that training moves: all but the means and variances that batch norms keep.
    val trainable: network: Network -> Set<string>

    /// Puts other parameters in the place of those of a network, one for one: as a function of each, and in gains and networks.
    val internal replacing: numbers: (Parameter -> Parameter) -> (Parameter -> Parameter) * Replacing

    /// The parameter with the numbers of its name, where there are any. Errors: ShapeMismatch for more or fewer than it has.
    val internal tryParameter: tensors: Tensors -> p: Parameter -> Parameter option

    /// The network with these numbers in the place of its own, also inside gains; they are not copied. Parameters that are not named
    /// stay. Law: bind (ofNetwork n) n is the same function as n.
    /// Errors: ShapeMismatch for a tensor of another size, NestedTooDeep.
    val bind: tensors: Tensors -> network: Network -> Result<Network, NetworkError>
