namespace Canon.Properties

open System
open Canon.Algebra
open Canon.Verification

/// Gauges of chance.
[<RequireQualifiedAccess>]
module Gauged =

    let prepared (sample: Sample) =
        Canonical.prepare sample.Options sample.Network |> Law.ok

    let rescaling network =
        Rescaling.ofNetwork false network |> Law.ok

    let losslessly network =
        Rescaling.ofNetwork true network |> Law.ok

    /// Factors of chance for the classes that may have one.
    let chosen seed spread (rescaling: Rescaling) =
        let random = Random seed

        { Rescaling = rescaling
          Factors =
            Rescaling.isFree rescaling
            |> Array.map (fun isFree ->
                if isFree then
                    Magnitude.ofFloat (Math.Exp(spread * (2.0 * random.NextDouble() - 1.0)))
                else
                    Magnitude.One) }
