namespace Canon.Verification

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra

type Profile =
    { Branching: bool
      Barriers: bool
      Norms: bool
      HigherDegrees: bool
      OddBounds: bool
      UserScales: bool
      Blocking: bool
      ZeroRows: int
      Biases: bool
      Powers: int
      Diagonals: bool
      Space: bool
      Unusual: bool
      Widest: int
      Types: ElementType list }

[<RequireQualifiedAccess>]
module Profile =

    let everything =
        { Branching = true
          Barriers = true
          Norms = true
          HigherDegrees = true
          OddBounds = true
          UserScales = true
          Blocking = true
          ZeroRows = 1
          Biases = true
          Powers = 0
          Diagonals = true
          Space = true
          Unusual = true
          Widest = 4
          Types = [ Float64; Float32 ] }

    let doubles = { everything with Types = [ Float64 ] }

    let rescalable =
        { doubles with
            Blocking = false
            OddBounds = false
            Unusual = false }

    let residual =
        { rescalable with
            UserScales = false
            Diagonals = false
            Space = false
            HigherDegrees = false
            Barriers = false
            Norms = false }

    let sequential = { residual with Branching = false }

    let extreme = { sequential with Powers = 150 }

    let degenerate =
        { doubles with
            HigherDegrees = false
            ZeroRows = 4
            Powers = 20
            Widest = 2 }

[<RequireQualifiedAccess>]
module Draw =

    let seed = Gen.choose (0, 1_000_000)
    let width profile = Gen.choose (1, profile.Widest)

    let private few least most element =
        gen {
            let! n = Gen.choose (least, most)
            return! Gen.listOfLength n element
        }

    let dense profile =
        gen {
            let! width = width profile
            let! bias = Gen.elements [ profile.Biases; false ]
            let! seed = seed
            let! palette = Gen.frequency [ 6, Gen.constant Normal; 1, Gen.constant Integers; 1, Gen.constant Ones ]
            let! transposed = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
            let! factor = Gen.frequency [ 4, Gen.constant 1.0; 1, Gen.elements [ -1.0; 0.5; -2.0; 0.3 ] ]

            let kinds =
                [ 6, Gen.constant Ordinary
                  1, Gen.constant Sparse
                  if profile.ZeroRows > 0 then
                      profile.ZeroRows, Gen.constant Dead
                      profile.ZeroRows, Gen.constant Constant
                  if profile.Powers > 0 then
                      3, Gen.map Extreme (Gen.choose (-profile.Powers, profile.Powers)) ]

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

    let geometry =
        gen {
            let! kernel = Gen.choose (1, 3)
            let! stride = Gen.frequency [ 3, Gen.constant 1; 1, Gen.constant 2 ]
            let! dilation = Gen.frequency [ 4, Gen.constant 1; 1, Gen.constant 2 ]
            let! before = Gen.choose (0, kernel - 1)
            let! after = Gen.choose (0, kernel - 1)
            let! same = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]

            return
                { Kernel = kernel
                  Stride = stride
                  Dilation = dilation
                  Before = before
                  After = after
                  Same = same }
        }

    let convolution profile =
        gen {
            let! dense = dense profile
            let! geometry = geometry
            let! groups = Gen.elements [ 1; 1; 2; 3 ]
            let! transposed = Gen.frequency [ 3, Gen.constant false; 1, Gen.constant true ]
            return Convolved(dense, geometry, groups, transposed)
        }

    let region profile =
        let pooling =
            Gen.elements
                [ Pooling.Maximum
                  Pooling.Maximum
                  Pooling.Minimum
                  Pooling.Mean false
                  Pooling.Mean true
                  Pooling.Total
                  Pooling.Norm 1
                  Pooling.Norm 2
                  Pooling.Norm 3
                  if profile.HigherDegrees then
                      Pooling.SumOfSquares ]

        let edge =
            Gen.elements [ Edge.Zeros; Edge.Zeros; Edge.Nearest; Edge.Mirrored; Edge.Wrapped ]

        let interpolation =
            Gen.elements
                [ Interpolation.NearestFirst
                  Interpolation.NearestLast
                  Interpolation.NearestBefore
                  Interpolation.NearestBehind
                  Interpolation.Linear
                  Interpolation.Linear
                  Interpolation.Cubic -0.75 ]

        let alignment =
            Gen.elements
                [ Alignment.HalfPixel
                  Alignment.HalfPixelOrFirst
                  Alignment.HalfPixelSymmetric
                  Alignment.Corners
                  Alignment.Origin ]

        Gen.frequency
            [ 4,
              Gen.map3 (fun pooling g ceil -> Pooled(pooling, g, ceil)) pooling geometry (Gen.elements [ true; false ])
              2, Gen.map2 (fun pooling keep -> Reduced(pooling, keep)) pooling (Gen.elements [ true; false ])
              3, Gen.map3 (fun b a edge -> Padded(b, a, edge)) (Gen.choose (0, 2)) (Gen.choose (0, 2)) edge
              3, Gen.map2 (fun first step -> Cropped(first, step)) (Gen.choose (0, 2)) (Gen.choose (1, 2))
              2,
              Gen.map3
                  (fun i a factor -> Resized(i, a, factor))
                  interpolation
                  alignment
                  (Gen.elements [ 0.6; 1.5; 2.0 ]) ]
        |> Gen.map OnSpace

    let order profile =
        Gen.oneof
            [ Gen.map Shuffled (Gen.choose (2, 3))
              Gen.constant Swapped
              Gen.map2 (fun first step -> Part(first, step)) (Gen.choose (0, 2)) (Gen.choose (1, 2))
              Gen.constant PositionsToChannels
              if profile.Barriers then
                  Gen.constant ChannelsToPositions ]
        |> Gen.map Reordered

    let normalization =
        Gen.elements [ LayerNorm; RmsNorm; InstanceNorm; GroupNorm 2 ] |> Gen.map Normed

    let rec private layer profile depth =
        let inner = layers profile (depth - 1) 0 2

        let branches least =
            few least 3 (branch profile (depth - 1))

        Gen.frequency
            [ 8, Gen.map Fully (dense profile)
              6, phi profile
              2, slopes
              2, bounds profile
              if profile.Space then
                  5, convolution profile
                  5, region profile
                  1, order profile
                  1, Gen.map2 (fun d e -> Excited(d, e)) (dense profile) (dense profile)

                  if profile.Norms then
                      1, normalization
              if profile.Diagonals then
                  2, Gen.map BatchNormed seed
                  1, Gen.map Shifted seed
              if profile.UserScales then
                  2, Gen.map User (scale profile)
              if profile.Unusual then
                  1, Gen.map UnitRowsOf (dense profile)
                  1, Gen.constant UnitScale
                  1, Gen.constant Aside

                  if depth > 0 then
                      1, Gen.map2 (fun w inputs -> Mystery(w, inputs)) (width profile) (few 1 2 inner)
              if profile.Branching && depth > 0 then
                  3, Gen.map Residual (branches 1)
                  1, Gen.map2 (fun w b -> Summed(w, b)) (width profile) (branches 1)
                  1, Gen.map2 (fun w b -> Gated(w, b)) (width profile) (branches 1)
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

    let junction profile =
        let branches = few 2 3 (branch profile 1)

        Gen.oneof
            [ Gen.map Residual branches
              Gen.map2 (fun w b -> Summed(w, b)) (width profile) branches
              Gen.map Parallel (few 2 3 (layers profile 1 0 2)) ]

    let gate profile =
        Gen.map2 (fun w b -> Gated(w, b)) (width profile) (few 2 3 (branch profile 1))

    let outline profile =
        gen {
            let! size = Gen.sized Gen.constant
            let! input = width profile
            let! elementType = Gen.elements profile.Types

            let! space =
                if profile.Space then
                    Gen.frequency
                        [ 2, Gen.constant []
                          2, Gen.choose (1, 5) |> Gen.map List.singleton
                          1, Gen.listOfLength 2 (Gen.choose (1, 4)) ]
                else
                    Gen.constant []

            let! first = layers profile 2 1 (2 + size / 20)
            // A named input has the positions of the start.
            let behind = { profile with Unusual = false }
            let! flat = if space.IsEmpty then Gen.constant None else Gen.optionOf (layers behind 1 0 2)

            let! outputs =
                if profile.Unusual then
                    Gen.frequency
                        [ 4, Gen.constant []
                          1, few 1 3 (layers (if flat.IsSome then behind else profile) 1 0 2) ]
                else
                    Gen.constant []

            return
                { Input = input
                  Space = space
                  Type = elementType
                  Layers = first
                  Flat = flat
                  Outputs = outputs }
        }

    let beginning profile first =
        Gen.map2
            (fun first (outline: Outline) ->
                { outline with
                    Layers = first @ outline.Layers })
            first
            (outline profile)

    let around profile middle =
        beginning profile (Gen.map2 (@) (layers profile 1 0 2) middle)

    let private strewn (random: Random) outline =
        let entries = [| 0.0; 0.25; 0.7; 1.5; 2.0; 3.0 |]
        let chance oneOf = random.Next oneOf = 0

        let scale () =
            // A scale with a zero stops much behind it: seldom.
            let least = if chance 6 then 0 else 1
            List.init (1 + random.Next 2) (fun _ -> entries[random.Next(least, entries.Length)])

        let rec layers ls =
            List.collect (fun l -> between () @ [ layer l ]) ls @ between ()

        and between () =
            if chance 3 then [ User(scale ()) ]
            elif chance 12 then [ UnitScale ]
            else []

        and layer l =
            match l with
            | Residual branches -> Residual(List.map branch branches)
            | Summed(width, branches) -> Summed(width, List.map branch branches)
            | Gated(width, branches) -> Gated(width, List.map branch branches)
            | Parallel branches -> Parallel(List.map layers branches)
            | Skip(body, join) -> Skip(layers body, join)
            | Mystery(width, inputs) -> Mystery(width, List.map layers inputs)
            | Fully _
            | Convolved _
            | UnitRowsOf _
            | Phi _
            | Slopes _
            | Bounds _
            | User _
            | UnitScale
            | OnSpace _
            | Reordered _
            | Normed _
            | BatchNormed _
            | Shifted _
            | Excited _
            | Aside -> l

        and branch b =
            { b with
                Layers = layers b.Layers
                Tail = (if chance 2 then scale () else b.Tail) }

        { outline with
            Layers = layers outline.Layers
            Flat = Option.map layers outline.Flat
            Outputs = List.map layers outline.Outputs }

    let withScales outline =
        Gen.map2 (fun seed outline -> strewn (Random(seed: int)) outline) seed outline

    let ofSeed (seed: int) gen =
        (Gen.sampleWithSeed (Rnd(uint64 seed)) 50 1 gen)[0]
