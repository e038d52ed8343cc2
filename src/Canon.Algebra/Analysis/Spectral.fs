namespace Canon.Algebra.Analysis

open System
open Canon.Algebra
open Canon.Algebra.Training

/// How much linear layers stretch at most.
[<RequireQualifiedAccess>]
module internal Spectral =

    let private seed = 1

    /// The most bytes of a layer that is held in memory while its norm is found.
    let private held = 1 <<< 27

    /// AᵀA of a convolution over a space of known sizes.
    let private convolved at (matrix: StoredMatrix) kernel factor space =
        let weight = matrix.ReadRows None |> Array.map ((*) factor)

        fun z ->
            let x = Signal.create 1 space matrix.Entries.Columns z

            let struct (_, y, back) =
                LinearSteps.windowed Precision.Double at matrix kernel (fun () -> weight) x

            fst (back y)

    /// ‖x ↦ diag(left)·P·diag(right)·x‖₂ as an operator on its space, from below to ten digits.
    /// Errors: NoFigure where a window meets a space of unknown sizes; as for `Numbers.Gain`.
    let norm (numbers: Numbers) watch (space: int option list option) (a: Affine) kernel =
        let matrix = numbers.Weight a
        let norms = numbers.RowNorms a

        let rows =
            if a.Left.IsOne then
                norms
            else
                Array.map2 (*) norms (numbers.Entries(a.Weight.Name, Some norms.Length, a.Left))

        let whole = Magnitude.norm rows

        if whole.IsZero then
            whole
        elif a.Weight.Grouping = Diagonal then
            Magnitude.largest rows
        else
            // So that squares stay in the range of a float.
            let factor = Math.ScaleB(1.0, -whole.Exponent)

            let watched apply z =
                watch ()
                apply z

            let ofGram dimension apply =
                let value = Lanczos.largest seed dimension (watched apply)
                Magnitude.scaleB (sqrt value) whole.Exponent

            if a.Weight.Taps = 1 then
                let groups = matrix.OuterCount / matrix.Entries.OuterBlock

                HeldValues.during held matrix.Entries (fun entries ->
                    let matrix = StoredMatrix(entries, matrix.Left, matrix.Right)
                    ofGram (groups * matrix.InnerCount) (RowProducts.gram matrix factor))
            else
                match space with
                | Some sizes when List.forall Option.isSome sizes ->
                    let sizes = sizes |> List.map Option.get
                    let apply = convolved a.Weight.Name matrix kernel factor sizes
                    ofGram (List.fold (*) matrix.Entries.Columns sizes) apply
                | Some _
                | None -> Fail.because (NoFigure(a.Weight.Name, "the sizes of the space that it reads are not known"))
