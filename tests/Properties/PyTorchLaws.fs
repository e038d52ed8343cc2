/// Derivatives and optimizers held to PyTorch's: pytorch.txt, which pytorch.py has written, tells what it computes.
module Canon.Properties.PyTorchLaws

open System
open System.Globalization
open System.IO
open Canon.Algebra
open Canon.Algebra.Training
open Xunit

let private recorded =
    File.ReadAllLines(Repository.file [ "tests"; "Properties"; "pytorch.txt" ])
    |> Array.map (fun line ->
        let words = line.Split ' '

        words[0],
        words[1..]
        |> Array.map (fun word -> Double.Parse(word, CultureInfo.InvariantCulture)))
    |> Map.ofArray

/// The numbers that both sides take.
let private fill start count =
    Array.init count (fun k -> Math.Sin(float (start + 1 + k)))

let private values start count =
    Values.ofFloat64 (ReadOnlyMemory(fill start count))

let private agrees name (actual: float[]) =
    let expected = recorded[name]
    Assert.Equal(expected.Length, actual.Length)
    let scale = Trained.largest expected

    Array.iteri2
        (fun k e a -> Law.isTrue $"{name}, number {k}: {a} instead of {e}" (abs (e - a) <= 1e-12 * scale))
        expected
        actual

/// Parameters as PyTorch numbers them: the k-th begins at 100 k.
let private vector k count =
    Parameter.vector $"p{k}" 1.0 (values (100 * k) count)

let private weight k rows columns groups taps transposed =
    Parameter.weight
        $"p{k}"
        rows
        columns
        (Groups groups)
        taps
        transposed
        1.0
        (values (100 * k) (rows * columns / groups * taps))

let private dense k rows columns =
    Network.linear (weight k rows columns 1 1 false) (Some(vector (k + 1) rows)) ""

let private mlp =
    Network.compose [ dense 0 5 3; Network.activation (LeakyRelu 0.1) ""; dense 2 2 5 ]

let private optimizers =
    [ "sgd", Sgd 0.0, 0.05, 0.0
      "sgd-momentum", Sgd 0.9, 0.05, 0.0
      "sgd-l2", Sgd 0.9, 0.05, 0.1
      "rmsprop", RmsProp(0.9, 1e-8), 0.01, 0.0
      "adam", Optimizer.adam, 0.02, 0.0
      "adam-l2", Optimizer.adam, 0.02, 0.1
      "adamw", Optimizer.adamW 0.1, 0.02, 0.0 ]

[<Fact>]
let ``Twenty steps of every optimizer have PyTorch's losses`` () =
    for name, optimizer, rate, weightDecay in optimizers do
        let trainer =
            Trainer.Create(
                { Loss = Loss.CrossEntropy
                  Optimizer = optimizer
                  Rate = rate
                  BatchSize = 4
                  WeightDecay = weightDecay
                  Pcr = None
                  UnitRows = Set.empty
                  Precision = Precision.Double
                  Seed = 1 },
                mlp,
                { Input = Signal.create 4 [] 3 (fill 7 12)
                  Targets = Targets.Classes [| 0; 1; 1; 0 |] },
                None
            )
            |> Law.ok

        agrees name [| for _ in 1..20 -> (trainer.Step() |> Law.ok).Loss |]

/// Channels innermost, as signals have them, of numbers that stand channel by channel, and the way back.
let private innermost samples channels positions (numbers: float[]) =
    Array.init numbers.Length (fun k ->
        let c, p, n = k % channels, k / channels % positions, k / channels / positions
        numbers[(n * channels + c) * positions + p])

let private samples, channels, space = 2, 2, [ 5; 4 ]

let private picture =
    Signal.create samples space channels (innermost samples channels 20 (fill 3 80))

/// Σ y·c, c being numbers in PyTorch's order.
let private objective: Objective =
    fun outputs ->
        let y = outputs.Head
        let factors = innermost y.Samples y.Channels y.Positions (fill 11 y.Data.Length)
        struct (Array.sum (Array.map2 (*) y.Data factors), [ factors ])

let private convolution k rows columns groups kernel stride padding dilation =
    let window =
        { Kernel = [ kernel; kernel ]
          Strides = [ stride; stride ]
          Dilations = [ dilation; dilation ]
          Padding = Explicit([ padding; padding ], [ padding; padding ]) }

    Network.convolution
        (weight k rows columns groups (kernel * kernel) false)
        (Some(vector (k + 1) rows))
        (Direct window)
        ""

let private pointwise k rows columns = convolution k rows columns 1 1 1 0 1

let private pool pooling =
    Network.spatial
        (Spatial.Pool(
            pooling,
            PoolRegion.Sliding(
                { Kernel = [ 3; 3 ]
                  Strides = [ 2; 2 ]
                  Dilations = [ 1; 1 ]
                  Padding = Explicit([ 1; 1 ], [ 1; 1 ]) },
                false
            )
        ))
        ""

let private constant name (numbers: float[]) =
    Parameter.vector name 1.0 (Values.ofFloat64 (ReadOnlyMemory numbers))

let private transposed =
    let window =
        { Kernel = [ 3; 3 ]
          Strides = [ 2; 2 ]
          Dilations = [ 1; 1 ]
          Padding = Explicit([ 1; 1 ], [ 1; 1 ]) }

    Network.convolution (weight 0 4 2 2 9 true) (Some(vector 1 4)) (Transposed(window, [ 1; 1 ])) ""

let private networks =
    [ "conv", [ convolution 0 4 2 2 3 2 1 1 ]
      "dilated", [ convolution 0 3 2 1 2 1 0 2 ]
      "transposed", [ transposed ]
      "depthwise", [ convolution 0 2 2 2 3 1 1 1 ]
      "batch-norm",
      [ pointwise 0 3 2
        Network.batchNorm
            (vector 2 3)
            (vector 3 3)
            (constant "mean" (Array.zeroCreate 3))
            (constant "variance" (Array.create 3 1.0))
            0.01
            ""
        Network.activation Relu "" ]
      "max-pool", [ pointwise 0 3 2; pool Pooling.Maximum ]
      "average-pool", [ pointwise 0 3 2; pool (Pooling.Mean true) ]
      "layer-norm", [ pointwise 0 3 2; Network.normalize LayerNorm 0.01 "" ]
      "instance-norm", [ pointwise 0 3 2; Network.normalize InstanceNorm 0.01 "" ]
      "group-norm", [ pointwise 0 4 2; Network.normalize (GroupNorm 2) 0.01 "" ]
      "prelu", [ pointwise 0 3 2; Network.activation (PRelu(vector 2 3)) "" ]
      "softmax", [ pointwise 0 3 2; Network.activation Softmax "" ]
      "tanh", [ pointwise 0 3 2; Network.activation Tanh ""; pointwise 2 2 3 ]
      "residual",
      [ pointwise 0 3 2
        Network.sum
            [ Network.identity
              Network.compose [ Network.activation Relu ""; convolution 2 3 3 1 3 1 1 1 ] ]
            "" ]
      "gated",
      [ Network.product
            [ pointwise 0 3 2
              Network.compose [ pointwise 2 3 2; Network.activation Sigmoid "" ] ]
            "" ] ]

[<Fact>]
let ``Losses and derivatives of every kind of layer are PyTorch's`` () =
    for name, parts in networks do
        let network =
            Canonical.prepare
                { Canonical.options with
                    Input = Shape.create channels space }
                (Network.compose parts)
            |> Law.ok

        let found =
            Gradient.run (Numbers()) Gradient.training Map.empty picture objective network
            |> Law.ok

        let own =
            Traversal.parameters network
            |> List.map _.Name
            |> List.filter (fun name -> name.StartsWith 'p')
            |> List.sort

        agrees name (Array.append [| found.Loss |] (own |> List.map (fun p -> found.Parameters[p]) |> Array.concat))

[<Fact>]
let ``All that PyTorch has told is looked at`` () =
    let names =
        (optimizers |> List.map (fun (name, _, _, _) -> name))
        @ (networks |> List.map fst)

    Assert.Equal<string>(List.sort names, recorded.Keys |> List.ofSeq |> List.sort)
