namespace Canon.Algebra

open System
open System.Buffers
open System.Runtime.InteropServices

/// Numbers in memory, of a weight that is read again and again: to read it where it lies may be to read a file each time, or to make it.
[<Sealed>]
type internal HeldValues private (elementType: ElementType, count: int, bytes: byte[]) =
    inherit Values(elementType, int64 count)

    override x.Read(offset, destination) =
        x.View(offset, destination.Length / elementType.Size).CopyTo destination

    override _.View(offset, count) =
        ReadOnlySpan(bytes, int offset * elementType.Size, count * elementType.Size)

    static member private TypeOf(weight: StoredEntries) =
        match weight.Source with
        | RowSource.Direct values -> values.ElementType
        | RowSource.Made _ -> Float64

    /// The bytes that it takes to hold the weight; none where its numbers are in memory already.
    static member private Size(weight: StoredEntries) =
        match weight.Source with
        | RowSource.Direct values when not (values.View(0L, 1).IsEmpty) -> 0L
        | RowSource.Direct _
        | RowSource.Made _ ->
            int64 weight.OuterCount
            * int64 weight.InnerCount
            * int64 (HeldValues.TypeOf weight).Size

    /// The weight with its numbers read into an array.
    static member private In(weight: StoredEntries, bytes: byte[]) =
        let elementType = HeldValues.TypeOf weight
        let rowBytes = weight.InnerCount * elementType.Size

        Chunks.runAtMemorySpeed 0 weight.OuterCount weight.InnerCount (fun first last ->
            let rows = Span(bytes, first * rowBytes, (last - first) * rowBytes)

            match weight.Source with
            | RowSource.Direct values -> values.Read(int64 first * int64 weight.InnerCount, rows)
            | RowSource.Made load ->
                for stored in first .. last - 1 do
                    let row = rows.Slice((stored - first) * rowBytes, rowBytes)
                    load.Invoke(stored, MemoryMarshal.Cast<byte, float> row))

        { weight with
            ElementType = elementType
            Source = RowSource.Direct(HeldValues(elementType, weight.OuterCount * weight.InnerCount, bytes)) }

    /// The weights with their numbers in memory as they are stored, those of weights that are made as float64, as long as that takes no
    /// more than so many bytes for all of them together. Otherwise they stay where they are: they are read as often, but by as much slower
    /// as that is.
    static member Hold(most: int64, weights: StoredEntries list) =
        let isEnough = List.sumBy HeldValues.Size weights <= most

        weights
        |> List.map (fun weight ->
            let size = HeldValues.Size weight

            if isEnough && size > 0L && size <= int64 Array.MaxLength then
                HeldValues.In(weight, GC.AllocateUninitializedArray(int size))
            else
                weight)

    /// What comes of a weight while its numbers are held, if that takes no more than so many bytes: afterwards their memory is used again.
    static member Within(most: int64, weight: StoredEntries, body) =
        let size = HeldValues.Size weight

        if size = 0L || size > most then
            body weight
        else
            let bytes = ArrayPool<byte>.Shared.Rent(int size)
            let result = body (HeldValues.In(weight, bytes))
            ArrayPool<byte>.Shared.Return bytes
            result
