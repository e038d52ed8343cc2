module Canon.Properties.ExplainLaws

open Canon.Algebra
open Canon.Verification
open Xunit

let private rules = Canonical.settling RowNorm

let private canonical text =
    match Parse.network text with
    | Ok network -> (Canonical.derive Canonical.options network |> Law.ok).Result
    | Error error -> Law.fail error.Message

let private standstills network =
    Explain.scales rules network
    |> Law.ok
    |> List.map (fun s -> s.Place.Path, s.Standstill)

[<Fact>]
let ``Every scale is explained`` () =
    Law.forAll Networks.any (fun sample ->
        let isScale =
            function
            | Scale _ -> true
            | _ -> false

        let scales =
            Traversal.collect (fun term -> if isScale term then [ term ] else []) sample.Network

        let explained = Explain.scales rules sample.Network |> Law.ok

        Assert.Equal<Set<string>>(
            scales |> List.map Print.network |> Set.ofList,
            explained |> List.map (fun s -> Print.network (Scale s.Gain)) |> Set.ofList
        )

        Assert.Equal(scales.Length, explained.Length))

[<Fact>]
let ``In a canonical form nothing moves any more`` () =
    Law.forAll Networks.any (fun sample ->
        let result = (Canonical.derive sample.Options sample.Network |> Law.ok).Result

        for scale in Explain.scales rules result |> Law.ok do
            match scale.Standstill with
            | MovedBy rule -> Law.fail $"{rule} moves the scale at {scale.Place} of {Print.network result}"
            | NoRule -> Law.fail $"nobody knows why there is a scale at {scale.Place} of {Print.network result}"
            | AtOutput
            | RelativeToLeader
            | BeforeOpaque _
            | RefusedBy _ -> ())

[<Fact>]
let ``A barrier is named, and what stands around the scale`` () =
    let scale =
        canonical "linear(W1) -> tanh -> linear(W2)"
        |> Explain.scales rules
        |> Law.ok
        |> List.head

    Assert.Equal(RefusedBy("activation-commutation", "tanh is not positively homogeneous"), scale.Standstill)
    Assert.Equal(Some "tanh", scale.Before |> Option.map Print.network)
    Assert.Equal(Some "unit_row_linear(V1)", scale.Behind |> Option.map Print.network)

[<Fact>]
let ``Outputs, branches and opaque inputs are told apart`` () =
    let text =
        "linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)] -> opaque(Mix)[linear(W3), id] -> linear(W4) -> tuple[id, relu]"

    Assert.Equal<(int list * Standstill) list>(
        [ [ 1; 1; 3 ], RelativeToLeader
          [ 2; 0; 1 ], BeforeOpaque "Mix"
          [ 2; 1; 0 ], BeforeOpaque "Mix"
          [ 4; 0; 0 ], AtOutput
          [ 4; 1; 1 ], AtOutput ],
        standstills (canonical text)
    )

[<Fact>]
let ``A scale that can move says which rule moves it`` () =
    match Parse.network "scale(g) -> relu" with
    | Ok network ->
        Assert.Equal<(int list * Standstill) list>([ [ 0 ], MovedBy "activation-commutation" ], standstills network)
    | Error error -> Law.fail error.Message
