namespace Canon.Bench

open System
open BenchmarkDotNet.Attributes
open Canon.Algebra

/// The check of a canonical form on 16 inputs: stacks of 3x3 convolutions, plain ones or in pairs of depthwise and pointwise ones,
/// behind each block of two a max pool, a dense layer at the end.
[<InProcess>]
type Checks() =
    let mutable network = Network.identity
    let mutable canonical = Network.identity
    let mutable options = Canonical.options

    let values seed count =
        Chance.numbers seed count
        |> Array.map float32
        |> ReadOnlyMemory
        |> Values.ofFloat32

    let convolution seed columns rows groups kernel =
        let taps = kernel * kernel

        let weight =
            Parameter.weight
                $"W{seed}"
                rows
                columns
                (Groups groups)
                taps
                false
                1.0
                (values seed (rows * columns / groups * taps))

        let bias = Parameter.vector $"b{seed}" 1.0 (values -seed rows)

        let window =
            { Window.ofKernel [ kernel; kernel ] with
                Padding = Same true }

        [ Network.convolution weight (Some bias) (Direct window) ""
          Network.activation Relu "" ]

    let layer depthwise seed columns rows =
        if depthwise && columns > 1 then
            convolution (2 * seed) columns columns columns 3
            @ convolution (2 * seed + 1) columns rows 1 1
        else
            convolution (2 * seed) columns rows 1 3

    let halved =
        Network.spatial
            (Spatial.Pool(
                Pooling.Maximum,
                PoolRegion.Sliding(
                    { Window.ofKernel [ 2; 2 ] with
                        Strides = [ 2; 2 ] },
                    false
                )
            ))
            ""

    [<Params("plain", "depthwise")>]
    member val Kind = "" with get, set

    [<Params(28, 112)>]
    member val Pixels = 0 with get, set

    [<GlobalSetup>]
    member x.Setup() =
        let layer = layer (x.Kind = "depthwise")

        let dense =
            let rest = x.Pixels / 4 * (x.Pixels / 4) * 32
            Network.linear (Parameter.matrix "D" 10 rest false 1.0 (values 99 (10 * rest))) None ""

        network <-
            Network.compose (
                layer 1 1 16
                @ layer 2 16 16
                @ [ halved ]
                @ layer 3 16 32
                @ layer 4 32 32
                @ [ halved; Network.rearrange (Rearrangement.Flatten None) ""; dense ]
            )

        options <-
            { Canonical.options with
                Input =
                    { Channels = Some 1
                      Space = Some [ Some x.Pixels; Some x.Pixels ] } }

        canonical <- (Canonical.derive options network |> Chains.ok).Result

    [<Benchmark>]
    member _.Check() =
        Check.compare options true 16 1 network canonical |> Chains.ok
