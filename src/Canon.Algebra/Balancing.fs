namespace Canon.Algebra

open System
open System.Numerics.Tensors

[<RequireQualifiedAccess>]
module Balancing =

    /// The squares of a weight, added up over its taps; so are factors squares.
    let private squares (numbers: ParameterNumbers) (share: Share) =
        let entries = numbers.Entries share.Parameter
        let weight = numbers.ByRows share.Parameter
        TensorPrimitives.Multiply(ReadOnlySpan weight, ReadOnlySpan weight, Span weight)

        { Rows = share.Rows
          Columns = defaultArg share.Columns [||]
          BlockRows = entries.BlockRows
          Width = entries.BlockColumns
          RowFactors = Array.create share.Rows.Length 1.0
          ColumnFactors = Array.create entries.Columns 1.0
          Numbers =
            if entries.Taps = 1 then
                weight
            else
                Array.init (weight.Length / entries.Taps) (fun k ->
                    TensorPrimitives.Sum(ReadOnlySpan(weight, k * entries.Taps, entries.Taps))) }

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()

            let weights =
                rescaling.Shares
                |> List.filter (fun share -> not share.IsBias)
                |> List.map (squares numbers)

            let count = rescaling.Held.Length
            let logs = Array.zeroCreate<float> count
            let into = Array.zeroCreate<float> count
            let out = Array.zeroCreate<float> count
            let degrees = Array.create count 1
            // The logarithms of what the squares of each class are multiplied by next.
            let steps = Array.zeroCreate<float> count

            let gather (sums: float[]) (channel: Channel) sum =
                sums[channel.Class] <- sums[channel.Class] + float channel.Degree * sum
                degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            /// The squares of the rows and of the columns of a weight, each added to its class.
            let add (struct (weight: SweptWeight, byRows, byColumns)) =
                if byRows then
                    for i in 0 .. weight.Rows.Length - 1 do
                        gather
                            into
                            weight.Rows[i]
                            (weight.RowFactors[i] * TensorPrimitives.Dot(weight.Row i, weight.Across i))

                if byColumns then
                    let sums = Array.zeroCreate<float> weight.Columns.Length

                    for i in 0 .. weight.Rows.Length - 1 do
                        let here = Span(sums, weight.First i, weight.Width)
                        TensorPrimitives.MultiplyAdd(weight.Row i, weight.RowFactors[i], Span.op_Implicit here, here)

                    for j in 0 .. weight.Columns.Length - 1 do
                        gather out weight.Columns[j] (weight.ColumnFactors[j] * sums[j])

            /// Balances the classes of a block; how far they were from it.
            let settle (block: SweptBlock) =
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
                        steps[c] <- 2.0 * step

                Sweeps.scale steps block
                furthest

            Sweeps.blocks (Rescaling.isFree rescaling) weights
            |> Sweeps.run tolerance sweeps rescaling logs settle)
