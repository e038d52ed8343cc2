namespace Canon.Verification

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Algebra.Rules

/// A network to try a rule on: a sample, and how many moves of the catalog are made on it first, so that unit rows, joined and
/// relative gains, and thresholds occur. Moves follow from the seed.
type internal Case =
    { Sample: Sample
      Moves: int
      Chance: int
      Shrink: Sample -> Sample seq }

[<RequireQualifiedAccess>]
module internal Cases =

    let private rules =
        Catalog.all
        @ (GainDefinition.all
           |> List.tail
           |> List.collect (fun definition -> Absorption.absorb definition :: Decomposition.all definition))
        |> List.toArray

    /// A rule of the catalog, fired somewhere; places where none fires are passed over, a few at most.
    let private move (random: Random) options network =
        let places = Places.all options network |> Seq.toArray

        let fired (here: Here) =
            let first = random.Next rules.Length

            seq { 0 .. rules.Length - 1 }
            |> Seq.tryPick (fun k ->
                match rules[(first + k) % rules.Length].Apply here.Terms with
                | Fired rewrite -> Some(here.Rebuilt(rewrite.Produced @ List.skip rewrite.Consumed here.Terms))
                | NoMatch
                | Refused _ -> None)

        if places.Length = 0 then
            network
        else
            seq { 1..6 }
            |> Seq.tryPick (fun _ -> fired places[random.Next places.Length])
            |> Option.defaultValue network

    /// The network with its sizes filled in, after the moves; None when it is not well shaped.
    let network (case: Case) =
        match Canonical.prepare case.Sample.Options case.Sample.Network with
        | Error _ -> None
        | Ok network ->
            let random = Random case.Chance
            Some(List.fold (fun network _ -> move random case.Sample.Options network) network [ 1 .. case.Moves ])

    /// Networks of every kind, and such as have two terms beside each other that are rare otherwise.
    let private ours =
        let profile = Profile.doubles
        let rare = { profile with Unusual = false }

        let any =
            Gen.oneof
                [ Gen.map Fully (Draw.dense profile)
                  Draw.phi profile
                  Draw.slopes
                  Draw.bounds profile
                  Draw.normalization
                  Gen.map BatchNormed Draw.seed
                  Gen.map Shifted Draw.seed
                  Draw.junction profile
                  Draw.gate profile
                  Gen.map2 (fun body join -> Skip(body, join)) (Draw.layers profile 0 0 2) (Draw.join profile) ]

        let pair =
            Gen.frequency [ 1, Gen.listOfLength 2 any; 1, Gen.listOfLength 2 (Draw.phi profile) ]

        let flattened =
            Gen.map2
                (fun outline behind ->
                    { outline with
                        Space = [ 2 ]
                        Flat = Some behind })
                (Draw.outline rare)
                (Draw.layers rare 1 0 2)

        [ 3, Draw.withScales (Draw.outline Profile.everything)
          1, Draw.outline Profile.everything
          2, Draw.around profile pair
          3, Draw.withScales (Draw.around profile pair)
          1, Draw.withScales flattened
          1, Draw.withScales (Draw.outline Profile.degenerate) ]
        |> Gen.frequency
        |> Networks.ofOutlines

    let private gen (redexes: Arbitrary<Sample> option) =
        gen {
            let! samples =
                match redexes with
                | Some redexes -> Gen.elements [ ours; redexes ]
                | None -> Gen.constant ours

            let! size = Gen.choose (0, 60)
            let! sample = Gen.resize size samples.Generator
            let! moves = Gen.frequency [ 1, Gen.constant 0; 1, Gen.choose (1, 10) ]
            let! chance = Draw.seed

            return
                { Sample = sample
                  Moves = moves
                  Chance = chance
                  Shrink = samples.Shrinker }
        }

    /// The case of a seed.
    let draw redexes =
        let cases = gen redexes
        fun seed -> Draw.ofSeed seed cases

    /// Smaller cases.
    let smaller (case: Case) =
        seq {
            for moves in List.distinct [ 0; case.Moves / 2; case.Moves - 1 ] do
                if moves >= 0 && moves < case.Moves then
                    yield { case with Moves = moves }

            for sample in case.Shrink case.Sample do
                yield { case with Sample = sample }
        }
