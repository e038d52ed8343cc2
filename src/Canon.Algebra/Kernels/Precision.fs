namespace Canon.Algebra

/// The precision of matrix products and of convolutions, which take nearly all the time of an evaluation. Everything between them is
/// float64 either way, and so are convolutions in which every channel has a window of its own: they are no products.
[<RequireQualifiedAccess>]
type Precision =
    /// float64.
    | Double
    /// Both sides are rounded to float32, and so is each multiply-add: about twice as fast. What lies beyond the largest float32 is infinite.
    | Single
