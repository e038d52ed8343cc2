module Canon.Properties.RuleTextVerdicts

open Canon.Algebra
open Canon.Verification
open Xunit

let private verdict text =
    match RuleText.file text with
    | Ok [ rule ] -> RuleVerifier.verifyText RuleVerifier.options rule
    | Ok _ -> Law.fail "one rule is wanted"
    | Error error -> Law.fail error.Message

[<Theory>]
[<InlineData("linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)")>]
[<InlineData("scale(?g) -> relu => relu -> scale(?g)")>]
[<InlineData("scale(?g) -> ?f => ?f -> scale(?g^2) when homogeneous(?f, 2)")>]
[<InlineData("scale(?g) -> clip(?l, ?u) => clip(?l, ?u, 1/?g) -> scale(?g) when positive(?g)")>]
[<InlineData("linear(?W, ?b) => unit_row_linear(diag(1/gain(?W, ?b)) * ?W, 1/gain(?W, ?b) * ?b) -> scale(gain(?W, ?b))")>]
[<InlineData("sum[id, ?f... -> scale(?g)] -> relu -> tanh => sum[id, ?f... -> scale(?g)] -> relu -> tanh")>]
[<InlineData("relu -> abs -> leaky_relu(0.25) => relu")>]
let ``A rule that is right is verified`` (text: string) =
    match verdict text with
    | Verified _ -> ()
    | other -> Law.fail (Verdict.describe other)

[<Theory>]
[<InlineData("linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)")>]
[<InlineData("linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W)")>]
[<InlineData("linear(?W, ?b) -> scale(?g) => linear(?W * diag(?g), ?g * ?b)")>]
[<InlineData("scale(?g) -> linear(?W, ?b) => linear(?W * diag(1/?g), ?b)")>]
[<InlineData("scale(?g) -> tanh => tanh -> scale(?g)")>]
[<InlineData("scale(?g) -> square => square -> scale(?g)")>]
[<InlineData("scale(?g) -> clip(0, 6) => clip(0, 6) -> scale(?g)")>]
[<InlineData("scale(?g) -> clip(?l, ?u) => clip(?l, ?u, ?g) -> scale(?g) when positive(?g)")>]
[<InlineData("scale(?g) -> relu => relu")>]
[<InlineData("scale(?g) -> sum[?f..., ?h...] => sum[scale(?g) -> ?f..., ?h...]")>]
[<InlineData("product[?f... -> scale(?g), ?h... -> scale(?k)] => product[?f..., ?h...] -> scale(?g)")>]
[<InlineData("linear(?A, ?a) -> linear(?B, ?b) => linear(?B, ?b) -> linear(?A, ?a)")>]
[<InlineData("scale(?g) -> linear(?W) => linear(diag(?g) * ?W)")>]
[<InlineData("scale(?g) -> ?f => ?f -> scale(?g)")>]
[<InlineData("relu -> abs -> leaky_relu(0.25) => abs")>]
[<InlineData("prelu(?a) -> softmax -> sum[id, tanh, id] => prelu(?a) -> softmax -> sum[id, tanh]")>]
let ``A rule that is wrong is refuted`` (text: string) =
    match verdict text with
    | Refuted _ -> ()
    | other -> Law.fail (Verdict.describe other)

[<Theory>]
[<InlineData("scale(?g) -> tanh => tanh -> scale(?g) when homogeneous(tanh)")>]
let ``A guard is about metavariables`` (text: string) =
    match RuleText.file text with
    | Ok _ -> Law.fail "it is read"
    | Error _ -> ()

[<Theory>]
[<InlineData("?f -> opaque(never) => opaque(never) when homogeneous(?f, 7)")>]
let ``A rule that never fires is not verified`` (text: string) =
    match verdict text with
    | NeverFired _ -> ()
    | other -> Law.fail (Verdict.describe other)

[<Fact>]
let ``A counterexample of a written rule is small`` () =
    match verdict "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)" with
    | Refuted(found, _) -> Law.isTrue (Print.document found.Network) (Traversal.size found.Network <= 4)
    | other -> Law.fail (Verdict.describe other)

/// Half of the networks drawn are no redexes, so that half at least are tried as they come.
[<Fact>]
let ``Redexes that are given are tried beside those of the left side`` () =
    let rule =
        match RuleText.file "tanh -> ?f => tanh -> ?f" with
        | Ok [ rule ] -> rule
        | _ -> Law.fail "one rule is wanted"

    let given =
        Sample(
            { Canonical.options with
                Input = Shape.vector 1 },
            Network.compose [ Network.activation Tanh ""; Network.clip 7.0 9.0 "" ]
        )

    let options =
        { RuleVerifier.options with
            Tries = 200
            Redexes = Some(FsCheck.FSharp.Arb.fromGen (FsCheck.FSharp.Gen.constant given)) }

    let fired = (RuleVerifier.verifyText options rule).Evidence.Coverage |> Map.ofList
    Law.isTrue $"{fired}" (fired["tanh -> clip"] >= 30 && fired["tanh -> linear"] >= 3)
