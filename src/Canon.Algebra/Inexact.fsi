namespace Canon.Algebra

/// A tensor of a rewritten network whose numbers its type cannot hold exactly.
[<StructuralEquality; NoComparison>]
type InexactTensor =
    {
        /// The parameter's name; of a scale, a clip or a normalization the term with its gain or its label.
        Name: string
        /// How many entries are not exact.
        Entries: int64
    }

/// Where a rewrite by powers of two rounds after all: a product too large for the type in which it is stored, too small to be
/// normal there, or of a number that is not stored as it is, such as one times an alpha of 0.3.
[<RequireQualifiedAccess>]
module Inexact =

    /// The tensors that the rewritten network does not share with the original and that are not exactly the factor times what was
    /// stored; in the order of the terms. What a batch norm is made of counts as stored once rounded. Factors that are no powers of two
    /// round every entry but 0. Each weight that changed is read once, a stored row at a time.
    /// Errors: as for `Numbers.Gain`, of all gains of the rewritten network.
    val tensors: numbers: Numbers -> original: Network -> rewritten: Network -> Result<InexactTensor list, NetworkError>
