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
        /// What the rows and the columns are multiplied by so far.
        RowFactors: float[]
        ColumnFactors: float[]
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

/// What is found by sweeps over the layers, one block of classes after the other.
[<RequireQualifiedAccess>]
module internal Sweeps =

    /// The weights of a network whose rows or columns may be rescaled, held in memory where half of it is enough. Errors: NotFinite, in any.
    let weights (rescaling: Rescaling) =
        let isFree = Rescaling.isFree rescaling
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
        |> fun entries -> HeldValues.Hold(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2L, entries)
        |> List.map2
            (fun (share: Share) entries ->
                RowNorms.requireFinite entries

                { Entries = entries
                  Rows = share.Rows
                  Columns = defaultArg share.Columns [||]
                  RowFactors = Array.create entries.Rows 1.0
                  ColumnFactors = Array.create entries.Columns 1.0 })
            moved

    let private normsOf norm entries (own: float[]) (across: float[]) =
        let magnitudes = Array.map Magnitude.ofFloat

        RowNorms.scaled norm (StoredMatrix(entries, Some(magnitudes own), Some(magnitudes across)))
        |> Array.map Magnitude.toFloat

    /// The classes that may be rescaled, by the layer that is the first to make them.
    let blocks (isFree: bool[]) (weights: SweptWeight list) =
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
    let measure norm (made: Channel -> float -> unit) (read: Channel -> float -> unit) (block: SweptBlock) =
        for struct (weight, byRows, byColumns) in block.Weights do
            if byRows then
                normsOf norm weight.Entries weight.RowFactors weight.ColumnFactors
                |> Array.iter2 made weight.Rows

            if byColumns then
                normsOf norm weight.Entries.Turned weight.ColumnFactors weight.RowFactors
                |> Array.iter2 read weight.Columns

    /// The block with its rows times e^(degree · step), and its columns over it.
    let scale (steps: float[]) (block: SweptBlock) =
        let change (channel: Channel) =
            Math.Exp(float channel.Degree * steps[channel.Class])

        for struct (weight, byRows, byColumns) in block.Weights do
            if byRows then
                for i in 0 .. weight.Rows.Length - 1 do
                    weight.RowFactors[i] <- weight.RowFactors[i] * change weight.Rows[i]

            if byColumns then
                for j in 0 .. weight.Columns.Length - 1 do
                    weight.ColumnFactors[j] <- weight.ColumnFactors[j] / change weight.Columns[j]

        for c in block.Classes do
            steps[c] <- 0.0

    let private ofLog (x: float) =
        let power = Math.Floor(x / Math.Log 2.0)
        Magnitude.scaleB (Math.Exp(x - power * Math.Log 2.0)) (int power)

    /// Settles one block after the other, at most so many times, until none was further from it than the tolerance. `logs`: the
    /// logarithms of the factors, which `settle` moves; it answers how far a block was.
    let run tolerance most rescaling (logs: float[]) settle (blocks: SweptBlock list) =
        let mutable sweeps = 0
        let mutable imbalance = if blocks.IsEmpty then 0.0 else infinity

        while sweeps < most && imbalance > tolerance do
            imbalance <- blocks |> List.map settle |> List.max
            sweeps <- sweeps + 1

        struct ({ Gauge.identity rescaling with
                    Factors = Array.map ofLog logs },
                { Sweeps = sweeps
                  Imbalance = imbalance })
