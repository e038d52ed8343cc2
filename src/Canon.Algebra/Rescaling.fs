namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

[<Struct; StructuralEquality; NoComparison>]
type Channel = { Class: int; Degree: int }

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
      Shares: Share list
      Outputs: Channel[] list }

/// The channels at some place of a network while it is walked.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type private Flow =
    | Channels of Channel[]
    /// None of them can be rescaled, and how many there are need not be known.
    | Held of reason: string

[<Sealed>]
type private Classes() =
    let parents = List<int>()
    let held = List<string option>()

    let root (channel: Channel) =
        let mutable top = channel.Class

        while parents[top] <> top do
            parents[top] <- parents[parents[top]]
            top <- parents[top]

        top

    member _.Fresh() =
        parents.Add parents.Count
        held.Add None

        { Class = parents.Count - 1
          Degree = 1 }

    member _.Hold reason channel =
        let top = root channel
        held[top] <- Option.orElse (Some reason) held[top]

    member x.Unite (a: Channel) (b: Channel) =
        let first, second = root a, root b

        if a.Degree <> b.Degree then
            let reason = $"powers {a.Degree} and {b.Degree} of its factor meet"
            x.Hold reason a
            x.Hold reason b
        elif first <> second then
            parents[max first second] <- min first second
            held[min first second] <- Option.orElse held[max first second] held[min first second]

    /// The classes numbered from 0 without gaps: why each is held, and what becomes of a channel.
    member _.Numbered() =
        let numbers = Dictionary<int, int>()
        let reasons = List<string option>()

        for k in 0 .. parents.Count - 1 do
            if parents[k] = k then
                numbers[k] <- reasons.Count
                reasons.Add held[k]

        reasons.ToArray(),
        fun (channel: Channel) ->
            { channel with
                Class = numbers[root channel] }

[<RequireQualifiedAccess>]
module Rescaling =

    /// Of an activation, a clip or an operation on space the degree of homogeneity, or why there is none.
    let private degree lossless term =
        match term with
        | Spatial(Spatial.Pool(Pooling.Norm p, _), _) when lossless && p > 2 ->
            NotHomogeneous "a root of a higher degree than 2 rounds"
        | Activation(phi, _) -> Activation.homogeneity phi
        | Spatial(operation, _) -> Degree(Spatial.degree operation)
        | Clip(lower, upper, _, _) when
            (lower = 0.0 || Double.IsInfinity lower)
            && (upper = 0.0 || Double.IsInfinity upper)
            ->
            Degree 1
        | Clip _ -> NotHomogeneous "the bounds of a clip stay"
        | Normalize(normalization, _, _, _) -> NotHomogeneous $"{Normalization.name normalization} normalizes it"
        | _ -> NotHomogeneous "it mixes channels"

    let private isBarrier term =
        match term with
        | Activation _
        | Clip _
        | Normalize _ ->
            match degree false term with
            | NotHomogeneous _ -> true
            | Degree _ -> false
        | _ -> false

    /// The network without the barriers that follow its last layer, and what follows them.
    let private withoutTail network =
        let parts, tail = Network.parts network, Network.tail network

        List.take (parts.Length - tail.Length) parts
        @ List.takeWhile (isBarrier >> not) tail

    /// A weight, bias or vector that is stored or a symbol, and neither made of others nor shared.
    let private isOwn (used: Dictionary<Parameter, int>) uses (p: Parameter) =
        match p.Source with
        | Source.Stored _
        | Source.Symbol -> not p.IsTied && used[p] = uses
        | _ -> false

    let private flow lossless (classes: Classes) (used: Dictionary<Parameter, int>) (shares: List<Share>) network =
        let outputs = List<Channel[]>()

        let hold reason stream =
            match stream with
            | Flow.Channels channels -> Array.iter (classes.Hold reason) channels
            | Flow.Held _ -> ()

        let fresh count =
            Array.init count (fun _ -> classes.Fresh())

        let held count reason =
            let channels = fresh count
            Array.iter (classes.Hold reason) channels
            channels

        let ofWidth count stream =
            match stream with
            | Flow.Held reason -> held count reason
            | Flow.Channels channels when channels.Length = count -> channels
            | Flow.Channels channels ->
                Fail.because (ShapeMismatch("linear", $"it reads {count} channels and {channels.Length} arrive"))

        let size (p: Parameter) known =
            match known with
            | Some n -> n
            | None -> Fail.because (UnknownWidth p.Name)

        let raised degree stream =
            match stream with
            | Flow.Channels channels when degree <> 1 ->
                Flow.Channels(
                    channels
                    |> Array.map (fun channel ->
                        { channel with
                            Degree = channel.Degree * degree })
                )
            | Flow.Channels _
            | Flow.Held _ -> stream

        let weigh (parameter: Parameter) rows columns bias =
            shares.Add
                { Parameter = parameter
                  Rows = rows
                  Columns = columns
                  IsBias = false
                  Bias = bias }

        let add (bias: Parameter) rows =
            shares.Add
                { Parameter = bias
                  Rows = rows
                  Columns = None
                  IsBias = true
                  Bias = None }

        let width (a: Affine) (stream: Flow) =
            match stream with
            | Flow.Channels channels -> channels.Length
            | Flow.Held _ -> size a.Weight a.Weight.Columns

        /// A layer whose numbers cannot be rescaled one by one.
        let kept reason stream =
            hold reason stream
            Flow.Held reason

        let linear (a: Affine) stream =
            let weight = a.Weight
            let bias = a.Bias |> Option.map _.Vector

            let own =
                if weight.Grouping = Diagonal then Parameter.diagonalEntries weight else weight

            match weight.Source, bias with
            | _ when not (Affine.isPlain a) -> kept "a scale stands inside a layer" stream
            | Source.Ones, None -> stream
            | Source.Ones, Some bias when isOwn used 1 bias ->
                // A shift: what it adds is rescaled with the channels.
                let channels = ofWidth (width a stream) stream
                add bias channels
                Flow.Channels channels
            | Source.NormFactor(gamma, _, _), Some shift when isOwn used 2 gamma ->
                match shift.Source with
                | Source.NormShift(other, beta, _, _, _) when other = gamma && isOwn used 1 beta ->
                    hold "a batch norm normalizes it" stream
                    let rows = fresh (size weight weight.Rows)
                    weigh gamma rows None (Some beta)
                    add beta rows
                    Flow.Channels rows
                | _ -> kept "its batch norm is made of other parameters" stream
            | _ when isOwn used 1 own && not weight.IsTied && Option.forall (isOwn used 1) bias ->
                let columns = ofWidth (size weight weight.Columns) stream
                let rows = fresh (size weight weight.Rows)
                weigh weight rows (Some columns) bias
                bias |> Option.iter (fun bias -> add bias rows)
                Flow.Channels rows
            | _ -> kept $"{weight.Name} is shared or made of other parameters" stream

        let joined (combine: Channel[] list -> Channel[]) streams =
            let reason =
                streams
                |> List.tryPick (function
                    | Flow.Held reason -> Some reason
                    | Flow.Channels _ -> None)

            match reason with
            | Some reason ->
                List.iter (hold reason) streams
                Flow.Held reason
            | None ->
                streams
                |> List.choose (function
                    | Flow.Channels channels -> Some channels
                    | Flow.Held _ -> None)
                |> combine
                |> Flow.Channels

        let alike (branches: Channel[] list) =
            match branches |> List.map Array.length |> List.distinct with
            | [ _ ] -> ()
            | lengths ->
                Fail.because (ShapeMismatch("sum", $"branches of {lengths.Head} and {lengths[1]} channels meet"))

        let sum branches =
            alike branches

            for other in List.tail branches do
                Array.iter2 classes.Unite branches.Head other

            branches.Head

        /// A factor of one branch alone is one of the product: the first that is not held answers for all.
        let product streams =
            let isOpen stream =
                match stream with
                | Flow.Held _ -> false
                | Flow.Channels _ -> true

            match streams |> List.tryFind isOpen with
            | None -> streams.Head
            | Some chosen ->
                for other in streams do
                    if not (obj.ReferenceEquals(other, chosen)) then
                        hold "another factor of the product answers for it" other

                chosen

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

                    for other in sources.Tail do
                        classes.Unite channels[sources.Head] channels[other]

                    channels[sources.Head])

        let rec along wires stream parts =
            match parts with
            | [] -> stream
            | As wire :: rest -> along (Map.add wire stream wires) stream rest
            | part :: rest -> along wires (term wires stream part) rest

        and term (wires: Map<string, Flow>) stream network : Flow =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            match network with
            | Linear(a, _, _) -> linear a stream
            | UnitRowLinear _ -> kept "its layer keeps its rows at norm 1" stream
            | Scale _
            | As _ -> stream
            | Activation _
            | Clip _
            | Normalize _
            | Spatial _ ->
                match degree lossless network with
                | Degree d -> raised d stream
                | NotHomogeneous reason ->
                    hold reason stream
                    Flow.Held reason
            | Rearrange(rearrangement, _) ->
                match stream, rearrangement with
                | Flow.Held _, _ -> stream
                | Flow.Channels _, Rearrangement.Flatten None ->
                    let reason = "it is flattened, and the number of positions is not known"
                    hold reason stream
                    Flow.Held reason
                | Flow.Channels channels, _ -> Flow.Channels(rearranged rearrangement channels)
            | Compose parts -> along wires stream parts
            | Sum(branches, _) -> branches |> List.map (term wires stream) |> joined sum
            | Concat(branches, _, _) -> branches |> List.map (term wires stream) |> joined Array.concat
            | Product(branches, _) -> branches |> List.map (term wires stream) |> product
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some stream -> stream
                | None -> Flow.Held "it is an input"
            | Tuple branches ->
                branches |> List.iter (output wires stream)
                Flow.Held "it is an output"
            | Opaque(node, inputs) ->
                let reason = $"nothing is known of {node.Name}"

                for inner in inputs do
                    term wires stream inner |> hold reason

                Flow.Held reason

        /// What flows at an output, in front of the barriers that follow its last layer.
        and output wires stream network =
            match List.tryLast (Network.parts network) with
            | Some(Tuple _) -> along wires stream (Network.parts network) |> ignore
            | _ ->
                match along wires stream (withoutTail network) with
                | Flow.Channels channels -> outputs.Add channels
                | Flow.Held _ -> outputs.Add [||]

        output Map.empty (Flow.Held "it is the input") network
        List.ofSeq outputs

    let ofNetwork lossless network =
        Fail.guard (fun () ->
            let used = Dictionary<Parameter, int>()

            network
            |> Traversal.iterateParameters (fun p ->
                for leaf in Parameter.leaves p do
                    used[leaf] <- CollectionExtensions.GetValueOrDefault(used, leaf, 0) + 1)

            let classes = Classes()
            let shares = List<Share>()
            let outputs = flow lossless classes used shares network
            let held, numbered = classes.Numbered()

            { Held = held
              Shares =
                [ for share in shares ->
                      { share with
                          Rows = Array.map numbered share.Rows
                          Columns = Option.map (Array.map numbered) share.Columns } ]
              Outputs = outputs |> List.map (Array.map numbered) })

    let isFree rescaling =
        let free = rescaling.Held |> Array.map _.IsNone

        for output in rescaling.Outputs do
            for channel in output do
                free[channel.Class] <- false

        free
