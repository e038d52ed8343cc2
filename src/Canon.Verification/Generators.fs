namespace Canon.Verification

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra

/// A network drawn by chance, with its outline, so that it can be shrunk. Prints in arrow notation with its parameters.
[<Sealed; AllowNullLiteral(false)>]
type Sample(spec: Spec) =
    let network = lazy Build.network None spec

    member _.Spec = spec
    member _.Network = network.Value
    member _.Options = Build.options spec
    member _.Parts = Network.parts network.Value

    /// The same function with its hidden channels rescaled.
    member _.Rescaled seed =
        Build.network (Some(Random(seed: int))) spec

    override _.ToString() =
        let numbers (p: Parameter) =
            match Numbers().Dense(Affine.ofParameters p None) with
            | Ok entries when entries.Length <= 16 -> sprintf "%A" (Array.toList entries)
            | Ok _ -> "…"
            | Error error -> error.Message

        let entries =
            Traversal.parameters network.Value
            |> List.map (fun p ->
                let transposed = if p.Transposed then ", transposed" else ""
                $"  {p.Name}: {p.Rows.Value}x{p.Columns.Value}{transposed}, factor {p.Factor}, {numbers p}")

        $"{Print.withShapes network.Value}\n  input {spec.Input} channels, {spec.Positions} positions, {spec.Type}"
        + String.Join("\n", "" :: entries)

/// What may occur in the networks that are drawn.
type Profile =
    {
        Branching: bool
        Barriers: bool
        HigherDegrees: bool
        /// Clips that do not keep 0 at 0.
        OddBounds: bool
        UserScales: bool
        /// User scales with zeros.
        Blocking: bool
        /// Rows of zeros.
        ZeroRows: bool
        Biases: bool
        ExtremeRows: bool
        Positions: bool
        /// Named inputs, opaque terms, unit rows given from the start, several outputs.
        Unusual: bool
        Types: ElementType list
    }

[<RequireQualifiedAccess>]
module Profile =

    let everything =
        { Branching = true
          Barriers = true
          HigherDegrees = true
          OddBounds = true
          UserScales = true
          Blocking = true
          ZeroRows = true
          Biases = true
          ExtremeRows = false
          Positions = true
          Unusual = true
          Types = [ Float64; Float32 ] }

    let doubles = { everything with Types = [ Float64 ] }

    /// What every rescaling reaches: no zeros in user scales, which stop a sum from being factored.
    let rescalable =
        { doubles with
            Blocking = false
            OddBounds = false
            Unusual = false }

    let residual =
        { rescalable with
            UserScales = false
            Positions = false
            HigherDegrees = false
            Barriers = false }

    /// Chains of layers and activations of degree 1.
    let sequential = { residual with Branching = false }

    let extreme = { sequential with ExtremeRows = true }

[<RequireQualifiedAccess>]
module Draw =

    let seed = Gen.choose (0, 1_000_000)
    let width = Gen.choose (1, 4)

    let private few least most element =
        gen {
            let! n = Gen.choose (least, most)
            return! Gen.listOfLength n element
        }

    let dense profile =
        gen {
            let! width = width
            let! bias = Gen.elements [ profile.Biases; false ]
            let! seed = seed
            let! palette = Gen.frequency [ 6, Gen.constant Normal; 1, Gen.constant Integers; 1, Gen.constant Ones ]
            let! transposed = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
            let! factor = Gen.frequency [ 4, Gen.constant 1.0; 1, Gen.elements [ -1.0; 0.5; -2.0; 0.3 ] ]

            let kinds =
                [ 6, Gen.constant Ordinary
                  1, Gen.constant Sparse
                  if profile.ZeroRows then
                      1, Gen.constant Dead
                      1, Gen.constant Constant
                  if profile.ExtremeRows then
                      3, Gen.map Extreme (Gen.choose (-150, 150)) ]

            let! rows = few 1 4 (Gen.frequency kinds)

            return
                { Width = width
                  Bias = bias
                  Rows = rows
                  Palette = palette
                  Seed = seed
                  Transposed = transposed
                  Factor = factor }
        }

    let positive = few 1 3 (Gen.elements [ 0.25; 0.7; 1.0; 1.5; 3.0 ])

    let scale profile =
        if profile.Blocking then
            Gen.frequency [ 3, positive; 1, few 1 3 (Gen.elements [ 0.0; 0.5; 2.0 ]) ]
        else
            positive

    let phi profile =
        Gen.elements
            [ Relu
              Relu
              LeakyRelu 0.1
              LeakyRelu -0.5
              Abs
              if profile.HigherDegrees then
                  Square
                  ReluSquared
              if profile.Barriers then
                  Sigmoid
                  Tanh
                  Softmax ]
        |> Gen.map Phi

    let bounds profile =
        Gen.elements
            [ 0.0, 6.0
              -1.0, 1.0
              0.0, 0.5
              -2.0, infinity
              -infinity, 1.0
              if profile.OddBounds then
                  1.0, 3.0
                  -2.0, -0.5 ]
        |> Gen.map Bounds

    let slopes =
        Gen.map2 (fun each seed -> Slopes(each, seed)) (Gen.elements [ true; false ]) seed

    let rec layer profile depth =
        let inner = layers profile (depth - 1) 0 2

        let branches least =
            few least 3 (branch profile (depth - 1))

        Gen.frequency
            [ 8, Gen.map Fully (dense profile)
              6, phi profile
              2, slopes
              2, bounds profile
              if profile.UserScales then
                  2, Gen.map User (scale profile)
              if profile.Unusual then
                  1, Gen.map UnitRowsOf (dense profile)
                  1, Gen.constant UnitScale
                  1, Gen.constant Aside

                  if depth > 0 then
                      1, Gen.map2 (fun w inputs -> Mystery(w, inputs)) width (few 1 2 inner)
              if profile.Branching && depth > 0 then
                  3, Gen.map Residual (branches 1)
                  1, Gen.map2 (fun w b -> Summed(w, b)) width (branches 1)
                  1, Gen.map2 (fun w b -> Gated(w, b)) width (branches 1)
                  2, Gen.map Parallel (few 1 3 inner)
                  2, Gen.map2 (fun body join -> Skip(body, join)) inner (join profile) ]

    and join profile =
        Gen.frequency
            [ 2, Gen.constant Append
              1, Gen.constant AppendTwice
              2, Gen.map Add (dense profile)
              1, Gen.constant Return ]

    and branch profile depth =
        gen {
            let! layers = layers profile depth 0 2
            let! closing = dense profile

            let! tail =
                if profile.UserScales then
                    Gen.frequency [ 3, Gen.constant []; 1, scale profile ]
                else
                    Gen.constant []

            return
                { Layers = layers
                  Closing = closing
                  Tail = tail }
        }

    and layers profile depth least most : Gen<Layer list> =
        if depth < 0 then
            Gen.constant []
        else
            Gen.delay (fun () -> few least most (layer profile depth))

    let spec profile =
        let sized =
            gen {
                let! size = Gen.sized Gen.constant
                let! input = width
                let! elementType = Gen.elements profile.Types

                let! positions =
                    if profile.Positions then
                        Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 3) ]
                    else
                        Gen.constant 1

                let! first = layers profile 2 1 (2 + size / 20)
                // A named input has the positions of the start.
                let behind = { profile with Unusual = false }
                let! flat = if positions > 1 then Gen.optionOf (layers behind 1 0 2) else Gen.constant None

                let! outputs =
                    if profile.Unusual then
                        Gen.frequency
                            [ 4, Gen.constant []
                              1, few 1 3 (layers (if flat.IsSome then behind else profile) 1 0 2) ]
                    else
                        Gen.constant []

                return
                    { Input = input
                      Positions = positions
                      Type = elementType
                      Layers = first
                      Flat = flat
                      Outputs = outputs }
            }

        sized

[<RequireQualifiedAccess>]
module Networks =

    let arbitrary specs =
        Arb.fromGenShrink (Gen.map Sample specs, fun (sample: Sample) -> Cut.spec sample.Spec |> Seq.map Sample)

    let ofProfile profile = arbitrary (Draw.spec profile)

    /// Networks whose first layer can take a gain.
    let beginningWithLayer profile =
        let first (dense: Dense) (spec: Spec) =
            { spec with
                Layers = Fully dense :: spec.Layers }

        arbitrary (Gen.map2 first (Draw.dense profile) (Draw.spec profile))

    let any = ofProfile Profile.everything
    let doubles = ofProfile Profile.doubles

    let singles =
        ofProfile
            { Profile.everything with
                Types = [ Float32 ] }

    let sequential = ofProfile Profile.sequential
    let residual = ofProfile Profile.residual
    let extreme = ofProfile Profile.extreme

    /// A network and the seed of a rescaling of it.
    let rescalable =
        let shrink (sample: Sample, seed: int) =
            Cut.spec sample.Spec |> Seq.map (fun spec -> Sample spec, seed)

        Arb.fromGenShrink (Gen.zip (Gen.map Sample (Draw.spec Profile.rescalable)) Draw.seed, shrink)
