namespace Canon.Algebra

open System
open System.Buffers
open System.Runtime.InteropServices

/// The numbers of weights that are read again and again, in memory: to read them where they lie may be to read a file each time, or to
/// make them.
[<RequireQualifiedAccess>]
module internal HeldValues =

    /// The bytes that it takes to hold the weight; none where its numbers are in memory already.
    let private size (weight: StoredEntries) =
        if weight.AreInMemory then
            0L
        else
            int64 weight.OuterCount * int64 weight.InnerCount * int64 weight.ReadType.Size

    /// The weight with its numbers read into an array.
    let private within (bytes: byte[]) (weight: StoredEntries) =
        let rowBytes = weight.InnerCount * weight.ReadType.Size

        Chunks.runAtMemorySpeed 0 weight.OuterCount weight.InnerCount (fun first last ->
            let rows = Span(bytes, first * rowBytes, (last - first) * rowBytes)

            match weight.Source with
            | RowSource.Direct values -> values.Read(int64 first * int64 weight.InnerCount, rows)
            | RowSource.Made load ->
                for stored in first .. last - 1 do
                    let row = rows.Slice((stored - first) * rowBytes, rowBytes)
                    load.Invoke(stored, MemoryMarshal.Cast<byte, float> row))

        let memory = ReadOnlyMemory(bytes, 0, weight.OuterCount * rowBytes)

        { weight with
            ElementType = weight.ReadType
            Source = RowSource.Direct(Values.ofBytes weight.ReadType memory) }

    /// What comes of a weight while its numbers are held, if that takes no more than so many bytes: afterwards their memory is used again.
    let during (most: int) (weight: StoredEntries) body =
        let size = size weight

        if size = 0L || size > int64 most then
            body weight
        else
            let bytes = ArrayPool<byte>.Shared.Rent(int size)
            let result = body (within bytes weight)
            ArrayPool<byte>.Shared.Return bytes
            result
