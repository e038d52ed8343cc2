namespace Canon.Algebra

open System
open System.Collections.Generic

/// Why a channel can go.
type internal Redundancy =
    /// It is 0 wherever it is read.
    | IsDead
    /// It is a constant wherever it is read.
    | IsConstant
    /// Nothing reads it.
    | IsUnobserved
    /// Wherever it is read a channel that stays is a multiple of it.
    | IsDuplicate

/// Which channels of a network go.
[<Sealed>]
type internal Removal(channels: Channels, silences: bool) =
    let gone = Dictionary<int, Redundancy>()
    // Channels that stay as the last of a layer, made and read by zeros.
    let silent = HashSet<int>()
    let refusals = Dictionary<int, string>()

    let mixings =
        channels.Works
        |> Seq.choose (function
            | Treatment.Mixes mixing -> Some mixing
            | _ -> None)
        |> Array.ofSeq

    let isGone number = gone.ContainsKey(channels.Root number)
    let isSilent number = silent.Contains(channels.Root number)

    let roots (numbers: Mixing -> int[]) =
        mixings
        |> Array.map (fun mixing -> Array.map channels.Root (numbers mixing))
        |> Occurrences

    /// By channel the columns that read it, of each layer.
    let readers = roots _.Columns

    /// By channel the rows that make it.
    let makers = roots _.Rows

    /// By class the columns that read it.
    let columnsOf =
        mixings
        |> Array.map (fun mixing ->
            mixing.Values
            |> Array.map (fun value ->
                match value with
                | Like(kind, _) -> kind
                | Constant _ -> -1))
        |> Occurrences

    let rowsLeft = mixings |> Array.map _.Rows.Length

    /// Whether a column can take in another of its class, with its factor; the right diagonal belongs to the numbers that are added.
    let ratio (mixing: Mixing) j representative =
        match mixing.Values[j], mixing.Values[representative] with
        | Like(a, f), Like(b, g) when a = b ->
            let right k =
                mixing.Right |> Option.map (fun xs -> xs[k]) |> Option.defaultValue 1.0

            let ratio = f / g * (right j / right representative)
            if Double.IsFinite ratio && ratio > 0.0 then Some ratio else None
        | _ -> None

    /// A channel in which all columns that read this one, and are no constants, can be added up. The first of these columns is in a layer, and
    /// of a class.
    let representative top layer kind =
        let holds other =
            readers[top]
            |> Seq.forall (fun (struct (m, j)) ->
                match mixings[m].Values[j] with
                | Like(kind, _) when not mixings[m].IsUnread[j] ->
                    columnsOf.Within(kind, m)
                    |> Seq.exists (fun (struct (_, k)) ->
                        // A column that nothing reads may go by itself later on.
                        channels.Root mixings[m].Columns[k] = other
                        && not mixings[m].IsUnread[k]
                        && (ratio mixings[m] j k).IsSome)
                | Like _
                | Constant _ -> true)

        let alike = columnsOf.Within(kind, layer)

        if alike.Count = 1 then
            None
        else
            alike
            |> Seq.map (fun (struct (_, k)) -> channels.Root mixings[layer].Columns[k])
            |> Seq.tryFind (fun other ->
                other <> top
                && not (gone.ContainsKey other || silent.Contains other)
                && holds other)

    /// Why a channel can go, where it can.
    let decide top =
        // Whether a row reads any of its columns; whether those that are read are 0, and whether all are.
        let mutable isRead, isReadZero, isZero = false, true, true
        let mutable refusal = None
        // The layer and the class of the first column that is read and is no constant.
        let mutable varying = ValueNone

        for struct (m, j) in readers[top] do
            let isUnread = mixings[m].IsUnread[j]
            isRead <- isRead || not isUnread

            match mixings[m].Values[j] with
            | Constant x ->
                isZero <- isZero && x = 0.0

                if not isUnread then
                    isReadZero <- isReadZero && x = 0.0

                    if refusal.IsNone && x <> 0.0 then
                        refusal <- mixings[m].NoConstants
            | Like(kind, _) ->
                isZero <- false

                if not isUnread && varying.IsNone then
                    varying <- ValueSome(struct (m, kind))

        match refusal, varying with
        | Some reason, _ ->
            refusals[top] <- reason
            None
        | None, ValueSome(struct (layer, kind)) -> representative top layer kind |> Option.map (fun _ -> IsDuplicate)
        | None, ValueNone when readers[top].Count = 0 || not isRead && not isZero -> Some IsUnobserved
        | None, ValueNone -> Some(if isReadZero then IsDead else IsConstant)

    let remove top =
        match decide top with
        | None -> ()
        | Some redundancy ->
            let mutable isLast = false

            for struct (m, _) in makers[top] do
                isLast <- isLast || rowsLeft[m] <= makers.Within(top, m).Count

            if isLast then
                refusals[top] <- "one unit of a layer stays"

                if silences then
                    silent.Add top |> ignore
            else
                gone[top] <- redundancy

                for struct (m, _) in makers[top] do
                    rowsLeft[m] <- rowsLeft[m] - 1

    do
        // From the last on: of duplicates the first stays.
        for top in channels.Count - 1 .. -1 .. 0 do
            if makers[top].Count > 0 && (channels.Pin top).IsNone then
                remove top

    let isZero value =
        match value with
        | Constant x -> x = 0.0
        | Like _ -> false

    /// Whether a column that stays is to be zeros: it reads a silent channel, or a constant that the bias can hold.
    let isMute (mixing: Mixing) j =
        silences
        && (isSilent mixing.Columns[j]
            || isZero mixing.Values[j]
            || mixing.Values[j].IsConstant && mixing.NoConstants.IsNone)

    /// Whether a layer has something else than zeros where there are to be zeros.
    let isHeard (mixing: Mixing) =
        Array.exists2 (fun number made -> isSilent number && not (isZero made)) mixing.Rows mixing.Made
        || Seq.exists (fun j -> isMute mixing j && not mixing.IsUnread[j]) (seq { 0 .. mixing.Columns.Length - 1 })

    /// Whether nothing changes.
    member _.IsEmpty = gone.Count = 0 && not (Array.exists isHeard mixings)

    /// Whether a channel stays and is made and read by zeros.
    member _.IsSilent number = isSilent number

    /// Whether a column that stays is to be zeros.
    member _.IsMute(mixing, j) = isMute mixing j

    /// Whether a layer changes.
    member _.Changes(mixing: Mixing) =
        isHeard mixing || Seq.exists isGone (Seq.append mixing.Rows mixing.Columns)

    member _.IsGone number = isGone number

    /// Why a channel goes.
    member _.Why number = gone[channels.Root number]

    /// Why a channel that looks redundant stays.
    member _.Refusal number =
        let top = channels.Root number

        channels.Pin number
        |> Option.orElse (
            match refusals.TryGetValue top with
            | true, reason -> Some reason
            | false, _ -> None
        )
        |> Option.defaultValue "not every layer that reads them can do without"

    /// What becomes of a layer: the columns that stay, those that are added to them, and the constants that go into the bias.
    member _.Columns(mixing: Mixing) : struct (int list * AddedColumn list * float[] option) =
        let kept =
            [ for j in 0 .. mixing.Columns.Length - 1 do
                  if not (isGone mixing.Columns[j]) then
                      j ]

        let representatives = Dictionary<int, List<struct (int * int)>>()

        kept
        |> List.iteri (fun into j ->
            match mixing.Values[j] with
            | Like(kind, _) when not (isSilent mixing.Columns[j]) ->
                match representatives.TryGetValue kind with
                | true, list -> list.Add(struct (into, j))
                | false, _ -> representatives[kind] <- List [ struct (into, j) ]
            | Like _
            | Constant _ -> ())

        let read =
            [ for j in 0 .. mixing.Columns.Length - 1 do
                  if (isGone mixing.Columns[j] || isMute mixing j) && not mixing.IsUnread[j] then
                      j ]

        let added =
            read
            |> List.choose (fun j ->
                match mixing.Values[j] with
                | Constant _ -> None
                | Like(kind, _) ->
                    representatives[kind]
                    |> Seq.pick (fun (struct (into, representative)) ->
                        ratio mixing j representative
                        |> Option.map (fun ratio ->
                            { Column = j
                              Into = into
                              Factor = ratio }))
                    |> Some)

        let constants = Array.zeroCreate mixing.Columns.Length

        for j in read do
            match mixing.Values[j] with
            | Constant x ->
                constants[j] <- x * (mixing.Right |> Option.map (fun xs -> xs[j]) |> Option.defaultValue 1.0)
            | Like _ -> ()

        struct (kept, added, (if Array.exists ((<>) 0.0) constants then Some constants else None))
