namespace Canon.Algebra.Training

open System
open Canon.Algebra

[<StructuralEquality; NoComparison>]
type Optimizer =
    | Sgd of momentum: float
    | RmsProp of decay: float * epsilon: float
    | Adam of beta1: float * beta2: float * epsilon: float
    | AdamW of beta1: float * beta2: float * epsilon: float * weightDecay: float

[<NoEquality; NoComparison>]
type OptimizerState =
    { Optimizer: Optimizer
      Steps: int
      First: Tensors
      Second: Tensors
      Rate: Tensors
      Epsilon: Tensors }

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type MomentRule =
    | Covariant
    | Full
    | Note
    | Reset
    | Keep

[<RequireQualifiedAccess>]
module Optimizer =

    let adam = Adam(0.9, 0.999, 1e-8)

    let adamW weightDecay = AdamW(0.9, 0.999, 1e-8, weightDecay)

    let start optimizer =
        { Optimizer = optimizer
          Steps = 0
          First = Map.empty
          Second = Map.empty
          Rate = Map.empty
          Epsilon = Map.empty }

    let private copied (tensors: Tensors) : Tensors =
        Map.map (fun _ numbers -> Array.copy numbers) tensors

    let copy state =
        { state with
            First = copied state.First
            Second = copied state.Second
            Rate = copied state.Rate
            Epsilon = copied state.Epsilon }

    let private keepsFirst optimizer =
        match optimizer with
        | Sgd momentum -> momentum <> 0.0
        | RmsProp _ -> false
        | Adam _
        | AdamW _ -> true

    let private keepsSecond optimizer =
        match optimizer with
        | Sgd _ -> false
        | RmsProp _
        | Adam _
        | AdamW _ -> true

    /// The tensors with zeros for every parameter that has a derivative and no tensor yet.
    let private filled keeps (gradient: Tensors) (tensors: Tensors) : Tensors =
        if not keeps then
            tensors
        else
            gradient
            |> Map.fold
                (fun all name derivative ->
                    if Map.containsKey name all then
                        all
                    else
                        Map.add name (Array.zeroCreate<float> (Array.length derivative)) all)
                tensors

    /// One factor for all entries, or one for each.
    let inline private factor (factors: float[] option) k =
        match factors with
        | None -> 1.0
        | Some each -> each[k]

    let step rate (gradient: Tensors) (weights: Tensors) state =
        let steps = state.Steps + 1
        let firsts = filled (keepsFirst state.Optimizer) gradient state.First
        let seconds = filled (keepsSecond state.Optimizer) gradient state.Second

        let adapt beta1 beta2 epsilon (name: string) (g: float[]) (w: float[]) =
            let m, v = firsts[name], seconds[name]
            let rates, epsilons = Map.tryFind name state.Rate, Map.tryFind name state.Epsilon
            let meanCorrection = 1.0 - Math.Pow(beta1, float steps)
            let squareCorrection = 1.0 - Math.Pow(beta2, float steps)

            for k in 0 .. w.Length - 1 do
                m[k] <- beta1 * m[k] + (1.0 - beta1) * g[k]
                v[k] <- beta2 * v[k] + (1.0 - beta2) * g[k] * g[k]

                w[k] <-
                    w[k]
                    - rate * factor rates k * (m[k] / meanCorrection)
                      / (Math.Sqrt(v[k] / squareCorrection) + epsilon * factor epsilons k)

        for KeyValue(name, g) in gradient do
            let w = weights[name]
            let rates, epsilons = Map.tryFind name state.Rate, Map.tryFind name state.Epsilon

            match state.Optimizer with
            | Sgd 0.0 ->
                for k in 0 .. w.Length - 1 do
                    w[k] <- w[k] - rate * factor rates k * g[k]
            | Sgd momentum ->
                let b = firsts[name]

                for k in 0 .. w.Length - 1 do
                    b[k] <- momentum * b[k] + g[k]
                    w[k] <- w[k] - rate * factor rates k * b[k]
            | RmsProp(decay, epsilon) ->
                let v = seconds[name]

                for k in 0 .. w.Length - 1 do
                    v[k] <- decay * v[k] + (1.0 - decay) * g[k] * g[k]

                    w[k] <-
                        w[k]
                        - rate * factor rates k * g[k] / (Math.Sqrt v[k] + epsilon * factor epsilons k)
            | Adam(beta1, beta2, epsilon) -> adapt beta1 beta2 epsilon name g w
            | AdamW(beta1, beta2, epsilon, weightDecay) ->
                for k in 0 .. w.Length - 1 do
                    w[k] <- (1.0 - rate * weightDecay) * w[k]

                adapt beta1 beta2 epsilon name g w

        { state with
            Steps = steps
            First = firsts
            Second = seconds }

    let transport rule (gauge: Gauge) state =
        let carried power (tensors: Tensors) : Tensors =
            gauge.Rescaling.Shares
            |> List.fold
                (fun all share ->
                    match Map.tryFind share.Parameter.Name all with
                    | None -> all
                    | Some numbers ->
                        let name = share.Parameter.Name
                        let expected = Tensors.size share.Parameter

                        if numbers.Length <> expected then
                            Fail.because (
                                ShapeMismatch(
                                    name,
                                    $"it has {expected} entries, and a tensor of its state {numbers.Length}"
                                )
                            )

                        let changed =
                            Gauge.scaled power gauge share (Tensors.like share.Parameter numbers)
                            |> Fail.value

                        Map.add name changed all)
                tensors

        /// Ones where there are no factors yet.
        let factors (tensors: Tensors) : Tensors =
            gauge.Rescaling.Shares
            |> List.fold
                (fun all share ->
                    if Map.containsKey share.Parameter.Name all then
                        all
                    else
                        Map.add share.Parameter.Name (Array.create (Tensors.size share.Parameter) 1.0) all)
                tensors

        let covariant () =
            { state with
                First = carried -1 state.First
                Second = carried -2 state.Second }

        Fail.guard (fun () ->
            match rule with
            | MomentRule.Covariant -> covariant ()
            | MomentRule.Full ->
                let rate =
                    match state.Optimizer with
                    | Sgd _ -> 2
                    | RmsProp _
                    | Adam _
                    | AdamW _ -> 1

                { covariant () with
                    Rate = carried rate (factors state.Rate)
                    Epsilon =
                        match state.Optimizer with
                        | Sgd _ -> state.Epsilon
                        | RmsProp _
                        | Adam _
                        | AdamW _ -> carried -1 (factors state.Epsilon) }
            | MomentRule.Note ->
                { state with
                    First = carried 1 state.First
                    Second = carried 2 state.Second }
            | MomentRule.Reset ->
                { start state.Optimizer with
                    Rate = state.Rate
                    Epsilon = state.Epsilon }
            | MomentRule.Keep -> state)
