namespace Canon.Algebra

/// Scaling the coefficients of a linear layer, and reading their gain.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Affine =

    /// The plain P·x + b. Errors: ArgumentException when the bias does not have one entry a row.
    val ofParameters: weight: Parameter -> bias: Parameter option -> Affine

    /// Whether weight and bias are the parameters themselves.
    val isPlain: a: Affine -> bool

    /// Why no rule may change the layer: several layers share its weight.
    val internal tie: a: Affine -> string option

    /// diag(g) times the layer's output: weight and bias alike. Law: the layer followed by scale(g).
    val scaleOutput: g: Gain -> a: Affine -> Affine

    /// The layer's output over g: weight and bias alike, with 0/0 = 0.
    val divideOutput: g: Gain -> a: Affine -> Affine

    /// The layer reading diag(g)·x; the bias stays. Law: scale(g) followed by the layer.
    val scaleInput: g: Gain -> a: Affine -> Affine

    /// The gain of each row of diag(left)·P·diag(right) with its bias.
    /// Law: gain(diag(l)·M, l ⊙ b) = l ⊙ gain(M, b). Source: calculus §3.
    val gain: definition: GainDefinition -> a: Affine -> Gain

    /// The norms that the parameter itself has, before any rewrite: gain(P, b).
    val ownGain: definition: GainDefinition -> a: Affine -> Gain

/// Coefficients whose weight rows have norm 1, or 0 where the gain is 0 or only a bias is left (calculus §3). With augmented
/// gains it is the row together with its bias that has norm 1; with gains of powers of two the norm is 1/√2 to √2. Only the functions of `UnitRows` make them.
[<Struct; StructuralEquality; NoComparison>]
type UnitRows =
    private
        { Unit: Affine }

    /// The coefficients, left diagonal included.
    member Coefficients: Affine

/// Making unit rows.
[<RequireQualifiedAccess>]
module UnitRows =

    /// Rule I as an equation: the unit rows and the gain that was divided out of them.
    /// Law: a = diag(gain)·unit. Source: note, I; calculus §3.
    val decompose: definition: GainDefinition -> a: Affine -> UnitRows * Gain

    /// Coefficients that are unit rows by their own expression: gain(a) = 1 after cancellation, by any definition of the gain.
    val tryOfAffine: a: Affine -> UnitRows option

    /// A symbolic matrix taken to have unit rows, such as the V of `unit_row_linear(V)`.
    /// Errors: ArgumentException when it has values, which must be decomposed instead, or when the bias does not have one entry a row.
    val assume: weight: Parameter -> bias: Parameter option -> UnitRows
