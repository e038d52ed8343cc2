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

    /// The columns of a class, of one reader.
    let columnsOf =
        mixings
        |> Array.map (fun mixing ->
            let found = Dictionary<int, List<int>>()

            mixing.Values
            |> Array.iteri (fun j value ->
                match value with
                | Like(kind, _) ->
                    match found.TryGetValue kind with
                    | true, columns -> columns.Add j
                    | false, _ -> found[kind] <- List [ j ]
                | Constant _ -> ())

            found)

    /// Whether a column can take in another of its class, with its factor; the right diagonal belongs to the numbers that are added.
    let ratio (mixing: Mixing) j representative =
        match mixing.Values[j], mixing.Values[representative] with
        | Like(a, f), Like(b, g) when a = b ->
            let right k =
                mixing.Right |> Option.map (fun xs -> xs[k]) |> Option.defaultValue 1.0

            let ratio = f / g * (right j / right representative)
            if Double.IsFinite ratio && ratio > 0.0 then Some ratio else None
        | _ -> None

    /// By channel the columns that read it, and the rows that are left of each layer.
    let readers = Dictionary<int, List<struct (int * int)>>()
    let rowsLeft = mixings |> Array.map (fun mixing -> mixing.Rows.Length)
    let makers = Dictionary<int, List<int>>()

    let note (into: Dictionary<int, List<'a>>) key value =
        match into.TryGetValue key with
        | true, list -> list.Add value
        | false, _ -> into[key] <- List [ value ]

    do
        mixings
        |> Array.iteri (fun m mixing ->
            mixing.Columns
            |> Array.iteri (fun j number -> note readers (channels.Root number) (struct (m, j)))

            mixing.Rows |> Array.iter (fun number -> note makers (channels.Root number) m))

    /// A channel in which all these columns can be added up.
    let representative top (columns: struct (int * int) list) =
        let struct (first, column) = columns.Head

        let holds other =
            columns
            |> List.forall (fun (struct (m, j)) ->
                match mixings[m].Values[j] with
                | Like(kind, _) ->
                    columnsOf[m].[kind]
                    |> Seq.exists (fun k ->
                        // A column that nothing reads may go by itself later on.
                        channels.Root mixings[m].Columns[k] = other
                        && not mixings[m].IsUnread[k]
                        && (ratio mixings[m] j k).IsSome)
                | Constant _ -> false)

        match mixings[first].Values[column] with
        | Constant _ -> None
        | Like(kind, _) ->
            columnsOf[first].[kind]
            |> Seq.map (fun k -> channels.Root mixings[first].Columns[k])
            |> Seq.tryFind (fun other ->
                other <> top
                && not (gone.ContainsKey other || silent.Contains other)
                && holds other)

    let decide top =
        let columns =
            match readers.TryGetValue top with
            | true, list -> List.ofSeq list
            | false, _ -> []

        let read =
            columns |> List.filter (fun (struct (m, j)) -> not mixings[m].IsUnread[j])

        let constants, others =
            read |> List.partition (fun (struct (m, j)) -> mixings[m].Values[j].IsConstant)

        let isZero (struct (m, j)) =
            match mixings[m].Values[j] with
            | Constant x -> x = 0.0
            | Like _ -> false

        let refused =
            constants
            |> List.tryPick (fun (struct (m, _) as place) -> if isZero place then None else mixings[m].NoConstants)

        match refused, others with
        | Some reason, _ ->
            refusals[top] <- reason
            None
        | None, [] when columns.IsEmpty || read.IsEmpty && not (List.forall isZero columns) -> Some IsUnobserved
        | None, [] when List.forall isZero (if read.IsEmpty then columns else read) -> Some IsDead
        | None, [] -> Some IsConstant
        | None, others -> representative top others |> Option.map (fun _ -> IsDuplicate)

    let remove top =
        match decide top with
        | None -> ()
        | Some redundancy ->
            let made =
                match makers.TryGetValue top with
                | true, list -> list |> Seq.countBy id |> List.ofSeq
                | false, _ -> []

            if made |> List.exists (fun (m, rows) -> rowsLeft[m] <= rows) then
                refusals[top] <- "one unit of a layer stays"

                if silences then
                    silent.Add top |> ignore
            else
                gone[top] <- redundancy

                for m, rows in made do
                    rowsLeft[m] <- rowsLeft[m] - rows

    do
        // From the last on: of duplicates the first stays.
        makers.Keys
        |> Seq.filter (fun top -> (channels.Pin top).IsNone)
        |> Seq.sortDescending
        |> Seq.iter remove

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

        let byKind = Dictionary<int, List<struct (int * int)>>()

        kept
        |> List.iteri (fun into j ->
            match mixing.Values[j] with
            | Like(kind, _) when not (isSilent mixing.Columns[j]) -> note byKind kind (struct (into, j))
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
                    byKind[kind]
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
