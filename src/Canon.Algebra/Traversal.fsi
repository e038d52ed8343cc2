namespace Canon.Algebra

/// Walks over networks. All are derived from `children` and `mapChildren`; both name every case, so that a new one makes the
/// compiler speak. Chains of any length are walked without recursion; recursion is as deep as branches nest, and beyond the
/// stack throws InsufficientExecutionStackException, which the public operations answer as NestedTooDeep.
[<RequireQualifiedAccess>]
module Traversal =

    /// The networks directly inside, in order: parts of a composition, branches of a sum, inputs of an opaque term.
    val children: network: Network -> Network list

    /// The network with f applied to each child; the first error otherwise. A composition stays flat.
    /// Law: mapChildren Ok = Ok.
    val mapChildren: f: (Network -> Result<Network, 'e>) -> network: Network -> Result<Network, 'e>

    /// The network with other networks directly inside. As many must be given as there are children.
    /// Law: withChildren (children n) n = n.
    val withChildren: replacements: Network list -> network: Network -> Network

    /// f on every term, from the leaves up; the first error otherwise.
    val mapBottomUp: f: (Network -> Result<Network, 'e>) -> network: Network -> Result<Network, 'e>

    /// f on every term, from the leaves up. Law: mapBottomUp (f >> Ok) = map f >> Ok.
    val map: f: (Network -> Network) -> network: Network -> Network

    /// f over every term, a term before what is inside it, from input to output.
    val fold: f: ('state -> Network -> 'state) -> state: 'state -> network: Network -> 'state

    /// What f finds in every term, in the order of `fold`.
    val collect: f: (Network -> 'a list) -> network: Network -> 'a list

    /// The number of terms, compositions and what is inside terms included.
    val size: network: Network -> int

    /// f on every parameter (weights, biases, norms' vectors, slopes of PReLUs), as often as it is used, from input to output.
    val internal iterateParameters: f: (Parameter -> unit) -> network: Network -> unit

    /// Every parameter (weights, biases, norms' vectors, slopes of PReLUs), in order of first use, once each. Parameters that only a gain refers
    /// to are not among them.
    val parameters: network: Network -> Parameter list

    /// The wires that nothing inside names: the inputs that the network reads by name, in order of first use.
    val freeWires: network: Network -> string list
