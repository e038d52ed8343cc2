namespace Canon.Algebra

open System
open System.Buffers
open System.Collections
open System.Runtime.InteropServices

/// The numbers of a weight, diagonals and all, in the order in which it is stored: computed when they are read, so that they take no
/// memory. `zeros`: one bit a number, set where it is to be 0.
[<Sealed>]
type internal ComputedValues(matrix: StoredMatrix, zeros: BitArray option) =
    inherit Values(Float64, int64 matrix.OuterCount * int64 matrix.InnerCount)

    let inner = matrix.InnerCount

    let silence (stored: int) (row: Span<float>) =
        match zeros with
        | Some zeros ->
            for k in 0 .. inner - 1 do
                if zeros[stored * inner + k] then
                    row[k] <- 0.0
        | None -> ()

    override _.Read(offset, count) =
        let numbers = Array.zeroCreate<float> count
        let mutable filled = 0

        while filled < count do
            let stored = int ((offset + int64 filled) / int64 inner)
            let from = int ((offset + int64 filled) % int64 inner)
            let here = min (count - filled) (inner - from)

            if here = inner then
                let row = Span(numbers, filled, inner)
                matrix.Read(stored, row)
                silence stored row
            else
                let array = ArrayPool<float>.Shared.Rent inner
                let row = Span(array, 0, inner)
                matrix.Read(stored, row)
                silence stored row
                row.Slice(from, here).CopyTo(Span(numbers, filled, here))
                ArrayPool<float>.Shared.Return array

            filled <- filled + here

        MemoryMarshal.AsBytes(ReadOnlySpan numbers)
