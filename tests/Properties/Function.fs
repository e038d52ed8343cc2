namespace Canon.Properties

open Canon.Algebra
open Canon.Verification

/// Are two networks the same function? Compares outputs on drawn inputs.
[<RequireQualifiedAccess>]
module Function =

    /// The outputs by the core's evaluation.
    let outputs options rounded network =
        Comparison.outputs rounded (Comparison.inputs options) network |> Law.ok

    let private agrees tolerance (reference: Comparison.Reference) yards actual =
        let expected = reference.Outputs.Value |> Law.ok

        match Comparison.within tolerance reference.Yards yards expected actual with
        | Agree _ -> ()
        | Differ d ->
            let input = Comparison.sample reference.Inputs.Input d.Sample
            Law.fail $"on %A{input} output {d.Output} is %A{d.Actual} instead of %A{d.Expected}"
        | other -> Law.fail $"%A{other}"

    let private isSame rounded tolerance options original rewritten =
        let reference = Comparison.reference options original

        Comparison.outputs rounded reference.Inputs rewritten
        |> Law.ok
        |> agrees tolerance reference (lazy Comparison.naive reference.Inputs rewritten)

    /// `rewritten` is the same function as `original`, by exact coefficients: outputs differ by at most `tolerance` of what they
    /// would be if nothing cancelled on the way to them.
    let isKept tolerance options original rewritten =
        isSame false tolerance options original rewritten

    /// … by coefficients as a file of the parameters' type would store them.
    let isKeptRounded tolerance options original rewritten =
        isSame true tolerance options original rewritten

    /// The core's evaluation is the naive one.
    let isNaive tolerance options network =
        let reference = Comparison.reference options network

        let naive =
            List.map2
                (fun (s: Signal) (m: Naive.Measured[]) -> { s with Data = m |> Array.map _.Value })
                (reference.Outputs.Value |> Law.ok)
                reference.Yards.Value

        agrees tolerance reference reference.Yards naive
