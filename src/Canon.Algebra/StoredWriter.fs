namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Scaled stored rows, in the parameter's own element type, little-endian. Errors: NotFinite; OutOfRange when a number is too large for
/// that type.
[<RequireQualifiedAccess>]
module internal StoredWriter =

    let private span (address: nativeint) length =
        Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), length)

    let private writeCarefully (matrix: StoredMatrix) stored outerFactor (target: nativeint) =
        let entries = matrix.Entries
        let array = ArrayPool<float>.Shared.Rent matrix.InnerCount
        let buffer = Span(array, 0, matrix.InnerCount)
        matrix.ReadCarefully(stored, outerFactor, buffer)
        ElementTypes.write entries.ElementType entries.Name (Span.op_Implicit buffer) (span target entries.RowBytes)
        ArrayPool<float>.Shared.Return array

    /// No number of a row with at most this sum of squares is rounded to infinity: each is at most half of the largest of its type.
    let private largestSum (matrix: StoredMatrix) =
        let limit = ElementTypes.largest matrix.Entries.ElementType / 2.0
        min (limit * limit) Double.MaxValue

    /// Scales rows as kernels do, and answers sums that are no less than those of squares; rows that were made are their own buffer.
    let inline private scaleFour
        (matrix: StoredMatrix)
        (rows: FourRows)
        factors
        outer
        ([<InlineIfLambda>] target: int -> nativeint)
        sums
        =
        let width = matrix.InnerCount

        match matrix.Entries.Source with
        | RowSource.Direct _ ->
            matrix.Kernels.ScaleFour(rows.Address, rows.Stride, width, factors, outer, target 0, rows.Stride, sums)
        | RowSource.Made _ ->
            let kernels = ElementTypes.kernels matrix.Entries.ElementType

            for k in 0 .. rows.Count - 1 do
                let row = rows.Address + nativeint k * rows.Stride
                let numbers = NativePtr.ofNativeInt<float> row
                let sum = matrix.Kernels.Widen(row, width, factors, NativePtr.get outer k, numbers)

                if not (NativePtr.isNullPtr sums) then
                    NativePtr.set sums k sum

                kernels.Write(numbers, width, target k)

    let private writeRows (matrix: StoredMatrix) allFactors first last (targets: nativeint) =
        let rowBytes = nativeint matrix.Entries.RowBytes
        let largest = largestSum matrix

        matrix.SeeFours(
            first,
            last,
            SeeFour.rows (fun rows ->
                let outer, sums = NativePtr.stackalloc<float> 4, NativePtr.stackalloc<float> 4

                let inline target k =
                    targets + nativeint (rows.Row k) * rowBytes

                let mutable areWritten = true

                for k in 0 .. rows.Count - 1 do
                    match matrix.KernelFactor(matrix.OuterFactor(rows.Row k)) with
                    | ValueSome factor -> NativePtr.set outer k factor
                    | ValueNone -> areWritten <- false

                if areWritten then
                    let factors = NativePtr.add allFactors (matrix.FirstFactor rows.First)
                    scaleFour matrix rows factors outer (fun k -> target k) sums

                    for k in 0 .. rows.Count - 1 do
                        areWritten <- areWritten && NativePtr.get sums k <= largest

                if not areWritten then
                    for k in 0 .. rows.Count - 1 do
                        let stored = rows.Row k
                        writeCarefully matrix stored (matrix.OuterFactor stored) (target k))
        )

    /// `count` stored rows from `first` on into memory apart from the storage.
    let write (matrix: StoredMatrix) first count (destination: Span<byte>) =
        if destination.Length <> count * matrix.Entries.RowBytes then
            invalidOp $"{matrix.Entries.Name}: {count} rows do not fit {destination.Length} bytes"

        use target = fixed &MemoryMarshal.GetReference destination

        let targets =
            NativePtr.toNativeInt target
            - nativeint first * nativeint matrix.Entries.RowBytes

        matrix.WithKeptFactors(fun factors ->
            Chunks.runAtMemorySpeed first (first + count) matrix.InnerCount (fun first last ->
                writeRows matrix factors first last targets))

    /// The bytes of a weight that no caches hold until it is read again.
    let private pastCaches = 1L <<< 21

    /// All stored rows to an address, which may be that where they are stored; the memory is half written after an error. Of each row, from
    /// the sum of the squares of its numbers times the kernel's factors, `kernelFactor` answers its own factor, or what is no number when it
    /// needs care, and `outerFactor` the same as a magnitude; from several threads.
    let inline private writeOverWith
        (matrix: StoredMatrix)
        (address: nativeint)
        ([<InlineIfLambda>] kernelFactor: int -> float -> float)
        ([<InlineIfLambda>] outerFactor: int -> float -> Magnitude)
        =
        let rowBytes, largest = nativeint matrix.Entries.RowBytes, largestSum matrix

        let isPastCaches =
            matrix.Entries.AreInMemory
            && int64 matrix.OuterCount * int64 rowBytes >= pastCaches

        let see allFactors =
            SeeFour.rows (fun rows ->
                let outer, sums = NativePtr.stackalloc<float> 4, NativePtr.stackalloc<float> 4
                let factors = NativePtr.add allFactors (matrix.FirstFactor rows.First)

                let inline target k =
                    address + nativeint (rows.Row k) * rowBytes

                matrix.Kernels.SquaresOfFour(rows.Address, rows.Stride, matrix.InnerCount, factors, sums)

                let mutable areFitting = true

                for k in 0 .. rows.Count - 1 do
                    let sum = NativePtr.get sums k
                    let factor = kernelFactor (rows.Row k) sum
                    NativePtr.set outer k factor
                    areFitting <- areFitting && factor * factor * sum <= largest

                if not areFitting then
                    for k in 0 .. rows.Count - 1 do
                        let stored = rows.Row k
                        writeCarefully matrix stored (outerFactor stored (NativePtr.get sums k)) (target k)
                elif isPastCaches && rows.Address <> target 0 then
                    matrix.Kernels.ScaleFourPastCaches(
                        rows.Address,
                        rows.Stride,
                        matrix.InnerCount,
                        factors,
                        outer,
                        target 0,
                        rows.Stride
                    )
                else
                    scaleFour matrix rows factors outer (fun k -> target k) NativePtr.nullPtr)

        matrix.WithFactors(fun factors ->
            let see = see factors

            Chunks.runAtMemorySpeed 0 matrix.OuterCount matrix.InnerCount (fun first last ->
                matrix.SeeFours(first, last, see)

                if isPastCaches then
                    Thread.MemoryBarrier()))

    /// The same, `outerFactor` standing for the outer diagonal: it is asked for each stored row before that is written, once or more, with
    /// its norm, of the numbers times the inner diagonal.
    let writeOver (matrix: StoredMatrix) address outerFactor =
        let outerFactor =
            OptimizedClosures.FSharpFunc<int, Magnitude, Magnitude>.Adapt outerFactor

        let outer stored sum =
            outerFactor.Invoke(stored, RowNorms.ofSquares matrix stored sum)

        writeOverWith
            matrix
            address
            (fun stored sum ->
                match matrix.KernelFactor(outer stored sum) with
                | ValueSome factor -> factor
                | ValueNone -> nan)
            (fun stored sum -> outer stored sum)

    /// Of which neither the root nor its reciprocal needs care.
    let private isUsual (sumOfSquares: float) =
        VectorNorm.Euclidean.IsSafe sumOfSquares && sumOfSquares < 1e240

    /// The same, each row of the numbers times the inner diagonal being divided by its norm, which is written into `norms`.
    let writeUnitRowsOver (matrix: StoredMatrix) address (norms: Magnitude[]) =
        writeOverWith
            matrix
            address
            (fun stored sum ->
                if matrix.InnerIsSafe && isUsual sum then
                    let norm = Math.Sqrt sum
                    norms[stored] <- Magnitude.scaleB norm matrix.InnerPower
                    1.0 / norm
                else
                    nan)
            (fun stored sum ->
                norms[stored] <- RowNorms.ofSquares matrix stored sum
                Magnitude.reciprocal norms[stored])
