namespace Canon.Algebra

open System
open System.Buffers
open System.Collections
open System.Runtime.InteropServices

/// The numbers of a weight, diagonals and all, in the order in which it is stored: computed when they are read, so that they take no
/// memory. `change`: what then becomes of a stored row.
[<Sealed>]
type internal ComputedValues(matrix: StoredMatrix, change: LoadRow) =
    inherit Values(Float64, int64 matrix.OuterCount * int64 matrix.InnerCount)

    let inner = matrix.InnerCount

    let load first (rows: Span<float>) =
        matrix.Read(first, rows)

        for k in 0 .. rows.Length / inner - 1 do
            change.Invoke(first + k, rows.Slice(k * inner, inner))

    /// As they are.
    new(matrix) = ComputedValues(matrix, LoadRow(fun _ _ -> ()))

    /// `zeros`: one bit a number, set where it is to be 0.
    new(matrix: StoredMatrix, zeros: BitArray) =
        ComputedValues(
            matrix,
            LoadRow(fun stored row ->
                for k in 0 .. row.Length - 1 do
                    if zeros[stored * row.Length + k] then
                        row[k] <- 0.0)
        )

    override _.Read(offset, destination) =
        let numbers = MemoryMarshal.Cast<byte, float> destination
        let mutable filled = 0

        while filled < numbers.Length do
            let stored = int ((offset + int64 filled) / int64 inner)
            let from = int ((offset + int64 filled) % int64 inner)
            let left = numbers.Length - filled

            if from = 0 && left >= inner then
                let whole = left / inner * inner
                load stored (numbers.Slice(filled, whole))
                filled <- filled + whole
            else
                let here = min left (inner - from)
                let array = ArrayPool<float>.Shared.Rent inner
                load stored (Span(array, 0, inner))
                Span(array, from, here).CopyTo(numbers.Slice filled)
                ArrayPool<float>.Shared.Return array
                filled <- filled + here
