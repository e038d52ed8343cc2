module Canon.Properties.HandComputed

open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open Xunit

let private weight name (rows: float list list) =
    Parameter.matrix
        name
        rows.Length
        rows.Head.Length
        false
        1.0
        (Build.values Float64 (rows |> List.concat |> List.toArray))

let private vector name (entries: float list) =
    Parameter.vector name 1.0 (Build.values Float64 (List.toArray entries))

let private linear name rows =
    Network.linear (weight name rows) None ""

let private biased name rows bias =
    Network.linear (weight $"W{name}" rows) (Some(vector $"b{name}" bias)) ""

let private phi activation = Network.activation activation ""

let private formOf parts =
    (Canonical.derive Canonical.options (Network.compose parts) |> Law.ok).Result

let private close (expected: float list) (actual: float seq) =
    Assert.Equal(expected.Length, Seq.length actual)

    Seq.iter2
        (fun (x: float) (y: float) -> Law.isTrue $"{y} instead of {x}" (abs (x - y) <= 1e-14 * abs x))
        expected
        actual

/// The unit rows and biases of a canonical form, layer by layer, and its gain.
let private numbersOf canonical =
    let numbers = Numbers()

    let layers =
        canonical
        |> Traversal.fold
            (fun found term ->
                match term with
                | UnitRowLinear(rows, _, _) ->
                    (numbers.Dense rows.Coefficients |> Law.ok, numbers.DenseBias rows.Coefficients |> Law.ok)
                    :: found
                | _ -> found)
            []
        |> List.rev

    layers,
    (GlobalGain.ofCanonical numbers canonical |> Law.ok).Gain
    |> Array.map Magnitude.toFloat

let private outputsOf canonical x =
    Evaluate.vector canonical (List.toArray x) |> Law.ok

[<Fact>]
let ``I: rows of 3, 4 and 5, 12`` () =
    let layers, gain =
        formOf [ linear "W1" [ [ 3.0; 4.0 ]; [ -5.0; 12.0 ] ] ] |> numbersOf

    close [ 0.6; 0.8; -5.0 / 13.0; 12.0 / 13.0 ] (fst layers[0])
    close [ 5.0; 13.0 ] gain

[<Fact>]
let ``I with a bias: it is carried inside`` () =
    let layers, gain =
        formOf [ biased "1" [ [ 3.0; 4.0 ]; [ 0.0; 2.0 ] ] [ 10.0; -3.0 ] ] |> numbersOf

    close [ 0.6; 0.8; 0.0; 1.0 ] (fst layers[0])
    close [ 2.0; -1.5 ] (snd layers[0]).Value
    close [ 5.0; 2.0 ] gain

[<Fact>]
let ``II and III: the gains 5 and 13 enter the columns of the next layer`` () =
    let layers, gain =
        formOf
            [ linear "W1" [ [ 3.0; 4.0 ]; [ -5.0; 12.0 ] ]
              phi Relu
              linear "W2" [ [ 2.4; 0.0 ]; [ 2.4; -5.0 / 13.0 ] ] ]
        |> numbersOf

    // W2 diag(5, 13) has the rows (12, 0) and (12, -5).
    close [ 1.0; 0.0; 12.0 / 13.0; -5.0 / 13.0 ] (fst layers[1])
    close [ 12.0; 13.0 ] gain

[<Fact>]
let ``A dead unit has a row, a bias and a gain of 0`` () =
    let layers, gain =
        formOf
            [ biased "1" [ [ 0.0; 0.0 ]; [ 3.0; 4.0 ] ] [ 0.0; 5.0 ]
              phi Relu
              linear "W2" [ [ 7.0; 2.0 ] ] ]
        |> numbersOf

    close [ 0.0; 0.0; 0.6; 0.8 ] (fst layers[0])
    close [ 0.0; 1.0 ] (snd layers[0]).Value
    // It reaches the next layer as a column of 0.
    close [ 0.0; 1.0 ] (fst layers[1])
    close [ 10.0 ] gain

[<Fact>]
let ``A constant unit has a row of 0, a bias of 1 or -1, and the bias as gain`` () =
    let layers, gain =
        formOf
            [ biased "1" [ [ 0.0; 0.0 ]; [ 3.0; 4.0 ] ] [ -12.0; 0.0 ]
              phi Abs
              linear "W2" [ [ 1.0; 1.0 ] ] ]
        |> numbersOf

    close [ 0.0; 0.0; 0.6; 0.8 ] (fst layers[0])
    close [ -1.0; 0.0 ] (snd layers[0]).Value
    close [ 12.0 / 13.0; 5.0 / 13.0 ] (fst layers[1])
    close [ 13.0 ] gain

[<Fact>]
let ``A unit that reads dead units alone becomes constant`` () =
    let layers, gain =
        formOf
            [ linear "W0" [ [ 0.0; 0.0 ]; [ 3.0; 4.0 ] ]
              phi Relu
              biased "1" [ [ 9.0; 0.0 ]; [ 0.0; 1.0 ] ] [ 4.0; 10.0 ] ]
        |> numbersOf

    close [ 0.0; 0.0; 0.0; 1.0 ] (fst layers[1])
    close [ 1.0; 2.0 ] (snd layers[1]).Value
    close [ 4.0; 5.0 ] gain

[<Fact>]
let ``The augmented gain counts the bias`` () =
    let options =
        { Canonical.options with
            Definition = Augmented }

    let form =
        (Canonical.derive options (biased "1" [ [ 2.0; 1.0 ]; [ 0.0; 4.0 ] ] [ 2.0; 3.0 ])
         |> Law.ok)
            .Result

    let layers, gain = numbersOf form
    close [ 3.0; 5.0 ] gain
    close [ 2.0 / 3.0; 1.0 / 3.0; 0.0; 0.8 ] (fst layers[0])
    close [ 2.0 / 3.0; 0.6 ] (snd layers[0]).Value

[<Fact>]
let ``A square squares the gain`` () =
    let form = formOf [ linear "W1" [ [ 3.0; 4.0 ] ]; phi Square ]
    close [ 25.0 ] (snd (numbersOf form))
    close [ 121.0 ] (outputsOf form [ 1.0; 2.0 ])

[<Fact>]
let ``A negative slope passes a gain`` () =
    let form = formOf [ linear "W1" [ [ 3.0; 4.0 ] ]; phi (LeakyRelu -0.5) ]
    close [ 5.0 ] (snd (numbersOf form))
    // 3 - 8 = -5, times -0.5.
    close [ 2.5 ] (outputsOf form [ 1.0; -2.0 ])

[<Fact>]
let ``Slopes a channel pass a gain`` () =
    let form =
        formOf
            [ linear "W1" [ [ 3.0; 4.0 ]; [ 0.0; 2.0 ] ]
              phi (PRelu(vector "a" [ -1.0; 0.25 ])) ]

    close [ 5.0; 2.0 ] (snd (numbersOf form))
    close [ 5.0; -1.0 ] (outputsOf form [ 1.0; -2.0 ])

[<Fact>]
let ``A clip at 6 has its threshold divided by the gain`` () =
    let form = formOf [ linear "W1" [ [ 3.0; 4.0 ] ]; Network.clip 0.0 6.0 "" ]
    close [ 6.0 ] (outputsOf form [ 1.0; 2.0 ])
    close [ 5.0 ] (outputsOf form [ -1.0; 2.0 ])

    match form with
    | Compose [ _; Clip(0.0, 6.0, thresholds, _); _ ] ->
        close [ 0.2 ] (Numbers().Gain thresholds |> Law.ok |> Array.map Magnitude.toFloat)
    | other -> Law.fail (Print.network other)

[<Fact>]
let ``A branch of a skip connection has its gain against the stream`` () =
    let form =
        formOf
            [ linear "W0" [ [ 3.0; 4.0 ]; [ 0.0; 2.0 ] ]
              Network.sum
                  [ Network.identity
                    Network.compose
                        [ linear "W1" [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ]
                          phi Relu
                          linear "W2" [ [ 3.0; 0.0 ]; [ 0.0; 0.5 ] ] ] ]
                  ""
              linear "W3" [ [ 1.0; 6.0 ] ] ]

    // The stream has the gains 5 and 2; the branch 15 and 1.
    let branch = (Layers.branches (Numbers()) form |> Law.ok).Head
    close [ 3.0; 0.5 ] (branch.RelativeGain |> Array.map Magnitude.toFloat)
    Assert.Equal(1, branch.Branch)
    close [ 13.0 ] (snd (numbersOf form))
    // (11, 4) and 3 and 0.5 times that: 44 + 6·6.
    close [ 80.0 ] (outputsOf form [ 1.0; 2.0 ])

/// The second channel of the stream is dead before the branch, which then leads it.
[<Fact>]
let ``A dead channel of a stream is led by the branch that wakes it`` () =
    let form =
        formOf
            [ linear "W0" [ [ 3.0; 4.0 ]; [ 0.0; 0.0 ] ]
              Network.sum [ Network.identity; linear "W1" [ [ 0.6; 0.0 ]; [ -1.4; 0.0 ] ] ] "" ]

    close
        [ 0.6; 1.0 ]
        ((Layers.branches (Numbers()) form |> Law.ok).Head.RelativeGain
         |> Array.map Magnitude.toFloat)

    close [ 5.0; 7.0 ] (snd (numbersOf form))
    close [ 17.6; -15.4 ] (outputsOf form [ 1.0; 2.0 ])

[<Fact>]
let ``A zero of a user's scale stops a sum from being factored`` () =
    let form =
        Canonical.derive
            Canonical.options
            (Network.compose
                [ linear "W0" [ [ 3.0; 4.0 ]; [ 0.0; 2.0 ] ]
                  Scale(Gain.ofValues [ 0.0; 1.0 ])
                  Network.sum [ Network.identity; linear "W1" [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ] ] "" ])
        |> Law.ok

    Assert.Equal("sum-factoring", form.Refusals.Head.Rule)
    close [ 0.0; 8.0 ] (outputsOf form.Result [ 1.0; 2.0 ])
