module Canon.Properties.NotationExamples

open System
open Canon.Algebra
open Canon.Algebra.Rules
open Xunit

let private symbol name = Parameter.symbolic name None None
let private linear name = Network.linear (symbol name) None ""

let private biased name bias =
    Network.linear (symbol name) (Some(symbol bias)) ""

let private unit name =
    UnitRowLinear(UnitRows.assume (symbol name) None, Label "")

let private phi activation = Network.activation activation ""
let private relu = phi Relu
let private scale name = Scale(Gain.symbol name None)
let private id = Network.identity
let private sum branches = Network.sum branches ""
let private concat branches = Network.concat branches ""
let private product branches = Network.product branches ""
let private (->>) a b = Network.compose [ a; b ]
let private flatten positions = Flatten(positions, Label "")

let private opaque inputs =
    Opaque(
        { Name = "LRN"
          Output = 0
          Channels = None
          Positions = None
          Label = Label "" },
        inputs
    )

/// Prints so.
let private (=>) network (expected: string) =
    Assert.Equal(expected, Print.network network)

/// Has the canonical form that prints so.
let private (==>) network expected =
    (Canonical.derive Canonical.options network |> Law.ok).Result => expected

/// Becomes by one step of the rule what prints so.
let private by (rule: Rule) network expected =
    let derivation =
        Derivation.run 1 (Strategy.oneTopDown (Strategy.rule rule)) network |> Law.ok

    Assert.Equal(1, derivation.Steps.Length)
    derivation.Result => expected

/// Is refused by the rule, for this reason.
let private refused (rule: Rule) network (reason: string) =
    let derivation =
        Derivation.run 1 (Strategy.oneTopDown (Strategy.rule rule)) network |> Law.ok

    Assert.Equal<string list>([ reason ], derivation.Refusals |> List.map _.Reason)

[<Fact>]
let ``A chain`` () =
    linear "W1" ->> relu ->> linear "W2" => "linear(W1) -> relu -> linear(W2)"

[<Fact>]
let ``A bias`` () = biased "W1" "b1" => "linear(W1, b1)"

[<Fact>]
let ``The identity`` () = id => "id"

[<Fact>]
let ``A skip connection`` () =
    sum [ id; linear "W1" ->> relu ] => "sum[id, linear(W1) -> relu]"

[<Fact>]
let ``A named value`` () =
    linear "W1" ->> As "x" ->> relu ->> concat [ id; Wire "x" ]
    => "linear(W1) -> as x -> relu -> concat[id, x]"

[<Fact>]
let ``Several outputs`` () =
    linear "W1" ->> Tuple [ relu; phi Tanh ] => "linear(W1) -> tuple[relu, tanh]"

[<Fact>]
let ``An opaque term`` () =
    linear "W1" ->> opaque [ id ] => "linear(W1) -> opaque(LRN)"

[<Fact>]
let ``An opaque term of two inputs`` () =
    opaque [ id; relu ] => "opaque(LRN)[id, relu]"

[<Fact>]
let ``Activations`` () =
    Network.compose
        [ relu
          phi (LeakyRelu 0.1)
          phi (PRelu(symbol "a1"))
          phi Abs
          phi Square
          phi ReluSquared
          phi Softmax ]
    => "relu -> leaky_relu(0.1) -> prelu(a1) -> abs -> square -> relu_squared -> softmax"

[<Fact>]
let ``Clips`` () =
    Network.clip 0.0 6.0 "" ->> Network.clip -1.0 infinity ""
    => "clip(0, 6) -> clip(-1, Infinity)"

[<Fact>]
let ``A clip from 0 without an end is relu`` () = Network.clip 0.0 infinity "" => "relu"

[<Fact>]
let ``A clip without ends is the identity`` () =
    Network.clip -infinity infinity "" => "id"

[<Fact>]
let ``Sizes`` () =
    let network =
        Network.linear (Parameter.symbolic "W1" (Some 64) (Some 10)) (Some(symbol "b1")) ""

    Assert.Equal("linear(W1: 64x10, b1)", Print.withShapes network)

[<Fact>]
let ``The note's example`` () =
    linear "W1" ->> relu ->> linear "W2"
    ==> "unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2)"

[<Fact>]
let ``A chain with biases`` () =
    biased "W1" "b1" ->> relu ->> biased "W2" "b2"
    ==> "unit_row_linear(V1, b1') -> relu -> unit_row_linear(V2, b2') -> scale(g2)"

[<Fact>]
let ``What the names stand for`` () =
    let notation = Notation false

    let canonical =
        (Canonical.derive Canonical.options (linear "W1" ->> relu ->> biased "W2" "b2")
         |> Law.ok)
            .Result

    notation.Write canonical |> ignore

    Assert.Equal<string list>(
        [ "g1 = rownorms(W1)"
          "V1 = diag(1/g1) * W1"
          "g2 = gain(W2 * diag(g1), b2)"
          "V2 = diag(1/g2) * W2 * diag(g1)"
          "b2' = 1/g2 * b2" ],
        [ for struct (name, meaning) in notation.Definitions -> $"{name} = {meaning}" ]
    )

[<Fact>]
let ``A symbol keeps its name`` () =
    scale "g1" ->> linear "W1" ->> relu ->> scale "g2"
    ==> "unit_row_linear(V1) -> relu -> scale(g2 * g1')"

[<Fact>]
let ``The calculus's residual example`` () =
    linear "W0" ->> sum [ id; linear "W1" ->> relu ->> linear "W2" ] ->> linear "W3"
    ==> "unit_row_linear(V0) -> sum[id, unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2/g0)] -> unit_row_linear(V3) -> scale(g3)"

[<Fact>]
let ``A barrier has its scale in front`` () =
    linear "W1" ->> phi Tanh ->> linear "W2"
    ==> "unit_row_linear(V1) -> scale(g1) -> tanh -> unit_row_linear(V2) -> scale(g2)"

[<Fact>]
let ``A gated unit passes the scale of its linear branch`` () =
    product [ linear "W1" ->> phi Sigmoid; linear "W2" ] ->> linear "W3"
    ==> "product[unit_row_linear(V1) -> scale(g1) -> sigmoid, unit_row_linear(V2)] -> unit_row_linear(V3) -> scale(g3)"

[<Fact>]
let ``Thresholds take the gain`` () =
    linear "W1" ->> Network.clip 0.0 6.0 "" ->> linear "W2"
    ==> "unit_row_linear(V1) -> clip(0, 6, 1/g1) -> unit_row_linear(V2) -> scale(g2)"

[<Fact>]
let ``A degree of 2 squares the gain`` () =
    linear "W1" ->> phi Square ==> "unit_row_linear(V1) -> square -> scale(g1^2)"

[<Fact>]
let ``A bias that is not scaled like its rows stays inside the gain`` () =
    let text = "linear(diag(h) * W1, h * g * b1)"

    match Parse.network text |> Result.map (Canonical.derive Canonical.options) with
    | Ok(Ok derivation) ->
        Assert.Equal(
            "unit_row_linear(V1, b1') -> scale(h * g1)\nwhere\n  g1 = gain(W1, g * b1)\n  V1 = diag(1/g1) * W1\n  b1' = g/g1 * b1",
            Print.document derivation.Result
        )
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Two layers without an activation`` () =
    linear "W1" ->> linear "W2"
    ==> "unit_row_linear(V1) -> unit_row_linear(V2) -> scale(g2)"

[<Fact>]
let ``Gains of a concat`` () =
    concat [ linear "W1"; linear "W2" ]
    ==> "concat[unit_row_linear(V1), unit_row_linear(V2)] -> scale(g1 ++ g2)"

[<Fact>]
let ``A wire takes its gain along`` () =
    linear "W1" ->> As "x" ->> linear "W2" ->> relu ->> concat [ id; Wire "x" ]
    ==> "unit_row_linear(V1) -> as x -> unit_row_linear(V2) -> relu -> concat[id, x] -> scale(g2 ++ g1)"

[<Fact>]
let ``Every output has its gain`` () =
    linear "W1" ->> Tuple [ relu; linear "W2" ]
    ==> "unit_row_linear(V1) -> tuple[relu -> scale(g1), unit_row_linear(V2) -> scale(g2)]"

[<Fact>]
let ``weight-norm-decomposition`` () =
    by (Decomposition.weightNorm RowNorm) (biased "W1" "b1") "unit_row_linear(V1, b1') -> scale(g1)"

[<Fact>]
let ``activation-commutation`` () =
    by Commutation.activation (scale "g" ->> relu) "relu -> scale(g)"

[<Fact>]
let ``activation-commutation of degree 2`` () =
    by Commutation.activation (scale "g" ->> phi ReluSquared) "relu_squared -> scale(g^2)"

[<Fact>]
let ``activation-commutation refused`` () =
    refused Commutation.activation (scale "g" ->> phi Softmax) "softmax is not positively homogeneous"

[<Fact>]
let ``threshold-commutation`` () =
    by Commutation.threshold (scale "g" ->> Network.clip -1.0 1.0 "") "clip(-1, 1, 1/g) -> scale(g)"

[<Fact>]
let ``flatten-commutation`` () =
    by Commutation.flatten (scale "g" ->> flatten (Some 9)) "flatten(9) -> scale(repeat(g, 9))"

[<Fact>]
let ``flatten-commutation refused`` () =
    refused
        Commutation.flatten
        (scale "g" ->> flatten None)
        "the number of positions is not known; give the input's shape"

[<Fact>]
let ``scale-absorption`` () =
    by (Absorption.absorb RowNorm) (scale "g" ->> linear "W1") "unit_row_linear(V1) -> scale(g1)"

[<Fact>]
let ``scale-absorption by unit rows`` () =
    by (Absorption.absorb RowNorm) (scale "g" ->> unit "V1") "unit_row_linear(V1') -> scale(g1)"

[<Fact>]
let ``scale-fold-back`` () =
    by Absorption.foldBack (biased "W1" "b1" ->> scale "g") "linear(diag(g) * W1, g * b1)"

[<Fact>]
let ``plain-absorption`` () =
    by Absorption.plain (scale "g" ->> biased "W1" "b1") "linear(W1 * diag(g), b1)"

[<Fact>]
let ``own-norms`` () =
    by
        (Decomposition.ownNorms RowNorm)
        (scale "g" ->> linear "W1")
        "linear(diag(g1/g1') * W1 * diag(g)) -> scale(g1'/g1)"

[<Fact>]
let ``scale-fusion`` () =
    by Absorption.fuse (scale "g" ->> scale "h") "scale(g * h)"

[<Fact>]
let ``unit-scale`` () =
    by Absorption.unit (relu ->> Scale Gain.one) "relu"

[<Fact>]
let ``scale-distribution`` () =
    by Branches.distribute (scale "g" ->> sum [ id; linear "W1" ]) "sum[scale(g), scale(g) -> linear(W1)]"

[<Fact>]
let ``concat-factoring`` () =
    by
        Branches.factorConcat
        (concat [ linear "W1" ->> scale "g"; linear "W2" ->> scale "h" ])
        "concat[linear(W1), linear(W2)] -> scale(g ++ h)"

[<Fact>]
let ``product-factoring`` () =
    by
        Branches.factorProduct
        (product [ linear "W1" ->> scale "g"; linear "W2" ->> scale "h" ])
        "product[linear(W1), linear(W2)] -> scale(g * h)"

[<Fact>]
let ``sum-factoring`` () =
    by Branches.factorSum (sum [ scale "s"; linear "W1" ->> scale "g" ]) "sum[id, linear(W1) -> scale(g/s)] -> scale(s)"

[<Fact>]
let ``scale-copy`` () =
    by
        Wires.copy
        (scale "g" ->> As "x" ->> linear "W1" ->> sum [ id; Wire "x" ])
        "as x -> scale(g) -> linear(W1) -> sum[id, x -> scale(g)]"

[<Fact>]
let ``scale-copy stops where the name is given anew`` () =
    by
        Wires.copy
        (scale "g" ->> As "x" ->> linear "W1" ->> As "x" ->> Wire "x")
        "as x -> scale(g) -> linear(W1) -> as x -> x"

[<Fact>]
let ``scale-discard`` () =
    by Wires.discard (As "x" ->> scale "g" ->> Wire "x") "as x -> x"

/// Reconstituted in the original gauge, a symbolic network is itself.
let private comesBack network =
    let canonical = (Canonical.derive Canonical.options network |> Law.ok).Result

    Assert.Equal(
        Print.network network,
        Reconstitution.reconstitute RowNorm OriginalGauge canonical
        |> Law.ok
        |> Print.network
    )

[<Fact>]
let ``A symbolic chain comes back`` () =
    comesBack (linear "W1" ->> relu ->> biased "W2" "b2")

[<Fact>]
let ``A symbolic skip connection comes back`` () =
    comesBack (linear "W0" ->> sum [ id; linear "W1" ->> relu ->> linear "W2" ] ->> linear "W3")

[<Fact>]
let ``A symbolic concat of unknown widths comes back`` () =
    comesBack (concat [ linear "W1"; linear "W2" ] ->> relu ->> linear "W3")

[<Fact>]
let ``A symbolic network of wires comes back`` () =
    comesBack (
        linear "W1"
        ->> As "x"
        ->> linear "W2"
        ->> relu
        ->> concat [ id; Wire "x" ]
        ->> linear "W3"
    )
