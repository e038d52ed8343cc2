namespace Canon.Bench

open System
open Canon.Algebra
open Canon.Algebra.Equality

/// Two networks 8 → units → 8 that are one function: in the second the units stand in the opposite order, their rows doubled.
[<Sealed>]
type Twins(units: int) =
    let inputs = 8

    let network (rows: float[]) (columns: float[]) =
        let values (numbers: float[]) =
            Values.ofFloat64 (ReadOnlyMemory numbers)

        Network.compose
            [ Network.linear (Parameter.matrix "W1" units inputs false 1.0 (values rows)) None ""
              Network.activation Relu ""
              Network.linear (Parameter.matrix "W2" inputs units false 1.0 (values columns)) None "" ]

    let rows = Chance.numbers 1 (units * inputs)
    let columns = Chance.numbers 2 (units * inputs)
    let first = network rows columns

    let second =
        network
            (Array.init rows.Length (fun k -> 2.0 * rows[(units - 1 - k / inputs) * inputs + k % inputs]))
            (Array.init columns.Length (fun k -> 0.5 * columns[k / units * units + units - 1 - k % units]))

    member _.Fingerprint() =
        Fingerprint.ofNetwork Canonical.options first |> Chains.ok |> ignore

    member _.Compare() =
        match Equality.compare Equality.options first second |> Chains.ok with
        | Verdict.Equal _ -> ()
        | verdict -> invalidOp $"{verdict}"
