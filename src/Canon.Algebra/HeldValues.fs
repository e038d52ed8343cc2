namespace Canon.Algebra

open System
open System.Runtime.InteropServices

/// Numbers in memory, of a weight that is read again and again: to read it where it lies may be to map a file each time, or to make it.
[<Sealed>]
type internal HeldValues private (elementType: ElementType, bytes: byte[]) =
    inherit Values(elementType, int64 (bytes.Length / elementType.Size))

    override _.Read(offset, count) =
        ReadOnlySpan(bytes, int offset * elementType.Size, count * elementType.Size)

    static member private TypeOf(weight: StoredEntries) =
        match weight.Source with
        | RowSource.Direct values -> values.ElementType
        | RowSource.Made _ -> Float64

    static member private Of(weight: StoredEntries) =
        let elementType = HeldValues.TypeOf weight
        let rowBytes = weight.InnerCount * elementType.Size
        let bytes = GC.AllocateUninitializedArray(weight.OuterCount * rowBytes)

        Chunks.runAtMemorySpeed 0 weight.OuterCount weight.InnerCount (fun first last ->
            match weight.Source with
            | RowSource.Direct values ->
                weight
                    .Bytes(values, first, last - first)
                    .CopyTo(Span(bytes, first * rowBytes, (last - first) * rowBytes))
            | RowSource.Made load ->
                for stored in first .. last - 1 do
                    load.Invoke(stored, MemoryMarshal.Cast<byte, float>(Span(bytes, stored * rowBytes, rowBytes))))

        HeldValues(elementType, bytes)

    /// The weights with their numbers in memory as they are stored, those of weights that are made as float64, as long as all of them together take no more than half of what there is.
    /// Others stay where they are: they are read as often, but by as much slower as that is.
    static member Hold(weights: StoredEntries list) =
        let size (weight: StoredEntries) =
            int64 weight.OuterCount
            * int64 weight.InnerCount
            * int64 (HeldValues.TypeOf weight).Size

        let isEnough =
            List.sumBy size weights < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2L

        weights
        |> List.map (fun weight ->
            if isEnough && size weight <= int64 Array.MaxLength then
                let values = HeldValues.Of weight

                { weight with
                    ElementType = values.ElementType
                    Source = RowSource.Direct values }
            else
                weight)
