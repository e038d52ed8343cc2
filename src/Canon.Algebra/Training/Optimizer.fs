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

    let copy state =
        { state with
            First = Tensors.copy state.First
            Second = Tensors.copy state.Second
            Rate = Tensors.copy state.Rate
            Epsilon = Tensors.copy state.Epsilon }

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

    /// The tensors with one more of one number throughout, where there is none of that name.
    let private orNew number name count (tensors: Tensors) : Tensors =
        if Map.containsKey name tensors then
            tensors
        else
            Map.add name (Array.create<float> count number) tensors

    /// The tensors with zeros for every parameter that has a derivative and no tensor yet.
    let private filled keeps (gradient: Tensors) tensors =
        if keeps then
            gradient
            |> Map.fold (fun all name derivative -> orNew 0.0 name (Array.length derivative) all) tensors
        else
            tensors

    /// For every entry, as many at once as a vector has.
    let inline private sweep length ([<InlineIfLambda>] body: int -> unit) =
        for k in 0 .. Vector<float>.Count .. length - 1 do
            body k

    /// Those from k on; behind the last zeros.
    let private at (numbers: float[]) k =
        if k + Vector<float>.Count <= numbers.Length then
            Vector<float>(numbers, k)
        else
            let last = Array.zeroCreate<float> Vector<float>.Count
            Array.blit numbers k last 0 (numbers.Length - k)
            Vector<float> last

    let private put (numbers: float[]) k (values: Vector<float>) =
        if k + Vector<float>.Count <= numbers.Length then
            values.CopyTo(numbers, k)
        else
            for i in k .. numbers.Length - 1 do
                numbers[i] <- values[i - k]

    /// factor · a at k, a being 1 where there is none.
    let inline private factorAt (factor: float) (factors: float[] option) k =
        match factors with
        | None -> Vector<float> factor
        | Some each -> Vector<float> factor * at each k

    let private descend rate rates (direction: float[]) (w: float[]) =
        sweep w.Length (fun k -> put w k (at w k - factorAt rate rates k * at direction k))

    let private average (beta: float) (mean: float[]) (g: float[]) =
        sweep g.Length (fun k -> put mean k (Vector<float> beta * at mean k + Vector<float>(1.0 - beta) * at g k))

    let private averageSquares (beta: float) (mean: float[]) (g: float[]) =
        sweep g.Length (fun k ->
            put mean k (Vector<float> beta * at mean k + Vector<float>(1.0 - beta) * at g k * at g k))

    /// w − rate·m·c/(√(v·d) + ε), c and d the corrections for the start at 0.
    let private adapt rate rates epsilon epsilons (c: float) (d: float) (m: float[]) (v: float[]) (w: float[]) =
        sweep w.Length (fun k ->
            let below =
                Vector.SquareRoot(at v k * Vector<float> d) + factorAt epsilon epsilons k

            put w k (at w k - factorAt rate rates k * (at m k * Vector<float> c) / below))

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

                sweep b.Length (fun k -> put b k (Vector<float> momentum * at b k + at g k))

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
        let factors tensors =
            gauge.Rescaling.Shares
            |> List.fold (fun all share -> orNew 1.0 share.Parameter.Name (Parameter.count share.Parameter) all) tensors

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
