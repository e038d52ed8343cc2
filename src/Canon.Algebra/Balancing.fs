namespace Canon.Algebra

open System

[<RequireQualifiedAccess>]
module Balancing =

    let balanced tolerance sweeps (rescaling: Rescaling) =
        Fail.guard (fun () ->
            let count = rescaling.Held.Length
            let into = Array.zeroCreate<float> count
            let out = Array.zeroCreate<float> count
            let degrees = Array.create count 1

            /// Adds the square of a row or column to its class.
            let gather (sums: float[]) (channel: Channel) norm =
                sums[channel.Class] <- sums[channel.Class] + float channel.Degree * norm * norm
                degrees[channel.Class] <- max degrees[channel.Class] channel.Degree

            Sweeps.run
                tolerance
                sweeps
                rescaling
                { Norm = VectorNorm.Euclidean
                  Clear =
                    fun c ->
                        into[c] <- 0.0
                        out[c] <- 0.0
                  Made = gather into
                  Read = gather out
                  Step =
                    fun c ->
                        if into[c] > 0.0 && out[c] > 0.0 then
                            let ratio = Math.Log(out[c] / into[c])
                            ValueSome(struct (ratio / float (4 * degrees[c]), abs ratio / 2.0))
                        else
                            ValueNone
                  Together = Some BlockBalance.solve })
