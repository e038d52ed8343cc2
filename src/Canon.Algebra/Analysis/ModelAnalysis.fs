namespace Canon.Algebra.Analysis

open Canon.Algebra

[<NoEquality; NoComparison>]
type AnalysisOptions =
    { Canonical: CanonicalOptions
      Simplify: SimplifyOptions
      SpectralNorms: bool
      Points: int
      Seed: int
      Watch: unit -> unit }

[<NoEquality; NoComparison>]
type ModelAnalysis =
    { Derivation: Derivation
      Gain: Result<GlobalGain, NetworkError>
      Layers: LayerReport list
      Branches: BranchReport list
      PathNorm1: Result<PathNorm, NetworkError>
      PathNorm2: Result<PathNorm, NetworkError>
      Lipschitz: LipschitzBound
      Sampled: Result<SampledLipschitz, NetworkError>
      Units: Simplified
      Ranges: TensorRange list }

[<RequireQualifiedAccess>]
module ModelAnalysis =

    let options =
        { Canonical = Canonical.options
          Simplify = Simplify.options
          SpectralNorms = true
          Points = 8
          Seed = 1
          Watch = ignore }

    let private notAsked figure =
        Error(NoFigure(figure, "they were not asked for"))

    let private gain numbers canonical =
        if GlobalGain.finalGains canonical |> List.exists _.IsOne then
            Error(NoFigure("output", "no gain is there: no scale reaches it"))
        else
            GlobalGain.ofCanonical numbers canonical

    /// The biases that count in the gain.
    let rec private biases definition =
        match definition with
        | RowNorm -> OfConstantUnits
        | Augmented -> OfAllUnits
        | PowerOfTwo inner -> biases inner

    let ofNetwork (options: AnalysisOptions) network =
        Fail.guard (fun () ->
            let numbers = Numbers()
            let canonical = options.Canonical
            let derivation = Canonical.derive canonical network |> Fail.value

            let pathNorm q =
                PathNorm.compute numbers canonical (biases canonical.Definition) q network

            { Derivation = derivation
              Layers = Layers.reports numbers derivation.Result |> Fail.value
              Branches = Layers.branches numbers derivation.Result |> Fail.value
              Gain = gain numbers derivation.Result
              PathNorm1 = pathNorm 1.0
              PathNorm2 = pathNorm 2.0
              Lipschitz =
                if options.SpectralNorms then
                    Lipschitz.bound numbers options.Watch canonical network |> Fail.value
                else
                    { Layers = []
                      Bound = notAsked "spectral norms" }
              Sampled =
                if options.Points > 0 then
                    SampledLipschitz.run numbers options.Watch canonical options.Points options.Seed network
                else
                    notAsked "difference quotients"
              Units = Simplify.network options.Simplify numbers network |> Fail.value
              Ranges = TensorRanges.ofNetwork network |> Fail.value })
