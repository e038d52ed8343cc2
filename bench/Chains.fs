namespace Canon.Bench

open Canon.Algebra

/// Numbers by chance, the same at every run.
[<RequireQualifiedAccess>]
module Chance =

    let numbers seed count =
        let random = System.Random(seed: int)
        Array.init count (fun _ -> random.NextDouble() - 0.5)

/// Symbolic networks of any length.
[<RequireQualifiedAccess>]
module Chains =

    let private linear k =
        Network.linear (Parameter.symbolic $"W{k}" None None) None ""

    let private phi activation = Network.activation activation ""

    let private alternating activation layers =
        Network.compose
            [ for k in 1..layers do
                  linear k

                  if k < layers then
                      phi activation ]

    let private residual layers =
        let block k =
            Network.sum [ Network.identity; Network.compose [ linear k; phi Relu; linear (k + 1) ] ] ""

        Network.compose
            [ linear 0
              for k in 1..2..layers do
                  block k ]

    /// The network of so many linear layers of a kind: `relu`, `tanh`, or `residual`.
    let make kind layers =
        match kind with
        | "relu" -> alternating Relu layers
        | "tanh" -> alternating Tanh layers
        | "residual" -> residual layers
        | _ -> invalidArg (nameof kind) $"{kind} is none of relu, tanh and residual"

    /// The value, or an exception with the error's message.
    let ok (result: Result<'a, NetworkError>) =
        match result with
        | Ok value -> value
        | Error error -> invalidOp error.Message

    let derive network =
        Canonical.derive Canonical.options network |> ok
