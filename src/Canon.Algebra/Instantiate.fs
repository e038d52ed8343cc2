namespace Canon.Algebra

open System
open System.Collections.Generic

[<StructuralEquality; NoComparison>]
type SizedNetworks =
    { Networks: Network list
      Options: CanonicalOptions }

[<Sealed>]
type internal RandomValues(seed: int) =
    let parameters = Dictionary<string, Parameter>()
    let gains = Dictionary<string, Gain>()

    let source kind (name: string) =
        let key =
            Key.combine (Key.ofInt seed) (Key.combine (Key.ofInt kind) (Key.ofString name))

        Random(int (key.Low &&& 0x7FFFFFFFUL))

    /// Norms around 1, so that products over many layers neither overflow nor vanish.
    let row random columns =
        let direction = Array.init columns (fun _ -> Normal.next random)

        if columns = 1 then
            direction
        else
            let norm = direction |> Array.sumBy (fun x -> x * x) |> sqrt
            let factor = exp (0.25 * Normal.next random) / norm
            direction |> Array.map (fun x -> factor * x)

    let kept (dictionary: Dictionary<string, 'a>) name draw =
        match dictionary.TryGetValue name with
        | true, known -> known
        | false, _ ->
            let drawn = draw ()
            dictionary[name] <- drawn
            drawn

    member _.Parameter (role: LeafRole) (p: Parameter) =
        if not p.IsSymbolic then
            p
        else
            match p.Rows, p.Columns with
            | Some rows, Some columns ->
                kept parameters p.Name (fun () ->
                    let random = source 1 p.Name
                    let struct (_, perRow) = Parameter.block p rows columns

                    let numbers =
                        Array.init rows (fun _ -> row random (perRow * p.Taps)) |> Array.concat

                    let numbers = if role = LeafRole.Variance then Array.map abs numbers else numbers

                    Parameter.weight
                        p.Name
                        rows
                        columns
                        p.Grouping
                        p.Taps
                        false
                        1.0
                        (Values.ofFloat64 (ReadOnlyMemory numbers)))
            | _ -> Fail.because (UnknownWidth p.Name)

    member _.Symbol (name: string) (length: int option) =
        match length with
        | Some n ->
            kept gains name (fun () ->
                let random = source 2 name
                Gain.ofValues (Array.init n (fun _ -> exp (1.5 * Normal.next random))))
        | None -> Fail.because (UnknownWidth name)

[<RequireQualifiedAccess>]
module Instantiate =

    let sizes pick (networks: Network list) =
        Fail.guard (fun () ->
            let sizing = Sizing()

            let readers = sizing.Read networks |> Fail.value
            sizing.Settle pick

            let networks, options =
                sizing.Fill(Replacing(Set.empty, sizing.Replacement), readers)

            { Networks = networks
              Options = options })

    let values seed (sized: SizedNetworks) =
        Fail.guard (fun () ->
            let random = RandomValues seed

            let replacing =
                Replacing(
                    sized.Networks |> List.map Substitution.unitRows |> Set.unionMany,
                    { Parameter = random.Parameter
                      Symbol = random.Symbol
                      Widths = Replacement.givenWidths }
                )

            { sized with
                Networks = sized.Networks |> List.map replacing.Network })

    let smallSizes k = 2 + k % 4
