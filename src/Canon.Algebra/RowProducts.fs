namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Numerics.Tensors
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Products of stored rows with vectors, and sums of rows, both diagonals included. Each weight is read once; sums are added up in an
/// order that does not depend on how many work at once. Errors: NotFinite.
[<RequireQualifiedAccess>]
module internal RowProducts =

    /// Rows are taken as they lie, and their diagonals go into the vectors, unless one of them needs care: then they are scaled first.
    [<NoEquality; NoComparison>]
    type private Plan =
        {
            Matrix: StoredMatrix
            /// The outer diagonal as kernels take it; none where rows come scaled.
            Outer: float[] option
        }

        /// Those of the rows that are shown.
        member x.Kernels = if x.Outer.IsSome then x.Matrix.Kernels else RowKernels.OfFloat64

        member x.OuterOf stored =
            match x.Outer with
            | Some factors -> factors[stored]
            | None -> 1.0

    // Float64 numbers may be so small that only their diagonals bring them into the range of products; others never are.
    let private plan (matrix: StoredMatrix) =
        let factors = Array.zeroCreate<float> matrix.OuterCount

        let isKnown stored =
            let outer = matrix.OuterFactor stored

            match matrix.KernelFactor outer with
            | ValueSome factor ->
                factors[stored] <- factor
                true
            | ValueNone -> outer.IsZero && matrix.InnerIsSafe

        { Matrix = matrix
          Outer =
            if
                (not matrix.SeesFloat64 || matrix.Left.IsNone && matrix.Right.IsNone)
                && Seq.forall isKnown (seq { 0 .. matrix.OuterCount - 1 })
            then
                Some factors
            else
                None }

    /// A vector over the inner entries of all groups, times the inner diagonal.
    let private throughInner plan (vector: float[]) offset length =
        match plan.Outer with
        | None -> Array.sub vector offset length
        | Some _ ->
            let product = Array.zeroCreate<float> length
            plan.Matrix.TimesFactors(ReadOnlySpan(vector, offset, length), Span product)
            product

    let private eachFour plan first last (see: SeeFour) =
        let matrix = plan.Matrix

        match plan.Outer with
        | Some _ -> matrix.SeeFours(first, last, see)
        | None ->
            matrix.SeeRows(
                first,
                last,
                SeeRow(fun stored numbers ->
                    use row = fixed &MemoryMarshal.GetReference numbers
                    see.Invoke(stored, 0, NativePtr.toNativeInt row, 0n))
            )

    /// Where numbers that come of the rows are not finite, reading all rows tells which of them is not.
    let private requireFinite (matrix: StoredMatrix) (numbers: float[]) =
        if not (TensorPrimitives.IsFiniteAll<float>(ReadOnlySpan numbers)) then
            matrix.SeeRows(0, matrix.OuterCount, SeeRow(fun _ _ -> ()))

    /// How many inner entries all groups have, taps counted.
    let private width (matrix: StoredMatrix) =
        matrix.OuterCount / matrix.Entries.OuterBlock * matrix.InnerCount

    /// Each stored row times each of `count` vectors over the inner entries, one vector after the other.
    let along (matrix: StoredMatrix) count (vectors: float[]) =
        let outer, inner, all = matrix.OuterCount, matrix.InnerCount, width matrix
        let output = Array.zeroCreate<float> (count * outer)
        let plan = plan matrix
        let vectors = Array.init count (fun n -> throughInner plan vectors (n * all) all)

        Chunks.runAtMemorySpeed 0 outer (inner * count) (fun first last ->
            eachFour
                plan
                first
                last
                (SeeFour.rows (fun rows ->
                    let dots = NativePtr.stackalloc<float> 4

                    for n in 0 .. count - 1 do
                        use z = fixed vectors[n]
                        let z = NativePtr.add z (matrix.FirstInner rows.First)
                        plan.Kernels.DotsOfFour(rows.Address, rows.Stride, inner, z, dots)

                        for k in 0 .. rows.Count - 1 do
                            let stored = rows.Row k
                            output[n * outer + stored] <- plan.OuterOf stored * NativePtr.get dots k)))

        requireFinite matrix output
        output

    /// The sum of the stored rows, each times its number, for each of `count` vectors over the stored rows.
    let across (matrix: StoredMatrix) count (vectors: float[]) =
        let outer, inner, all = matrix.OuterCount, matrix.InnerCount, width matrix
        let plan = plan matrix

        let sums =
            Chunks.shared Sums.add outer (inner * count) (count * all) (fun first last sums ->
                use sums = fixed sums

                eachFour
                    plan
                    first
                    last
                    (SeeFour.rows (fun rows ->
                        let factors = NativePtr.stackalloc<float> 4

                        for n in 0 .. count - 1 do
                            for k in 0 .. rows.Count - 1 do
                                let stored = rows.Row k
                                NativePtr.set factors k (plan.OuterOf stored * vectors[n * outer + stored])

                            let here = NativePtr.add sums (n * all + matrix.FirstInner rows.First)
                            plan.Kernels.AddFour(rows.Address, rows.Stride, inner, factors, here))))

        requireFinite matrix sums
        Array.init count (fun n -> throughInner plan sums (n * all) all) |> Array.concat

    /// Σ over the stored rows r of factor²·r·(r·z).
    let gram (matrix: StoredMatrix) factor =
        let inner = matrix.InnerCount
        let plan = plan matrix

        fun (z: float[]) ->
            let through = throughInner plan z 0 z.Length

            let sums =
                Chunks.shared Sums.add matrix.OuterCount inner z.Length (fun first last sums ->
                    use through = fixed through
                    use sums = fixed sums

                    eachFour
                        plan
                        first
                        last
                        (SeeFour.rows (fun rows ->
                            let dots = NativePtr.stackalloc<float> 4
                            let from = matrix.FirstInner rows.First

                            plan.Kernels.DotsOfFour(
                                rows.Address,
                                rows.Stride,
                                inner,
                                NativePtr.add through from,
                                dots
                            )

                            for k in 0 .. rows.Count - 1 do
                                let stored = rows.Row k
                                let outer = factor * plan.OuterOf stored
                                NativePtr.set dots k (outer * (outer * NativePtr.get dots k))

                            plan.Kernels.AddFour(rows.Address, rows.Stride, inner, dots, NativePtr.add sums from)
                            // A call at the end might take the place of this one's stack.
                            NativePtr.set dots 0 0.0)))

            requireFinite matrix sums
            throughInner plan sums 0 z.Length
