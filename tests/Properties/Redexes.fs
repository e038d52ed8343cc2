namespace Canon.Properties

open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification

/// Networks on which a rule fires, by the rule's name.
[<RequireQualifiedAccess>]
module Redexes =

    let private profile =
        { Profile.doubles with
            Positions = false }

    let private dense = Draw.dense profile
    let private rest = Draw.layers profile 1 0 2
    let private user = Gen.map User (Draw.scale profile)

    /// These layers behind some width of input, then others.
    let private behindInput (first: Gen<Layer list>) =
        gen {
            let! input = Draw.width
            let! first = first
            let! rest = rest

            return
                { Input = input
                  Positions = 1
                  Type = Float64
                  Layers = first @ rest
                  Flat = None
                  Outputs = [] }
        }

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
            let! width = Draw.width
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
              Gen.map2 (fun w b -> Summed(w, b)) Draw.width branches
              Gen.map2 (fun w b -> Gated(w, b)) Draw.width branches
              Gen.map Parallel (Gen.listOfLength 2 (Draw.layers profile 0 0 2))
              Gen.map2 (fun w inputs -> Mystery(w, inputs)) Draw.width (Gen.listOfLength 2 (Draw.layers profile 0 0 2)) ]

    let private flattened =
        gen {
            let! spec = behindInput (Gen.map List.singleton user)
            let! positions = Gen.choose (1, 3)
            let! behind = Draw.layers { profile with Unusual = false } 1 0 2

            return
                { spec with
                    Positions = positions
                    Flat = Some behind
                    Layers = List.truncate 1 spec.Layers }
        }

    let private tupled =
        gen {
            let! spec = behindInput (Gen.map List.singleton user)
            let! outputs = Gen.listOfLength 2 (Draw.layers profile 1 0 2)

            return
                { spec with
                    Layers = List.truncate 1 spec.Layers
                    Outputs = outputs }
        }

    let byRule =
        Map.ofList
            [ "weight-norm-decomposition", behindInput (Gen.map (Fully >> List.singleton) dense)
              "activation-commutation", behindInput (pair user homogeneous)
              "threshold-commutation", behindInput (pair user (Draw.bounds { profile with OddBounds = false }))
              "flatten-commutation", flattened
              "unit-scale", behindInput (Gen.constant [ UnitScale ])
              "scale-fusion", behindInput (pair user user)
              "scale-absorption",
              Gen.oneof
                  [ behindInput (pair user (Gen.map Fully dense))
                    behindInput (pair user (Gen.map UnitRowsOf dense)) ]
              "own-norms",
              Gen.oneof
                  [ behindInput (pair user (Gen.map Fully dense))
                    behindInput (pair user (Gen.map UnitRowsOf dense)) ]
              "plain-absorption", behindInput (pair user (Gen.map Fully dense))
              "scale-fold-back",
              Gen.oneof
                  [ behindInput (pair (Gen.map Fully dense) user)
                    behindInput (pair (Gen.map UnitRowsOf dense) user) ]
              "scale-distribution", Gen.oneof [ behindInput (pair user junction); tupled ]
              "concat-factoring",
              behindInput (Gen.map (fun ls -> [ Parallel [ ls; [ Phi Relu ] ] ]) (pair (Gen.map Fully dense) user))
              "product-factoring", behindInput (scaled Gated)
              "sum-factoring", behindInput (scaled Summed)
              "scale-copy", behindInput (pair user skip)
              "scale-discard", behindInput (Gen.map (fun u -> [ Skip([ Phi Relu; u ], Return) ]) user) ]

    let ofRule (rule: Rule) =
        match Map.tryFind rule.Name byRule with
        | Some specs -> Networks.arbitrary specs
        | None -> Law.fail $"no redexes are drawn for {rule.Name}"
