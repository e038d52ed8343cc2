namespace Canon.Algebra

open System
open System.Collections.Generic

/// The rows of a weight while sweeps rescale them; or its columns, as the rows of the turned weight, which go with the inverse of a factor.
[<Sealed>]
type private SweptSide(entries: StoredEntries, channels: Channel[], sign: float) =
    /// Of what the rows are multiplied by so far.
    let logs = Array.zeroCreate<float> entries.Rows

    /// The norms of the rows times the factors of the other side alone, until these change.
    let mutable through: Magnitude[] voption = ValueNone

    member _.Entries = entries

    /// None of what has no columns.
    member _.Channels = channels

    member _.Factors = Array.map Magnitude.ofLog logs

    /// Whether the norms can be told without reading the weight.
    member _.AreKnown = through.IsSome

    member private _.Forget() = through <- ValueNone

    /// The norms of the rows as they are by now.
    member x.Norms(across: SweptSide) =
        let norms =
            through
            |> ValueOption.defaultWith (fun () -> RowNorms.through (StoredMatrix(entries, None, Some across.Factors)))

        through <- ValueSome norms
        Array.map2 (*) x.Factors norms

    /// Each row times e^(sign · change).
    member _.Scale(change: Channel -> float, across: SweptSide) =
        for i in 0 .. channels.Length - 1 do
            logs[i] <- logs[i] + sign * change channels[i]

        across.Forget()

/// A weight while sweeps rescale it.
[<NoEquality; NoComparison>]
type private SweptWeight =
    { Rows: SweptSide
      Columns: SweptSide }

    /// Reads it once. Errors: NotFinite.
    static member Of(weight: RescaledWeight) =
        let rows = SweptSide(weight.Entries, weight.Rows, 1.0)
        let columns = SweptSide(weight.Entries.Turned, weight.Columns, -1.0)
        rows.Norms columns |> ignore
        { Rows = rows; Columns = columns }

/// The sums of the squares of norms of rows or columns by their classes, each over the square of a power of two: squares may leave the
/// range of a float.
[<Sealed>]
type private SquaresByClass(count: int) =
    let sums = Array.zeroCreate<float> count
    let powers = Array.zeroCreate<int> count

    /// Sums up anew for these classes; what others get does not count.
    member _.Gather(classes: int[], sides: struct (Channel[] * Magnitude[]) list) =
        for c in classes do
            sums[c] <- 0.0
            powers[c] <- Int32.MinValue

        for struct (channels, norms) in sides do
            Array.iter2
                (fun (channel: Channel) (norm: Magnitude) ->
                    if not norm.IsZero then
                        powers[channel.Class] <- max powers[channel.Class] norm.Exponent)
                channels
                norms

        for struct (channels, norms) in sides do
            Array.iter2
                (fun (channel: Channel) (norm: Magnitude) ->
                    if not norm.IsZero then
                        let norm = Magnitude.over powers[channel.Class] norm
                        sums[channel.Class] <- sums[channel.Class] + float channel.Degree * norm * norm)
                channels
                norms

    /// The sum of a class.
    member _.Item
        with get c = Magnitude.scaleB sums[c] (2 * powers[c])

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

    /// What sums of squares may differ by from one order of their terms to another.
    let private rounding = 1e-13

    /// The classes that may be rescaled, by the layer that is the first to make them.
    let private blocks (isFree: bool[]) (weights: SweptWeight list) =
        let blockOf = Array.create isFree.Length -1

        let classes =
            weights
            |> List.mapi (fun k weight ->
                [| for channel in weight.Rows.Channels do
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

            let rows, columns = met weight.Rows.Channels, met weight.Columns.Channels

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
                weight.Rows.Scale(change, weight.Columns)

            if byColumns then
                weight.Columns.Scale(change, weight.Rows)

    /// The block and the degree of each row; −1 where its scale is kept.
    let private placesOf (blockOf: int[]) (side: SweptSide) =
        if side.Channels.Length = 0 then
            Array.create side.Entries.Rows (struct (-1, 0))
        else
            side.Channels
            |> Array.map (fun channel ->
                match blockOf[channel.Class] with
                | -1 -> struct (-1, 0)
                | block -> struct (block, channel.Degree))

    /// The sums of the squares of weights by the blocks of their rows and columns, as they are by now. Where all columns have one place, or
    /// all rows, the norms of the sweep tell them; else it takes one pass for each place that the columns have, or the rows if these have
    /// fewer.
    let private energies (weights: SweptWeight list) (blockOf: int[]) =
        let sums (own: SweptSide) ownPlaces (across: SweptSide) (acrossPlaces: struct (int * int)[]) =
            let distinct = Array.distinct acrossPlaces

            let normsAt there =
                if distinct.Length = 1 then
                    own.Norms across
                else
                    let factors =
                        Array.map2
                            (fun place factor -> if place = there then factor else Magnitude.Zero)
                            acrossPlaces
                            across.Factors

                    RowNorms.scaled VectorNorm.Euclidean (StoredMatrix(own.Entries, Some own.Factors, Some factors))

            [ for there in distinct do
                  for here, members in Array.zip ownPlaces (normsAt there) |> Array.groupBy fst do
                      struct (here, there, members |> Array.sumBy (fun (_, norm) -> Magnitude.toFloat (norm * norm))) ]

        [| for weight in weights do
               let rows, columns = placesOf blockOf weight.Rows, placesOf blockOf weight.Columns

               let count places = Array.distinct places |> Array.length

               let isByRows =
                   if count rows = count columns then
                       weight.Rows.AreKnown || not weight.Columns.AreKnown
                   else
                       count columns < count rows

               let sums =
                   if isByRows then
                       sums weight.Rows rows weight.Columns columns
                   else
                       sums weight.Columns columns weight.Rows rows
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

            let weights =
                RescaledWeights.ofRescaling rescaling isFree |> List.map SweptWeight.Of

            let blocks = blocks isFree weights
            let zeros () = Array.zeroCreate<float> isFree.Length
            let logs = zeros ()
            // Those of the block that is settled; of all other classes 0.
            let steps = zeros ()
            let into, out = SquaresByClass isFree.Length, SquaresByClass isFree.Length
            let degrees = Array.create isFree.Length 1

            for weight in weights do
                for side in [ weight.Rows; weight.Columns ] do
                    for channel in side.Channels do
                        degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            let move (block: SweptBlock) =
                scale steps block

                for c in block.Classes do
                    logs[c] <- logs[c] + steps[c]
                    steps[c] <- 0.0

            /// The classes that something makes and something reads, by blocks; to move others would change but one side, without end.
            let blockOf = Array.create isFree.Length -1

            /// How far a block was. A step that moves rows and columns of one weight is halved: it changes both sides.
            let settle number (block: SweptBlock) =
                into.Gather(
                    block.Classes,
                    [ for struct (weight, byRows, _) in block.Weights do
                          if byRows then
                              struct (weight.Rows.Channels, weight.Rows.Norms weight.Columns) ]
                )

                out.Gather(
                    block.Classes,
                    [ for struct (weight, _, byColumns) in block.Weights do
                          if byColumns then
                              struct (weight.Columns.Channels, weight.Columns.Norms weight.Rows) ]
                )

                let mutable furthest = 0.0

                for c in block.Classes do
                    let ratio = Magnitude.divide out[c] into[c]

                    if not ratio.IsZero then
                        let log = Math.Log 2.0 * Magnitude.log2 ratio
                        furthest <- max furthest (abs log / 2.0)
                        steps[c] <- log / float ((if block.IsCoupled then 8 else 4) * degrees[c])
                        blockOf[c] <- number
                    else
                        blockOf[c] <- -1

                move block
                furthest

            let moveTo (target: float[]) =
                for block in blocks do
                    for c in block.Classes do
                        steps[c] <- target[c] - logs[c]

                    move block

            /// Where the classes get when all of a block are moved as one.
            let together sums =
                let ofBlocks = BlockBalance.solve blocks.Length sums
                let reached = Array.copy logs

                for number, block in List.indexed blocks do
                    for c in block.Classes do
                        if blockOf[c] >= 0 then
                            reached[c] <- reached[c] + ofBlocks[number]

                reached

            let extrapolation = Extrapolation logs.Length
            let mutable made = 0
            let mutable imbalance = if blocks.IsEmpty then 0.0 else infinity
            /// Where the last sweep led by itself, the imbalance that it met, and the sum of squares that it left.
            let mutable reached = Array.copy logs
            let mutable met = infinity
            let mutable squares = infinity
            /// Whether what it led to was extrapolated.
            let mutable isExtrapolated = false

            while made < sweeps && imbalance > tolerance do
                let start = Array.copy logs
                imbalance <- blocks |> List.mapi settle |> List.max
                made <- made + 1

                if isExtrapolated || imbalance > tolerance then
                    let sums = energies weights blockOf
                    let now = sums |> Array.sumBy _.Energy
                    let isTooFar = isExtrapolated && now > squares * (1.0 + rounding)

                    if isTooFar then
                        extrapolation.Setback()
                        moveTo reached
                        imbalance <- met
                        isExtrapolated <- false
                    elif made < sweeps && imbalance > tolerance then
                        reached <- together sums
                        met <- imbalance
                        squares <- now
                        let further = Array.copy reached
                        isExtrapolated <- extrapolation.Improve(imbalance, Array.map2 (-) reached start, further)
                        moveTo further

            struct ({ Gauge.identity rescaling with
                        Factors = Array.map Magnitude.ofLog logs },
                    { Sweeps = made; Imbalance = imbalance }))
