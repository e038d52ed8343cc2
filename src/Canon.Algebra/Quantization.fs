namespace Canon.Algebra

open System
open System.Collections.Generic

[<RequireQualifiedAccess>]
module Quantization =

    let private largest (matrix: StoredMatrix) =
        RowNorms.scaled VectorNorm.Maximum matrix
        |> Array.map Magnitude.toFloat
        |> Array.max

    /// A weight rounded to multiples of a step when it is read, as float64.
    let private inSteps (matrix: StoredMatrix) step =
        ComputedValues(
            matrix,
            LoadRow(fun _ row ->
                // A weight of zeros has no step.
                if step > 0.0 then
                    for k in 0 .. row.Length - 1 do
                        row[k] <- Math.Round(row[k] / step) * step)
        )

    let simulate bits network =
        if bits < 2 || bits > 16 then
            invalidArg (nameof bits) $"{bits} bits: 2 to 16 are possible"

        let numbers = Numbers()
        let rounded = Dictionary<struct (Gain * Parameter * Gain), Parameter>()

        let quantized (a: Affine) =
            let key = struct (a.Left, a.Weight, a.Right)

            match rounded.TryGetValue key with
            | true, known -> known
            | false, _ ->
                let matrix = numbers.Weight a
                let entries = matrix.Entries
                let step = largest matrix / float ((1 <<< (bits - 1)) - 1)
                let values = inSteps matrix step

                let weight =
                    Parameter.weight
                        a.Weight.Name
                        entries.Rows
                        entries.Columns
                        a.Weight.Grouping
                        entries.Taps
                        entries.ByColumns
                        1.0
                        values

                let weight = if a.Weight.IsTied then Parameter.tied weight else weight
                rounded[key] <- weight
                weight

        let layer (a: Affine) =
            { a with
                Left = Gain.one
                Weight = quantized a
                Right = Gain.one }

        let simulated term =
            match term with
            | Linear(a, _, _) when a.Weight.Grouping = Diagonal -> term
            | Linear(a, kernel, label) -> Linear(layer a, kernel, label)
            | UnitRowLinear(rows, kernel, label) when rows.Coefficients.Weight.Grouping <> Diagonal ->
                Linear(layer rows.Coefficients, kernel, label)
            | _ -> term

        Fail.guard (fun () -> Traversal.map simulated network)
