namespace Canon.Algebra

/// What is put for symbols, by their names. All are replaced at once: what is put in is not looked at again. Parameters with values
/// are no symbols and stay.
[<StructuralEquality; NoComparison>]
type Substitution =
    {
        /// Parameters for symbolic parameters.
        Parameters: Map<string, Parameter>
        /// Gains for the symbols of gains.
        Gains: Map<string, Gain>
    }

/// What becomes of each symbol, and of parts of gains that do not tell their width.
[<NoEquality; NoComparison>]
type internal Replacement =
    {
        /// For a leaf of a parameter, with values or without.
        Parameter: LeafRole -> Parameter -> Parameter
        /// For the symbol of a gain, by its name and what is known of its length.
        Symbol: string -> int option -> Gain
        /// The widths of the parts of a joined gain.
        Widths: GainAtom -> (Gain * int option) list -> int option list
    }

/// Parts of replacements.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Replacement =

    /// The widths stay as they are.
    val givenWidths: atom: GainAtom -> parts: (Gain * int option) list -> int option list

/// One replacement in many terms: what became of a gain is kept, so that gains may share their parts. Gains come out in normal form.
[<Sealed>]
type internal Replacing =
    /// `unitRows`: the matrices that are taken to have unit rows. Numbers put for them are decomposed.
    new: unitRows: Set<string> * replacement: Replacement -> Replacing

    /// The gain after replacement.
    member Gain: g: Gain -> Gain

    /// The network after replacement.
    member Network: network: Network -> Network

/// Replacing symbols by what they stand for.
[<RequireQualifiedAccess>]
module Substitution =

    /// Nothing is replaced.
    val empty: Substitution

    /// The gain with symbols replaced, in normal form again. It holds its parts once, and so does the walk: linear, however deep the
    /// gain nests. Law: gain s (multiply g h) = multiply (gain s g) (gain s h).
    /// Errors: ShapeMismatch where what is put for a symbol does not have the symbol's size; OutOfRange when a power of a gain
    /// leaves an int.
    val gain: substitution: Substitution -> g: Gain -> Result<Gain, NetworkError>

    /// The network with symbols replaced wherever they stand: in layers, in gains and gains inside gains, slopes, thresholds, biases.
    /// A symbolic matrix that a `unit_row_linear` takes to have unit rows stands for the unit rows of what is put for it: numbers are
    /// decomposed, with row norms, wherever the matrix stands.
    /// Law: evaluating afterwards is evaluating with the symbols having these values.
    /// Errors: as for `gain`, and NestedTooDeep.
    val network: substitution: Substitution -> network: Network -> Result<Network, NetworkError>

    /// Matrices that some `unit_row_linear` takes to have unit rows.
    val internal unitRows: network: Network -> Set<string>

    /// `network` and `gain` together, for many terms.
    val internal replacing: unitRows: Set<string> -> substitution: Substitution -> Replacing
