namespace Canon.Algebra

open System

[<RequireQualifiedAccess>]
module Balancing =

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let count = rescaling.Held.Length
            let logs = Array.zeroCreate<float> count
            let into = Array.zeroCreate<float> count
            let out = Array.zeroCreate<float> count
            let degrees = Array.create count 1
            // The logarithms of what each class is multiplied by next.
            let steps = Array.zeroCreate<float> count

            /// Adds the square of a row or column to its class.
            let gather (sums: float[]) (channel: Channel) norm =
                sums[channel.Class] <- sums[channel.Class] + float channel.Degree * norm * norm
                degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            /// Balances the classes of a block; how far they were from it.
            let settle (block: SweptBlock) =
                for c in block.Classes do
                    into[c] <- 0.0
                    out[c] <- 0.0

                Sweeps.measure VectorNorm.Euclidean (gather into) (gather out) block
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

            Sweeps.blocks (Rescaling.isFree rescaling) (Sweeps.weights rescaling)
            |> Sweeps.run tolerance sweeps rescaling logs settle)
