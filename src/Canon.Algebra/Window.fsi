namespace Canon.Algebra

/// What surrounds the positions that a window slides over.
[<StructuralEquality; NoComparison>]
type Padding =
    /// So many positions before the first and behind the last, one count an axis.
    | Explicit of before: int list * after: int list
    /// As many as ⌈size / stride⌉ windows need, half of them on each side; of an odd number one more behind (`late`) or before.
    | Same of late: bool

/// A window that slides over positions: of a convolution, or of a pool. All lists have one entry an axis of space; a window of
/// no axes sees each position alone, as a dense layer does.
[<StructuralEquality; NoComparison>]
type Window =
    {
        /// How many positions the window sees.
        Kernel: int list
        /// From one window to the next.
        Strides: int list
        /// From one position that the window sees to the next.
        Dilations: int list
        /// What surrounds the positions.
        Padding: Padding
    }

    /// The number of axes.
    member Axes: int

    /// The number of positions that the window sees: the product of the kernel.
    member Taps: int

/// One axis of a sliding window, with its sizes: output position o sees the input positions o·Stride + k·Dilation − Before.
[<Struct; StructuralEquality; NoComparison>]
type internal SlidingAxis =
    {
        /// Positions of the input.
        Size: int
        /// Positions of the output.
        Output: int
        /// Positions that the window sees.
        Taps: int
        Stride: int
        Dilation: int
        /// Padding before the first position.
        Before: int
    }

/// Making windows, and the sizes that they yield.
[<RequireQualifiedAccess>]
module Window =

    /// The window of a dense layer: every position alone.
    val point: Window

    /// A window of stride 1 without dilation or padding.
    val ofKernel: kernel: int list -> Window

    /// Whether the window sees each position alone and leaves none out: a dense layer, or a kernel of ones at stride 1.
    val isPointwise: window: Window -> bool

    /// Whether a window may see something outside the positions, which is then 0.
    val pads: window: Window -> bool

    /// Why the window cannot be, where it cannot: lists of different lengths, sizes below 1, negative padding.
    val fault: window: Window -> string option

    /// The axes of a window over positions of these sizes. `ceil`: a last window that does not fit is kept.
    /// Error: what does not fit.
    val internal axes: ceil: bool -> sizes: int list -> window: Window -> Result<SlidingAxis list, string>

    /// The sizes behind, by what makes them of the sizes in front, of which some are not known. Error: what does not fit.
    val internal overUnknown:
        behind: (int list -> Result<int list, string>) -> space: int option list -> Result<int option list, string>

    /// The axes of a transposed window, whose output is what a window of the same numbers reads: input and output of the
    /// answer change places. Error: what does not fit.
    val internal transposedAxes:
        outputPadding: int list -> sizes: int list -> window: Window -> Result<SlidingAxis list, string>
