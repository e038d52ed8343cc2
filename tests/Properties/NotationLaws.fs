module Canon.Properties.NotationLaws

open Canon.Algebra
open Canon.Verification
open Xunit

/// The parameters of a network by name, so that a text is read with the same values.
let private known network =
    let parameters =
        Traversal.parameters network |> List.map (fun p -> p.Name, p) |> Map.ofList

    fun name -> Map.tryFind name parameters

let rec private withoutSizes network =
    let bare =
        match network with
        | Opaque(node, inputs) ->
            Opaque(
                { node with
                    Channels = None
                    Space = None },
                inputs
            )
        | other -> other

    Traversal.withChildren (List.map withoutSizes (Traversal.children bare)) bare

let readsBack network =
    let text = Print.document network

    match Parse.networkWith (known network) text with
    | Ok read when read = withoutSizes network -> ()
    | Ok read -> Law.fail $"{text}\nreads as\n{Print.document read}"
    | Error error -> Law.fail $"{text}\n{error.Message}"

[<Fact>]
let ``A network reads back from its text`` () =
    Law.forAll Networks.any (fun sample -> readsBack sample.Network)

[<Fact>]
let ``A canonical form reads back from its text and definitions`` () =
    Law.forAll Networks.any (fun sample -> readsBack (Canonical.derive sample.Options sample.Network |> Law.ok).Result)

[<Fact>]
let ``A canonical form by any definition of the gain reads back from its text and definitions`` () =
    for definition in List.tail GainDefinition.all do
        Law.forAll Networks.any (fun sample ->
            let options =
                { sample.Options with
                    Definition = definition }

            readsBack (Canonical.derive options sample.Network |> Law.ok).Result)

[<Fact>]
let ``A reconstitution reads back from its text and definitions`` () =
    Law.forAll Networks.any (fun sample ->
        let canonical = (Canonical.derive sample.Options sample.Network |> Law.ok).Result
        readsBack (Reconstitution.reconstitute RowNorm Representative.Original canonical |> Law.ok))

let private written (parser: FParsec.Primitives.Parser<'a, unit>) text =
    match Reading.guard (fun () -> Grammar.read parser text) with
    | Ok written -> written
    | Error error -> Law.fail error.Message

[<Theory>]
[<InlineData("linear(?W, ?b) -> scale(?g)")>]
[<InlineData("?before... -> ?phi -> sum[?f..., id] -> ?after...")>]
[<InlineData("clip(?lo, ?hi, 1/?g) -> leaky_relu(?a) -> flatten(?n) -> scale(repeat(?g, ?n)) -> prelu(?a)")>]
[<InlineData("linear(diag(?g) * ?W * diag(1/?h'), ?g * ?b)")>]
let ``Metavariables read back as they were written`` (text: string) =
    Assert.Equal(text, PlainText.network true (written Grammar.chain text))

[<Theory>]
[<InlineData("a * (b * c)/(d/e)")>]
[<InlineData("(a ++ b)^2 * c ++ d ++ ones(3)")>]
[<InlineData("rownorms([W * diag(g), h * b])/lead(g, (h ++ k))")>]
let ``Coefficients read back as they were written`` (text: string) =
    Assert.Equal(text, PlainText.expression (written Grammar.gain text))

[<Fact>]
let ``A product of 100,000 factors is read, and written again`` () =
    let text = Seq.replicate 100_000 "g" |> String.concat " * "
    Assert.Equal(text, PlainText.expression (written Grammar.gain text))
    Assert.True((Parse.network $"scale({text})").IsOk)
    Assert.True((Parse.network $"scale(h) where h = {text}").IsOk)

let private symbolic text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> Law.fail $"{text}: {error.Message}"

[<Theory>]
[<InlineData("id")>]
[<InlineData("linear(W1, b1) -> relu -> sum[id, linear(W2) -> relu -> linear(W3)] -> scale(g)")>]
[<InlineData("linear(W1: 64x10) -> leaky_relu(0.1) -> leaky_relu(0.1f) -> prelu(a)")>]
[<InlineData("linear(diag(1/g1) * W1 * diag(g0), 1/g1 * b1) -> unit_row_linear(V2)")>]
[<InlineData("linear(diag(g) * W1, b1) -> linear(W2, h * b2)")>]
[<InlineData("as x -> flatten(4) -> concat[id, x] -> product[sigmoid, tanh] -> tuple[x, id]")>]
[<InlineData("clip(0, 6) -> clip(-Infinity, 1, 1/g) -> opaque(Gelu) -> opaque(Split, output 1)[id, \"a b\"]")>]
[<InlineData("scale(g * h/(k * l)) -> scale(g^2) -> scale([1, 2.5]) -> scale(ones(3) ++ g)")>]
[<InlineData("linear(0.weight, \"/fc/bias\") -> scale(repeat(g, 3))")>]
let ``A text reads back as it was written`` (text: string) =
    Assert.Equal(text, Print.withShapes (symbolic text))

[<Theory>]
[<InlineData("linear(W1 -> relu", 1, 11, "expected ')', '*', ',', '/', ':' or '^'; '->' stands here")>]
[<InlineData("linear(W1) ->\n  rleu -> scale(]",
             2,
             17,
             "expected a coefficient such as g, 1/g or [1, 2]; ']' stands here")>]
[<InlineData("", 1, 1, "expected a term such as linear(W), relu or sum[…]; the text ends")>]
[<InlineData("unit_row_linear(diag(g) * W1)",
             1,
             1,
             "these rows are not unit by their expression: divide them by their gain")>]
[<InlineData("linear(W: 3x2) -> linear(W: 2x3)", 1, 26, "W has another shape elsewhere")>]
[<InlineData("scale([1, -2])", 1, 7, "the entries of a scale are finite and not negative")>]
[<InlineData("scale(g^4000000000)", 1, 9, "expected a whole number of at least 1; '4000000000' stands here")>]
[<InlineData("scale(g^2000000000 * g^2000000000)", 1, 1, "a power is beyond 2^31")>]
[<InlineData("scale(repeat(g, 0))", 1, 17, "expected a whole number of at least 1; '0' stands here")>]
[<InlineData("clip(6, 0)", 1, 1, "the lower bound of clip must not be above the upper")>]
[<InlineData("scale(g) where g = h  g = k", 1, 23, "g is given two meanings")>]
[<InlineData("scale(g) where g = h  h = g", 1, 27, "g is defined by itself")>]
[<InlineData("linear(V) where V = diag(h) * V", 1, 31, "V is defined by itself")>]
[<InlineData("sum[relu", 1, 9, "expected ',', '->' or ']'; the text ends")>]
[<InlineData("linear(W1: 3x)", 1, 14, "expected a whole number of at least 1 or '?'; ')' stands here")>]
[<InlineData("scale(-1)", 1, 7, "a scale has no negative factor; minus stands in no coefficient")>]
[<InlineData("scale(2)", 1, 7, "only 1 stands alone in a coefficient; other numbers stand in brackets, such as [2]")>]
[<InlineData("linear(relu)", 1, 8, "'relu' is a word of the notation; write it in quotes to use it as a name")>]
[<InlineData("relu -> gelu",
             1,
             9,
             "gelu is no term of the notation; an unknown function is written opaque(gelu), a wire \"gelu\"")>]
[<InlineData("foo(x)", 1, 1, "foo is no term of the notation; an unknown function is written opaque(foo)")>]
[<InlineData("linear(W1) relu", 1, 12, "expected 'where', the end of the text or '->'; 'relu' stands here")>]
[<InlineData("linear(W, ?b)", 1, 11, "?b is a metavariable; these stand only in rules")>]
[<InlineData("relu -> ?f... -> relu", 1, 9, "?f is a metavariable; these stand only in rules")>]
[<InlineData("clip(?lo, 6)", 1, 6, "?lo is a metavariable; these stand only in rules")>]
let ``A wrong text is refused with its place and what was expected``
    (text: string, line: int, column: int, reason: string)
    =
    match Parse.network text with
    | Ok network -> Law.fail $"read as {Print.network network}"
    | Error error -> Assert.Equal((line, column, reason), (error.At.Line, error.At.Column, error.Reason))

[<Fact>]
let ``A text nested too deeply is refused, and a long list of definitions is read`` () =
    let nested = String.replicate 100_000 "sum[" + "id" + String.replicate 100_000 "]"

    match Parse.network nested with
    | Ok _ -> Law.fail "read"
    | Error error -> Assert.Equal("the text is nested too deeply", error.Reason)

    let chain =
        Network.compose [ for i in 1..20_000 -> Network.linear (Parameter.symbolic $"W{i}" None None) None "" ]

    readsBack (Canonical.derive Canonical.options chain |> Law.ok).Result

[<Fact>]
let ``A shape that does not fit a known parameter is refused`` () =
    let w = Parameter.matrix "W" 2 3 false 1.0 (Build.values Float64 [| 1.0 .. 6.0 |])

    match Parse.networkWith (fun name -> if name = "W" then Some w else None) "linear(W: 7x9)" with
    | Ok _ -> Law.fail "read"
    | Error error -> Assert.Equal("line 1, column 8: W is 2x3, which does not fit here", error.Message)

[<Fact>]
let ``A symbol of the network and a gain of the derivation never share a name`` () =
    let derivation =
        Canonical.derive Canonical.options (symbolic "scale(g) -> linear(W) -> scale(g')")
        |> Law.ok

    Assert.Equal("unit_row_linear(V) -> scale(g' * g'')", Print.network derivation.Result)
