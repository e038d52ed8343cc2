namespace Canon.Algebra

open System
open System.Collections.Generic

/// A weight while sweeps rescale it.
[<Sealed>]
type private SweptWeight(weight: RescaledWeight) =
    let rowLogs = Array.zeroCreate<float> weight.Entries.Rows
    let columnLogs = Array.zeroCreate<float> weight.Entries.Columns

    let through entries (across: float[]) =
        RowNorms.through (StoredMatrix(entries, None, Some(Array.map Magnitude.ofLog across)))

    // The norms of rows times the factors of the columns alone, and of columns times those of the rows: read anew when these have changed.
    let mutable rowsThrough = ValueSome(through weight.Entries columnLogs)
    let mutable columnsThrough: Magnitude[] voption = ValueNone

    let scaled (own: float[]) through =
        Array.map2 (fun log (norm: Magnitude) -> Magnitude.toFloat (Magnitude.ofLog log * norm)) own through

    member _.Entries = weight.Entries
    member _.Rows = weight.Rows
    member _.Columns = weight.Columns

    /// What the rows and the columns are multiplied by so far.
    member _.RowFactors = Array.map Magnitude.ofLog rowLogs

    member _.ColumnFactors = Array.map Magnitude.ofLog columnLogs

    /// Whether the norms of the rows as they are can be told without reading the weight.
    member _.KnowsRows = rowsThrough.IsSome

    member _.KnowsColumns = columnsThrough.IsSome

    member _.RowNorms() =
        let norms =
            rowsThrough
            |> ValueOption.defaultWith (fun () -> through weight.Entries columnLogs)

        rowsThrough <- ValueSome norms
        scaled rowLogs norms

    member _.ColumnNorms() =
        let norms =
            columnsThrough
            |> ValueOption.defaultWith (fun () -> through weight.Entries.Turned rowLogs)

        columnsThrough <- ValueSome norms
        scaled columnLogs norms

    /// Each row times e^change.
    member _.ScaleRows(change: Channel -> float) =
        for i in 0 .. weight.Rows.Length - 1 do
            rowLogs[i] <- rowLogs[i] + change weight.Rows[i]

        columnsThrough <- ValueNone

    /// Each column over e^change.
    member _.ScaleColumns(change: Channel -> float) =
        for j in 0 .. weight.Columns.Length - 1 do
            columnLogs[j] <- columnLogs[j] - change weight.Columns[j]

        rowsThrough <- ValueNone

/// The classes that a layer is the first to make, which are moved together.
[<NoEquality; NoComparison>]
type private SweptBlock =
    {
        Classes: int[]
        /// The weights that have to do with them: whether with their rows, and whether with their columns.
        Weights: struct (SweptWeight * bool * bool) list
        /// Whether a weight has to do with them with both.
        IsCoupled: bool
    }

[<RequireQualifiedAccess>]
module Balancing =

    /// The classes that may be rescaled, by the layer that is the first to make them.
    let private blocks (isFree: bool[]) (weights: SweptWeight list) =
        let blockOf = Array.create isFree.Length -1

        let classes =
            weights
            |> List.mapi (fun k weight ->
                [| for channel in weight.Rows do
                       if isFree[channel.Class] && blockOf[channel.Class] < 0 then
                           blockOf[channel.Class] <- k
                           channel.Class |])

        let touching = classes |> List.map (fun _ -> List()) |> Array.ofList

        for weight in weights do
            let met channels =
                channels
                |> Seq.map (fun channel -> blockOf[channel.Class])
                |> Seq.filter (fun block -> block >= 0)
                |> Set.ofSeq

            let rows, columns = met weight.Rows, met weight.Columns

            for block in rows + columns do
                touching[block].Add(struct (weight, rows.Contains block, columns.Contains block))

        [ for classes, weights in Seq.zip classes touching do
              if classes.Length > 0 then
                  { Classes = classes
                    Weights = List.ofSeq weights
                    IsCoupled = weights.Exists(fun (struct (_, byRows, byColumns)) -> byRows && byColumns) } ]

    /// The block with its rows times e^(degree · step), and its columns over it.
    let private scale (steps: float[]) (block: SweptBlock) =
        let change (channel: Channel) =
            float channel.Degree * steps[channel.Class]

        for struct (weight, byRows, byColumns) in block.Weights do
            if byRows then
                weight.ScaleRows change

            if byColumns then
                weight.ScaleColumns change

    /// The block and the degree of a channel; −1 where its scale is kept.
    let private place (blockOf: int[]) (channel: Channel) =
        match blockOf[channel.Class] with
        | -1 -> struct (-1, 0)
        | block -> struct (block, channel.Degree)

    /// The sums of the squares of weights by the blocks of their rows and columns, as they are by now. Where all columns have one place, or
    /// all rows, the norms of the sweep tell them; else it takes one pass for each place that the columns have, or the rows if these have
    /// fewer.
    let private energies (weights: SweptWeight list) (blockOf: int[]) =
        let sums (normsAt: struct (int * int) -> float[]) (own: struct (int * int)[]) (across: struct (int * int)[]) =
            [ for there in across do
                  let norms = normsAt there

                  for here, members in Array.zip own norms |> Array.groupBy fst do
                      struct (here, there, members |> Array.sumBy (fun (_, norm) -> norm * norm)) ]

        /// The norms of rows with the columns of one place alone.
        let masked entries own (across: struct (int * int)[]) acrossFactors there =
            let factors =
                Array.map2 (fun place factor -> if place = there then factor else Magnitude.Zero) across acrossFactors

            RowNorms.scaled VectorNorm.Euclidean (StoredMatrix(entries, Some own, Some factors))
            |> Array.map Magnitude.toFloat

        [| for weight in weights do
               let rows = weight.Rows |> Array.map (place blockOf)

               let columns =
                   if weight.Columns.Length = 0 then
                       Array.create weight.Entries.Columns (struct (-1, 0))
                   else
                       weight.Columns |> Array.map (place blockOf)

               let rowPlaces, columnPlaces = Array.distinct rows, Array.distinct columns

               let isByRows =
                   if rowPlaces.Length = columnPlaces.Length then
                       weight.KnowsRows || not weight.KnowsColumns
                   else
                       columnPlaces.Length < rowPlaces.Length

               let sums =
                   if isByRows then
                       let normsAt =
                           if columnPlaces.Length = 1 then
                               fun _ -> weight.RowNorms()
                           else
                               masked weight.Entries weight.RowFactors columns weight.ColumnFactors

                       sums normsAt rows columnPlaces
                   else
                       let normsAt =
                           if rowPlaces.Length = 1 then
                               fun _ -> weight.ColumnNorms()
                           else
                               masked weight.Entries.Turned weight.ColumnFactors rows weight.RowFactors

                       sums normsAt columns rowPlaces
                       |> List.map (fun (struct (column, row, sum)) -> struct (row, column, sum))

               for struct (struct (made, madeDegree), struct (read, readDegree), sum) in sums do
                   { Made = made
                     MadeDegree = madeDegree
                     Read = read
                     ReadDegree = readDegree
                     Energy = sum } |]

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let isFree = Rescaling.isFree rescaling

            let weights = RescaledWeights.ofRescaling rescaling isFree |> List.map SweptWeight

            let blocks = blocks isFree weights
            let zeros () = Array.zeroCreate<float> isFree.Length
            let logs = zeros ()
            // Those of the block that is settled; of all other classes 0.
            let steps = zeros ()
            let into, out = zeros (), zeros ()
            let degrees = Array.create isFree.Length 1

            /// Adds the squares of rows or columns to their classes.
            let gather (sums: float[]) =
                Array.iter2 (fun (channel: Channel) norm ->
                    sums[channel.Class] <- sums[channel.Class] + float channel.Degree * norm * norm
                    degrees[channel.Class] <- max degrees[channel.Class] channel.Degree)

            let move (block: SweptBlock) =
                scale steps block

                for c in block.Classes do
                    logs[c] <- logs[c] + steps[c]
                    steps[c] <- 0.0

            /// The classes that something makes and something reads, by blocks; to move others would change but one side, without end.
            let blockOf = Array.create isFree.Length -1

            /// How far a block was. A step that moves rows and columns of one weight is halved: it changes both sides.
            let settle number (block: SweptBlock) =
                for c in block.Classes do
                    into[c] <- 0.0
                    out[c] <- 0.0

                for struct (weight, byRows, byColumns) in block.Weights do
                    if byRows then
                        weight.RowNorms() |> gather into weight.Rows

                    if byColumns then
                        weight.ColumnNorms() |> gather out weight.Columns

                let mutable furthest = 0.0

                for c in block.Classes do
                    if into[c] > 0.0 && out[c] > 0.0 then
                        let ratio = Math.Log(out[c] / into[c])
                        furthest <- max furthest (abs ratio / 2.0)
                        steps[c] <- ratio / float ((if block.IsCoupled then 8 else 4) * degrees[c])
                        blockOf[c] <- number
                    else
                        blockOf[c] <- -1

                move block
                furthest

            let moveTogether () =
                let together = BlockBalance.solve blocks.Length (energies weights blockOf)

                for number, block in List.indexed blocks do
                    for c in block.Classes do
                        if blockOf[c] >= 0 then
                            steps[c] <- together[number]

                    move block

            let mutable made = 0
            let mutable imbalance = if blocks.IsEmpty then 0.0 else infinity

            while made < sweeps && imbalance > tolerance do
                imbalance <- blocks |> List.mapi settle |> List.max
                made <- made + 1

                if made < sweeps && imbalance > tolerance then
                    moveTogether ()

            struct ({ Gauge.identity rescaling with
                        Factors = Array.map Magnitude.ofLog logs },
                    { Sweeps = made; Imbalance = imbalance }))
