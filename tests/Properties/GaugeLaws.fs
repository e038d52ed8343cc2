module Canon.Properties.GaugeLaws

open System
open Canon.Algebra
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private near tolerance (a: Gauge) (b: Gauge) =
    Assert.Equal<int>(a.Order, b.Order)

    Array.iter2
        (fun x y ->
            let ratio = Math.Pow(2.0, Magnitude.log2 x - Magnitude.log2 y)
            Law.isTrue $"{x} instead of {y}" (abs (ratio - 1.0) <= tolerance))
        a.Factors
        b.Factors

/// The weights of a network that may be rescaled, as they are in the gauge.
let private weights gauge =
    [ for share in (gauge: Gauge).Rescaling.Shares do
          if not share.IsBias then
              share, Gauge.scaled 1 gauge share share.Parameter |> Law.ok ]

/// For every class the squares of the rows that make it, and of the columns that read it.
let private squares (gauge: Gauge) =
    weights gauge
    |> List.map (fun (share, numbers) -> share, numbers |> Array.map (fun w -> w * w))
    |> Gauged.perClass gauge.Rescaling

/// Networks without zeros, so that every class that may be rescaled is made and read. The columns that read a dead unit, and what leads
/// nowhere, may be of any length: no gauge is the shortest.
let private aliveOf samples =
    samples
    |> Arb.filter (fun sample ->
        let gauge = Gauge.identity (Gauged.rescaling (Gauged.prepared sample))
        let into, out = squares gauge

        weights gauge
        |> List.forall (fun (_, numbers) -> Array.forall ((<>) 0.0) numbers)
        && Array.zip3 (Rescaling.isFree gauge.Rescaling) into out
           |> Array.forall (fun (isFree, into, out) -> not isFree || into > 0.0 && out > 0.0))

let private alive = aliveOf Networks.doubles

/// Networks in which a class that may be rescaled is made by two layers or more: the stream of a residual network. Few of those drawn have one.
let private streaming =
    lazy
        (let hasStream sample =
            let rescaling = Gauged.rescaling (Gauged.prepared sample)
            let isFree = Rescaling.isFree rescaling

            rescaling.Shares
            |> List.filter (fun share -> not share.IsBias)
            |> List.collect (fun share -> share.Rows |> Array.map _.Class |> Array.distinct |> List.ofArray)
            |> List.countBy id
            |> List.exists (fun (c, makers) -> isFree[c] && makers > 1)

         let samples = Law.sample 600 (aliveOf Networks.branched) |> Array.filter hasStream

         Law.isTrue $"only {samples.Length} have a stream" (samples.Length >= 20)
         samples)

let private rescalable = Arb.zip (alive, ArbMap.defaults |> ArbMap.arbitrary<int>)

[<Fact>]
let ``Every gauge keeps the function`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        let network = Gauged.prepared sample
        let gauge = Gauged.shuffled seed 3.0 (Gauged.rescaling network)
        Function.isKept 1e-12 sample.Options sample.Network (Gauge.network gauge network))

[<Fact>]
let ``So does every gauge that turns the bounds of clips into thresholds`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        let network = Gauged.prepared sample

        let rescaling =
            Rescaling.ofOptions { Lossless = false; Thresholds = true } network |> Law.ok

        Function.isKept
            1e-12
            sample.Options
            sample.Network
            (Gauge.network (Gauged.shuffled seed 3.0 rescaling) network))

[<Fact>]
let ``Gauges are a group`` () =
    Law.forAll Networks.any (fun sample ->
        let rescaling = Gauged.rescaling (Gauged.prepared sample)

        let a, b, c =
            Gauged.shuffled 1 3.0 rescaling, Gauged.shuffled 2 3.0 rescaling, Gauged.shuffled 3 3.0 rescaling

        near 1e-15 (Gauge.compose a (Gauge.compose b c)) (Gauge.compose (Gauge.compose a b) c)
        near 1e-15 (Gauge.compose a (Gauge.invert a)) (Gauge.identity rescaling)
        near 1e-15 (Gauge.compose (Gauge.invert a) a) (Gauge.identity rescaling)
        near 0.0 (Gauge.compose a (Gauge.identity rescaling)) a
        near 0.0 (Gauge.compose (Gauge.identity rescaling) a) a)

[<Fact>]
let ``Rescalings alone commute`` () =
    Law.forAll Networks.any (fun sample ->
        let rescaling = Gauged.rescaling (Gauged.prepared sample)
        let a, b = Gauged.chosen 1 3.0 rescaling, Gauged.chosen 2 3.0 rescaling
        near 0.0 (Gauge.compose a b) (Gauge.compose b a))

[<Fact>]
let ``One gauge after the other leads where both together lead`` () =
    Law.forAll Networks.doubles (fun sample ->
        let network = Gauged.prepared sample
        let rescaling = Gauged.rescaling network
        let a, b = Gauged.shuffled 1 3.0 rescaling, Gauged.shuffled 2 3.0 rescaling

        List.iter2
            (fun (share: Share, both: float[]) (_, first: float[]) ->
                let second =
                    Gauge.scaled 1 b share (Parameter.withNumbers first share.Parameter) |> Law.ok

                Array.iter2
                    (fun x y -> Law.isTrue $"{share.Parameter}: {y} instead of {x}" (abs (x - y) <= 1e-14 * abs x))
                    both
                    second)
            (weights (Gauge.compose a b))
            (weights a))

/// Of a chain all hidden channels are free: the canonical gauge is what the calculus reconstitutes.
let private isCanonical definition =
    Law.forAll Networks.sequential (fun sample ->
        let network = Gauged.prepared sample
        let gauge = Gauge.canonical definition (Gauged.rescaling network) |> Law.ok

        let form =
            Canonical.derive
                { sample.Options with
                    Definition = definition
                    KeepArchitecture = true
                    Fold = false }
                sample.Network
            |> Law.ok

        let expected =
            Reconstitution.reconstitute definition Representative.Canonical form.Result
            |> Law.ok

        let numbers network =
            let numbers = Numbers()

            network
            |> Traversal.collect (fun term ->
                match term with
                | Linear(a, _, _) ->
                    [ numbers.Dense a |> Law.ok
                      numbers.DenseBias a |> Law.ok |> Option.defaultValue [||] ]
                | _ -> [])

        // Dead rows stay in the gauge, and so do the columns that read them.
        let isDead =
            Canon.Algebra.Analysis.Layers.reports (Numbers()) form.Result
            |> Law.ok
            |> List.exists (fun layer -> layer.DeadUnits > 0)

        if not isDead then
            List.iter2
                (Array.iter2 (fun (e: float) a -> Law.isTrue $"{a} instead of {e}" (abs (e - a) <= 1e-12 * abs e)))
                (numbers expected)
                (numbers (Gauge.network gauge network)))

[<Fact>]
let ``Of a chain the canonical gauge is the reconstituted canonical form`` () = isCanonical RowNorm

[<Fact>]
let ``Of a chain with augmented gains too`` () = isCanonical Augmented

[<Fact>]
let ``Of a chain with powers of two too`` () = isCanonical (PowerOfTwo RowNorm)

let private isInvariant (gaugeOf: Rescaling -> Gauge) tolerance (sample, seed) =
    let rescaling = Gauged.rescaling (Gauged.prepared sample)

    List.iter2
        (fun (share: Share, a: float[]) (_, b: float[]) ->
            let largest = a |> Array.map abs |> Array.max

            Array.iter2
                (fun x y -> Law.isTrue $"{share.Parameter}: {y} instead of {x}" (abs (x - y) <= tolerance * largest))
                a
                b)
        (weights (gaugeOf rescaling))
        (weights (gaugeOf (Gauged.owned (Gauged.chosen seed 3.0 rescaling))))

[<Fact>]
let ``The canonical gauge of a rescaled network leads to the same weights`` () =
    Law.forAll rescalable (isInvariant (Gauge.canonical RowNorm >> Law.ok) 1e-10)

let private balanced tolerance rescaling =
    let struct (gauge, balance) = Balancing.balanced tolerance 20000 rescaling |> Law.ok
    Law.isTrue $"out of balance by {balance.Imbalance} after {balance.Sweeps} sweeps" (balance.Imbalance <= tolerance)
    gauge

[<Fact>]
let ``The balanced gauge is the same from every representative`` () =
    Law.forAll rescalable (isInvariant (balanced 1e-11) 1e-8)

[<Fact>]
let ``So it is where branches write to one stream`` () =
    streaming.Value
    |> Array.iteri (fun seed sample -> isInvariant (balanced 1e-11) 1e-8 (sample, seed))

let private isEven sample =
    let gauge = balanced 1e-9 (Gauged.rescaling (Gauged.prepared sample))
    let into, out = squares gauge
    let isFree = Rescaling.isFree gauge.Rescaling

    for c in 0 .. into.Length - 1 do
        if isFree[c] && into[c] > 0.0 && out[c] > 0.0 then
            Law.isTrue $"{into[c]} and {out[c]}" (abs (into[c] / out[c] - 1.0) <= 1e-7)

[<Fact>]
let ``In balance the columns that read a class are as long as its rows`` () = Law.forAll alive isEven

[<Fact>]
let ``In balance all columns that read a stream are as long as all rows that write it`` () =
    Array.iter isEven streaming.Value

[<Fact>]
let ``No gauge has a smaller norm than the balanced one`` () =
    Law.forAll rescalable (fun (sample, seed) ->
        let rescaling = Gauged.rescaling (Gauged.prepared sample)
        let struct (gauge, _) = Balancing.balanced 1e-9 20000 rescaling |> Law.ok

        let norm gauge =
            weights gauge
            |> List.sumBy (fun (_, numbers) -> numbers |> Array.sumBy (fun w -> w * w))

        let least = norm gauge

        for spread in [ 0.0; 0.1; 3.0 ] do
            let other = norm (Gauged.chosen seed spread rescaling)
            Law.isTrue $"{other} is below {least}" (other >= least * (1.0 - 1e-12)))

[<Fact>]
let ``No sweep of balancing makes the norm grow`` () =
    Law.forAll Networks.rescalable (fun (sample, seed) ->
        let rescaling =
            Gauged.owned (Gauged.chosen seed 3.0 (Gauged.rescaling (Gauged.prepared sample)))

        let norm gauge =
            weights gauge
            |> List.sumBy (fun (_, numbers) -> numbers |> Array.sumBy (fun w -> w * w))

        for tolerance in [ 0.5; 1e-9 ] do
            let mutable before = norm (Gauge.identity rescaling)

            for sweeps in 1..6 do
                let struct (gauge, _) = Balancing.balanced tolerance sweeps rescaling |> Law.ok
                let after = norm gauge
                Law.isTrue $"after {sweeps} sweeps {before} has become {after}" (after <= before * (1.0 + 1e-12))
                before <- after)

/// What nothing makes, and what leads nowhere, keeps its scale, and all else is balanced.
[<Fact>]
let ``Layers of zeros leave the others in balance`` () =
    for zero in [ 0; 8 ] do
        let random = Random 11

        let network =
            Network.compose
                [ for k in 0..8 do
                      let numbers =
                          Array.init 16 (fun _ -> if k = zero then 0.0 else exp (2.0 * Build.normal random))

                      Network.linear (Parameter.matrix $"W{k}" 4 4 false 1.0 (Build.values Float64 numbers)) None ""

                      if k < 8 then
                          Network.activation Relu "" ]

        let rescaling = Rescaling.ofNetwork false network |> Law.ok
        let struct (gauge, balance) = Balancing.balanced 1e-9 100 rescaling |> Law.ok
        Law.isTrue $"{balance}" (balance.Imbalance <= 1e-9)
        let into, out = squares gauge
        let isFree = Rescaling.isFree rescaling

        for c in 0 .. into.Length - 1 do
            if isFree[c] && not (into[c] > 0.0 && out[c] > 0.0) then
                Assert.Equal(Magnitude.One, gauge.Factors[c])

[<Fact>]
let ``Weights whose squares leave the range of a float are balanced`` () =
    let random = Random 3

    let linear k =
        let stretch =
            Array.init 4 (fun _ -> 10.0 ** (150.0 * (2.0 * random.NextDouble() - 1.0)))

        let numbers = Array.init 16 (fun n -> Build.normal random * stretch[n / 4])

        Network.linear (Parameter.matrix $"W{k}" 4 4 false 1.0 (Build.values Float64 numbers)) None ""

    let relu = Network.activation Relu ""

    let rescaling =
        Rescaling.ofNetwork false (Network.compose [ linear 1; relu; linear 2; relu; linear 3 ])
        |> Law.ok

    let struct (gauge, balance) = Balancing.balanced 1e-9 100 rescaling |> Law.ok
    Law.isTrue $"{balance}" (balance.Imbalance <= 1e-9)
    let struct (again, _) = Balancing.balanced 1e-9 1 (Gauged.owned gauge) |> Law.ok

    for factor in again.Factors do
        Law.isTrue $"{factor}" (abs (Magnitude.log2 factor) <= 1e-8)

/// Layers of 8 units, stretched by chance: as a chain, or as branches that write to one stream. With dead units: in every third layer the
/// first row is zero, in every third the last column.
let private deep layers isResidual hasDead =
    let random = Random 7

    let linear k =
        let rows, columns =
            Array.init 8 (fun _ -> exp (Build.normal random)), Array.init 8 (fun _ -> exp (Build.normal random))

        let numbers =
            Array.init 64 (fun n ->
                let isDead = k % 3 = 0 && n / 8 = 0 || k % 3 = 1 && n % 8 = 7

                if hasDead && isDead then
                    0.0
                else
                    Build.normal random * rows[n / 8] * columns[n % 8])

        Network.linear (Parameter.matrix $"W{k}" 8 8 false 1.0 (Build.values Float64 numbers)) None ""

    let relu = Network.activation Relu ""

    if isResidual then
        Network.compose
            [ linear 0
              for k in 1..2..layers do
                  Network.sum [ Network.identity; Network.compose [ linear k; relu; linear (k + 1) ] ] ""
              linear (layers + 2) ]
    else
        Network.compose
            [ for k in 1..layers do
                  linear k
                  relu
              linear (layers + 1) ]

let private isSettledBy sweep tolerance most isResidual hasDead =
    let sweeps =
        [ 4; 32; 256 ]
        |> List.map (fun layers ->
            let rescaling = Rescaling.ofNetwork false (deep layers isResidual hasDead) |> Law.ok
            let struct (_, balance: Balance) = sweep tolerance 1000 rescaling |> Law.ok
            balance.Sweeps)

    Law.isTrue $"%A{sweeps} sweeps" (List.max sweeps <= most)

[<Theory>]
[<InlineData(false, false)>]
[<InlineData(true, false)>]
[<InlineData(false, true)>]
[<InlineData(true, true)>]
let ``However deep a network is, it is balanced by a few sweeps`` isResidual hasDead =
    isSettledBy Balancing.balanced 1e-6 25 isResidual hasDead

/// Where sums of squares no longer tell one step from the next.
[<Theory>]
[<InlineData(false, false)>]
[<InlineData(true, false)>]
[<InlineData(false, true)>]
[<InlineData(true, true)>]
let ``Balance to the last digits takes a few sweeps more`` isResidual hasDead =
    isSettledBy Balancing.balanced 1e-11 30 isResidual hasDead

[<Theory>]
[<InlineData(false, false)>]
[<InlineData(true, false)>]
[<InlineData(false, true)>]
[<InlineData(true, true)>]
let ``However deep a network is, it is equalized by a few sweeps`` isResidual hasDead =
    isSettledBy Equalization.equalized 1e-6 12 isResidual hasDead

/// Layers that hardly mix their channels: each channel is a chain of its own, whose length a sweep takes a share of that falls with its
/// square.
[<Fact>]
let ``Channels that hardly meet are balanced by sweeps in proportion to depth`` () =
    for layers in [ 8; 16; 32; 64 ] do
        let random = Random 5

        let linear k =
            let numbers =
                Array.init 64 (fun n ->
                    if n % 9 = 0 then
                        exp (0.2 * Build.normal random)
                    else
                        0.001 * Build.normal random)

            Network.linear (Parameter.matrix $"W{k}" 8 8 false 1.0 (Build.values Float64 numbers)) None ""

        let network =
            Network.compose
                [ for k in 1..layers do
                      linear k
                      Network.activation Relu ""
                  linear (layers + 1) ]

        let rescaling = Rescaling.ofNetwork false network |> Law.ok
        let struct (_, balance) = Balancing.balanced 1e-6 1000 rescaling |> Law.ok
        Law.isTrue $"{layers} layers, {balance}" (balance.Imbalance <= 1e-6 && balance.Sweeps <= 4 * layers)

[<Fact>]
let ``In a chain of living units equal ranges are the same from wherever one starts`` () =
    let rescaling = Rescaling.ofNetwork false (deep 12 false false) |> Law.ok

    let weights rescaling =
        let struct (gauge, _) = Equalization.equalized 1e-10 1000 rescaling |> Law.ok
        [ for share in rescaling.Shares -> Gauge.scaled 1 gauge share share.Parameter |> Law.ok ]

    let expected = weights rescaling

    for seed in 1..20 do
        for one, other in weights (Gauged.owned (Gauged.chosen seed 5.0 rescaling)) |> List.zip expected do
            Array.iter2 (fun x y -> Law.isTrue $"{y} instead of {x}" (abs (y - x) <= 1e-8 * abs x)) one other

[<Fact>]
let ``Powers of two leave every output bit`` () =
    Law.forAll Networks.doubles (fun sample ->
        let network = Gauged.prepared sample
        let gauge = Gauge.lossless (Gauged.chosen 3 3.0 (Gauged.losslessly network))
        let rescaled = Gauge.network gauge network

        List.iter2
            (fun (a: Signal) (b: Signal) -> Assert.Equal<float>(a.Data, b.Data))
            (Function.outputs sample.Options false network)
            (Function.outputs sample.Options false rescaled))

[<Fact>]
let ``A gauge reads back as it was written`` () =
    Law.forAll Networks.doubles (fun sample ->
        let rescaling = Gauged.rescaling (Gauged.prepared sample)
        let gauge = Gauged.shuffled 5 3.0 rescaling
        let text = GaugeDocument.write gauge |> Law.ok

        match GaugeDocument.read rescaling text with
        | Ok read ->
            for share in rescaling.Shares do
                Assert.Equal<float>(
                    Gauge.scaled 1 gauge share share.Parameter |> Law.ok,
                    Gauge.scaled 1 read share share.Parameter |> Law.ok
                )
        | Error reason -> Law.fail $"{reason}: {text}")

[<Fact>]
let ``A reconstitution is the network in the gauge between them`` () =
    Law.forAll Networks.sequential (fun sample ->
        let network = Gauged.prepared sample
        let form = Canonical.derive sample.Options network |> Law.ok

        let reconstituted =
            Reconstitution.reconstitute RowNorm Representative.Canonical form.Result
            |> Law.ok

        match Gauge.tryBetween (Numbers()) network reconstituted |> Law.ok with
        | None -> Law.fail "no gauge"
        | Some gauge -> Function.isKept 1e-12 sample.Options sample.Network (Gauge.network gauge network))

[<Fact>]
let ``A stream that an operator reads of which nothing is known is held, whatever it is multiplied with`` () =
    let network =
        "conv(A: 2x2, 1x1) -> sum[conv(B: 2x2, 1x1) -> product[opaque(mystery), id], id] -> conv(C: 2x2, 1x1)"
        |> Parse.network
        |> Law.parsed

    let rescaling = Gauged.rescaling network
    let isFree = Rescaling.isFree rescaling

    for share in rescaling.Shares do
        for channel in share.Rows do
            Law.isTrue $"a row of {share.Parameter} may be rescaled" (not isFree[channel.Class])
