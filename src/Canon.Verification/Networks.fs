namespace Canon.Verification

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra

[<Sealed; AllowNullLiteral(false)>]
type Sample
    private (outline: Outline option, options: CanonicalOptions, network: Lazy<Network>, smaller: unit -> Sample seq) =

    new(outline: Outline) =
        Sample(
            Some outline,
            Build.options outline,
            lazy Build.network None outline,
            fun () -> Cut.outline outline |> Seq.map Sample
        )

    new(options, network, smaller) = Sample(None, options, lazy network, smaller)
    new(options, network) = Sample(options, network, (fun () -> Seq.empty))

    member _.Outline = outline
    member _.Network = network.Value
    member _.Options = options
    member internal _.Smaller = smaller ()

    member private _.RescaledBy(factor: unit -> float) =
        match outline with
        | Some outline -> Build.network (Some factor) outline
        | None -> network.Value

    member x.Rescaled(seed: int) =
        let random = Random seed
        x.RescaledBy(fun () -> exp (Build.normal random))

    member x.RescaledByPowersOfTwo(seed: int) =
        let random = Random seed
        x.RescaledBy(fun () -> 2.0 ** float (random.Next(-5, 6)))

    override _.ToString() =
        String.Join("\n", Picture.inputs options :: Picture.document network.Value)

[<RequireQualifiedAccess>]
module Networks =

    let ofSamples samples =
        Arb.fromGenShrink (samples, (fun (sample: Sample) -> sample.Smaller))

    let ofOutlines outlines =
        ofSamples (Gen.map (fun (outline: Outline) -> Sample outline) outlines)

    let ofProfile profile = ofOutlines (Draw.outline profile)

    let any = ofProfile Profile.everything
    let doubles = ofProfile Profile.doubles

    let singles =
        ofProfile
            { Profile.everything with
                Types = [ Float32 ] }

    let sequential = ofProfile Profile.sequential
    let residual = ofProfile Profile.residual

    let private containing layer =
        ofOutlines (Draw.around Profile.everything (Gen.map List.singleton (layer Profile.everything)))

    let branched = containing Draw.junction
    let gated = containing Draw.gate
    let extreme = ofProfile Profile.extreme
    let degenerate = ofProfile Profile.degenerate

    let rescalable =
        let shrink (sample: Sample, seed: int) =
            sample.Smaller |> Seq.map (fun sample -> sample, seed)

        let outlines = Draw.outline Profile.rescalable
        Arb.fromGenShrink (Gen.zip (Gen.map (fun (o: Outline) -> Sample o) outlines) Draw.seed, shrink)

    let ofSeed (seed: int) (samples: Arbitrary<Sample>) = Draw.ofSeed seed samples.Generator
