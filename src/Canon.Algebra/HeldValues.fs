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

    /// The weights with their numbers in memory as they are stored, those of weights that are made as float64, as long as that takes no
    /// more than so many bytes for all of them together. Otherwise they stay where they are: they are read as often, but by as much slower
    /// as that is.
    let hold (most: int64) (weights: StoredEntries list) =
        let isEnough = List.sumBy size weights <= most

        weights
        |> List.map (fun weight ->
            let size = size weight

            if isEnough && size > 0L && size <= int64 Array.MaxLength then
                within (GC.AllocateUninitializedArray(int size)) weight
            else
                weight)

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
