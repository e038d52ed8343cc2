namespace Canon.Verification

open Canon.Algebra

[<RequireQualifiedAccess>]
module Vocabulary =

    let private weight name = Parameter.symbolic name (Some 1) None

    let private bias name =
        Parameter.symbolic name (Some 1) (Some 1)

    let private wire = "x"

    let terms =
        [ Network.linear (weight "W") (Some(bias "b")) ""
          Network.linear (weight "W") None ""
          UnitRowLinear(UnitRows.assume (weight "V") None, Kernel.dense, Network.unlabelled)
          Scale(Gain.symbol "g" None)
          Scale(Gain.ofValues [ 2.0 ])
          Scale(Gain.ofValues [ 0.0 ])
          Scale Gain.one
          Network.activation Relu ""
          Network.activation (LeakyRelu 0.1) ""
          Network.activation Square ""
          Network.activation Tanh ""
          Network.clip -1.0 1.0 ""
          Network.clip 1.0 3.0 ""
          Network.rearrange (Rearrangement.Flatten(Some 2)) ""
          Network.spatial (Spatial.Pool(Pooling.SumOfSquares, PoolRegion.Whole(None, true))) ""
          Network.normalize RmsNorm 1.0 ""
          As wire
          Wire wire ]

    let private opaque inputs =
        Opaque(
            { Name = "f"
              Output = 0
              Channels = Some 1
              Space = None
              Label = Network.unlabelled },
            inputs
        )

    /// Chains of `size` terms, and the terms of branches; `depth` tells how deep branches nest.
    let rec private chains depth size : Network list list =
        if size = 0 then
            [ [] ]
        else
            let tails = Array.init size (chains depth)

            [ for first in 1..size do
                  let heads =
                      (if first = 1 then terms else [])
                      @ (if depth > 0 then branching (depth - 1) (first - 1) else [])

                  for head in heads do
                      for tail in tails[size - first] do
                          head :: tail ]

    /// Terms whose branches have `size` terms together, and nest `depth` deep.
    and private branching depth size : Network list =
        let inside = Array.init (size + 1) (chains depth >> List.map Network.compose)

        [ for only in inside[size] do
              opaque [ only ]

          for first in 0..size do
              for a in inside[first] do
                  for b in inside[size - first] do
                      let branches = [ a; b ]
                      Network.sum branches ""
                      Network.concat branches ""
                      Network.product branches ""
                      Tuple branches
                      opaque branches ]

    /// Several outputs stand at the end.
    let private tuplesLast parts =
        parts
        |> List.tryFindIndex (fun part ->
            match part with
            | Tuple _ -> true
            | _ -> false)
        |> Option.forall (fun index -> index = List.length parts - 1)

    let private named network =
        let mutable count = 0

        let next prefix =
            count <- count + 1
            $"{prefix}{count}"

        let name term =
            match term with
            | Linear(a, _, _) ->
                let w = next "W"
                Network.linear (weight w) (a.Bias |> Option.map (fun _ -> bias ("b" + w[1..]))) ""
            | UnitRowLinear _ ->
                UnitRowLinear(UnitRows.assume (weight (next "V")) None, Kernel.dense, Network.unlabelled)
            | Scale g when g.IsOne || Gain.blocks g -> term
            | Scale g when Gain.isSymbolic g -> Scale(Gain.symbol (next "g") None)
            | Scale _ ->
                count <- count + 1
                Scale(Gain.ofValues [ float (count + 1) ])
            | Activation _
            | Clip _
            | Spatial _
            | Rearrange _
            | Normalize _
            | Compose _
            | Sum _
            | Concat _
            | Product _
            | As _
            | Wire _
            | Tuple _
            | Opaque _ -> term

        Traversal.map name network

    let ofSize size =
        let input = { Channels = Some 1; Space = None }

        chains 1 size
        |> Seq.filter tuplesLast
        |> Seq.map Network.compose
        |> Seq.filter (fun network -> (Traversal.freeWires network).IsEmpty)
        |> Seq.choose (named >> Shape.annotate Map.empty input >> Result.toOption)

    let upTo size = Seq.collect ofSize (seq { 0..size })
