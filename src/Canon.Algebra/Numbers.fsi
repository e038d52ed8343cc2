namespace Canon.Algebra

open System

/// The numbers behind expressions: gains, unit rows, biases. Each weight is read once for all its gains; what was computed is
/// kept for as long as the instance. An instance is not for several threads at once (its kernels use all cores by themselves).
/// Arrays that it answers may be those that it keeps: they are not to be written to.
[<Sealed>]
type Numbers =
    /// Nothing computed yet.
    new: unit -> Numbers

    /// The entries of a gain. `width`: the number of channels, needed for the gain 1 only.
    member internal Entries: at: string * width: int option * g: Gain -> Magnitude[]

    /// The norms of a layer's rows, with its right diagonal.
    member internal RowNorms: a: Affine -> Magnitude[]

    /// The same, and the parameter's own.
    member internal BothRowNorms: a: Affine -> struct (Magnitude[] * Magnitude[])

    /// The weight diag(left)·P·diag(right), ready to be read.
    member internal Weight: a: Affine -> StoredMatrix

    /// The entries of a vector parameter.
    member internal Vector: parameter: Parameter -> float[]

    /// left ⊙ b.
    member internal Bias: a: Affine -> float[] option

    /// The entries of a gain as magnitudes, one a channel.
    /// Errors: NoValues, NotFinite; UnknownWidth for a gain that does not tell its length, such as 1; ShapeMismatch where its
    /// parts do not have the widths said of them; OutOfRange when an exponent leaves an int.
    member Gain: g: Gain -> Result<Magnitude[], NetworkError>

    /// The weight diag(left)·P·diag(right) as float64, one row after the other, whatever the order in which P is stored: of each
    /// row the columns that it reads (all, those of its group, or its own), of each column the taps. Errors: as for `Gain`.
    member Dense: a: Affine -> Result<float[], NetworkError>

    /// The bias left ⊙ b as float64, one number a row; None when there is none. Errors: as for `Gain`.
    member DenseBias: a: Affine -> Result<float[] option, NetworkError>

    /// The entries of a vector parameter as float64. Errors: as for `Gain`.
    member Entries: vector: Parameter -> Result<float[], NetworkError>

    /// The weight diag(left)·P·diag(right) as the bytes of a file, in the order and the element type in which P is stored. They
    /// are computed when they are read. Errors: as for `Gain`.
    member Stored: a: Affine -> Result<StoredWeight, NetworkError>

    /// The weight diag(left)·P·diag(right) into memory, in the order and the element type in which P is stored. Where the left
    /// diagonal has the norms of the layer's own rows in it, as in a canonical form, and nobody asked for these before, the weight is
    /// read once for both. The memory may be that in which P is stored: layers are then written in the order of the flow, by one
    /// instance, which keeps what later ones need. Errors: as for `Gain`; OutOfRange when a number is too large for its type, or
    /// when a weight that was written over is read again, if its values have a view; ShapeMismatch when the memory has another size. After
    /// an error the memory is half written.
    member Write: a: Affine * destination: Span<byte> -> Result<unit, NetworkError>

    /// The bias left ⊙ b into memory, in the element type in which b is stored; an empty one when there is none. Errors: as for
    /// `Write`.
    member WriteBias: a: Affine * destination: Span<byte> -> Result<unit, NetworkError>
