namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Threading

[<StructuralEquality; NoComparison>]
type InexactTensor = { Name: string; Entries: int64 }

[<RequireQualifiedAccess>]
module Inexact =

    /// Whether the type holds x times the factor, `scaled` in float64, where it held x.
    let private isExact elementType (x: float) (factor: Magnitude) (scaled: float) =
        let stored = ElementTypes.nearest elementType scaled

        (stored = scaled && abs scaled >= ElementTypes.smallestNormal elementType)
        || (Double.IsFinite stored
            && Magnitude.ofFloat stored = Magnitude.ofFloat x * factor)

    /// What of a number was stored: all of it, or of one that a batch norm is made of what is left when it is rounded.
    let private held elementType (p: Parameter) =
        match p.Source with
        | Source.NormFactor _
        | Source.NormShift _ -> ElementTypes.nearest elementType
        | Source.Symbol
        | Source.Stored _
        | Source.Ones
        | Source.Times _
        | Source.Plus _
        | Source.TimesColumns _
        | Source.Selected _
        | Source.Image _ -> id

    let private counted name entries =
        if entries = 0L then [] else [ { Name = name; Entries = entries } ]

    let private weight (numbers: Numbers) (a: Affine) =
        // What is stored changes; the factor that multiplies it stays.
        let a =
            { a with
                Weight = Parameter.unfactored a.Weight }

        let scaled = numbers.Weight a

        let plain =
            numbers.Weight
                { a with
                    Left = Gain.one
                    Right = Gain.one }

        let left = numbers.Entries(a.Weight.Name, a.Weight.Rows, a.Left)
        let right = numbers.Entries(a.Weight.Name, a.Weight.Columns, a.Right)
        let elementType = scaled.Entries.ElementType
        let held = held elementType a.Weight
        let rounds = not (Gain.isPowerOfTwo a.Left && Gain.isPowerOfTwo a.Right)
        let mutable count = 0L

        scaled.InChunks(fun first last ->
            let entries = Array.zeroCreate<float> scaled.InnerCount

            scaled.SeeRows(
                first,
                last,
                SeeRow(fun stored products ->
                    plain.Read(stored, Span entries)
                    let mutable here = 0L

                    for i in 0 .. entries.Length - 1 do
                        let struct (row, column) = scaled.Located(stored, i)

                        if
                            (rounds && entries[i] <> 0.0)
                            || not (isExact elementType (held entries[i]) (left[row] * right[column]) products[i])
                        then
                            here <- here + 1L

                    Interlocked.Add(&count, here) |> ignore)
            ))

        counted a.Weight.Name count

    /// Numbers times their factors, in the type.
    let private several name elementType held (entries: float[]) (factors: Magnitude[]) =
        Array.map2
            (fun x (factor: Magnitude) ->
                let product = Math.CopySign(Magnitude.toFloat (Magnitude.ofFloat x * factor), x)

                isExact elementType (held x) factor product)
            entries
            factors
        |> Array.filter not
        |> Array.length
        |> int64
        |> counted name

    let private bias (numbers: Numbers) (a: Affine) (bias: Bias) =
        let elementType = ParameterNumbers.ElementType bias.Vector
        let held = held elementType bias.Vector
        let entries = numbers.Vector(Parameter.unfactored bias.Vector)

        if Gain.isPowerOfTwo bias.Gain then
            several bias.Vector.Name elementType held entries (numbers.Entries(a.Weight.Name, a.Weight.Rows, bias.Gain))
        else
            counted bias.Vector.Name (entries |> Array.filter ((<>) 0.0) |> Array.length |> int64)

    let tensors (numbers: Numbers) original rewritten =
        let usual = Evaluate.storedType original

        let known =
            original
            |> Traversal.collect (fun term ->
                match term with
                | Linear _
                | UnitRowLinear _
                | Scale _
                | Clip _
                | Normalize _ -> [ term ]
                | _ -> [])
            |> HashSet

        let affine (a: Affine) =
            [ if not (a.Left.IsOne && a.Right.IsOne) then
                  yield! weight numbers a
              match a.Bias with
              | Some b when not b.Gain.IsOne -> yield! bias numbers a b
              | Some _
              | None -> () ]

        let entries (g: Gain) = numbers.Entries("gain", None, g)

        /// Numbers of a term times each of the factors.
        let each name numbersOfTerm (factors: Magnitude[]) =
            numbersOfTerm
            |> List.collect (fun x ->
                several name usual (ElementTypes.nearest usual) (Array.create factors.Length x) factors)

        Fail.guard (fun () ->
            rewritten
            |> Traversal.collect (fun term ->
                match term with
                | _ when known.Contains term -> []
                | Linear(a, _, _) -> affine a
                | UnitRowLinear(rows, _, _) -> affine rows.Coefficients
                | Scale g -> each $"scale({Notation(false).WriteGain g})" [ 1.0 ] (entries g)
                | Clip(lower, upper, thresholds, label) when not thresholds.IsOne ->
                    each $"clip({label.Text})" (List.filter Double.IsFinite [ lower; upper ]) (entries thresholds)
                | Normalize(normalization, epsilon, tolerance, label) when not tolerance.IsOne ->
                    each
                        $"{Normalization.name normalization}({label.Text})"
                        [ epsilon ]
                        [| entries (Gain.power 2 tolerance) |> Array.head |]
                | Clip _
                | Normalize _
                | Activation _
                | Spatial _
                | Rearrange _
                | Compose _
                | Sum _
                | Concat _
                | Product _
                | As _
                | Wire _
                | Tuple _
                | Opaque _ -> []))
