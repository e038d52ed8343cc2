module Canon.Properties.CheckLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private report rounded (sample: Sample) network =
    Check.compare sample.Options rounded 4 7 sample.Network network |> Law.ok

[<Fact>]
let ``A network does not differ from itself`` () =
    Law.forAll Networks.any (fun sample -> Assert.Equal(0.0, (report false sample sample.Network).MaxRelativeError))

[<Fact>]
let ``The same seed gives the same report`` () =
    Law.forAll Networks.any (fun sample ->
        let canonical = (Canonical.derive sample.Options sample.Network |> Law.ok).Result
        Assert.Equal(report true sample canonical, report true sample canonical))

[<Fact>]
let ``An output that is doubled differs by all of it, and so does one that is silenced`` () =
    Law.forAll Networks.sequential (fun sample ->
        let width =
            (Shape.infer Map.empty sample.Options.Input sample.Network |> Law.ok).Channels.Value

        let times factor =
            Network.compose [ sample.Network; Scale(Gain.ofValues (Array.create width factor)) ]

        let error factor =
            (report false sample (times factor)).MaxRelativeError
        // Without outputs other than 0 neither differs.
        Assert.Equal(error 0.0, error 2.0)
        Assert.Contains(error 2.0, [ 0.0; 1.0 ]))

[<Fact>]
let ``A zero in place of an output is an error of 1`` () =
    let weight = Parameter.matrix "W" 1 1 false 1.0 (Build.values Float64 [| 2.0 |])
    let network = Network.linear weight None ""
    let silent = Network.compose [ network; Scale(Gain.ofValues [ 0.0 ]) ]
    Assert.Equal(1.0, (Check.compare Canonical.options false 3 1 network silent |> Law.ok).MaxRelativeError)
    Assert.Equal(infinity, (Check.compare Canonical.options false 3 1 silent network |> Law.ok).MaxRelativeError)

/// What enters an opaque term counts as an output: nobody knows what becomes of it.
[<Fact>]
let ``What enters an opaque term is compared`` () =
    let node =
        { Name = "mystery"
          Output = 0
          Channels = Some 1
          Space = None
          Label = Label "" }

    let opaque = Opaque(node, [ Network.identity ])

    let weight name value =
        Parameter.matrix name 1 1 false 1.0 (Build.values Float64 [| value |])

    let network value =
        Network.compose [ Network.linear (weight "W" value) None ""; opaque ]

    Assert.Equal(
        0.5,
        (Check.compare Canonical.options false 3 1 (network 2.0) (network 1.0) |> Law.ok).MaxRelativeError,
        12
    )

[<Fact>]
let ``Rounding to float32 shows`` () =
    let weight = Parameter.matrix "W" 1 1 false 1.0 (Build.values Float32 [| 1.0 |])

    let scaled =
        Linear(
            Affine.scaleOutput (Gain.ofValues [ 1.0 + Math.ScaleB(1.0, -25) ]) (Affine.ofParameters weight None),
            Kernel.dense,
            Label ""
        )

    let error rounded =
        (Check.compare Canonical.options rounded 3 1 scaled scaled |> Law.ok).MaxRelativeError

    Assert.Equal(0.0, error false)
    Assert.Equal(Math.ScaleB(1.0, -25), error true, 12)

[<Fact>]
let ``Another number of outputs is an infinite error`` () =
    let network = Network.activation Relu ""

    let options =
        { Canonical.options with
            Input = Shape.vector 2 }

    Assert.Equal(
        infinity,
        (Check.compare options false 3 1 network (Tuple [ network; network ]) |> Law.ok).MaxRelativeError
    )

[<Fact>]
let ``Rounding an evaluation leaves the numbers alone`` () =
    let values (numbers: float[]) =
        Values.ofFloat32 (ReadOnlyMemory(Array.map float32 numbers))

    let weight = Parameter.matrix "W" 1 1 false 1.0 (values [| 1.0 |])

    let network =
        Network.linear weight (Some(Parameter.vector "b" 0.1 (values [| 1.0 |]))) ""

    let numbers = Numbers()

    let output rounded =
        (Evaluate.run
            numbers
            { Evaluate.exact with
                Rounded = rounded }
            Map.empty
            (Signal.ofVector [| 0.0 |])
            network
         |> Law.ok)
            .Head.Data[0]

    Assert.Equal(0.1, output false)
    Assert.Equal(float 0.1f, output true)
    Assert.Equal(0.1, output false)
