namespace Canon.Algebra

open System.Collections.Generic

[<NoEquality; NoComparison>]
type Share =
    { Parameter: Parameter
      Rows: Channel[]
      Columns: Channel[] option
      IsBias: bool
      Bias: Parameter option }

[<NoEquality; NoComparison>]
type Rescaling =
    { Held: string option[]
      Pinned: string option[]
      Shares: Share list
      Carried: Share list
      Gains: struct (int * Channel[]) list
      Outputs: Channel[] list }

[<Struct; NoEquality; NoComparison>]
type RescalingOptions = { Lossless: bool; Thresholds: bool }

[<RequireQualifiedAccess>]
module Rescaling =

    /// A weight, bias or vector that is stored or a symbol, and neither made of others nor shared.
    let private isOwn (used: Dictionary<Parameter, int>) uses (p: Parameter) =
        match p.Source with
        | Source.Stored _
        | Source.Symbol -> not p.IsTied && used[p] = uses
        | _ -> false

    let private role used (a: Affine) =
        let weight = a.Weight
        let bias = a.Bias |> Option.map _.Vector

        let own =
            if weight.Grouping = Diagonal then Parameter.diagonalEntries weight else weight

        match weight.Source, bias with
        | _ when not (Affine.isPlain a) -> LayerRole.Stays "a scale stands inside a layer"
        | Source.Ones, None -> LayerRole.Shifts
        | Source.Ones, Some bias when isOwn used 1 bias -> LayerRole.Shifts
        | Source.NormFactor(gamma, _, _), Some shift when isOwn used 2 gamma ->
            match shift.Source with
            | Source.NormShift(other, beta, _, _, _) when other = gamma && isOwn used 1 beta -> LayerRole.Normalizes
            | _ -> LayerRole.Stays "its batch norm is made of other parameters"
        | _ when isOwn used 1 own && not weight.IsTied && Option.forall (isOwn used 1) bias -> LayerRole.Mixes
        | _ -> LayerRole.Stays $"{weight.Name} is shared or made of other parameters"

    let private weigh (parameter: Parameter) rows columns bias =
        { Parameter = parameter
          Rows = rows
          Columns = columns
          IsBias = false
          Bias = bias }

    let private add (bias: Parameter) rows =
        { Parameter = bias
          Rows = rows
          Columns = None
          IsBias = true
          Bias = None }

    /// What is rescaled of a layer.
    let private shares used crossing =
        match crossing.Term with
        | Linear(a, _, _) ->
            match role used a, a.Weight.Source, a.Bias with
            | LayerRole.Mixes, _, bias ->
                let bias = bias |> Option.map _.Vector

                weigh a.Weight crossing.Behind (Some crossing.Before) bias
                :: [ for bias in Option.toList bias -> add bias crossing.Behind ]
            | LayerRole.Shifts, _, Some bias -> [ add bias.Vector crossing.Behind ]
            | LayerRole.Normalizes, Source.NormFactor(gamma, _, _), Some { Vector = shift } ->
                match shift.Source with
                | Source.NormShift(_, beta, _, _, _) ->
                    [ weigh gamma crossing.Behind None (Some beta); add beta crossing.Behind ]
                | _ -> []
            | _ -> []
        | _ -> []

    /// What is permuted and not rescaled: what a batch norm keeps, and slopes.
    let private carried crossing =
        match crossing.Term with
        | Linear(a, _, _) ->
            match a.Weight.Source, a.Bias with
            | Source.NormFactor(_, variance, _), Some { Vector = shift } ->
                match shift.Source with
                | Source.NormShift(_, _, mean, _, _) -> [ mean; variance ]
                | _ -> []
            | _ -> []
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 -> [ slope ]
        | _ -> []

    /// Why the units of a term keep their places, where they do.
    let private pin used crossing =
        let shared () =
            carried crossing
            |> List.tryFind (isOwn used 1 >> not)
            |> Option.map (fun p -> $"{p.Name} is shared or made of other parameters")

        match crossing.Term with
        | Linear(a, _, _) ->
            match role used a, a.Weight.Grouping with
            | LayerRole.Stays reason, _ -> Some reason
            | LayerRole.Mixes, Groups count when count > 1 -> Some $"{a.Weight.Name} has groups of channels"
            | (LayerRole.Mixes | LayerRole.Shifts | LayerRole.Normalizes), _ -> shared ()
        | UnitRowLinear _ -> Some "its layer keeps its rows at norm 1"
        | _ -> shared ()

    let private hasGain crossing =
        crossing.Term.IsScale || crossing.Term.IsClip

    let ofOptions (options: RescalingOptions) network =
        Fail.guard (fun () ->
            let used = Dictionary<Parameter, int>()

            network
            |> Traversal.iterateParameters (fun p ->
                for leaf in Parameter.leaves p do
                    used[leaf] <- CollectionExtensions.GetValueOrDefault(used, leaf, 0) + 1)

            let flown =
                ChannelFlow.walk
                    { Lossless = options.Lossless
                      Thresholds = options.Thresholds
                      Role = role used }
                    network

            let pinned = Array.copy flown.Pinned

            for crossing in flown.Crossings do
                match pin used crossing with
                | None -> ()
                | Some reason ->
                    for channel in Array.append crossing.Before crossing.Behind do
                        pinned[channel.Unit] <- Option.orElse (Some reason) pinned[channel.Unit]

            { Held = flown.Held
              Pinned = pinned
              Shares = flown.Crossings |> List.collect (shares used)
              Carried =
                [ for crossing in flown.Crossings do
                      for p in carried crossing do
                          add p crossing.Behind ]
              Gains =
                [ for crossing in flown.Crossings do
                      if hasGain crossing then
                          struct (crossing.Index, crossing.Behind) ]
              Outputs = flown.Outputs })

    let ofNetwork lossless network =
        ofOptions
            { Lossless = lossless
              Thresholds = false }
            network

    let isFree rescaling =
        let free = rescaling.Held |> Array.map _.IsNone

        for output in rescaling.Outputs do
            for channel in output do
                free[channel.Class] <- false

        free
