namespace Canon.Properties

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
    member _.Rescaled seed = Build.network (Some(Random(seed: int))) spec

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
    { Branching: bool
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
      Types: ElementType list }

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

    let residual = { rescalable with UserScales = false; Positions = false; HigherDegrees = false; Barriers = false }

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

    let slopes = Gen.map2 (fun each seed -> Slopes(each, seed)) (Gen.elements [ true; false ]) seed

    let rec layer profile depth =
        let inner = layers profile (depth - 1) 0 2
        let branches least = few least 3 (branch profile (depth - 1))

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
            let! tail = if profile.UserScales then Gen.frequency [ 3, Gen.constant []; 1, scale profile ] else Gen.constant []

            return
                { Layers = layers
                  Closing = closing
                  Tail = tail }
        }

    and layers profile depth least most : Gen<Layer list> =
        if depth < 0 then Gen.constant [] else Gen.delay (fun () -> few least most (layer profile depth))

    let spec profile =
        let sized =
            gen {
                let! size = Gen.sized Gen.constant
                let! input = width
                let! elementType = Gen.elements profile.Types
                let! positions = if profile.Positions then Gen.frequency [ 3, Gen.constant 1; 1, Gen.choose (2, 3) ] else Gen.constant 1
                let! first = layers profile 2 1 (2 + size / 20)
                // A named input has the positions of the start.
                let behind = { profile with Unusual = false }
                let! flat =
                    if positions > 1 then
                        Gen.optionOf (layers behind 1 0 2)
                    else
                        Gen.constant None

                let! outputs =
                    if profile.Unusual then
                        Gen.frequency [ 4, Gen.constant []; 1, few 1 3 (layers (if flat.IsSome then behind else profile) 1 0 2) ]
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
module Cut =

    /// One element left out, or cut.
    let list cut xs =
        seq {
            for i in 0 .. List.length xs - 1 do
                yield List.removeAt i xs

            for i, x in List.indexed xs do
                for smaller in cut x do
                    yield List.updateAt i smaller xs
        }

    let private kept cut xs = list cut xs |> Seq.filter (List.isEmpty >> not)

    let dense (d: Dense) =
        seq {
            if d.Width > 1 then
                yield { d with Width = d.Width - 1 }
            if d.Bias then
                yield { d with Bias = false }
            if d.Transposed then
                yield { d with Transposed = false }
            if d.Factor <> 1.0 then
                yield { d with Factor = 1.0 }
            if d.Rows <> [ Ordinary ] then
                yield { d with Rows = [ Ordinary ] }
                for rows in list (fun _ -> Seq.empty) d.Rows do
                    yield { d with Rows = rows }
            match d.Palette with
            | Normal ->
                yield { d with Palette = Ones }
                yield { d with Palette = Integers }
            | Integers -> yield { d with Palette = Ones }
            | Ones -> ()
            if d.Seed > 9 then
                yield { d with Seed = d.Seed / 10 }
        }

    let private narrower wrap width branches =
        if width > 1 then Seq.singleton (wrap (width - 1, branches)) else Seq.empty

    let rec layer l : Layer seq =
        match l with
        | Fully d -> dense d |> Seq.map Fully
        | UnitRowsOf d -> Seq.append [ Fully d ] (dense d |> Seq.map UnitRowsOf)
        | Phi Relu -> Seq.empty
        | Phi _
        | Bounds _ -> Seq.singleton (Phi Relu)
        | Slopes(each, seed) ->
            seq {
                yield Phi Relu
                if each then
                    yield Slopes(false, seed)
            }
        | User entries -> kept (fun _ -> Seq.empty) entries |> Seq.map User
        | UnitScale
        | Aside -> Seq.empty
        | Residual branches -> kept branch branches |> Seq.map Residual
        | Summed(width, branches) -> Seq.append (narrower Summed width branches) (kept branch branches |> Seq.map (fun b -> Summed(width, b)))
        | Gated(width, branches) -> Seq.append (narrower Gated width branches) (kept branch branches |> Seq.map (fun b -> Gated(width, b)))
        | Parallel branches -> kept layers branches |> Seq.map Parallel
        | Skip(body, join) ->
            seq {
                yield! layers body |> Seq.map (fun body -> Skip(body, join))
                match join with
                | Add d -> yield! dense d |> Seq.map (fun d -> Skip(body, Add d))
                | AppendTwice -> yield Skip(body, Append)
                | Append
                | Return -> ()
            }
        | Mystery(width, inputs) ->
            Seq.append (narrower Mystery width inputs) (kept layers inputs |> Seq.map (fun i -> Mystery(width, i)))

    and branch b =
        seq {
            yield! layers b.Layers |> Seq.map (fun l -> { b with Layers = l })
            yield! dense b.Closing |> Seq.map (fun d -> { b with Closing = d })
            if not b.Tail.IsEmpty then
                yield { b with Tail = [] }
        }

    /// Fewer layers, simpler layers, or what is inside a layer instead of it.
    and layers ls : Layer list seq =
        let inside l =
            match l with
            | Residual branches
            | Summed(_, branches)
            | Gated(_, branches) -> branches |> List.map _.Layers
            | Parallel branches
            | Mystery(_, branches) -> branches
            | Skip(body, _) -> [ body ]
            | Fully _
            | UnitRowsOf _
            | Phi _
            | Slopes _
            | Bounds _
            | User _
            | UnitScale
            | Aside -> []

        seq {
            yield! list layer ls

            for i, l in List.indexed ls do
                for body in inside l do
                    yield List.take i ls @ body @ List.skip (i + 1) ls
        }

    let spec (s: Spec) =
        seq {
            if not s.Outputs.IsEmpty then
                yield { s with Outputs = [] }
            yield! layers s.Layers |> Seq.map (fun l -> { s with Layers = l })
            match s.Flat with
            | None -> ()
            | Some inner ->
                if s.Outputs.IsEmpty then
                    yield { s with Flat = None }
                yield! layers inner |> Seq.map (fun l -> { s with Flat = Some l })
            yield! list layers s.Outputs |> Seq.map (fun o -> { s with Outputs = o })
            if s.Input > 1 then
                yield { s with Input = s.Input - 1 }
            if s.Positions > 1 then
                yield { s with Positions = s.Positions - 1 }
            if s.Type <> Float64 then
                yield { s with Type = Float64 }
        }

[<RequireQualifiedAccess>]
module Networks =

    let arbitrary specs =
        Arb.fromGenShrink (Gen.map Sample specs, fun (sample: Sample) -> Cut.spec sample.Spec |> Seq.map Sample)

    let ofProfile profile = arbitrary (Draw.spec profile)

    /// Networks whose first layer can take a gain.
    let beginningWithLayer profile =
        let first (dense: Dense) (spec: Spec) = { spec with Layers = Fully dense :: spec.Layers }
        arbitrary (Gen.map2 first (Draw.dense profile) (Draw.spec profile))

    let any = ofProfile Profile.everything
    let doubles = ofProfile Profile.doubles
    let singles = ofProfile { Profile.everything with Types = [ Float32 ] }
    let sequential = ofProfile Profile.sequential
    let residual = ofProfile Profile.residual
    let extreme = ofProfile Profile.extreme

    /// A network and the seed of a rescaling of it.
    let rescalable =
        let shrink (sample: Sample, seed: int) =
            Cut.spec sample.Spec |> Seq.map (fun spec -> Sample spec, seed)

        Arb.fromGenShrink (Gen.zip (Gen.map Sample (Draw.spec Profile.rescalable)) Draw.seed, shrink)
