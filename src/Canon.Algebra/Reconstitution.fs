namespace Canon.Algebra

open System.Runtime.CompilerServices
open Canon.Algebra.Rules

[<RequireQualifiedAccess>]
type Representative =
    | Canonical
    | Original

[<RequireQualifiedAccess>]
module Reconstitution =

    let private followed g network =
        if Gain.one = g then [ network ] else [ network; Scale g ]

    let private preceded g network =
        if Gain.one = g then network else Network.compose [ Scale g; network ]

    /// The degree of homogeneity of an activation or an operation on space.
    let private degree term =
        match term with
        | Activation(phi, _) ->
            match Activation.homogeneity phi with
            | Degree degree -> Some degree
            | NotHomogeneous _ -> None
        | Spatial(operation, _) -> Some(Spatial.degree operation)
        | _ -> None

    /// Whether a linear layer of the branch takes whatever scale stands behind it.
    let rec private takesAll branch =
        let rec search reversed =
            match reversed with
            | Linear(a, _, _) :: _ -> not a.Weight.IsTied
            | UnitRowLinear _ :: _ -> true
            | (Activation _ | Spatial _) as term :: earlier -> degree term = Some 1 && search earlier
            | (Scale _ | Compose []) :: earlier -> search earlier
            | Product(branches, _) :: _ -> List.exists takesAll branches
            | (Clip _ | Rearrange _ | Normalize _ | Sum _ | Concat _ | Compose _ | As _ | Wire _ | Tuple _ | Opaque _) :: _
            | [] -> false

        search (List.rev (Network.parts branch))

    /// Moves the demand g, a scale that stands behind `parts`, towards the input. Answers the parts and what is left of the
    /// demand in front of them.
    let rec private pull (options: CanonicalOptions) g parts : Network list * Gain =
        RuntimeHelpers.EnsureSufficientExecutionStack()
        let isLossless = GainDefinition.isPowerOfTwo options.Definition

        let rec along g reversed passed =
            match reversed with
            | [] -> passed, g
            | term :: earlier ->
                let stop inner =
                    along Gain.one earlier (followed g inner @ passed)

                /// The demand stays behind the term, and its branches are pulled without one.
                let alone branches =
                    let passed = if g.IsOne then passed else Scale g :: passed
                    junction Gain.one (branches |> List.map (fun _ -> Gain.one)) branches term earlier passed

                match term with
                | Scale h when isLossless && not (Gain.isPowerOfTwo h) -> stop term
                | Spatial(Spatial.Pool(Pooling.Norm p, _), _) when isLossless && p > 2 -> stop term
                | Scale h -> along (Gain.multiply g h) earlier passed
                | Linear(a, _, _) when
                    a.Weight.IsTied
                    || (a.Weight.Grouping = Diagonal && Set.contains a.Weight.Name options.Frozen)
                    ->
                    stop term
                | Linear(a, kernel, label) ->
                    along Gain.one earlier (Linear(Affine.scaleOutput g a, kernel, label) :: passed)
                | UnitRowLinear(rows, kernel, label) ->
                    along Gain.one earlier (Linear(Affine.scaleOutput g rows.Coefficients, kernel, label) :: passed)
                | Activation _
                | Spatial _ ->
                    match degree term |> Option.bind (fun degree -> Gain.tryRoot degree g) with
                    | Some root -> along root earlier (term :: passed)
                    | None -> stop term
                | Clip(_, _, thresholds, _) when options.KeepArchitecture && thresholds.IsOne -> stop term
                | Clip(lower, upper, thresholds, label) when lower <= 0.0 && upper >= 0.0 ->
                    along g earlier (Clip(lower, upper, Gain.multiply thresholds g, label) :: passed)
                | Clip _ -> stop term
                | Rearrange(rearrangement, _) ->
                    match Rearrangement.tryGainBefore g rearrangement with
                    | Some before -> along before earlier (term :: passed)
                    | None -> stop term
                | Normalize _ -> stop term
                | Sum(branches, _) -> junction g (branches |> List.map (fun _ -> g)) branches term earlier passed
                | Concat(branches, widths, _) ->
                    match Gain.trySplit widths.Known g with
                    | Some gains -> junction g gains branches term earlier passed
                    | None -> alone branches
                | Product(branches, _) ->
                    // A product vanishes where one factor does, and the others need not: its scale stays behind it unless a
                    // branch takes all of it.
                    match List.tryFindIndex takesAll branches with
                    | Some k ->
                        let gains = branches |> List.mapi (fun i _ -> if i = k then g else Gain.one)
                        junction g gains branches term earlier passed
                    | None -> alone branches
                | Tuple branches
                | Opaque(_, branches) -> alone branches
                | As wire when Gain.blocks g -> along Gain.one earlier (As wire :: Scale g :: passed)
                | As wire ->
                    let passed =
                        if g.IsOne then passed else Wires.scaleUses wire (Gain.reciprocal g) passed

                    along g earlier (term :: passed)
                | Wire _ -> stop term
                | Compose inner -> along g (List.rev inner @ earlier) passed

        /// Pulls each branch with its demand; what is left in front of the branches moves on as one scale, the others being
        /// corrected for it.
        and junction g demands branches term earlier passed =
            let pulled =
                List.map2 (fun demand branch -> pull options demand (Network.parts branch)) demands branches

            match pulled |> List.map snd |> List.tryFind (fun left -> not left.IsOne) with
            | Some left when Gain.blocks left ->
                let kept =
                    branches
                    |> List.map (fun branch -> pull options Gain.one (Network.parts branch))

                let inner =
                    kept |> List.map (fun (parts, rest) -> preceded rest (Network.compose parts))

                along Gain.one earlier (followed g (Traversal.withChildren inner term) @ passed)
            | left ->
                let left = defaultArg left Gain.one

                let inner =
                    pulled
                    |> List.map (fun (parts, rest) -> preceded (Gain.divide rest left) (Network.compose parts))

                along left earlier (Traversal.withChildren inner term :: passed)

        along g (List.rev parts) []

    let ofOptions (options: CanonicalOptions) representative canonical =
        let definition = options.Definition
        let guarded = List.map (Canonical.guarded definition)

        let movers =
            Absorption.unit
            :: Wires.discard
            :: guarded
                [ Absorption.fuse
                  Commutation.activation
                  Commutation.threshold
                  Commutation.spatial
                  Commutation.rearrangement
                  Commutation.normalization
                  Branches.distribute ]

        let sweep rules network =
            let kept = Canonical.keeping options rules

            network
            |> Derivation.run System.Int32.MaxValue (Strategy.sweep (Canonical.copy definition) kept)
            |> Result.map _.Result

        let chosen =
            match representative with
            | Representative.Canonical -> Ok canonical
            | Representative.Original ->
                sweep
                    (movers
                     @ guarded
                         [ Decomposition.ownNorms definition
                           Branches.factorConcat
                           Branches.factorProduct
                           Branches.factorSum ])
                    canonical

        chosen
        |> Result.bind (fun network ->
            Fail.guard (fun () ->
                let parts, rest = pull options Gain.one (Network.parts network)

                preceded rest (Network.compose parts)))
        |> Result.bind (sweep (movers @ guarded [ Absorption.plain ]))

    let reconstitute definition representative canonical =
        ofOptions
            { Canonical.options with
                Definition = definition }
            representative
            canonical
