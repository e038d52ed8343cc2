namespace Canon.Algebra

open System

/// A rewritten weight as the bytes of a file: in the order and the element type in which its parameter is stored, computed
/// block by block while it is read.
[<Sealed>]
type StoredWeight internal (matrix: StoredMatrix) =
    let elementType = matrix.Entries.ElementType
    let rowBytes = matrix.InnerCount * elementType.Size
    let scratch = Array.zeroCreate<byte> rowBytes
    // The stored row in `scratch`: a block may end in the middle of a row, and the next one then goes on from here.
    let mutable held = -1

    member _.ElementType = elementType

    /// The size in bytes.
    member _.ByteLength = int64 matrix.OuterCount * int64 rowBytes

    /// Fills the block with the bytes from the offset on. Read in order, every row is computed once.
    /// Errors: OutOfRange when a number is too large for the element type; NotFinite when a stored one is not finite.
    member x.Read(byteOffset: int64, block: Span<byte>) : Result<unit, NetworkError> =
        try
            x.Fill(byteOffset, block)
            Ok()
        with raised ->
            match Fail.tryError raised with
            | ValueSome error -> Error error
            | ValueNone -> reraise ()

    member private _.Fill(byteOffset: int64, block: Span<byte>) =
        let mutable done' = 0

        while done' < block.Length do
            let position = byteOffset + int64 done'
            let row = int (position / int64 rowBytes)
            let within = int (position % int64 rowBytes)
            let left = block.Length - done'

            if within = 0 && left >= rowBytes then
                let count = left / rowBytes
                StoredWriter.write matrix row count (block.Slice(done', count * rowBytes))
                done' <- done' + count * rowBytes
            else
                if held <> row then
                    held <- -1
                    StoredWriter.write matrix row 1 (Span scratch)
                    held <- row

                let length = min left (rowBytes - within)
                Span(scratch, within, length).CopyTo(block.Slice done')
                done' <- done' + length
