namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

[<Struct; StructuralEquality; NoComparison>]
type Channel = { Class: int; Degree: int; Unit: int }

[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal LayerRole =
    | Mixes
    | Shifts
    | Normalizes
    | Stays of reason: string

[<NoEquality; NoComparison>]
type internal FlowOptions =
    { Lossless: bool
      Thresholds: bool
      Role: Affine -> LayerRole }

[<NoEquality; NoComparison>]
type internal Crossing =
    { Index: int
      Term: Network
      Before: Channel[]
      Behind: Channel[] }

[<NoEquality; NoComparison>]
type internal Flown =
    { Held: string option[]
      Pinned: string option[]
      Crossings: Crossing list
      Outputs: Channel[] list }

/// What flows at some place.
[<NoEquality; NoComparison>]
type private Flow =
    {
        /// None where their number is not known. They are then neither rescaled nor permuted.
        Channels: Channel[] option
        /// Why none of them can be rescaled.
        Held: string option
    }

[<RequireQualifiedAccess>]
module internal ChannelFlow =

    /// Of a term that works on each channel by itself its degree of homogeneity, or why there is none.
    let private degree options term =
        match term with
        | Spatial(Spatial.Pool(Pooling.Norm p, _), _) when options.Lossless && p > 2 ->
            NotHomogeneous "a root of a higher degree than 2 rounds"
        | Activation(phi, _) -> Activation.homogeneity phi
        | Spatial(operation, _) -> Degree(Spatial.degree operation)
        | Clip(lower, upper, _, _) when
            (lower = 0.0 || Double.IsInfinity lower)
            && (upper = 0.0 || Double.IsInfinity upper)
            ->
            Degree 1
        | Clip _ when options.Thresholds -> Degree 1
        | Clip _ -> NotHomogeneous "the bounds of a clip stay"
        | Normalize(normalization, _, _, _) -> NotHomogeneous $"{Normalization.name normalization} normalizes it"
        | _ -> NotHomogeneous "it mixes channels"

    let private isBarrier options term =
        match term with
        | Activation _
        | Clip _
        | Normalize _ ->
            match degree options term with
            | NotHomogeneous _ -> true
            | Degree _ -> false
        | _ -> false

    /// The network in front of the barriers that follow its last layer, and the rest.
    let private parted options network =
        let parts, tail = Network.parts network, Network.tail network
        let passed = tail |> List.takeWhile (isBarrier { options with Lossless = false } >> not)
        List.splitAt (parts.Length - tail.Length + passed.Length) parts

    let counted (channels: Channel[]) =
        let seen = Dictionary<int, int> channels.Length

        channels
        |> Array.map (fun channel ->
            let before = CollectionExtensions.GetValueOrDefault(seen, channel.Unit, 0)
            seen[channel.Unit] <- before + 1
            struct (channel.Unit, before))

    let destinations (order: int[]) (counted: struct (int * int)[]) =
        let places = Dictionary<struct (int * int), int> counted.Length
        counted |> Array.iteri (fun place unit -> places[unit] <- place)

        counted
        |> Array.map (fun (struct (unit, before)) ->
            match places.TryGetValue(struct (order[unit], before)) with
            | true, place -> place
            | false, _ -> -1)

    let isNumbered term =
        match term with
        | Linear _
        | UnitRowLinear _
        | Scale _
        | Clip _
        | Activation(PRelu _, _) -> true
        | _ -> false

    let walk (options: FlowOptions) network =
        let classes, units = Partition(), Partition()
        let crossings = List<Crossing>()
        let outputs = List<Channel[]>()
        let mutable visited = 0

        let hold reason =
            let reason = Some reason
            Array.iter (fun channel -> classes.Hold reason channel.Class)

        let pin reason =
            let reason = Some reason
            Array.iter (fun channel -> units.Hold reason channel.Unit)

        let fresh unit =
            { Class = classes.Fresh()
              Degree = 1
              Unit = unit }

        let heldAt reason unit =
            let channel = fresh unit
            classes.Hold reason channel.Class
            channel

        let held count reason =
            let why = Some reason
            let channels = Array.init count (fun _ -> heldAt why (units.Fresh()))
            pin reason channels
            channels

        let unknown reason = { Channels = None; Held = Some reason }

        let stop reason flow =
            Option.iter (hold reason) flow.Channels
            { flow with Held = Some reason }

        /// The places of channels are lost.
        let lose reason flow =
            Option.iter (pin reason) flow.Channels
            { stop reason flow with Channels = None }

        let ofWidth at count flow =
            match flow.Channels with
            | None -> held count (defaultArg flow.Held "their number is not known")
            | Some channels when channels.Length = count -> channels
            | Some channels ->
                Fail.because (ShapeMismatch(at, $"it reads {count} channels and {channels.Length} arrive"))

        let cross term before behind =
            crossings.Add
                { Index = visited - 1
                  Term = term
                  Before = before
                  Behind = behind }

        /// A term that has a number for each channel.
        let each term length flow =
            match flow.Channels, length with
            | Some channels, _ ->
                cross term channels channels
                flow
            | None, Some count ->
                let channels = ofWidth "scale" count flow
                cross term channels channels
                { flow with Channels = Some channels }
            | None, None -> flow

        let linear term (a: Affine) kept flow =
            let weight = a.Weight
            let role = kept |> Option.map LayerRole.Stays |> Option.defaultWith (fun () -> options.Role a)

            let size known =
                match known, role with
                | Some n, _ -> Some n
                | None, LayerRole.Stays _ -> None
                | None, _ -> Fail.because (UnknownWidth weight.Name)

            let isDiagonal = weight.Grouping = Diagonal

            let columns =
                match weight.Source, flow.Channels with
                | Source.Ones, Some channels -> Some channels.Length
                | _ -> if isDiagonal then size weight.Rows else size weight.Columns
                |> Option.map (fun count -> ofWidth "linear" count flow)

            let stays =
                match role with
                | LayerRole.Stays reason -> Some reason
                | _ -> None

            let behind unit channel =
                match role with
                | LayerRole.Shifts -> channel
                | LayerRole.Mixes
                | LayerRole.Normalizes -> fresh unit
                | LayerRole.Stays _ -> heldAt stays unit

            let rows =
                if isDiagonal then
                    columns |> Option.map (Array.map (fun channel -> behind channel.Unit channel))
                else
                    size weight.Rows
                    |> Option.map (fun count -> Array.init count (fun _ -> behind (units.Fresh()) Unchecked.defaultof<Channel>))

            match role, columns with
            | LayerRole.Stays reason, Some columns -> hold reason columns
            | LayerRole.Normalizes, Some columns -> hold "a batch norm normalizes it" columns
            | _ -> ()

            match columns, rows with
            | Some columns, Some rows -> cross term columns rows
            | Some columns, None -> pin "the number of rows is not known" columns
            | None, Some rows -> pin "the number of columns is not known" rows
            | None, None -> ()

            { Channels = rows
              Held =
                match role with
                | LayerRole.Shifts -> flow.Held
                | _ -> stays }

        let alike (branches: Channel[] list) =
            match branches |> List.map Array.length |> List.distinct with
            | [ _ ] -> ()
            | lengths ->
                Fail.because (ShapeMismatch("sum", $"branches of {lengths.Head} and {lengths[1]} channels meet"))

        /// All channels of the branches, where all are known.
        let together (combine: Channel[] list -> Channel[]) flows =
            let known = flows |> List.choose _.Channels

            if known.Length = flows.Length then
                Some(combine known)
            else
                List.iter (pin "it meets channels whose number is not known") known
                None

        /// Where one branch cannot be rescaled none can.
        let joined combine flows =
            match flows |> List.tryPick _.Held with
            | Some reason ->
                let flows = List.map (stop reason) flows

                { Channels = together combine flows
                  Held = Some reason }
            | None ->
                { Channels = together combine flows
                  Held = None }

        let uniteUnits (branches: Channel[] list) =
            alike branches

            for other in branches.Tail do
                Array.iter2 (fun a b -> units.Unite a.Unit b.Unit) branches.Head other

        let uniteClasses (a: Channel) (b: Channel) =
            if a.Degree <> b.Degree then
                let reason = Some $"powers {a.Degree} and {b.Degree} of its factor meet"
                classes.Hold reason a.Class
                classes.Hold reason b.Class
            else
                classes.Unite a.Class b.Class

        let sum flows =
            let unite (branches: Channel[] list) =
                uniteUnits branches

                if flows |> List.forall _.Held.IsNone then
                    for other in branches.Tail do
                        Array.iter2 uniteClasses branches.Head other

                branches.Head

            joined unite flows

        /// A factor of one branch alone is one of the product: the first that can be rescaled answers for all.
        let product flows =
            let chosen =
                flows |> List.tryFindIndex _.Held.IsNone |> Option.defaultValue 0

            let others =
                flows
                |> List.mapi (fun k flow ->
                    if k = chosen then flow else stop "another factor of the product answers for it" flow)

            // The units of channels whose number is not known are pinned; the factor that answers keeps its channels.
            match others |> List.choose _.Channels with
            | known when known.Length = flows.Length -> uniteUnits known
            | known -> List.iter (pin "it meets channels whose number is not known") known

            flows[chosen]

        let rearranged rearrangement (channels: Channel[]) =
            let space =
                match rearrangement with
                | Rearrangement.Flatten positions -> Option.toList positions
                | Rearrangement.Take _ -> []
                | Rearrangement.Regroup(sizes, source, _) ->
                    source.SpaceAxes
                    |> List.map (List.fold (fun n atom -> n * defaultArg sizes[atom] 1) 1)

            match Rearrangement.shape (Some channels.Length) (Some(List.map Some space)) rearrangement with
            | Error reason -> Fail.because (ShapeMismatch("rearrange", reason))
            | Ok(struct (behind, _)) ->
                let places = Rearrangement.places channels.Length space rearrangement

                Array.init behind.Value (fun c ->
                    let sources =
                        [ for k in c .. behind.Value .. places.Length - 1 -> places[k] % channels.Length ]
                        |> List.distinct
                        |> List.map (fun source -> channels[source])

                    for other in sources.Tail do
                        uniteClasses sources.Head other

                    if sources.Tail.IsEmpty then
                        sources.Head
                    else
                        let channel = { sources.Head with Unit = units.Fresh() }
                        pin "several channels become one" (Array.ofList (channel :: sources))
                        channel)

        let rec along wires flow parts =
            match parts with
            | [] -> flow
            | As wire :: rest -> along (Map.add wire flow wires) flow rest
            | part :: rest -> along wires (term wires flow part) rest

        and term (wires: Map<string, Flow>) flow network : Flow =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let homogeneous flow =
                match degree options network, flow.Channels with
                | NotHomogeneous reason, _ -> stop reason flow
                | Degree 1, _
                | _, None -> flow
                | Degree d, Some channels ->
                    { flow with
                        Channels =
                            Some(channels |> Array.map (fun channel -> { channel with Degree = channel.Degree * d })) }

            if isNumbered network then
                visited <- visited + 1

            match network with
            | Linear(a, _, _) -> linear network a None flow
            | UnitRowLinear(rows, _, _) ->
                linear network rows.Coefficients (Some "its layer keeps its rows at norm 1") flow
            | Scale g -> each network (Gain.length g) flow
            | Activation(PRelu slope, _) ->
                each network (slope.Rows |> Option.filter ((<>) 1)) flow |> homogeneous
            | Clip(_, _, thresholds, _) when options.Thresholds || not thresholds.IsOne ->
                each network (Gain.length thresholds) flow |> homogeneous
            | Normalize(GroupNorm groups, _, _, _) when groups > 1 ->
                Option.iter (pin "group_norm has groups of channels") flow.Channels
                homogeneous flow
            | Activation _
            | Clip _
            | Normalize _
            | Spatial _ -> homogeneous flow
            | Rearrange(rearrangement, _) ->
                match flow.Channels, rearrangement with
                | None, _ -> flow
                | Some _, Rearrangement.Flatten None ->
                    lose "it is flattened, and the number of positions is not known" flow
                | Some channels, _ ->
                    { flow with
                        Channels = Some(rearranged rearrangement channels) }
            | Compose parts -> along wires flow parts
            | Sum(branches, _) -> branches |> List.map (term wires flow) |> sum
            | Concat(branches, _, _) -> branches |> List.map (term wires flow) |> joined Array.concat
            | Product(branches, _) -> branches |> List.map (term wires flow) |> product
            | As _ -> flow
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some flow -> flow
                | None -> unknown "it is an input"
            | Tuple branches ->
                List.iter (output wires flow) branches
                unknown "it is an output"
            | Opaque(node, inputs) ->
                let reason = $"nothing is known of {node.Name}"

                for inner in inputs do
                    term wires flow inner |> lose reason |> ignore

                unknown reason

        and output wires flow network =
            match List.tryLast (Network.parts network) with
            | Some(Tuple _) -> along wires flow (Network.parts network) |> ignore
            | _ ->
                let front, tail = parted options network

                // A wire that is named in front may be read in the tail of an output alone by what is no part of it.
                let last = along wires flow front
                Option.iter (pin "it is an output") last.Channels

                outputs.Add(
                    match last with
                    | { Channels = Some channels; Held = None } -> channels
                    | _ -> [||]
                )

                // What stops factors behind the last layer does not stop those that the output has.
                if List.exists isNumbered tail then
                    let reason = Some "it is an output"

                    let behind =
                        last.Channels
                        |> Option.map (Array.map (fun channel -> heldAt reason channel.Unit))

                    along Map.empty { Channels = behind; Held = reason } tail
                    |> ignore

        output Map.empty (unknown "it is the input") network
        let held, classOf = classes.Numbered()
        let pinned, unitOf = units.Numbered()

        let numbered =
            Array.map (fun channel ->
                { channel with
                    Class = classOf channel.Class
                    Unit = unitOf channel.Unit })

        { Held = held
          Pinned = pinned
          Crossings =
            [ for crossing in crossings ->
                  { crossing with
                      Before = numbered crossing.Before
                      Behind = numbered crossing.Behind } ]
          Outputs = [ for channels in outputs -> numbered channels ] }
