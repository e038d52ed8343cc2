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
    UnitRowLinear(UnitRows.assume (symbol name) None, Kernel.dense, Label "")

let private phi activation = Network.activation activation ""
let private relu = phi Relu
let private scale name = Scale(Gain.symbol name None)
let private id = Network.identity
let private sum branches = Network.sum branches ""
let private concat branches = Network.concat branches ""
let private product branches = Network.product branches ""
let private (->>) a b = Network.compose [ a; b ]

let private flatten positions =
    Network.rearrange (Rearrangement.Flatten positions) ""

let private opaque inputs =
    Opaque(
        { Name = "LRN"
          Output = 0
          Channels = None
          Space = None
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
let ``rearrangement-commutation`` () =
    by Commutation.rearrangement (scale "g" ->> flatten (Some 9)) "flatten(9) -> scale(repeat(g, 9))"

[<Fact>]
let ``rearrangement-commutation refused`` () =
    refused
        Commutation.rearrangement
        (scale "g" ->> flatten None)
        "the number of positions is not known; give the input's shape"

[<Fact>]
let ``scale-absorption`` () =
    by (Absorption.absorb RowNorm) (scale "g" ->> linear "W1") "unit_row_linear(V1) -> scale(g1)"

[<Fact>]
let ``Gains of powers of two in LaTeX and JSON`` () =
    let rows, _ =
        UnitRows.decompose (PowerOfTwo RowNorm) (Affine.ofParameters (symbol "W1") None)

    let network = UnitRowLinear(rows, Kernel.dense, Label "")

    Assert.Contains(@"g_{1} &= \operatorname{pow2}(\lVert W_{1} \rVert_{\text{rows}})", Print.latex network)

    Assert.Contains("\"kind\": \"pow2\"", Print.json network)

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
        Reconstitution.reconstitute RowNorm Representative.Original canonical
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

/// A form is written so, a line each.
let private reads (text: string) (lines: string list) =
    Assert.Equal(String.concat "\n" lines, text)

[<Fact>]
let ``LaTeX of a chain`` () =
    reads
        (Print.latex (biased "W1" "b1" ->> relu ->> linear "W2"))
        [ @"\begin{aligned}"
          @"& \operatorname{linear}(W_{1}, b_{1}) \to \operatorname{ReLU} \to \operatorname{linear}(W_{2})"
          @"\end{aligned}" ]

[<Fact>]
let ``LaTeX of a canonical form`` () =
    let canonical =
        (Canonical.derive Canonical.options (biased "fc.weight" "b1" ->> relu ->> linear "W2")
         |> Law.ok)
            .Result

    reads
        (Print.latex canonical)
        [ @"\begin{aligned}"
          @"& \operatorname{unit\_row\_linear}(V_{\text{fc}}, b_{1}') \to \operatorname{ReLU} \to \operatorname{unit\_row\_linear}(V_{2}) \to \operatorname{scale}(g_{2}) \\"
          @"& \text{where} \\"
          @"g_{\text{fc}} &= \operatorname{gain}(\text{fc.weight}, b_{1}) \\"
          @"V_{\text{fc}} &= \operatorname{diag}(\frac{1}{g_{\text{fc}}}) \, \text{fc.weight} \\"
          @"b_{1}' &= \frac{1}{g_{\text{fc}}} \odot b_{1} \\"
          @"g_{2} &= \lVert W_{2} \, \operatorname{diag}(g_{\text{fc}}) \rVert_{\text{rows}} \\"
          @"V_{2} &= \operatorname{diag}(\frac{1}{g_{2}}) \, W_{2} \, \operatorname{diag}(g_{\text{fc}})"
          @"\end{aligned}" ]

[<Theory>]
[<InlineData("W", "W")>]
[<InlineData("W12", "W_{12}")>]
[<InlineData("V_fc", @"V_{\text{fc}}")>]
[<InlineData("b1'", "b_{1}'")>]
[<InlineData("V_fc.1'4", @"V_{\text{fc.1}}^{(4)}")>]
[<InlineData("50% of_it", @"\text{50\% of\_it}")>]
let ``Names in LaTeX`` (name: string, latex: string) =
    Assert.Contains($"scale}}({latex})", Print.latex (scale name))

[<Fact>]
let ``Gains in LaTeX`` () =
    match Parse.network "scale(g^2 * h/(k * l)) -> scale(g ++ 1/h) -> scale([1, 2.5]) -> clip(0, Infinity, 1/g')" with
    | Ok network ->
        reads
            (Print.latex network)
            [ @"\begin{aligned}"
              @"& \operatorname{scale}(\frac{g^{\odot 2} \odot h}{k \odot l}) \to \operatorname{scale}(g \mathbin{+\!+} \frac{1}{h}) \to \operatorname{scale}([1, 2.5]) \\"
              @"& \quad \to \operatorname{clip}(0, \infty, \frac{1}{g'})"
              @"\end{aligned}" ]
    | Error error -> Law.fail error.Message

[<Fact>]
let ``Markdown`` () =
    reads
        (Print.markdown ((Canonical.derive Canonical.options (linear "W1") |> Law.ok).Result))
        [ "```"
          "unit_row_linear(V1) -> scale(g1)"
          "```"
          ""
          "where"
          ""
          "- `g1 = rownorms(W1)`"
          "- `V1 = diag(1/g1) * W1`"
          "" ]

/// JSON without the blanks that lay it out.
let private compact (json: string) =
    use document = System.Text.Json.JsonDocument.Parse json

    System.Text.Json.JsonSerializer.Serialize(
        document.RootElement,
        System.Text.Json.JsonSerializerOptions(
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping
        )
    )

[<Fact>]
let ``JSON`` () =
    let network =
        Network.linear (Parameter.symbolic "W1" (Some 2) None) None ""
        ->> Network.clip -1.0 infinity ""

    reads
        (compact (Print.json network))
        [ """{"text":"linear(W1: 2x?) -> clip(-1, Infinity)","network":{"kind":"chain","terms":["""
          + """{"kind":"linear","weight":{"kind":"weight","name":"W1","left":[],"right":[],"rows":2,"columns":null},"bias":null},"""
          + """{"kind":"clip","lower":-1,"upper":"Infinity","thresholds":null}]},"definitions":[]}""" ]

[<Fact>]
let ``JSON of a definition`` () =
    let json =
        Print.json ((Canonical.derive Canonical.options (scale "h" ->> linear "W1") |> Law.ok).Result)

    Assert.EndsWith(
        """"definitions":[{"name":"g1","text":"rownorms(W1 * diag(h))","meaning":{"kind":"rownorms","matrix":"""
        + """{"kind":"weight","name":"W1","left":[],"right":[{"kind":"name","name":"h"}]},"bias":null}},"""
        + """{"name":"V1","text":"diag(1/g1) * W1 * diag(h)","meaning":{"kind":"weight","name":"W1","left":["""
        + """{"kind":"product","factors":[],"divisors":[{"kind":"name","name":"g1"}]}],"right":[{"kind":"name","name":"h"}]}}]}""",
        compact json
    )

[<Fact>]
let ``A derivation`` () =
    let derivation =
        Canonical.derive Canonical.options (scale "g" ->> Network.clip 1.0 6.0 "" ->> linear "W1" ->> phi Sigmoid)
        |> Law.ok

    reads
        (DerivationDocument.text derivation)
        [ "scale(g) -> clip(1, 6) -> linear(W1) -> sigmoid"
          "  = clip(1, 6, 1/g) -> unit_row_linear(V1) -> scale(g1) -> sigmoid"
          ""
          "where"
          "  g1 = rownorms(W1 * diag(g))"
          "  V1 = diag(1/g1) * W1 * diag(g)"
          ""
          "steps"
          "  1. threshold-commutation at 0: scale(g) -> clip(1, 6) = clip(1, 6, 1/g) -> scale(g), if g > 0"
          "  2. scale-absorption at 1: scale(g) -> linear(W1) = unit_row_linear(V1) -> scale(g1)"
          ""
          "refusals"
          "  activation-commutation matched at 2, refused: sigmoid is not positively homogeneous"
          ""
          "assumptions"
          "  g > 0"
          ""
          "completed after 2 steps" ]

[<Fact>]
let ``A derivation that was stopped`` () =
    let derivation =
        Derivation.run 1 (Strategy.innermost (Canonical.moves RowNorm)) (linear "W1" ->> relu)
        |> Law.ok

    Assert.EndsWith("stopped at the limit of 1 steps; there was more to do", DerivationDocument.text derivation)

[<Fact>]
let ``More than three primes are counted`` () =
    Network.compose (List.replicate 6 (linear "W"))
    ==> "unit_row_linear(V) -> unit_row_linear(V') -> unit_row_linear(V'') -> unit_row_linear(V''') -> unit_row_linear(V'4) -> unit_row_linear(V'5) -> scale(g'5)"
