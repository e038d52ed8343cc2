namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open System.Buffers
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Canon.Kernels

/// Scaled stored rows, in the parameter's own element type, little-endian. Errors: NotFinite; OutOfRange when a number is too large for
/// that type.
[<RequireQualifiedAccess>]
module internal StoredWriter =

    let private kernels = RowKernels.Best

    let private span (address: nativeint) length =
        Span<byte>(NativePtr.toVoidPtr (NativePtr.ofNativeInt<byte> address), length)

    let private writeCarefully (matrix: StoredMatrix) stored outerFactor (target: nativeint) =
        let entries = matrix.Entries
        let array = ArrayPool<float>.Shared.Rent matrix.InnerCount
        let buffer = Span(array, 0, matrix.InnerCount)
        matrix.ReadCarefully(stored, outerFactor, buffer)
        ElementTypes.write entries.ElementType entries.Name (Span.op_Implicit buffer) (span target entries.RowBytes)
        ArrayPool<float>.Shared.Return array

    /// Half of the largest number of its type: nothing within is rounded to infinity.
    let private limit (matrix: StoredMatrix) =
        ElementTypes.largest matrix.Entries.ElementType / 2.0

    /// Scales four rows, or one, as kernels do, and answers sums that are no less than those of squares; rows that were made are their own
    /// buffer.
    let inline private scaleFour (matrix: StoredMatrix) row step factors outer target sums =
        match matrix.Entries.Source with
        | RowSource.Direct _ ->
            let stride = nativeint step * nativeint matrix.Entries.RowBytes
            kernels.ScaleFour(matrix.SeenType, row, stride, matrix.InnerCount, factors, outer, target, stride, sums)
        | RowSource.Made _ ->
            let numbers = NativePtr.ofNativeInt<float> row
            let width = matrix.InnerCount
            NativePtr.write sums (kernels.Widen(matrix.SeenType, row, width, factors, NativePtr.read outer, numbers))
            kernels.Write(ElementTypes.stored matrix.Entries.ElementType, numbers, width, target)

    /// The factors of four rows, or of one, as kernels take them; whether one of them needs care.
    let inline private factorsOf
        (matrix: StoredMatrix)
        stored
        step
        (outer: nativeptr<float>)
        ([<InlineIfLambda>] factorOf)
        =
        let mutable areKnown = true

        for k in 0 .. Chunks.together step - 1 do
            match matrix.KernelFactor(factorOf (stored + k * step) k) with
            | ValueSome factor -> NativePtr.set outer k factor
            | ValueNone -> areKnown <- false

        areKnown

    let private writeRows (matrix: StoredMatrix) allFactors first last (targets: nativeint) =
        let rowBytes, seenBytes =
            nativeint matrix.Entries.RowBytes, nativeint matrix.SeenBytes

        let largest = min (limit matrix * limit matrix) Double.MaxValue

        matrix.See(
            first,
            last,
            SeeStored(fun first last address ->
                let outer, sums = NativePtr.stackalloc<float> 4, NativePtr.stackalloc<float> 4

                Chunks.fours first last (matrix.AreNeighbours(first, last)) (fun stored step ->
                    let mutable isWritten =
                        factorsOf matrix stored step outer (fun stored _ -> matrix.OuterFactor stored)

                    if isWritten then
                        let row = address + nativeint (stored - first) * seenBytes
                        let factors = NativePtr.add allFactors (matrix.FirstFactor stored)
                        scaleFour matrix row step factors outer (targets + nativeint stored * rowBytes) sums

                        for k in 0 .. Chunks.together step - 1 do
                            isWritten <- isWritten && NativePtr.get sums k <= largest

                    if not isWritten then
                        for k in 0 .. Chunks.together step - 1 do
                            let stored = stored + k * step

                            writeCarefully
                                matrix
                                stored
                                (matrix.OuterFactor stored)
                                (targets + nativeint stored * rowBytes)))
        )

    /// `count` stored rows from `first` on into memory apart from the storage.
    let write (matrix: StoredMatrix) first count (destination: Span<byte>) =
        use target = fixed &MemoryMarshal.GetReference destination

        let targets =
            NativePtr.toNativeInt target
            - nativeint first * nativeint matrix.Entries.RowBytes

        matrix.WithKeptFactors(fun factors ->
            Chunks.runAtMemorySpeed first (first + count) matrix.InnerCount (fun first last ->
                writeRows matrix factors first last targets))

    let private writeRowsOver (matrix: StoredMatrix) allFactors first last (targets: nativeint) outerFactor =
        let rowBytes, seenBytes =
            nativeint matrix.Entries.RowBytes, nativeint matrix.SeenBytes

        let seenType, width, limit = matrix.SeenType, matrix.InnerCount, limit matrix

        let outerFactor =
            OptimizedClosures.FSharpFunc<int, Magnitude, Magnitude>.Adapt outerFactor

        matrix.See(
            first,
            last,
            SeeStored(fun first last address ->
                let outer, sums = NativePtr.stackalloc<float> 4, NativePtr.stackalloc<float> 4
                let careful = Array.zeroCreate<Magnitude> 4

                Chunks.fours first last (matrix.AreNeighbours(first, last)) (fun stored step ->
                    let row = address + nativeint (stored - first) * seenBytes
                    let factors = NativePtr.add allFactors (matrix.FirstFactor stored)
                    kernels.SquaresOfFour(seenType, row, nativeint step * seenBytes, width, factors, sums, true)

                    let mutable areFitting =
                        factorsOf matrix stored step outer (fun stored k ->
                            let factor =
                                outerFactor.Invoke(stored, matrix.NormThrough(stored, NativePtr.get sums k))

                            careful[k] <- factor
                            factor)

                    for k in 0 .. Chunks.together step - 1 do
                        areFitting <- areFitting && NativePtr.get outer k * Math.Sqrt(NativePtr.get sums k) <= limit

                    if areFitting then
                        scaleFour matrix row step factors outer (targets + nativeint stored * rowBytes) sums
                    else
                        for k in 0 .. Chunks.together step - 1 do
                            let stored = stored + k * step
                            writeCarefully matrix stored careful[k] (targets + nativeint stored * rowBytes)))
        )

    /// All stored rows to an address, which may be that where they are stored; the memory is half written after an error. `outerFactor`
    /// stands for the outer diagonal: it is asked for each stored row with the row's norm, of the numbers times the inner diagonal, before
    /// the row is written; from several threads.
    let writeOver (matrix: StoredMatrix) (address: nativeint) outerFactor =
        matrix.WithFactors(fun factors ->
            Chunks.runAtMemorySpeed 0 matrix.OuterCount matrix.InnerCount (fun first last ->
                writeRowsOver matrix factors first last address outerFactor))
