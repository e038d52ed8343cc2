namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

[<NoEquality; NoComparison>]
type SimplifyOptions =
    { Input: Shape
      Wires: Map<string, Shape>
      Tolerance: ElementType -> float
      Silences: bool
      Keeps: Network -> string option }

[<StructuralEquality; NoComparison>]
type SimplifiedLayer =
    { Name: string
      Dead: int
      Constant: int
      Unobserved: int
      Duplicate: int
      ParametersBefore: int64
      ParametersAfter: int64 }

[<StructuralEquality; NoComparison>]
type KeptUnits =
    { Name: string
      Units: int
      Reason: string }

[<StructuralEquality; NoComparison>]
type LeftLayer = { Name: string; Reason: string }

[<NoEquality; NoComparison>]
type Simplified =
    { Network: Network
      Layers: SimplifiedLayer list
      Kept: KeptUnits list
      Left: LeftLayer list
      ParametersBefore: int64
      ParametersAfter: int64 }

[<RequireQualifiedAccess>]
module Simplify =

    let options =
        { Input = Shape.unknown
          Wires = Map.empty
          Tolerance = fun elementType -> 4.0 * ElementTypes.rounding elementType
          Silences = false
          Keeps = fun _ -> None }

    let private selectGain (places: int list) (g: Gain) =
        if g.IsOne then
            g
        else
            Selection.runs places
            |> List.map (fun (first, count) -> Gain.view (Strided(first, [ count, 1 ])) g, Some count)
            |> Gain.concat

    /// The stored parameters that one is made of.
    let rec private stored (p: Parameter) : Parameter list =
        match p.Source with
        | Source.Ones -> []
        | Source.NormFactor(gamma, variance, _) -> List.collect stored [ gamma; variance ]
        | Source.NormShift(gamma, beta, mean, variance, _) -> List.collect stored [ gamma; beta; mean; variance ]
        | _ when p.Grouping = Diagonal -> [ Parameter.diagonalEntries p ]
        | _ -> [ p ]

    let private size (p: Parameter) =
        match p.Source, p.Rows, p.Columns with
        | Source.Stored(values, _, _), _, _ -> values.Length
        | _, Some rows, Some columns ->
            let struct (_, perRow) = Parameter.block p rows columns
            int64 rows * int64 perRow * int64 p.Taps
        | _ -> 0L

    let private ofAffine (a: Affine) =
        stored a.Weight
        @ (a.Bias |> Option.map (fun b -> stored b.Vector) |> Option.defaultValue [])

    let private parameters term =
        match term with
        | Linear(a, _, _) -> ofAffine a
        | UnitRowLinear(rows, _, _) -> ofAffine rows.Coefficients
        | Activation(PRelu slope, _) -> stored slope
        | _ -> []

    let private count (ps: Parameter seq) = ps |> Seq.distinct |> Seq.sumBy size

    /// A vector with a name that no parameter of a network bears yet.
    let private freshVector (taken: HashSet<string>) name (numbers: float[]) =
        let rec free candidate =
            if taken.Add candidate then candidate else free (candidate + "'")

        Parameter.vector (free name) 1.0 (Values.ofFloat64 (ReadOnlyMemory numbers))

    /// The network without the channels that go.
    let private rewrite (channels: Channels) (removal: Removal) taken (network: Network) =
        let mutable next = 0

        let work () =
            next <- next + 1
            channels.Works[next - 1]

        let kept (numbers: int[]) =
            [ for i in 0 .. numbers.Length - 1 do
                  if not (removal.IsGone numbers[i]) then
                      i ]

        let select places (bias: Bias option) left : Bias option =
            bias
            |> Option.map (fun bias ->
                { Gain = if bias.Gain = left then selectGain places left else selectGain places bias.Gain
                  Vector = Parameter.selectEntries places bias.Vector })

        let each (a: Affine) places =
            { Left = selectGain places a.Left
              Right = selectGain places a.Right
              Weight =
                Parameter.select
                    { Rows = places
                      Columns = places
                      Added = [] }
                    a.Weight
              Bias = select places a.Bias a.Left }

        /// Zeros and ones; None where all are ones.
        let mask isZero name places =
            let zeros = [| for place in places -> isZero place |]

            if Array.contains true zeros then
                Some(freshVector taken $"{name}.mask" [| for zero in zeros -> if zero then 0.0 else 1.0 |])
            else
                None

        let mixed (mixing: Mixing) =
            let a = mixing.Coefficients
            let rows = kept mixing.Rows
            let struct (columns, added, constants) = removal.Columns mixing

            let bias: Bias option =
                match constants with
                | None -> a.Bias
                | Some numbers ->
                    let vector = freshVector taken $"{a.Weight.Name}.constants" numbers
                    let image = Parameter.image a.Weight vector

                    Some
                        { Gain = a.Left
                          Vector =
                            match a.Bias with
                            | Some bias -> Parameter.plus bias.Vector image
                            | None -> image }

            let rowMask = mask (fun i -> removal.IsSilent mixing.Rows[i]) a.Weight.Name rows
            let columnMask = mask (fun j -> removal.IsMute(mixing, j)) a.Weight.Name columns

            let masked p =
                rowMask |> Option.fold (fun p mask -> Parameter.times mask p) p

            { Left = selectGain rows a.Left
              Right = selectGain columns a.Right
              Weight =
                columnMask
                |> Option.fold
                    Parameter.timesColumns
                    (Parameter.select
                        { Rows = rows
                          Columns = columns
                          Added = added }
                        a.Weight)
                |> masked
              Bias =
                select rows bias a.Left
                |> Option.map (fun bias ->
                    { bias with
                        Vector = masked bias.Vector }) }

        let linear term (a: Affine) kernel label =
            let changed =
                match work () with
                | Treatment.Mixes mixing when removal.Changes mixing -> Some(mixed mixing)
                | Treatment.Each numbers when Seq.exists removal.IsGone numbers -> Some(each a (kept numbers))
                | _ -> None

            match changed with
            | Some changed -> Linear(changed, kernel, label)
            | None -> term

        /// With the channels that stay, where some go.
        let own term f =
            match work () with
            | Treatment.Each numbers when Seq.exists removal.IsGone numbers -> f (kept numbers)
            | _ -> term

        /// Slopes of silent channels are 0.
        let slopes term slope label =
            match work () with
            | Treatment.Each numbers when
                numbers
                |> Array.exists (fun number -> removal.IsGone number || removal.IsSilent number)
                ->
                let places = kept numbers
                let selected = Parameter.selectEntries places slope

                let masked =
                    mask (fun i -> removal.IsSilent numbers[i]) slope.Name places
                    |> Option.fold (fun p mask -> Parameter.times mask p) selected

                Activation(PRelu masked, label)
            | _ -> term

        let rec visit network =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            match network with
            | Linear(a, kernel, label) -> linear network a kernel label
            | UnitRowLinear(rows, kernel, label) -> linear network rows.Coefficients kernel label
            | Scale g -> own network (fun places -> Scale(selectGain places g))
            | Activation(PRelu slope, label) -> slopes network slope label
            | Clip(lower, upper, thresholds, label) ->
                own network (fun places -> Clip(lower, upper, selectGain places thresholds, label))
            | Activation _
            | Spatial _
            | Rearrange _
            | Normalize _ ->
                work () |> ignore
                network
            | Sum(branches, label) ->
                let branches = List.map visit branches
                work () |> ignore
                Sum(branches, label)
            | Product(branches, label) ->
                let branches = List.map visit branches
                work () |> ignore
                Product(branches, label)
            | Concat(branches, widths, label) ->
                let branches = List.map visit branches

                let widths =
                    match work () with
                    | Treatment.Joins numbers ->
                        List.map2
                            (fun numbers width ->
                                match numbers with
                                | Some numbers -> Some (kept numbers).Length
                                | None -> width)
                            numbers
                            widths.Known
                    | _ -> widths.Known

                Concat(branches, Widths widths, label)
            | Compose parts -> Compose(List.map visit parts)
            | As _
            | Wire _ -> network
            | Tuple inner -> Network.Tuple(List.map visit inner)
            | Opaque(node, inputs) -> Opaque(node, List.map visit inputs)

        visit network

    let private linearTerms network =
        network
        |> Traversal.collect (fun term -> if term.IsLinear || term.IsUnitRowLinear then [ term ] else [])
        |> Array.ofList

    /// The units of a layer that look redundant and are still there, with the reasons.
    let private keptUnits (channels: Channels) (removal: Removal) =
        [ for work in channels.Works do
              match work with
              | Treatment.Mixes mixing ->
                  let seen = HashSet<int>()

                  let reasons =
                      [ for i in 0 .. mixing.Rows.Length - 1 do
                            let isRedundant =
                                match mixing.Made[i] with
                                | Constant _ -> true
                                | Like(kind, _) -> not (seen.Add kind)

                            if isRedundant then
                                removal.Refusal mixing.Rows[i] ]

                  for reason, units in List.countBy id reasons do
                      { Name = channels.LinearNames[mixing.Index]
                        Units = units
                        Reason = reason }
              | _ -> () ]

    let network (options: SimplifyOptions) (numbers: Numbers) network =
        let prepared =
            Canonical.prepare
                { Canonical.options with
                    Input = options.Input
                    Wires = options.Wires }
                network

        let simplify (before: Network) =
            let layers = linearTerms before

            let counts =
                layers
                |> Array.map (fun _ -> Dictionary<Redundancy, int>(HashIdentity.Structural))

            let taken = HashSet(Traversal.parameters before |> List.map _.Name)

            let rec passes current =
                let channels = Channels(numbers, Kinds options.Tolerance, options.Keeps)
                channels.Read current
                let removal = Removal(channels, options.Silences)

                if removal.IsEmpty then
                    current, channels, keptUnits channels removal
                else
                    for work in channels.Works do
                        match work with
                        | Treatment.Mixes mixing ->
                            for number in mixing.Rows do
                                if removal.IsGone number then
                                    let counts = counts[mixing.Index]
                                    let why = removal.Why number
                                    counts[why] <- counts.GetValueOrDefault(why, 0) + 1
                        | _ -> ()

                    passes (rewrite channels removal taken current)

            let after, channels, kept = passes before

            let reports =
                Array.zip3 (Array.ofSeq channels.LinearNames) layers (linearTerms after)
                |> Array.mapi (fun i (name, before, after) ->
                    let removed why = counts[i].GetValueOrDefault(why, 0)

                    { Name = name
                      Dead = removed IsDead
                      Constant = removed IsConstant
                      Unobserved = removed IsUnobserved
                      Duplicate = removed IsDuplicate
                      ParametersBefore = count (parameters before)
                      ParametersAfter = count (parameters after) })
                |> Array.filter (fun layer -> layer.ParametersBefore <> layer.ParametersAfter)
                |> List.ofArray

            let all network =
                count (Traversal.collect parameters network)

            { Network = after
              Layers = reports
              Kept = kept
              Left = [ for struct (name, reason) in channels.Left -> { Name = name; Reason = reason } ]
              ParametersBefore = all before
              ParametersAfter = all after }

        prepared |> Result.bind (fun network -> Fail.guard (fun () -> simplify network))
