namespace Canon.Algebra.Analysis

open Canon.Algebra

/// How steep activations are.
[<RequireQualifiedAccess>]
module internal Slopes =

    /// The largest |slope| of an activation, one number a channel or one for all. Errors: NoFigure where it has none.
    let steepest (numbers: Numbers) activation =
        let refuse reason =
            Fail.because (NoFigure(Activation.name activation, reason))

        match activation with
        | Relu
        | Abs
        | Negate
        | Tanh -> [| Magnitude.One |]
        | LeakyRelu slope -> [| Magnitude.ofFloat (max 1.0 (abs slope)) |]
        | PRelu slopes ->
            numbers.Vector slopes
            |> Array.map (fun slope -> Magnitude.ofFloat (max 1.0 (abs slope)))
        | Sigmoid -> [| Magnitude.ofFloat 0.25 |]
        | Square
        | ReluSquared -> refuse "its slope has no bound"
        | Softmax -> refuse "it mixes channels"
