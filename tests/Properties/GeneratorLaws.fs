module Canon.Properties.GeneratorLaws

open Canon.Algebra
open Canon.Verification
open Xunit

let private shapeOf (sample: Sample) network =
    Shape.infer sample.Options.Wires sample.Options.Input network |> Law.ok

let private kinds =
    [ "any", Networks.any
      "sequential", Networks.sequential
      "residual", Networks.residual
      "branched", Networks.branched
      "gated", Networks.gated
      "extreme", Networks.extreme
      "degenerate", Networks.degenerate ]
    |> Map.ofList

let kindsOfNetworks = TheoryData<string>(Map.keys kinds)

/// A network of every kind, and everything that it may be shrunk to at first.
[<Theory>]
[<MemberData(nameof kindsOfNetworks)>]
let ``Networks are well shaped and shrink to well-shaped ones`` (kind: string) =
    let networks = kinds[kind]

    for sample in Law.sample 200 networks do
        shapeOf sample sample.Network |> ignore

        for smaller in networks.Shrinker sample |> Seq.truncate 40 do
            shapeOf smaller smaller.Network |> ignore

[<Fact>]
let ``Degenerate networks are narrow, with dead and constant units and extreme rows`` () =
    let weights =
        Law.sample 300 Networks.degenerate
        |> Seq.collect (fun sample -> Traversal.parameters sample.Network)
        |> Seq.filter (fun p -> p.Name.StartsWith 'W')
        |> Seq.toList

    let share what =
        float (weights |> List.filter what |> List.length) / float weights.Length

    let rows (p: Parameter) =
        List.init p.Rows.Value (fun i -> [ for j in 0 .. p.Columns.Value - 1 -> abs (Naive.tap p i j 0) ])

    Law.isTrue "few are of width 1" (share (fun p -> p.Rows = Some 1) > 0.2)
    Law.isTrue "few have a row of zeros" (share (rows >> List.exists (List.forall ((=) 0.0))) > 0.2)
    let isExtreme x = x > 1e5 || (x > 0.0 && x < 1e-5)
    Law.isTrue "few have extreme rows" (share (rows >> List.exists (List.exists isExtreme)) > 0.1)

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
        | Linear(a, _, _) when a.Weight.Source.IsNormFactor -> "batch norm"
        | Linear(a, _, _) when a.Weight.Source.IsOnes -> "shift"
        | Linear(_, Direct window, _) when window.Axes > 0 -> if Window.pads window then "padded conv" else "conv"
        | Linear(_, Transposed _, _) -> "transposed conv"
        | Linear _ -> "linear"
        | UnitRowLinear _ -> "unit rows"
        | Scale _ -> "scale"
        | Activation(PRelu slope, _) -> if slope.Rows = Some 1 then "slope" else "slopes"
        | Activation(phi, _) -> Activation.name phi
        | Clip(lower, upper, _, _) -> if Outline.keepsZero lower upper then "clip" else "odd clip"
        | Spatial(Spatial.Pool(_, PoolRegion.Sliding _), _) -> "pool"
        | Spatial(Spatial.Pool(_, PoolRegion.Whole _), _) -> "whole pool"
        | Spatial(Spatial.Pad _, _) -> "pad"
        | Spatial(Spatial.Crop _, _) -> "crop"
        | Spatial(Spatial.Resize _, _) -> "resize"
        | Rearrange(Rearrangement.Flatten _, _) -> "flatten"
        | Rearrange(Rearrangement.Take _, _) -> "channels"
        | Rearrange(Rearrangement.Regroup _, _) -> "regroup"
        | Normalize(normalization, _, _, _) -> Normalization.name normalization
        | Compose _ -> "compose"
        | Sum _ -> "sum"
        | Concat _ -> "concat"
        | Product _ -> "product"
        | As _ -> "as"
        | Wire wire -> if wire = Build.asideName then "input" else "wire"
        | Tuple _ -> "tuple"
        | Opaque _ -> "opaque"

    let found =
        Law.sample 2000 Networks.any
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
          "batch norm"
          "shift"
          "conv"
          "padded conv"
          "transposed conv"
          "pool"
          "whole pool"
          "pad"
          "crop"
          "resize"
          "channels"
          "regroup"
          "layer_norm"
          "instance_norm"
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
