namespace Canon.Algebra

open System
open System.Collections.Generic

/// A weight while sweeps rescale it.
[<NoEquality; NoComparison>]
type internal SweptWeight =
    {
        Entries: StoredEntries
        Rows: Channel[]
        /// None of what has no columns: of the γ of a batch norm.
        Columns: Channel[]
        /// The logarithms of what the rows and the columns are multiplied by so far.
        RowLogs: float[]
        ColumnLogs: float[]
    }

/// The classes that a layer is the first to make, which are moved together.
[<NoEquality; NoComparison>]
type internal SweptBlock =
    {
        Classes: int[]
        /// The weights that have to do with them: whether with their rows, and whether with their columns.
        Weights: struct (SweptWeight * bool * bool) list
        /// Whether a weight has to do with them with both.
        IsCoupled: bool
    }

/// What sweeps bring about: the norms of the rows that make a class, and of the columns that read it, in agreement.
[<NoEquality; NoComparison>]
type internal Aim =
    {
        Norm: VectorNorm
        /// Forgets the norms of a class.
        Clear: int -> unit
        /// Takes the norm of a row, and of a column.
        Made: Channel -> float -> unit
        Read: Channel -> float -> unit
        /// The logarithm of what a class is to be multiplied by if its rows and columns are of different weights, and how far it was from
        /// the aim; none where all that makes or all that reads it is zero.
        Step: int -> struct (float * float) voption
        /// The logarithms of factors for whole blocks, so many, by which a sweep is followed; none where norms are no sums of squares.
        Together: (int -> BlockEnergy[] -> float[]) option
    }

/// What is found by sweeps over the layers, one block of classes after the other.
[<RequireQualifiedAccess>]
module internal Sweeps =

    /// The weights of a network whose rows or columns may be rescaled, held in memory where half of it is enough if they are read often.
    /// Errors: NotFinite, in any.
    let private weights (rescaling: Rescaling) (isFree: bool[]) areReadOften =
        let numbers = ParameterNumbers()
        let entries (share: Share) = numbers.Entries share.Parameter

        let moved, others =
            rescaling.Shares
            |> List.filter (fun share -> not share.IsBias)
            |> List.partition (fun share ->
                Seq.append share.Rows (defaultArg share.Columns [||])
                |> Seq.exists (fun channel -> isFree[channel.Class]))

        // Of the transposed weight rows and columns would be told the wrong way round.
        others |> List.iter (entries >> RowNorms.requireFinite)

        moved
        |> List.map entries
        |> HeldValues.hold (if areReadOften then GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2L else 0L)
        |> List.map2
            (fun (share: Share) entries ->
                RowNorms.requireFinite entries

                { Entries = entries
                  Rows = share.Rows
                  Columns = defaultArg share.Columns [||]
                  RowLogs = Array.zeroCreate entries.Rows
                  ColumnLogs = Array.zeroCreate entries.Columns })
            moved

    /// e^x; of nothing the logarithm is −∞.
    let private ofLog (x: float) =
        if Double.IsNegativeInfinity x then
            Magnitude.Zero
        else
            let power = Math.Floor(x / Math.Log 2.0)
            Magnitude.scaleB (Math.Exp(x - power * Math.Log 2.0)) (int power)

    let private normsOf norm entries (own: float[]) (across: float[]) =
        let magnitudes = Array.map ofLog

        RowNorms.scaled norm (StoredMatrix(entries, Some(magnitudes own), Some(magnitudes across)))
        |> Array.map Magnitude.toFloat

    let private rowNorms norm weight =
        normsOf norm weight.Entries weight.RowLogs weight.ColumnLogs

    let private columnNorms norm weight =
        normsOf norm weight.Entries.Turned weight.ColumnLogs weight.RowLogs

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

    /// Tells the norms of the rows and of the columns that have to do with a block, as they are by now, each with its channel.
    let private measure aim (block: SweptBlock) =
        for struct (weight, byRows, byColumns) in block.Weights do
            if byRows then
                rowNorms aim.Norm weight |> Array.iter2 aim.Made weight.Rows

            if byColumns then
                columnNorms aim.Norm weight |> Array.iter2 aim.Read weight.Columns

    /// The block with its rows times e^(degree · step), and its columns over it.
    let private scale (steps: float[]) (block: SweptBlock) =
        let change (channel: Channel) =
            float channel.Degree * steps[channel.Class]

        for struct (weight, byRows, byColumns) in block.Weights do
            if byRows then
                for i in 0 .. weight.Rows.Length - 1 do
                    weight.RowLogs[i] <- weight.RowLogs[i] + change weight.Rows[i]

            if byColumns then
                for j in 0 .. weight.Columns.Length - 1 do
                    weight.ColumnLogs[j] <- weight.ColumnLogs[j] - change weight.Columns[j]

    /// The block and the degree of a channel; −1 where its scale is kept.
    let private place (blockOf: int[]) (channel: Channel) =
        match blockOf[channel.Class] with
        | -1 -> struct (-1, 0)
        | block -> struct (block, channel.Degree)

    /// The sums of the squares of weights by the blocks of their rows and columns, as they are by now: one pass over a weight for each place
    /// that its columns have, or its rows if these have fewer.
    let private energies (weights: SweptWeight list) (blockOf: int[]) =
        let sums entries (own: struct (int * int)[]) ownLogs (across: struct (int * int)[]) acrossLogs =
            [ for there in Array.distinct across do
                  let norms =
                      Array.map2 (fun place log -> if place = there then log else -infinity) across acrossLogs
                      |> normsOf VectorNorm.Euclidean entries ownLogs

                  for here, members in Array.zip own norms |> Array.groupBy fst do
                      struct (here, there, members |> Array.sumBy (fun (_, norm) -> norm * norm)) ]

        [| for weight in weights do
               let entries = weight.Entries
               let rows = weight.Rows |> Array.map (place blockOf)

               let columns =
                   if weight.Columns.Length = 0 then
                       Array.create entries.Columns (struct (-1, 0))
                   else
                       weight.Columns |> Array.map (place blockOf)

               let count places = Array.distinct places |> Array.length

               let sums =
                   if count columns <= count rows then
                       sums entries rows weight.RowLogs columns weight.ColumnLogs
                   else
                       sums entries.Turned columns weight.ColumnLogs rows weight.RowLogs
                       |> List.map (fun (struct (column, row, sum)) -> struct (row, column, sum))

               for struct (struct (made, madeDegree), struct (read, readDegree), sum) in sums do
                   { Made = made
                     MadeDegree = madeDegree
                     Read = read
                     ReadDegree = readDegree
                     Energy = sum } |]

    /// Settles one block after the other, at most so many times, until none was further from the aim than the tolerance; between two times
    /// all blocks together as wholes. A step that moves rows and columns of one weight is halved: it changes both sides.
    let run tolerance most rescaling aim =
        let isFree = Rescaling.isFree rescaling
        // Where blocks are moved as wholes, sweeps are few.
        let weights = weights rescaling isFree aim.Together.IsNone
        let blocks = blocks isFree weights
        let logs = Array.zeroCreate<float> isFree.Length
        // Those of the block that is settled; of all other classes 0.
        let steps = Array.zeroCreate<float> isFree.Length

        let move (block: SweptBlock) =
            scale steps block

            for c in block.Classes do
                logs[c] <- logs[c] + steps[c]
                steps[c] <- 0.0

        /// The classes that something makes and something reads, by blocks; to move others would change but one side, without end.
        let blockOf = Array.create isFree.Length -1

        /// How far a block was.
        let settle number (block: SweptBlock) =
            Array.iter aim.Clear block.Classes
            measure aim block
            let mutable furthest = 0.0

            for c in block.Classes do
                match aim.Step c with
                | ValueSome(struct (step, distance)) ->
                    furthest <- max furthest distance
                    steps[c] <- if block.IsCoupled then step / 2.0 else step
                    blockOf[c] <- number
                | ValueNone -> blockOf[c] <- -1

            move block
            furthest

        let moveTogether solve =
            let together: float[] = solve blocks.Length (energies weights blockOf)

            for number, block in List.indexed blocks do
                for c in block.Classes do
                    if blockOf[c] >= 0 then
                        steps[c] <- together[number]

                move block

        let mutable sweeps = 0
        let mutable imbalance = if blocks.IsEmpty then 0.0 else infinity

        while sweeps < most && imbalance > tolerance do
            imbalance <- blocks |> List.mapi settle |> List.max
            sweeps <- sweeps + 1

            if sweeps < most && imbalance > tolerance then
                aim.Together |> Option.iter moveTogether

        struct ({ Gauge.identity rescaling with
                    Factors = Array.map ofLog logs },
                { Sweeps = sweeps
                  Imbalance = imbalance })
