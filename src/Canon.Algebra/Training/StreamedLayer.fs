namespace Canon.Algebra.Training

open System
open System.Buffers
open System.Numerics.Tensors
open System.Threading.Tasks
open Canon.Algebra

/// Few samples through a dense layer and back: there the weight costs more to hold or to pack than to multiply, so it is read a stored row at
/// a time, on the way back once more.
[<RequireQualifiedAccess>]
module internal StreamedLayer =

    /// Samples times positions up to which this is faster than a product of matrices.
    [<Literal>]
    let Most = 32

    let private shares = 8

    /// Each stored row times each sample.
    let private along (matrix: StoredMatrix) count (x: float[]) =
        let outer, inner = matrix.OuterCount, matrix.InnerCount
        let output = Array.zeroCreate<float> (count * outer)

        matrix.InChunks(fun first last ->
            let array = ArrayPool<float>.Shared.Rent inner

            for stored in first .. last - 1 do
                let row = Span(array, 0, inner)
                matrix.Read(stored, row)

                for n in 0 .. count - 1 do
                    output[n * outer + stored] <- Sums.dot (Span.op_Implicit row) (ReadOnlySpan(x, n * inner, inner))

            ArrayPool<float>.Shared.Return array)

        output

    /// The sum of the stored rows, each times its number of each sample: shares of them are added up in order.
    let private across (matrix: StoredMatrix) count (y: float[]) =
        let outer, inner = matrix.OuterCount, matrix.InnerCount
        let shares = min shares outer
        let partial = Array.init shares (fun _ -> Array.zeroCreate<float> (count * inner))

        Parallel.For(
            0,
            shares,
            fun share ->
                let array = ArrayPool<float>.Shared.Rent inner

                for stored in share * outer / shares .. (share + 1) * outer / shares - 1 do
                    let row = Span(array, 0, inner)
                    matrix.Read(stored, row)

                    for n in 0 .. count - 1 do
                        let factor = y[n * outer + stored]

                        if factor <> 0.0 then
                            let sums = Span(partial[share], n * inner, inner)

                            TensorPrimitives.MultiplyAdd(Span.op_Implicit row, factor, Span.op_Implicit sums, sums)

                ArrayPool<float>.Shared.Return array
        )
        |> ignore

        partial
        |> Array.reduce (fun a b ->
            TensorPrimitives.Add(ReadOnlySpan a, ReadOnlySpan b, Span a)
            a)

    /// The output for so many samples of the channels that it reads.
    let output (matrix: StoredMatrix) count x =
        (if matrix.Entries.ByColumns then across else along) matrix count x

    /// What derivatives by the output are by the input.
    let back (matrix: StoredMatrix) count dy =
        (if matrix.Entries.ByColumns then along else across) matrix count dy
