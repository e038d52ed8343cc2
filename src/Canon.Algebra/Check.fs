namespace Canon.Algebra

open System
open System.Collections.Generic

[<StructuralEquality; NoComparison>]
type CheckReport =
    { Samples: int
      Seed: int
      MaxRelativeError: float
      RelativeDeviation: float }

[<RequireQualifiedAccess>]
module Check =

    let private signal (random: Random) samples (shape: Shape) at =
        match shape.Channels with
        | Some channels ->
            let space =
                shape.Space |> Option.defaultValue [] |> List.map (Option.defaultValue 1)

            let count =
                List.fold (fun n (size: int) -> n * int64 size) (int64 samples * int64 channels) space

            if count > int64 Array.MaxLength then
                Fail.because (OutOfRange(at, $"{count} numbers are too many to compare on"))

            Signal.create samples space channels (Array.init (int count) (fun _ -> Normal.next random))
        | None -> Fail.because (UnknownWidth at)

    /// The largest entry of an output over all samples, and the largest difference; the sums of their squares.
    [<Struct>]
    type private Peak =
        { Entry: float
          Difference: float
          Squares: float
          Deviation: float }

    let private larger a b =
        if Double.IsNaN a || Double.IsNaN b then nan else max a b

    let private largest start (s: Signal) =
        Array.fold (fun m x -> larger m (abs x)) start s.Data

    let private peak (a: Signal) (b: Signal) =
        { Entry = largest 0.0 a
          Difference = Array.fold2 (fun m x y -> larger m (abs (x - y))) 0.0 a.Data b.Data
          Squares = Array.sumBy (fun x -> x * x) a.Data
          Deviation = Array.fold2 (fun sum x y -> sum + (x - y) * (x - y)) 0.0 a.Data b.Data }

    let private ratio difference whole =
        if difference = 0.0 then 0.0
        elif whole = 0.0 then infinity
        else difference / whole

    let private numbersPerGroup = 1L <<< 18

    let compareWith
        (numbers: Numbers)
        (yardstick: Network option)
        beforeLayer
        (options: CanonicalOptions)
        rounded
        samples
        seed
        original
        rewritten
        =
        Fail.guard (fun () ->
            let input =
                match Option.orElse (Shape.inputChannels original) options.Input.Channels with
                | Some channels ->
                    { options.Input with
                        Channels = Some channels }
                | None when not options.Wires.IsEmpty -> Shape.vector 1
                | None -> Fail.because (UnknownWidth "input")

            let run rounded first count wires input network =
                let seen = List<Signal>()
                let mutable opaqueNodes = 0

                let opaque (node: OpaqueNode) (inputs: Signal list) =
                    seen.AddRange inputs
                    opaqueNodes <- opaqueNodes + 1
                    let like = inputs |> List.tryHead |> Option.defaultValue input

                    let shape =
                        match Map.tryFind (node.Label.Text, node.Output) options.Opaque with
                        | Some shape -> shape
                        | None ->
                            { Channels = Some(defaultArg node.Channels like.Channels)
                              Space = node.Space |> Option.orElse (Some(List.map Some like.Space)) }

                    signal (Random(seed + 7919 * first + opaqueNodes)) count shape node.Name

                let evaluation =
                    { Rounded = rounded
                      Precision = Precision.Double
                      Opaque = opaque
                      BeforeLayer = beforeLayer }

                let outputs = Evaluate.run numbers evaluation wires input network |> Fail.value
                List.ofSeq seen @ outputs

            // Large inputs are compared a few samples at a time: what enters opaque nodes is held until it is compared, and signals
            // between layers, which may be many times as large as the input, ought to stay in the caches.
            let size (shape: Shape) =
                int64 (defaultArg shape.Channels 1) * int64 (defaultArg shape.Positions 1)

            let perSample = size input + (options.Wires.Values |> Seq.sumBy size)
            let group = int (Math.Clamp(numbersPerGroup / perSample, 1L, int64 samples))
            let random = Random(seed)

            let peaks =
                [ for first in 0..group .. samples - 1 do
                      let count = min group (samples - first)

                      let wires =
                          options.Wires |> Map.map (fun wire shape -> signal random count shape wire)

                      let input = signal random count input "input"
                      // Powers of two commute with rounding: both sides round alike, to the last bit.
                      let both = rounded && GainDefinition.isPowerOfTwo options.Definition
                      let expected = run both first count wires input original
                      let actual = run rounded first count wires input rewritten

                      // Against what the yardstick yields where that is larger.
                      let raised (peaks: Peak list) =
                          match yardstick with
                          | None -> peaks
                          | Some network ->
                              run false first count wires input network
                              |> List.map2
                                  (fun peak (yard: Signal) ->
                                      { peak with
                                          Entry = largest peak.Entry yard })
                                  peaks

                      if expected.Length = actual.Length then
                          raised (List.map2 peak expected actual)
                      else
                          expected
                          |> List.map (fun _ ->
                              { Entry = 0.0
                                Difference = infinity
                                Squares = 0.0
                                Deviation = infinity }) ]

            let overAll a b =
                { Entry = larger a.Entry b.Entry
                  Difference = larger a.Difference b.Difference
                  Squares = a.Squares + b.Squares
                  Deviation = a.Deviation + b.Deviation }

            let outputs = List.reduce (List.map2 overAll) peaks

            let largest figure =
                List.fold (fun m peak -> larger m (figure peak)) 0.0 outputs

            { Samples = samples
              Seed = seed
              MaxRelativeError = largest (fun peak -> ratio peak.Difference peak.Entry)
              RelativeDeviation = largest (fun peak -> Math.Sqrt(ratio peak.Deviation peak.Squares)) })

    let compareWatched beforeLayer options rounded samples seed original rewritten =
        compareWith (Numbers()) None beforeLayer options rounded samples seed original rewritten

    let compare options rounded samples seed original rewritten =
        compareWatched ignore options rounded samples seed original rewritten
