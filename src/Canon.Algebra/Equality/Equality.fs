namespace Canon.Algebra.Equality

open System
open System.Collections.Generic
open Canon.Algebra

[<NoEquality; NoComparison>]
type EqualityOptions =
    { Tolerance: float option
      First: CanonicalOptions
      Second: CanonicalOptions
      AreSame: OpaqueNode -> OpaqueNode -> bool
      Samples: int
      Seed: int }

[<NoEquality; NoComparison>]
type LayerDeviation =
    { First: string
      Second: string
      Deviation: float
      Units: int list }

[<NoEquality; NoComparison>]
type Sameness =
    { Deviation: float
      Layers: LayerDeviation list
      First: Network
      Second: Network
      Gauge: Gauge option }

[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Verdict =
    | Equal of Sameness
    | Different of Witness * parting: LayerDeviation option
    | Undecided of reason: string * parting: LayerDeviation option

[<RequireQualifiedAccess>]
module Equality =

    let options =
        { Tolerance = None
          First = Canonical.options
          Second = Canonical.options
          AreSame = fun _ _ -> false
          Samples = 64
          Seed = 1 }

    /// Orders of units that nothing tells apart which are tried.
    let private attempts = 8

    let private opaqueNodes network =
        network
        |> Traversal.collect (fun term ->
            match term with
            | Opaque(node, _) -> [ node ]
            | _ -> [])

    let private deviations tolerance order facts =
        facts
        |> List.map (fun (fact: Fact) ->
            let rows = Deviation.ofFact order fact

            { First = fact.First
              Second = fact.Second
              Deviation = Array.fold max 0.0 rows
              Units =
                [ for i in 0 .. rows.Length - 1 do
                      if rows[i] > tolerance then
                          i ] })

    let private furthest (layers: LayerDeviation list) =
        layers |> List.fold (fun most layer -> max most layer.Deviation) 0.0

    /// The order of units in which all numbers are nearest to each other, and how near they are there.
    let private matched tolerance facts pinned =
        let attempt k =
            let choice = if k = 0 then None else Some(Random k)
            let found = Matching(facts, pinned, tolerance, choice).Run()
            struct (found, deviations tolerance found.Order facts)

        let rec better k (struct (found, layers) as best) =
            if found.Ties = 0 || k = attempts || furthest layers <= tolerance then
                best
            else
                let struct (_, others) as other = attempt k
                better (k + 1) (if furthest others < furthest layers then other else best)

        better 1 (attempt 0)

    /// The layers of a canonical form: by the name of the weight the coefficients and the crossing.
    let private layers form =
        [ for crossing in (Facts.walk form).Crossings do
              match crossing.Term with
              | UnitRowLinear(rows, _, _) -> rows.Coefficients, crossing
              | Linear(a, _, _) -> a, crossing
              | _ -> () ]

    /// The gauge of the first reduced network that leads to the second, as their canonical forms tell it.
    let private gauge tolerance (order: int[]) (first: Network) firstForm firstNumbers secondForm secondNumbers =
        Rescaling.ofOptions { Lossless = false; Thresholds = true } first
        |> Result.map (fun rescaling ->
            let shares =
                rescaling.Shares |> List.map (fun share -> share.Parameter.Name, share) |> dict

            let isFree = Rescaling.isFree rescaling
            let factors = Array.create isFree.Length Magnitude.One
            let isSet = Array.map not isFree
            // Of each unit of the form that of the reduced network, −1 where it was not met.
            let units = Array.create order.Length -1
            let mutable isMet = true

            let left (numbers: Numbers) (a: Affine) =
                numbers.Entries(a.Weight.Name, a.Weight.Rows, a.Left)

            /// The rows of the first network are multiplied by these ratios in the second.
            let meet (share: Share) (crossing: Crossing) (ofFirst: Magnitude[]) (ofSecond: Magnitude[]) =
                let others = ChannelFlow.destinations order (ChannelFlow.counted crossing.Behind)

                share.Rows
                |> Array.iteri (fun i channel ->
                    units[crossing.Behind[i].Unit] <- channel.Unit

                    let other = others[i]

                    if other >= 0 && not (ofFirst[i].IsZero || ofSecond[other].IsZero) then
                        let ratio = Magnitude.divide ofFirst[i] ofSecond[other]

                        if not isSet[channel.Class] then
                            factors[channel.Class] <- ratio
                            isSet[channel.Class] <- true

                        let apart = Magnitude.log2 ratio - Magnitude.log2 factors[channel.Class]
                        isMet <- isMet && abs (apart * Math.Log 2.0) <= 10.0 * tolerance)

            for (a, crossing), (b, _) in List.zip (layers firstForm) (layers secondForm) do
                match shares.TryGetValue a.Weight.Name with
                | true, share -> meet share crossing (left firstNumbers a) (left secondNumbers b)
                | false, _ -> ()

            let places = Array.init rescaling.Pinned.Length id

            for unit in 0 .. order.Length - 1 do
                if units[unit] >= 0 && units[order[unit]] >= 0 then
                    places[units[unit]] <- units[order[unit]]

            match Gauge.create factors places rescaling with
            | Ok gauge when isMet -> Some gauge
            | Ok _
            | Error _ -> None)

    /// What two networks, written in the one way in which they are compared, come to.
    [<RequireQualifiedAccess; NoEquality; NoComparison>]
    type private Outcome =
        | Alike of Sameness
        /// Why they are not, and the units of the first and of the second to look at.
        | Apart of reason: string * parting: LayerDeviation option * targets: struct (Network * Target) list

    /// The units that a fact tells apart, as rows of the last layer up to it that makes some of them, in both networks.
    let private targets (order: int[]) (facts: Fact list) index rows first second =
        let unitAt (fact: Fact) row =
            let struct (unit, _) = fact.Units[row]
            unit

        let units = rows |> List.map (unitAt facts[index])

        let made (fact: Fact) units =
            let units = HashSet<int>(units: int list)

            [| for row in 0 .. fact.Units.Length - 1 do
                   if units.Contains(unitAt fact row) then
                       row |]

        facts
        |> List.take (index + 1)
        |> List.rev
        |> List.tryPick (fun fact ->
            match fact.Weights, made fact units, made fact (units |> List.map (fun unit -> order[unit])) with
            | Some(struct (a, b)), ofFirst, ofSecond when ofFirst.Length > 0 && ofSecond.Length > 0 ->
                Some
                    [ struct (first, { Weight = a; Rows = ofFirst })
                      struct (second, { Weight = b; Rows = ofSecond }) ]
            | _ -> None)
        |> Option.defaultValue []

    let private meet (options: EqualityOptions) tolerance (firstNumbers, first) (secondNumbers, second) =
        let form options network =
            (Canonical.derive options network |> Fail.value).Result

        let firstForm, secondForm = form options.First first, form options.Second second

        match Skeleton.difference firstForm secondForm with
        | Some difference ->
            Outcome.Apart(
                $"the architectures differ: {difference}; and no input was found that shows a difference",
                None,
                []
            )
        | None ->
            let struct (facts, pinned) =
                Facts.ofForms firstNumbers firstForm secondNumbers secondForm

            let struct (found, layers) = matched tolerance facts pinned

            match layers |> List.tryFindIndex (fun layer -> not layer.Units.IsEmpty) with
            | Some index ->
                let ties =
                    if found.Ties > 0 then
                        $"; {found.Ties} times units were alike and could be paired in several ways, of which {attempts} were tried"
                    else
                        ""

                Outcome.Apart(
                    $"the canonical forms part, and no input was found that shows a difference{ties}",
                    Some layers[index],
                    (if facts[index].Units.Length > 0 then
                         targets found.Order facts index layers[index].Units first second
                     else
                         [])
                )
            | None ->
                Outcome.Alike
                    { Deviation = furthest layers
                      Layers = layers
                      First = first
                      Second = second
                      Gauge =
                        gauge tolerance found.Order first firstForm firstNumbers secondForm secondNumbers
                        |> Fail.value }

    let private decide (options: EqualityOptions) (first: Network) (second: Network) =
        let elementType =
            ElementTypes.coarsest (Traversal.parameters first @ Traversal.parameters second)

        let tolerance =
            options.Tolerance
            |> Option.defaultWith (fun () -> if elementType = Float64 then 1e-9 else 1e-4)

        let equal (same: Sameness) =
            match
                List.zip (opaqueNodes same.First) (opaqueNodes same.Second)
                |> List.tryFind (fun (a, b) -> not (options.AreSame a b))
            with
            | Some(node, _) ->
                Verdict.Undecided(
                    $"all layers agree, and whether {node.Name} {node.Label.Text} is the same in both is not known",
                    None
                )
            | None -> Verdict.Equal same

        let reduced options network =
            let numbers = Numbers()
            numbers, Reduction.network numbers options network |> Fail.value

        let firstReduced, secondReduced =
            reduced options.First first, reduced options.Second second

        /// Branches in another order; and all units as they are, where those that depend on each other were reduced in several ways.
        let otherwise () =
            seq {
                for other in Seq.tail (Arrangement.all (snd secondReduced)) do
                    yield firstReduced, (fst secondReduced, other)

                yield
                    (Numbers(), Reduction.folded options.First first |> Fail.value),
                    (Numbers(), Reduction.folded options.Second second |> Fail.value)
            }
            |> Seq.tryPick (fun (first, second) ->
                match meet options tolerance first second with
                | Outcome.Alike same -> Some same
                | Outcome.Apart _ -> None)

        match meet options tolerance firstReduced secondReduced with
        | Outcome.Alike same -> equal same
        | Outcome.Apart(reason, parting, targets) ->
            let unknown = opaqueNodes first @ opaqueNodes second

            let witness =
                if unknown.IsEmpty then
                    WitnessSearch.search
                        options.First
                        options.Samples
                        options.Seed
                        (ElementTypes.rounding elementType)
                        targets
                        first
                        second
                else
                    None

            match witness with
            | Some witness -> Verdict.Different(witness, parting)
            | None ->
                match otherwise (), unknown with
                | Some same, _ -> equal same
                | None, [] -> Verdict.Undecided(reason, parting)
                | None, node :: _ ->
                    Verdict.Undecided($"{reason}: nothing is known of {node.Name}, so that none can show it", parting)

    /// Why no input can be given to both, where none can.
    let private mismatch first second =
        let inputs network =
            Set.ofList (Traversal.freeWires network)

        match Shape.inputChannels first, Shape.inputChannels second with
        | Some a, Some b when a <> b -> Some $"the first network reads {a} channels, the second {b}"
        | _ when inputs first <> inputs second ->
            let names network =
                match Traversal.freeWires network with
                | [] -> "none"
                | names -> String.concat ", " names

            Some $"the named inputs are {names first} and {names second}"
        | _ -> None

    let compare options first second =
        Fail.guard (fun () ->
            match mismatch first second with
            | Some reason -> Verdict.Undecided(reason, None)
            | None -> decide options first second)
