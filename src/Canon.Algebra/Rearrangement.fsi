namespace Canon.Algebra

/// How the axes of a signal are made of atoms: channels, and axes of space, each the atoms in it from the slowest to the
/// fastest. Atoms are numbered from 0.
[<StructuralEquality; NoComparison>]
type AxisGroups =
    {
        /// The atoms of the channels.
        ChannelAxis: int list
        /// The atoms of each axis of space.
        SpaceAxes: int list list
    }

/// Another order of the same numbers.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Rearrangement =
    /// All positions become channels, the positions of the first channel first. None: positions unknown.
    | Flatten of positions: int option
    /// Axes are split into atoms and joined anew, as in einops: a channel shuffle is `(a b) c d -> (b a) c d`. A size that is not
    /// known stands where an atom is a whole axis before and behind.
    | Regroup of sizes: int option list * source: AxisGroups * target: AxisGroups
    /// Some channels are taken: `Count` of them from `First` on, `Step` apart.
    | Take of run: Run

/// What is known of rearrangements.
[<RequireQualifiedAccess>]
module Rearrangement =

    /// A regrouping from its atoms, which are numbered anew in the order of the source. Error: atoms that stand twice or not on both sides, sizes missing or below 1.
    val regroup: sizes: int option list -> source: AxisGroups -> target: AxisGroups -> Result<Rearrangement, string>

    /// Channels and space behind it. Error: what does not fit.
    val shape:
        channels: int option ->
        space: int option list option ->
        rearrangement: Rearrangement ->
            Result<struct (int option * int option list option), string>

    /// The gain behind the rearrangement that is as good as g in front of it. Error: why there is none.
    val gain: g: Gain -> rearrangement: Rearrangement -> Result<Gain, string>

    /// The gain in front that is as good as g behind; None where there is none.
    val internal tryGainBefore: g: Gain -> rearrangement: Rearrangement -> Gain option

    /// For every number behind the rearrangement, positions slowest and channels fastest, the place of it in front, for a
    /// signal of these channels and sizes.
    val internal places: channels: int -> space: int list -> rearrangement: Rearrangement -> int[]
