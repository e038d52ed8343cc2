namespace Canon.Properties

open System.Collections.Generic
open Canon.Algebra
open Canon.Verification

/// A network without its numbers, and the substitution that puts them back.
[<RequireQualifiedAccess>]
module Forget =

    /// Equal gains of numbers become one symbol, so that symbols cancel where their numbers do.
    let network network =
        let parameters = Dictionary<string, Parameter>()
        let gains = Dictionary<Gain, string>()

        let parameter (p: Parameter) =
            parameters[p.Name] <- p
            Parameter.symbolicWeight p.Name p.Rows p.Columns p.Grouping p.Taps

        let parameter =
            Parameter.mapLeaves (fun _ p -> if p.Source.IsOnes then p else parameter p)

        let gain (g: Gain) =
            if g.IsOne then
                g
            else
                match gains.TryGetValue g with
                | true, name -> Gain.symbol name (Gain.length g)
                | false, _ ->
                    gains[g] <- $"s{gains.Count}"
                    Gain.symbol gains[g] (Gain.length g)

        let plain (a: Affine) =
            Affine.ofParameters (parameter a.Weight) (a.Bias |> Option.map (_.Vector >> parameter))

        let term network : Result<Network, NetworkError> =
            match network with
            | Linear(a, kernel, label) -> Ok(Linear(plain a, kernel, label))
            | UnitRowLinear(rows, kernel, label) ->
                Ok(UnitRowLinear(fst (UnitRows.decompose RowNorm (plain rows.Coefficients)), kernel, label))
            | Activation(PRelu slope, label) -> Ok(Activation(PRelu(parameter slope), label))
            | Scale g -> Ok(Scale(gain g))
            | Clip(lower, upper, g, label) -> Ok(Clip(lower, upper, gain g, label))
            | other -> Ok other

        let symbolic = Traversal.mapBottomUp term network |> Law.ok

        symbolic,
        { Parameters = parameters |> Seq.map (fun p -> p.Key, p.Value) |> Map.ofSeq
          Gains = gains |> Seq.map (fun g -> g.Value, g.Key) |> Map.ofSeq }

    /// Networks in which the rules decide alike by symbols and by numbers: no sum has several leaders, no gain is zero by its numbers,
    /// and none that meets a norm is one number for all channels.
    let decidedAlike =
        Networks.ofProfile
            { Profile.everything with
                Branching = false
                Norms = false
                Blocking = false
                OddBounds = false }
