namespace Canon.Algebra

/// Gauges as JSON. A gauge is written as what it does to each tensor, so that any program can apply it:
/// new[i, j] = rows.factors[i] · old[rows.from[i], columns.from[j]] · columns.factors[j], and the same of each tap. Of a weight of groups or
/// a diagonal, j counts all columns. A part that is missing does nothing: factors are 1, or places stay. Moments and derivatives follow
/// by powers of the factors (calculus §7).
[<RequireQualifiedAccess>]
module GaugeDocument =

    /// The gauge as one JSON object. Tensors that it leaves alone are not in it. Errors: OutOfRange for a factor beyond float64.
    val write: gauge: Gauge -> Result<string, NetworkError>

    /// The gauge of a network that a JSON object says. Law: read (write g) = g.
    /// Error: what is wrong with the text, or why no gauge of the network does that.
    val read: rescaling: Rescaling -> text: string -> Result<Gauge, string>
