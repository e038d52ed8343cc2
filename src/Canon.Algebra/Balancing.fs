namespace Canon.Algebra

open System

[<RequireQualifiedAccess>]
module Balancing =

    let private swept (share: Share) entries =
        // Of the transposed weight rows and columns would be told the wrong way round.
        RowNorms.requireFinite entries

        { Rows = share.Rows
          Columns = defaultArg share.Columns [||]
          Numbers = entries
          RowFactors = Array.create entries.Rows 1.0
          ColumnFactors = Array.create entries.Columns 1.0 }

    /// The squared norms of rows whose columns are multiplied by factors, times the squares of their own.
    let private squares entries (own: float[]) (across: float[]) =
        StoredMatrix(entries, None, Some(Array.map Magnitude.ofFloat across))
        |> RowNorms.through
        |> Array.map2 (fun factor norm -> let scaled = factor * Magnitude.toFloat norm in scaled * scaled) own

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()

            let shares = rescaling.Shares |> List.filter (fun share -> not share.IsBias)

            let weights =
                shares
                |> List.map (fun share -> numbers.Entries share.Parameter)
                |> HeldValues.Hold
                |> List.map2 swept shares

            let count = rescaling.Held.Length
            let logs = Array.zeroCreate<float> count
            let into = Array.zeroCreate<float> count
            let out = Array.zeroCreate<float> count
            let degrees = Array.create count 1
            // The logarithms of what each class is multiplied by next.
            let steps = Array.zeroCreate<float> count

            let gather (sums: float[]) (channel: Channel) sum =
                sums[channel.Class] <- sums[channel.Class] + float channel.Degree * sum
                degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            /// The squares of the rows and of the columns of a weight, each added to its class.
            let add (struct (weight: SweptWeight<StoredEntries>, byRows, byColumns)) =
                if byRows then
                    squares weight.Numbers weight.RowFactors weight.ColumnFactors
                    |> Array.iteri (fun i sum -> gather into weight.Rows[i] sum)

                if byColumns then
                    squares weight.Numbers.Turned weight.ColumnFactors weight.RowFactors
                    |> Array.iteri (fun j sum -> gather out weight.Columns[j] sum)

            /// Balances the classes of a block; how far they were from it.
            let settle (block: SweptBlock<StoredEntries>) =
                for c in block.Classes do
                    into[c] <- 0.0
                    out[c] <- 0.0

                List.iter add block.Weights
                let mutable furthest = 0.0

                for c in block.Classes do
                    if into[c] > 0.0 && out[c] > 0.0 then
                        let ratio = Math.Log(out[c] / into[c])
                        furthest <- max furthest (abs ratio / 2.0)
                        let step = ratio / float ((if block.IsCoupled then 8 else 4) * degrees[c])
                        logs[c] <- logs[c] + step
                        steps[c] <- step

                Sweeps.scale steps block
                furthest

            Sweeps.blocks (Rescaling.isFree rescaling) weights
            |> Sweeps.run tolerance sweeps rescaling logs settle)
