namespace Canon.Algebra

/// What the gain of a row is.
type GainDefinition =
    /// The row norm ‖row‖₂; |b| where the row is zero; 0 where both are. The note's definition.
    | RowNorm
    /// ‖(row, b)‖₂: the bias counts as one more input of constant 1. The safer choice in training (calculus §3, §8).
    | Augmented
    /// The power of two nearest to such a norm, 1 for 0 (or any, by which a dead unit is multiplied): dividing by it leaves rows of norm 1/√2 to √2 and rounds nothing
    /// (calculus §6, lossless gauge). What a dead unit leaves behind it, such as the constant of a batch norm, stays to the bit.
    | PowerOfTwo of definition: GainDefinition

/// The definitions of the gain.
[<RequireQualifiedAccess>]
module GainDefinition =

    /// Every one that there is.
    val all: GainDefinition list

    /// Whether all gains by it are powers of two.
    val isPowerOfTwo: definition: GainDefinition -> bool

/// The entries of a vector in another order, some of them more than once or not at all.
[<StructuralEquality; NoComparison>]
type View =
    /// Every entry so many times in a row.
    | Each of times: int
    /// Entry offset + Σ iₖ·strideₖ for all i with 0 ≤ iₖ < sizeₖ, the last i fastest: axes are (size, stride).
    | Strided of offset: int * axes: (int * int) list

/// A vector of non-negative numbers, one a channel: a product of integer powers of atoms, kept in normal form, so that
/// factors merge and cancel as they are multiplied.
/// Law of cancellation: a·a⁻¹ = 1. It holds on the channels where a is positive; where a gain of rows is zero, the value that
/// the rules let it multiply is zero as well, since such a gain stands behind its own zero rows. Given numbers with a zero among
/// them do not cancel there: k·k⁻¹ is 1 where k is positive and 0 elsewhere. A symbol is taken to be positive. So whoever writes
/// `scale(g) -> scale(1/g)` by hand, g the norms of some weight, asserts that none of these rows is zero.
/// It is an expression: nothing is computed until `Numbers` is asked. Two gains are equal when their normal forms are; equal
/// gains have equal entries, the converse need not hold. Comparison takes one step, however deep the gains nest.
[<Sealed; Class; AllowNullLiteral(false)>]
type Gain =
    /// Atoms with their powers, in a fixed order. No power is 0; no atom stands twice.
    member Factors: struct (GainAtom * int) list

    /// True for the gain 1, the product of no atoms, on any number of channels.
    member IsOne: bool

    /// The atom and its power, when it is the only one.
    member internal TryAtom: struct (GainAtom * int) voption

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

/// What a gain is made of.
and GainExpression =
    /// A free symbol; non-negative by its type. The length is what is known of it.
    | Symbol of name: string * length: int option
    /// Given numbers, one a channel.
    | Constants of values: Magnitude[]
    /// The gain of the rows of a layer with their biases (calculus §3). Its left diagonal and its bias have no factor in common:
    /// what multiplies the whole row stands outside the norm; of a norm taken to a power of two, what is one itself.
    | Norms of coefficients: Affine * definition: GainDefinition
    /// Entry by entry the first gain that is positive (calculus §4).
    | Leader of gains: Gain list
    /// The root mean square of all entries, at every entry.
    | RootMeanSquare of gain: Gain
    /// One after the other. A width stands where the gain itself does not tell it, as the gain 1 never does.
    | Joined of parts: (Gain * int option) list
    /// The entries of another gain in another order.
    | Viewed of gain: Gain * view: View

/// A gain that is no product: what powers are taken of. Equal atoms have equal expressions.
and [<Sealed; Class; AllowNullLiteral(false)>] GainAtom =
    /// What the atom is.
    member Expression: GainExpression

    /// The depth of nesting: an atom refers only to atoms of lower rank.
    member Rank: int

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

/// A bias: gain ⊙ vector, the vector being a named parameter, never modified.
and [<StructuralEquality; NoComparison>] Bias =
    {
        /// One entry a row.
        Gain: Gain
        /// One entry a row.
        Vector: Parameter
    }

/// The coefficients of a linear layer: x ↦ left ⊙ (P·(right ⊙ x)) + bias, that is, the weight diag(left)·P·diag(right) and a bias.
/// P is a named parameter, never modified.
and [<Struct; StructuralEquality; NoComparison>] Affine =
    {
        /// The diagonal on the output side, one entry a row.
        Left: Gain
        /// P, of shape [output channels, input channels].
        Weight: Parameter
        /// The diagonal on the input side, one entry a column.
        Right: Gain
        /// One entry a row; None for no bias.
        Bias: Bias option
    }

    /// The gains among them: left, right, and that of the bias.
    member Gains: Gain list

/// The algebra of gains. All functions work on expressions; no weight is read.
[<RequireQualifiedAccess>]
module Gain =

    /// The gain 1, on any number of channels.
    val one: Gain

    /// A free symbol, such as the g of `scale(g)`. Its name is its identity; the length is what is known of it.
    val symbol: name: string -> length: int option -> Gain

    /// Given numbers, one a channel. Errors: ArgumentException when one is negative, infinite or not a number, or when there is none.
    val ofValues: values: float seq -> Gain

    /// Given numbers of any range, one a channel.
    val internal ofMagnitudes: values: Magnitude[] -> Gain

    /// The gain that is this atom alone.
    val internal ofAtom: atom: GainAtom -> Gain

    /// The weights whose row norms it is made of, in order; not those that these norms contain in their turn.
    val layers: g: Gain -> string list

    /// The gains that an atom refers to.
    val inside: atom: GainAtom -> Gain list

    /// The number of channels, where the gain itself tells it; None for the gain 1.
    val length: g: Gain -> int option

    /// Every entry repeated `times` times: a channel's gain over the positions that become channels of their own.
    val repeat: times: int -> g: Gain -> Gain

    /// The entries in the order of a view. What a joined gain was joined of is found again. Errors: ArgumentException for a size
    /// below 1, or an entry before the first or behind the last.
    val view: view: View -> g: Gain -> Gain

    /// The same as a value; the error in words.
    val internal tryView: view: View -> g: Gain -> Result<Gain, string>

    /// g^k, entry by entry. Law: power j (power k g) = power (j·k) g. Errors: OverflowException when a power leaves an int.
    val power: k: int -> g: Gain -> Gain

    /// g ⊙ h. Commutative and associative, with the unit `one`.
    val multiply: g: Gain -> h: Gain -> Gain

    /// 1 ⊘ g, with 0 for 0.
    val reciprocal: g: Gain -> Gain

    /// g ⊘ h, with 0/0 = 0. Law: divide g g = one, by the law of cancellation.
    val divide: g: Gain -> h: Gain -> Gain

    /// The gains of parts that stand one after the other. A part's width may be left open where the gain does not tell it.
    val concat: parts: (Gain * int option) list -> Gain

    /// How many atoms it has when it is written out, up to a million: what it shares counts each time.
    val internal extent: g: Gain -> int

    /// How deep gains lie in one another when it is written out.
    val internal nesting: g: Gain -> int

    /// The gain of the rows as an expression: nothing is computed. Law: norms of (diag(c)·M, c ⊙ b) = c ⊙ norms of (M, b), by a
    /// definition of powers of two for such c alone.
    val norms: definition: GainDefinition -> coefficients: Affine -> Gain

    /// True when no number is known of it: it is then assumed positive, and the derivation says so.
    val isSymbolic: g: Gain -> bool

    /// True when all entries are known to be one number.
    val isUniform: g: Gain -> bool

    /// True when every entry is known to be a power of two, or the 0 of a dead row: multiplying by it rounds nothing. Given numbers
    /// with a 0 among them are none.
    val isPowerOfTwo: g: Gain -> bool

    /// True when an entry is known to be zero although the value behind it need not be: a given scale with a zero in it.
    /// Such a gain must not be divided by.
    val blocks: g: Gain -> bool

    /// Entry by entry the first of the gains that is positive; `one` for no gains. A first gain that is symbolic is taken to be
    /// positive, and leads alone. Source: calculus §4.
    val leader: gains: Gain list -> Gain

    /// The root mean square of the entries, at every entry. Law: rms(u ⊙ g) = u ⊙ rms(g) for a uniform u, so that
    /// rms(g ⊘ rms(g)) = one; rms(u) = u.
    val rms: g: Gain -> Gain

    /// The gain h with h^degree = g, where the powers of g allow it.
    val internal tryRoot: degree: int -> g: Gain -> Gain option

    /// The gains of the parts again, when g was made by joining so many parts, or where all widths are known.
    val internal trySplit: widths: int option list -> g: Gain -> Gain list option

    /// The gain before its entries were repeated, when g was made so.
    val internal tryUnrepeat: times: int -> g: Gain -> Gain option

    /// The places of a view's entries in what is viewed, for a gain of so many entries.
    val internal viewed: length: int -> view: View -> int[]
