namespace Canon.Algebra

/// How large a parameter is in a gauge.
[<StructuralEquality; NoComparison>]
type TensorFigures =
    {
        /// The parameter's name.
        Name: string
        /// Whether it is added, as a bias, a shift or the β of a batch norm.
        IsBias: bool
        /// The largest |entry|.
        Largest: float
        /// Σ of the squares of its entries.
        Squares: float
    }

/// How large the parameters of a network are in a gauge, and how evenly its channels are made and read.
[<StructuralEquality; NoComparison>]
type GaugeFigures =
    {
        /// The parameters that a gauge may rescale, in the order of the network.
        Tensors: TensorFigures list
        /// The largest |ln(‖w_out‖/‖w_in‖)| of a class that may be rescaled, entries of degree d counted d times; 0 in the balanced gauge. Classes
        /// that are not made or not read, all their weights being 0, do not count.
        NormImbalance: float
        /// The largest |ln(r_out/r_in)| of such a class, r its largest |entry|; 0 in an equalized gauge.
        RangeImbalance: float
    }

/// Measuring gauges.
[<RequireQualifiedAccess>]
module GaugeFigures =

    /// The figures of a gauge. Each weight is read once, some stored rows at a time; rows at the ends of the range of float64 once more. Errors: as for `Gauge.canonical`.
    val ofGauge: gauge: Gauge -> Result<GaugeFigures, NetworkError>
