namespace Canon.Algebra.Training

open System
open System.Numerics
open System.Numerics.Tensors
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

    /// Over so many entries: `wide` for as many at once as a vector has, `narrow` for each of the last.
    let inline private sweep length ([<InlineIfLambda>] wide: int -> unit) ([<InlineIfLambda>] narrow: int -> unit) =
        let lanes = Vector<float>.Count
        let mutable k = 0

        while k + lanes <= length do
            wide k
            k <- k + lanes

        while k < length do
            narrow k
            k <- k + 1

    let inline private at (numbers: float[]) k = Vector<float>(numbers, k)

    /// factor · a at k, a being 1 where there is none.
    let inline private wideFactor (factor: float) (factors: float[] option) k =
        match factors with
        | None -> Vector<float> factor
        | Some each -> Vector<float> factor * at each k

    let inline private narrowFactor (factor: float) (factors: float[] option) k =
        match factors with
        | None -> factor
        | Some each -> factor * each[k]

    let private descend rate rates (direction: float[]) (w: float[]) =
        sweep w.Length (fun k -> (at w k - wideFactor rate rates k * at direction k).CopyTo(w, k)) (fun k ->
            w[k] <- w[k] - narrowFactor rate rates k * direction[k])

    let private average (beta: float) (mean: float[]) (g: float[]) =
        sweep
            g.Length
            (fun k -> (Vector<float> beta * at mean k + Vector<float>(1.0 - beta) * at g k).CopyTo(mean, k))
            (fun k -> mean[k] <- beta * mean[k] + (1.0 - beta) * g[k])

    let private averageSquares (beta: float) (mean: float[]) (g: float[]) =
        sweep
            g.Length
            (fun k -> (Vector<float> beta * at mean k + Vector<float>(1.0 - beta) * at g k * at g k).CopyTo(mean, k))
            (fun k -> mean[k] <- beta * mean[k] + (1.0 - beta) * g[k] * g[k])

    /// w − rate·m·c/(√(v·d) + ε), c and d the corrections for the start at 0.
    let private adapt rate rates epsilon epsilons (c: float) (d: float) (m: float[]) (v: float[]) (w: float[]) =
        sweep
            w.Length
            (fun k ->
                let below =
                    Vector.SquareRoot(at v k * Vector<float> d) + wideFactor epsilon epsilons k

                (at w k - wideFactor rate rates k * (at m k * Vector<float> c) / below).CopyTo(w, k))
            (fun k ->
                let below = Math.Sqrt(v[k] * d) + narrowFactor epsilon epsilons k
                w[k] <- w[k] - narrowFactor rate rates k * (m[k] * c) / below)

    let step rate (gradient: Tensors) (weights: Tensors) state =
        let steps = state.Steps + 1
        let firsts = filled (keepsFirst state.Optimizer) gradient state.First
        let seconds = filled (keepsSecond state.Optimizer) gradient state.Second

        for KeyValue(name, g) in gradient do
            let w = weights[name]
            let rates, epsilons = Map.tryFind name state.Rate, Map.tryFind name state.Epsilon

            let adam beta1 beta2 epsilon =
                average beta1 firsts[name] g
                averageSquares beta2 seconds[name] g
                let c = 1.0 / (1.0 - Math.Pow(beta1, float steps))
                let d = 1.0 / (1.0 - Math.Pow(beta2, float steps))
                adapt rate rates epsilon epsilons c d firsts[name] seconds[name] w

            match state.Optimizer with
            | Sgd 0.0 -> descend rate rates g w
            | Sgd momentum ->
                let b = firsts[name]

                sweep b.Length (fun k -> (Vector<float> momentum * at b k + at g k).CopyTo(b, k)) (fun k ->
                    b[k] <- momentum * b[k] + g[k])

                descend rate rates b w
            | RmsProp(decay, epsilon) ->
                averageSquares decay seconds[name] g
                adapt rate rates epsilon epsilons 1.0 1.0 g seconds[name] w
            | Adam(beta1, beta2, epsilon) -> adam beta1 beta2 epsilon
            | AdamW(beta1, beta2, epsilon, weightDecay) ->
                TensorPrimitives.Multiply(ReadOnlySpan w, 1.0 - rate * weightDecay, Span w)
                adam beta1 beta2 epsilon

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
                        let expected = Parameter.count share.Parameter

                        if numbers.Length <> expected then
                            Fail.because (
                                ShapeMismatch(
                                    name,
                                    $"it has {expected} entries, and a tensor of its state {numbers.Length}"
                                )
                            )

                        Map.add name (Gauge.scaledNumbers power gauge share numbers) all)
                tensors

        /// Ones where there are no factors yet.
        let factors (tensors: Tensors) : Tensors =
            gauge.Rescaling.Shares
            |> List.fold
                (fun all share ->
                    if Map.containsKey share.Parameter.Name all then
                        all
                    else
                        Map.add share.Parameter.Name (Array.create (Parameter.count share.Parameter) 1.0) all)
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
