namespace Canon.Algebra

open System.Collections.Generic

[<StructuralEquality; NoComparison>]
type Substitution =
    { Parameters: Map<string, Parameter>
      Gains: Map<string, Gain> }

[<NoEquality; NoComparison>]
type internal Replacement =
    { Parameter: LeafRole -> Parameter -> Parameter
      Symbol: string -> int option -> Gain
      Widths: GainAtom -> (Gain * int option) list -> int option list }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Replacement =

    let givenWidths (_: GainAtom) (parts: (Gain * int option) list) = List.map snd parts

[<Sealed>]
type internal Replacing(unitRows: Set<string>, replacement: Replacement) =
    let atoms = Dictionary<GainAtom, Gain>()

    let replaceLeaves = Parameter.mapLeaves replacement.Parameter

    let product (g: Gain) =
        g.Factors
        |> List.fold
            (fun product (struct (atom, power)) -> Gain.multiply product (Gain.power power atoms[atom]))
            Gain.one

    /// The coefficients, whose gains are known by now.
    let affine (a: Affine) =
        let replaced =
            { Left = product a.Left
              Weight = replaceLeaves a.Weight
              Right = product a.Right
              Bias =
                a.Bias
                |> Option.map (fun bias ->
                    { Gain = product bias.Gain
                      Vector = replaceLeaves bias.Vector }) }

        if Set.contains a.Weight.Name unitRows && not replaced.Weight.IsSymbolic then
            Affine.divideOutput (Affine.ownGain RowNorm replaced) replaced
        else
            replaced

    let replace (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, length) -> replacement.Symbol name length
        | Constants _ -> Gain.ofAtom atom
        | Norms(a, definition) -> Gain.norms definition (affine a)
        | Leader gains -> Gain.leader (List.map product gains)
        | RootMeanSquare g -> Gain.rms (product g)
        | Joined parts ->
            Gain.concat (List.map2 (fun (g, _) width -> product g, width) parts (replacement.Widths atom parts))
        | Viewed(g, view) ->
            match Gain.tryView view (product g) with
            | Ok g -> g
            | Error reason -> Fail.because (ShapeMismatch("rearrange", reason))

    let settle =
        GainOrder.innermostFirst atoms.ContainsKey (fun atom -> atoms[atom] <- replace atom)

    let gain g =
        settle g
        product g

    let coefficients (a: Affine) =
        List.iter settle a.Gains
        affine a

    let rows (given: UnitRows) =
        let a = coefficients given.Coefficients

        match UnitRows.tryOfAffine a with
        | Some rows -> rows
        | None when a.Weight.IsSymbolic && Affine.isPlain a -> UnitRows.assume a.Weight (a.Bias |> Option.map _.Vector)
        | None -> fst (UnitRows.decompose RowNorm a)

    let term network =
        match network with
        | Linear(a, kernel, label) -> Linear(coefficients a, kernel, label)
        | UnitRowLinear(given, kernel, label) -> UnitRowLinear(rows given, kernel, label)
        | Scale g -> Scale(gain g)
        | Activation(PRelu slope, label) -> Activation(PRelu(replaceLeaves slope), label)
        | Clip(lower, upper, thresholds, label) -> Clip(lower, upper, gain thresholds, label)
        | Normalize(normalization, epsilon, tolerance, label) ->
            Normalize(normalization, epsilon, gain tolerance, label)
        | Activation _
        | Spatial _
        | Rearrange _
        | Compose _
        | Sum _
        | Concat _
        | Product _
        | As _
        | Wire _
        | Tuple _
        | Opaque _ -> network

    member _.Gain g = gain g

    member _.Network network = Traversal.map term network

[<RequireQualifiedAccess>]
module Substitution =

    let empty =
        { Parameters = Map.empty
          Gains = Map.empty }

    let private isPlain (rows: UnitRows) = Affine.isPlain rows.Coefficients

    let internal unitRows network =
        network
        |> Traversal.collect (fun term ->
            match term with
            | UnitRowLinear(rows, _, _) when isPlain rows && rows.Coefficients.Weight.IsSymbolic ->
                [ rows.Coefficients.Weight.Name ]
            | _ -> [])
        |> Set.ofList

    let private size known =
        known |> Option.map string |> Option.defaultValue "?"

    let private contradicts known given =
        match known, given with
        | Some known, Some given -> known <> given
        | _ -> false

    let private parameter (substitution: Substitution) (_: LeafRole) (symbol: Parameter) =
        match Map.tryFind symbol.Name substitution.Parameters with
        | Some given when symbol.IsSymbolic ->
            if
                contradicts symbol.Rows given.Rows
                || contradicts symbol.Columns given.Columns
                || given.Taps <> symbol.Taps
                || given.Grouping <> symbol.Grouping
            then
                let shape (p: Parameter) = $"{size p.Rows}x{size p.Columns}"

                Fail.because (
                    ShapeMismatch(symbol.Name, $"a parameter of {shape given} is put for one of {shape symbol}")
                )

            given
        | Some _
        | None -> symbol

    let private symbol (substitution: Substitution) name length =
        match Map.tryFind name substitution.Gains with
        | Some given ->
            if contradicts length (Gain.length given) then
                Fail.because (
                    ShapeMismatch(name, $"a gain of {size (Gain.length given)} entries is put for one of {size length}")
                )

            given
        | None -> Gain.symbol name length

    let internal replacing unitRows substitution =
        Replacing(
            unitRows,
            { Parameter = parameter substitution
              Symbol = symbol substitution
              Widths = Replacement.givenWidths }
        )

    let gain substitution g =
        Fail.guard (fun () -> (replacing Set.empty substitution).Gain g)

    let network substitution network =
        Fail.guard (fun () -> (replacing (unitRows network) substitution).Network network)
