namespace Canon.Algebra

open System

/// Standard normal numbers.
[<RequireQualifiedAccess>]
module internal Normal =

    /// The next one: the same seed gives the same numbers.
    let next (random: Random) =
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())
