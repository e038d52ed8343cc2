namespace Canon.Algebra.Analysis

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open System.Threading.Tasks
open Canon.Algebra
open Canon.Algebra.Training

/// How much linear layers stretch at most.
[<RequireQualifiedAccess>]
module internal Spectral =

    let private seed = 1

    let private shares = 16

    /// Adds up what each share of the stored rows, from the first to the last, adds to zeros: in order, so that the sum does not depend
    /// on how many work at once.
    let private shared count length (add: int -> int -> float[] -> unit) =
        let shares = min shares count
        let partial = Array.init shares (fun _ -> Array.zeroCreate<float> length)

        Parallel.For(0, shares, fun share -> add (share * count / shares) ((share + 1) * count / shares) partial[share])
        |> ignore

        partial
        |> Array.reduce (fun a b ->
            TensorPrimitives.Add(ReadOnlySpan a, ReadOnlySpan b, Span a)
            a)

    /// Σ over the stored rows r of r·(r·z), each on the neighbours that it sees: the weight is read once.
    let private gram (matrix: StoredMatrix) factor (z: float[]) =
        let inner = matrix.InnerCount

        shared matrix.OuterCount z.Length (fun from last sums ->
            let array = ArrayPool<float>.Shared.Rent inner

            for stored in from .. last - 1 do
                let row = Span(array, 0, inner)
                matrix.Read(stored, row)
                let first = stored / matrix.Entries.OuterBlock * inner
                let along = Sums.dot (Span.op_Implicit row) (ReadOnlySpan(z, first, inner))
                let here = Span(sums, first, inner)

                TensorPrimitives.MultiplyAdd(
                    Span.op_Implicit row,
                    factor * (factor * along),
                    Span.op_Implicit here,
                    here
                )

            ArrayPool<float>.Shared.Return array)

    /// The same of a weight that is stored in float32, whose numbers are known to be finite.
    let private gramOfSingles (matrix: StoredMatrix) (values: Values) factor (z: float[]) =
        let inner = matrix.InnerCount

        shared matrix.OuterCount z.Length (fun from last sums ->
            let along = Array.zeroCreate<float> SingleRows.Together
            let mutable stored = from

            while stored < last do
                let block = stored / matrix.Entries.OuterBlock
                let behind = min last ((block + 1) * matrix.Entries.OuterBlock)
                let here = min SingleRows.Together (behind - stored)
                let first = block * inner

                let rows =
                    MemoryMarshal.Cast<byte, float32>(values.Read(int64 stored * int64 inner, here * inner))

                SingleRows.dots rows (ReadOnlySpan(z, first, inner)) (Span(along, 0, here))

                for k in 0 .. here - 1 do
                    along[k] <- factor * (factor * along[k])

                SingleRows.addTo (Span(sums, first, inner)) (ReadOnlySpan(along, 0, here)) rows
                stored <- stored + here)

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
            rows |> Array.maxBy Magnitude.log2
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


                let apply =
                    match a.Weight.Source with
                    | Source.Stored(values, _, alpha) when a.Left.IsOne && a.Right.IsOne && values.ElementType = Float32 ->
                        gramOfSingles matrix values (factor * alpha)
                    | _ -> gram matrix factor

                ofGram (groups * matrix.InnerCount) apply
            else
                match space with
                | Some sizes when List.forall Option.isSome sizes ->
                    let sizes = sizes |> List.map Option.get
                    let apply = convolved a.Weight.Name matrix kernel factor sizes
                    ofGram (List.fold (*) matrix.Entries.Columns sizes) apply
                | Some _
                | None -> Fail.because (NoFigure(a.Weight.Name, "the sizes of the space that it reads are not known"))
