module Canon.Properties.GeneratorLaws

open Canon.Algebra
open Canon.Verification
open Xunit

let private shapeOf (sample: Sample) network =
    Shape.infer sample.Options.Wires sample.Options.Input network |> Law.ok

[<Fact>]
let ``Networks are well shaped`` () =
    Law.forAll Networks.any (fun sample -> shapeOf sample sample.Network |> ignore)

[<Fact>]
let ``Parameters have distinct names`` () =
    Law.forAll Networks.any (fun sample ->
        let names = Traversal.parameters sample.Network |> List.map _.Name
        Assert.Equal<string list>(List.distinct names, names))

[<Fact>]
let ``The evaluation agrees with a naive one`` () =
    Law.forAll Networks.any (fun sample -> Function.isNaive 1e-13 sample.Options sample.Network)

[<Fact>]
let ``A rescaled network is the same function`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        Function.isKept 1e-12 sample.Options sample.Network (sample.Rescaled seed))

/// Every kind of term occurs.
[<Fact>]
let ``Networks have terms of every kind`` () =
    let kind network =
        match network with
        | Linear _ -> "linear"
        | UnitRowLinear _ -> "unit rows"
        | Scale _ -> "scale"
        | Activation(PRelu slope, _) -> if slope.Rows = Some 1 then "slope" else "slopes"
        | Activation(phi, _) -> Activation.name phi
        | Clip(lower, upper, _, _) -> if Outline.keepsZero lower upper then "clip" else "odd clip"
        | Flatten _ -> "flatten"
        | Compose _ -> "compose"
        | Sum _ -> "sum"
        | Concat _ -> "concat"
        | Product _ -> "product"
        | As _ -> "as"
        | Wire wire -> if wire = Build.asideName then "input" else "wire"
        | Tuple _ -> "tuple"
        | Opaque _ -> "opaque"

    let found =
        Law.sample 1000 Networks.any
        |> Seq.collect (fun sample -> Traversal.fold (fun kinds term -> kind term :: kinds) [] sample.Network)
        |> Seq.countBy id
        |> Map.ofSeq

    let expected =
        [ "linear"
          "unit rows"
          "scale"
          "slope"
          "slopes"
          "relu"
          "leaky_relu"
          "abs"
          "square"
          "relu_squared"
          "sigmoid"
          "tanh"
          "softmax"
          "clip"
          "odd clip"
          "flatten"
          "compose"
          "sum"
          "concat"
          "product"
          "as"
          "wire"
          "input"
          "tuple"
          "opaque" ]

    for kind in expected do
        Law.isTrue $"{kind}: {Map.tryFind kind found}" (defaultArg (Map.tryFind kind found) 0 >= 20)
