module Canon.Properties.RuleTextLaws

open System
open Canon.Algebra
open Xunit

let private rule text =
    match RuleText.parse text with
    | Ok rule -> rule
    | Error error -> Law.fail $"{text}: {error.Message}"

let private network text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> Law.fail $"{text}: {error.Message}"

/// Rules of the catalog as they are written, as far as the notation tells them whole.
let private written =
    [ "weight-norm-decomposition",
      "linear(?W, ?b) => unit_row_linear(diag(1/gain(?W, ?b)) * ?W, 1/gain(?W, ?b) * ?b) -> scale(gain(?W, ?b))"
      "activation-commutation", "scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)"
      "activation-commutation", "scale(?g) -> ?f => ?f -> scale(?g^2) when homogeneous(?f, 2)"
      "threshold-commutation", "scale(?g) -> clip(0, ?u, ?t) => clip(0, ?u, ?t/?g) -> scale(?g)"
      "rearrangement-commutation", "scale(?g) -> flatten(?n) => flatten(?n) -> scale(repeat(?g, ?n))"
      "unit-scale", "scale(1) => id"
      "scale-fusion", "scale(?g) -> scale(?h) => scale(?g * ?h)"
      "plain-absorption", "scale(?g) -> linear(?W, ?b) => linear(?W * diag(?g), ?b)"
      "scale-absorption",
      "scale(?g) -> linear(?W, ?b) => unit_row_linear(diag(1/gain(?W * diag(?g), ?b)) * ?W * diag(?g), 1/gain(?W * diag(?g), ?b) * ?b) -> scale(gain(?W * diag(?g), ?b))"
      "scale-absorption",
      "scale(?g) -> unit_row_linear(?W, ?b) => unit_row_linear(diag(1/gain(?W * diag(?g), ?b)) * ?W * diag(?g), 1/gain(?W * diag(?g), ?b) * ?b) -> scale(gain(?W * diag(?g), ?b))"
      "scale-fold-back", "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)"
      "scale-fold-back", "unit_row_linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)"
      "scale-distribution", "scale(?g) -> sum[?f..., ?h...] => sum[scale(?g) -> ?f..., scale(?g) -> ?h...]"
      "scale-distribution", "scale(?g) -> product[?f..., ?h...] => product[scale(?g) -> ?f..., scale(?g) -> ?h...]"
      "product-factoring", "product[?f... -> scale(?g), ?h... -> scale(?k)] => product[?f..., ?h...] -> scale(?g * ?k)"
      "concat-factoring", "concat[?f... -> scale(?g), ?h... -> scale(?k)] => concat[?f..., ?h...] -> scale(?g ++ ?k)" ]

let private catalog name = (Catalog.tryFind name).Value

let private textual text =
    match RuleText.file text with
    | Ok [ textual ] -> textual
    | other -> Law.fail $"{text}: {other}"

[<Fact>]
let ``A rule that is written fires like that of the catalog, and gives the same terms`` () =
    for name, text in written do
        let textual = textual text
        let mutable fired = 0

        for seed in 1..200 do
            let network, options = (textual.Redex 4 seed).Value
            Shape.infer options.Wires options.Input network |> Law.ok |> ignore
            let terms = Network.parts network

            match textual.Rule.Apply terms with
            | Fired rewrite ->
                fired <- fired + 1
                Assert.Equal(Fired rewrite, (catalog name).Apply terms)
            | Refused _ -> ()
            | NoMatch -> Law.fail $"{text} does not match its redex {Print.document network}"

        Law.isTrue $"{text} fires {fired} times" (fired >= 20)

let private apply text terms =
    (rule text).Apply(Network.parts (network terms))

let private becomes (expected: string) outcome =
    match outcome with
    | Fired rewrite -> Assert.Equal(expected, Print.network (Network.compose rewrite.Produced))
    | other -> Law.fail $"{other}"

let private noMatch outcome = Assert.Equal(NoMatch, outcome)

[<Fact>]
let ``A metavariable that stands twice stands for the same thing`` () =
    let twice = "scale(?g) -> ?f -> scale(?g) => ?f"
    apply twice "scale(h) -> tanh -> scale(h)" |> becomes "tanh"
    apply twice "scale(h) -> tanh -> scale(k)" |> noMatch

[<Fact>]
let ``A run takes any number of terms of a branch, none included`` () =
    let residual = "sum[id, ?f... -> scale(?g)] => sum[id, ?f...] -> scale(?g)"
    apply residual "sum[id, scale(h)]" |> becomes "sum[id, id] -> scale(h)"

    apply residual "sum[id, relu -> linear(W) -> scale(h)]"
    |> becomes "sum[id, relu -> linear(W)] -> scale(h)"

    apply residual "sum[id, relu]" |> noMatch
    apply residual "sum[relu, scale(h)]" |> noMatch

[<Fact>]
let ``A bias that is not there matches, and stays away`` () =
    apply "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)" "linear(W) -> scale(g)"
    |> becomes "linear(diag(g) * W)"

    apply "linear(?W) -> relu => linear(?W)" "linear(W, b) -> relu" |> noMatch

[<Fact>]
let ``Diagonals around a weight are part of what a metavariable stands for`` () =
    apply
        "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)"
        "linear(diag(h) * W * diag(k), h * b) -> scale(h)"
    |> becomes "linear(diag(h^2) * W * diag(k), h^2 * b)"

[<Fact>]
let ``A layer keeps its name`` () =
    let named = Network.linear (Parameter.symbolic "W" None None) None "fc1"

    match (rule "linear(?W) -> scale(?g) => linear(diag(?g) * ?W)").Apply [ named; Scale(Gain.symbol "g" None) ] with
    | Fired rewrite -> Assert.Equal("fc1", Network.label rewrite.Produced.Head)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Unit rows stay unit rows`` () =
    apply
        "unit_row_linear(?V, ?c) -> relu -> relu => unit_row_linear(?V, ?c) -> relu"
        "unit_row_linear(V, c) -> relu -> relu"
    |> becomes "unit_row_linear(V, c) -> relu"

[<Theory>]
[<InlineData("scale(g) -> tanh", "tanh is not positively homogeneous")>]
[<InlineData("scale(g) -> square", "square is positively homogeneous of degree 2, not 1")>]
[<InlineData("scale(g) -> linear(W)", "what ?f stands for is no activation")>]
let ``A guard that does not hold says why`` (terms: string) (reason: string) =
    Assert.Equal(Refused reason, apply "scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)" terms)

[<Fact>]
let ``A guard on the sign decides numbers, assumes symbols, and refuses what it cannot know`` () =
    let positive =
        rule "scale(?g) -> clip(1, 2) => clip(1, 2, 1/?g) -> scale(?g) when positive(?g)"

    let answer g =
        positive.Apply [ Scale g; Network.clip 1.0 2.0 "" ]

    match answer (Gain.ofValues [ 1.0; 2.0 ]), answer (Gain.symbol "g" None) with
    | Fired numeric, Fired symbolic ->
        Assert.Empty numeric.Assumptions
        Assert.Equal<Assumption list>([ Positive(Gain.symbol "g" None) ], symbolic.Assumptions)
    | other -> Law.fail $"{other}"

    Assert.Equal(Refused "[0, 1] is not known to be positive: an entry is 0", answer (Gain.ofValues [ 0.0; 1.0 ]))

    let weight =
        Parameter.matrix "W" 1 1 false 1.0 (Values.ofFloat64 (ReadOnlyMemory [| 3.0 |]))

    Assert.Equal(
        Refused "g is not known to be positive: a row of W may be 0",
        answer (Affine.gain RowNorm (Affine.ofParameters weight None))
    )

[<Theory>]
[<InlineData("scale(?g) -> relu", 1, 18)>]
[<InlineData("=> relu", 1, 1)>]
[<InlineData("id => relu", 1, 1)>]
[<InlineData("scale(?g) => scale(?h)", 1, 20)>]
[<InlineData("scale(?g) => relu when positive(?h)", 1, 33)>]
[<InlineData("scale(?g) => linear(?g)", 1, 21)>]
[<InlineData("scale(?g * ?h) => relu", 1, 7)>]
[<InlineData("scale(g) => relu", 1, 7)>]
[<InlineData("linear(W) => relu", 1, 8)>]
[<InlineData("linear(?W: 2x3) => relu", 1, 1)>]
[<InlineData("linear(?W, ?W) => relu", 1, 12)>]
[<InlineData("as x -> x => id", 1, 1)>]
[<InlineData("?f... -> relu => relu", 1, 1)>]
[<InlineData("linear(?W) => unit_row_linear(?W)", 1, 15)>]
[<InlineData("scale(?g) => scale(?g) when even(?g)", 1, 29)>]
[<InlineData("scale(?g) -> linear(?W) => linear(diag(?g) * ?W)", 1, 28)>]
[<InlineData("linear(?A) -> linear(?B) => linear(?B) -> linear(?A)", 1, 29)>]
[<InlineData("linear(?A) -> linear(?B) => linear(?A)", 1, 29)>]
let ``A rule that cannot be is refused at its place`` (text: string) (line: int) (column: int) =
    match RuleText.parse text with
    | Ok _ -> Law.fail $"{text} is read"
    | Error error -> Assert.Equal((line, column), (error.At.Line, error.At.Column))

[<Fact>]
let ``A rule whose sides have different shapes says so by an example`` () =
    match RuleText.parse "scale(?g) -> linear(?W) => linear(diag(?g) * ?W)" with
    | Ok _ -> Law.fail "it is read"
    | Error error -> Assert.Contains("does not fit where the left does, as in scale(g) -> linear(W: ", error.Reason)

[<Fact>]
let ``A file has a rule a line, with names, comments and blank lines`` () =
    let text =
        "# absorbing\n\nfold: linear(?W) -> scale(?g) => linear(diag(?g) * ?W)  # behind a rule\r\nscale(1) => id\n"

    match RuleText.file text with
    | Ok rules ->
        Assert.Equal<(string * int * string) list>(
            [ "fold", 3, "linear(?W) -> scale(?g) => linear(diag(?g) * ?W)"
              "rule-4", 4, "scale(1) => id" ],
            rules |> List.map (fun r -> r.Rule.Name, r.Line, r.Text)
        )
    | Error error -> Law.fail error.Message

[<Theory>]
[<InlineData("scale(1) => id\nscale(?g) => scale(?h)\n", 2, 20)>]
[<InlineData("a: scale(1) => id\na: relu => relu\n", 2, 1)>]
[<InlineData("# nothing\n", 1, 1)>]
let ``An error in a file has its line`` (text: string) (line: int) (column: int) =
    match RuleText.file text with
    | Ok _ -> Law.fail "it is read"
    | Error error -> Assert.Equal((line, column), (error.At.Line, error.At.Column))

[<Fact>]
let ``A file keeps rules whose shapes do not fit, and says so of each`` () =
    match RuleText.file "relu -> relu => relu\nlinear(?A) -> linear(?B) => linear(?B) -> linear(?A)" with
    | Ok [ relu; swapped ] ->
        Assert.True relu.Misfit.IsNone
        Assert.Equal((2, 29), (swapped.Misfit.Value.At.Line, swapped.Misfit.Value.At.Column))
    | other -> Law.fail $"{other}"
