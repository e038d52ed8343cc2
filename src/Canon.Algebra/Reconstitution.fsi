namespace Canon.Algebra

/// Which representative of a network's rescaling class plain weights are written in. Source: calculus §6.
[<RequireQualifiedAccess>]
type Representative =
    /// Unit rows; the gain in the last layer before each output and barrier.
    | Canonical
    /// Every row has the norm of the parameter's own row.
    | Original

/// From a canonical form back to a network of plain linear layers: every scale is folded into a layer where one can take it.
[<RequireQualifiedAccess>]
module Reconstitution =

    /// The same function in plain linear layers. Scales remain where no layer can take them. No weight is read.
    /// `definition`: the one by which the form is canonical.
    /// Law: in the original gauge, the canonical form of a network without scales gives that network itself, its parameters
    /// without diagonals. Errors: NestedTooDeep; OutOfRange when a power of a gain leaves an int.
    val reconstitute:
        definition: GainDefinition ->
        representative: Representative ->
        canonical: Network ->
            Result<Network, NetworkError>

    /// The same of a form by these options: where they keep the architecture, layers that are frozen and clips with bounds for all
    /// channels take up no scale. Errors: as for `reconstitute`.
    val ofOptions:
        options: CanonicalOptions ->
        representative: Representative ->
        canonical: Network ->
            Result<Network, NetworkError>
