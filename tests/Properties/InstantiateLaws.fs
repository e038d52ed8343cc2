module Canon.Properties.InstantiateLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

/// Without numbers, and without sizes too.
let private withoutSizes (network: Network) =
    let symbolic, _ = Forget.network network

    let bare =
        { Parameters =
            Traversal.parameters symbolic
            |> List.map (fun p -> p.Name, Parameter.symbolicWeight p.Name None None p.Grouping p.Taps)
            |> Map.ofList
          Gains = Map.empty }

    let open' term : Result<Network, NetworkError> =
        match term with
        | Scale g ->
            Ok(
                Scale(
                    match g.Factors with
                    | [ struct (atom, 1) ] ->
                        match atom.Expression with
                        | Symbol(name, _) -> Gain.symbol name None
                        | _ -> g
                    | _ -> g
                )
            )
        | Rearrange(Rearrangement.Flatten _, label) -> Ok(Rearrange(Rearrangement.Flatten None, label))
        | Concat(branches, _, label) -> Ok(Network.concat branches label.Text)
        | Opaque(node, inputs) ->
            Ok(
                Opaque(
                    { node with
                        Channels = None
                        Space = None },
                    inputs
                )
            )
        | other -> Ok other

    symbolic
    |> Traversal.mapBottomUp open'
    |> Result.bind (Substitution.network bare)
    |> Law.ok

let private sized (networks: Network list) =
    Instantiate.sizes Instantiate.smallSizes networks |> Law.ok

let private isComplete (sized: SizedNetworks) network =
    for p in Traversal.parameters network do
        Law.isTrue $"{p.Name} has no size" (p.Rows.IsSome && p.Columns.IsSome)

    let complete term =
        match term with
        | Concat(_, widths, _) -> widths.Known |> List.forall Option.isSome
        | Rearrange(Rearrangement.Flatten positions, _) -> positions.IsSome
        | Opaque(node, _) -> node.Channels.IsSome && node.Space.IsSome
        | Scale g -> g.IsOne || (Gain.length g).IsSome
        | _ -> true

    Law.isTrue (Print.withShapes network) (Traversal.fold (fun all term -> all && complete term) true network)
    let shape = Shape.infer sized.Options.Wires sized.Options.Input network |> Law.ok

    match List.tryLast (Network.parts network) with
    | Some(Tuple _) -> ()
    | _ -> Law.isTrue "the output has a shape" (shape.Channels.IsSome && shape.Positions.IsSome)

[<Fact>]
let ``Networks without sizes get sizes that fit`` () =
    Law.forAll Networks.any (fun sample ->
        let network = withoutSizes sample.Network
        let sized = sized [ network ]
        isComplete sized sized.Networks.Head)

[<Fact>]
let ``Sizes that are known stay`` () =
    Law.forAll Networks.any (fun sample ->
        let prepared =
            Canonical.prepare sample.Options (fst (Forget.network sample.Network)) |> Law.ok

        let sized = sized [ prepared ]
        Assert.Equal<Parameter list>(Traversal.parameters prepared, Traversal.parameters sized.Networks.Head))

let private canonical network =
    (Canonical.derive Canonical.options network |> Law.ok).Result

/// Norms may yield nothing but what was left over when entries cancelled: two forms of such a network cannot be compared.
let private comparable =
    Networks.ofProfile
        { Profile.everything with
            Norms = false }

let private areOneFunction (numeric: SizedNetworks) =
    let report =
        Check.compare numeric.Options false 4 1 numeric.Networks[0] numeric.Networks[1]
        |> Law.ok

    Law.isTrue $"relative error {report.MaxRelativeError}" (report.MaxRelativeError < 1e-9)

[<Fact>]
let ``A network with sizes and its canonical form get numbers by which they are the same function`` () =
    Law.forAll comparable (fun sample ->
        let network = (sized [ withoutSizes sample.Network ]).Networks.Head

        sized [ network; canonical network ]
        |> Instantiate.values 3
        |> Law.ok
        |> areOneFunction)

/// A gain of the form g ++ 1, which does not tell its length, may stand for different lengths at different places.
let private hasOpenGain network =
    let rec isOpen (g: Gain) =
        g.Factors
        |> List.exists (fun (struct (atom, _)) ->
            (match atom.Expression with
             | Joined parts -> parts |> List.exists (fun (g, width) -> g.IsOne && width.IsNone)
             | _ -> false)
            || Gain.inside atom |> List.exists isOpen)

    let gains term =
        match term with
        | Scale g
        | Clip(_, _, g, _) -> [ g ]
        | UnitRowLinear(rows, _, _) -> [ rows.Coefficients.Left; rows.Coefficients.Right ]
        | _ -> []

    Traversal.collect gains network |> List.exists isOpen

[<Fact>]
let ``So do a network without sizes and its canonical form, but where a gain has two lengths`` () =
    Law.forAll comparable (fun sample ->
        let network = withoutSizes sample.Network
        let canonical = canonical network

        match Instantiate.sizes Instantiate.smallSizes [ network; canonical ] with
        | Ok sized -> Instantiate.values 3 sized |> Law.ok |> areOneFunction
        | Error(ShapeMismatch _) when hasOpenGain canonical -> ()
        | Error error -> Law.fail error.Message)

[<Fact>]
let ``The same seed gives the same numbers`` () =
    Law.forAll Networks.any (fun sample ->
        let outputs seed =
            let numeric =
                sized [ withoutSizes sample.Network ] |> Instantiate.values seed |> Law.ok

            Traversal.parameters numeric.Networks.Head
            |> List.map (fun p -> Numbers().Dense(Affine.ofParameters p None) |> Law.ok)

        Assert.Equal<float[] list>(outputs 5, outputs 5)

        if not (Traversal.parameters sample.Network).IsEmpty then
            Assert.NotEqual<float[] list>(outputs 5, outputs 6))

let private parse text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> Law.fail error.Message

let private shapes text =
    Print.withShapes (sized [ parse text ]).Networks.Head

/// Sizes that are free are 2, 3, 4, 5, 2, … in order of appearance: the input first.
[<Theory>]
[<InlineData("linear(W1) -> relu -> linear(W2)", "linear(W1: 3x2) -> relu -> linear(W2: 4x3)")>]
[<InlineData("linear(W1: 7x6) -> relu -> linear(W2)", "linear(W1: 7x6) -> relu -> linear(W2: 2x7)")>]
[<InlineData("linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)]",
             "linear(W0: 3x2) -> sum[id, linear(W1: 4x3) -> relu -> linear(W2: 3x4)]")>]
[<InlineData("concat[id, linear(W1)] -> linear(W2)", "concat[id, linear(W1: 3x2)] -> linear(W2: 4x5)")>]
[<InlineData("concat[id, linear(W1)] -> linear(W2: 4x9)", "concat[id, linear(W1: 7x2)] -> linear(W2: 4x9)")>]
[<InlineData("concat[id, linear(W1)] -> linear(W2: 4x2)", "concat[id, linear(W1: 1x1)] -> linear(W2: 4x2)")>]
[<InlineData("sum[concat[id, linear(W1)], linear(W2: 7x2)]", "sum[concat[id, linear(W1: 5x2)], linear(W2: 7x2)]")>]
[<InlineData("scale(g) -> flatten -> scale(g) -> linear(W)", "scale(g) -> flatten(1) -> scale(g) -> linear(W: 3x2)")>]
[<InlineData("linear(W: 4x4) -> as x -> linear(V) -> concat[id, x] -> linear(U)",
             "linear(W: 4x4) -> as x -> linear(V: 2x4) -> concat[id, x] -> linear(U: 3x6)")>]
let ``Sizes are determined by each other, and picked where nothing determines them`` text expected =
    Assert.Equal(expected, shapes text)

[<Fact>]
let ``A flatten has channels times positions`` () =
    let network =
        Network.compose
            [ Network.linear (Parameter.symbolic "W1" None None) None ""
              Network.rearrange (Rearrangement.Flatten None) ""
              Network.linear (Parameter.symbolic "W2" (Some 5) (Some 6)) None "" ]

    let sized = sized [ network ]
    Assert.Equal("linear(W1: 2x2) -> flatten(3) -> linear(W2: 5x6)", Print.withShapes sized.Networks.Head)

    Assert.Equal(Shape.create 2 [ 3 ], sized.Options.Input)

[<Fact>]
let ``Networks that are sized together read one input and share names`` () =
    let sized = sized [ parse "linear(W: 3x?)" |> id; parse "scale(g) -> linear(W)" ]
    Assert.Equal("linear(W: 3x2)", Print.withShapes sized.Networks.Head)
    Assert.Equal(Some 2, sized.Options.Input.Channels)

[<Theory>]
[<InlineData("linear(W1: 3x2) -> linear(W2: 3x2)", "linear(W2): the weight reads 2 channels and 3 arrive")>]
[<InlineData("linear(W) -> sum[id, linear(V: 3x4)]", "sum: channel counts 4 and 3 meet")>]
[<InlineData("sum[id, concat[id, id]]",
             "sum: channel counts the channels of the input and 2*the channels of the input meet")>]
[<InlineData("concat[id, id] -> linear(W: 2x3)",
             "linear(W): the weight reads 3 channels and 2*the channels of the input arrive")>]
let ``Sizes that contradict each other are an error`` text message =
    match Instantiate.sizes Instantiate.smallSizes [ parse text ] with
    | Error error -> Assert.Equal(message, error.Message)
    | Ok sized -> Law.fail (Print.withShapes sized.Networks.Head)

[<Fact>]
let ``A parsed network can be evaluated`` () =
    let numeric =
        sized [ parse "linear(W1) -> relu -> linear(W2)" ]
        |> Instantiate.values 1
        |> Law.ok

    Assert.Equal(4, (Evaluate.vector numeric.Networks.Head [| 1.0; -1.0 |] |> Law.ok).Length)

[<Fact>]
let ``Ten thousand symbolic layers get sizes and numbers`` () =
    let network =
        Network.compose
            [ for k in 1..10_000 do
                  Network.linear (Parameter.symbolic $"W{k}" None None) None ""
                  Network.activation Relu "" ]

    let canonical = (Canonical.derive Canonical.options network |> Law.ok).Result
    let numeric = sized [ network; canonical ] |> Instantiate.values 1 |> Law.ok
    Assert.Equal(20_000, (Network.parts numeric.Networks.Head).Length)
