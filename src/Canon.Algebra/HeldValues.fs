namespace Canon.Algebra

open System

/// Stored numbers copied into memory, for what reads them again and again: to read them where they lie may be to map a file each time.
[<Sealed>]
type internal HeldValues private (values: Values) =
    inherit Values(values.ElementType, values.Length)

    let bytes = values.Read(0L, int values.Length).ToArray()

    override _.Read(offset, count) =
        ReadOnlySpan(bytes, int offset * values.ElementType.Size, count * values.ElementType.Size)

    /// The entries with what they are read from in memory, as long as all of them together take no more than half of what there is.
    /// Others stay where they are: they are read as often, but by as much slower as their file is.
    static member Hold(weights: StoredEntries list) =
        let size (weight: StoredEntries) =
            match weight.Source with
            | RowSource.Direct values -> values.Length * int64 values.ElementType.Size
            | RowSource.Made _ -> 0L

        let isEnough =
            List.sumBy size weights < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2L

        weights
        |> List.map (fun weight ->
            match weight.Source with
            | RowSource.Direct values when isEnough && size weight <= int64 Array.MaxLength ->
                { weight with
                    Source = RowSource.Direct(HeldValues values) }
            | RowSource.Direct _
            | RowSource.Made _ -> weight)
