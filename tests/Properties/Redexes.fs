namespace Canon.Properties

open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification

/// Networks on which a rule fires, by the rule's name.
[<RequireQualifiedAccess>]
module Redexes =

    let private profile = { Profile.doubles with Space = false }

    let private dense = Draw.dense profile
    let private user = Gen.map User (Draw.scale profile)

    let private beginning = Draw.beginning profile

    let private diagonal =
        Gen.map2 (fun kind seed -> kind seed) (Gen.elements [ BatchNormed; Shifted ]) Draw.seed

    let private pair first second =
        Gen.map2 (fun a b -> [ a; b ]) first second

    /// Two or three branches with a scale behind each; the last one's may be left out.
    let private scaledBranches =
        gen {
            let! count = Gen.choose (1, 3)
            let! branches = Draw.branch { profile with UserScales = false } 0 |> Gen.listOfLength count
            let! tails = Draw.positive |> Gen.listOfLength count
            let! loudLast = Gen.frequency [ 7, Gen.constant true; 1, Gen.constant false ]

            return
                List.mapi2
                    (fun i b tail ->
                        { b with
                            Tail = (if i = 0 || loudLast then tail else []) })
                    branches
                    tails
        }

    let private scaled wrap =
        gen {
            let! width = Draw.width profile
            let! branches = scaledBranches
            return [ wrap (width, branches) ]
        }

    let private skip =
        Gen.map2 (fun body join -> Skip(body, join)) (Draw.layers profile 1 0 2) (Draw.join profile)

    let private homogeneous =
        Gen.oneof
            [ Draw.slopes
              Gen.elements [ Relu; LeakyRelu 0.2; LeakyRelu -1.5; Abs; Square; ReluSquared ]
              |> Gen.map Phi ]

    let private junction =
        let branches = Gen.listOfLength 2 (Draw.branch profile 0)

        Gen.oneof
            [ Gen.map Residual branches
              Gen.map2 (fun w b -> Summed(w, b)) (Draw.width profile) branches
              Gen.map2 (fun w b -> Gated(w, b)) (Draw.width profile) branches
              Gen.map Parallel (Gen.listOfLength 2 (Draw.layers profile 0 0 2))
              Gen.map2
                  (fun w inputs -> Mystery(w, inputs))
                  (Draw.width profile)
                  (Gen.listOfLength 2 (Draw.layers profile 0 0 2)) ]

    let private flattened =
        gen {
            let! (outline: Outline) = beginning (Gen.map List.singleton user)
            let! positions = Gen.choose (1, 3)
            let! behind = Draw.layers { profile with Unusual = false } 1 0 2

            return
                { outline with
                    Space = [ positions ]
                    Flat = Some behind
                    Outputs = []
                    Layers = List.truncate 1 outline.Layers }
        }

    /// With axes of space to work on.
    let private inSpace (outlines: Gen<Outline>) =
        Gen.map2
            (fun (outline: Outline) space -> { outline with Space = space })
            outlines
            (Gen.choose (1, 2)
             |> Gen.bind (fun axes -> Gen.listOfLength axes (Gen.choose (2, 4))))

    let private spatial = { profile with Space = true }

    let private tupled =
        gen {
            let! (outline: Outline) = beginning (Gen.map List.singleton user)
            let! outputs = Gen.listOfLength 2 (Draw.layers profile 1 0 2)

            return
                { outline with
                    Layers = List.truncate 1 outline.Layers
                    Outputs = outputs }
        }

    let byRule =
        Map.ofList
            [ "weight-norm-decomposition",
              Gen.oneof
                  [ beginning (Gen.map (Fully >> List.singleton) dense)
                    inSpace (beginning (Gen.map List.singleton (Draw.convolution spatial)))
                    beginning (Draw.seed |> Gen.map (fun seed -> [ BatchNormed seed ])) ]
              "activation-commutation", beginning (pair user homogeneous)
              "threshold-commutation", beginning (pair user (Draw.bounds { profile with OddBounds = false }))
              "spatial-commutation", inSpace (beginning (pair user (Draw.region spatial)))
              "rearrangement-commutation",
              Gen.frequency
                  [ 1, flattened
                    9,
                    Gen.elements [ Swapped; Part(1, 2); PositionsToChannels ]
                    |> Gen.map Reordered
                    |> pair user
                    |> beginning
                    |> Gen.map (fun outline -> { outline with Space = [ 2; 4 ] }) ]
              "normalization-absorption",
              inSpace (
                  beginning (
                      pair
                          (Gen.elements [ 0.25; 0.7; 2.0 ] |> Gen.map (List.singleton >> User))
                          (Gen.elements [ LayerNorm; RmsNorm; InstanceNorm; GroupNorm 1 ] |> Gen.map Normed)
                  )
              )
              "unit-scale", beginning (Gen.constant [ UnitScale ])
              "scale-fusion", beginning (pair user user)
              "scale-absorption",
              Gen.oneof
                  [ beginning (pair user (Gen.map Fully dense))
                    inSpace (beginning (pair user (Draw.convolution spatial)))
                    beginning (pair user (Gen.map UnitRowsOf dense)) ]
              "own-norms",
              Gen.oneof
                  [ beginning (pair user (Gen.map Fully dense))
                    beginning (pair user (Gen.map UnitRowsOf dense)) ]
              "plain-absorption", beginning (pair user (Gen.map Fully dense))
              "scale-fold-back",
              Gen.oneof
                  [ beginning (pair (Gen.map Fully dense) user)
                    beginning (pair (Gen.map UnitRowsOf dense) user) ]
              "scale-distribution", Gen.oneof [ beginning (pair user junction); tupled ]
              "diagonal-folding",
              Gen.oneof
                  [ beginning (pair (Gen.map Fully dense) diagonal)
                    inSpace (beginning (pair (Draw.convolution spatial) diagonal)) ]
              "diagonal-unfolding",
              Gen.frequency
                  [ 9, beginning (pair diagonal (Gen.map Fully dense))
                    1, inSpace (beginning (pair diagonal (Draw.convolution spatial))) ]
              "concat-factoring",
              Draw.beginning
                  profile
                  (Gen.map (fun ls -> [ Parallel [ ls; [ Phi Relu ] ] ]) (pair (Gen.map Fully dense) user))
              "product-factoring", beginning (scaled Gated)
              "sum-factoring", beginning (scaled Summed)
              "scale-copy", beginning (pair user skip)
              "scale-discard", beginning (Gen.map (fun u -> [ Skip([ Phi Relu; u ], Return) ]) user) ]

    let ofRule (rule: Rule) =
        match Map.tryFind rule.Name byRule with
        | Some outlines -> Networks.ofOutlines outlines
        | None -> Law.fail $"no redexes are drawn for {rule.Name}"
