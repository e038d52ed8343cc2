namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open Microsoft.FSharp.NativeInterop

/// An entry of a weight that is not 0, and the logarithm of its absolute value.
[<Struct; NoEquality; NoComparison>]
type internal LargestEntry = { Row: int; Column: int; Log: float }

/// The entries of a weight that are the largest of their row or of their column, by absolute value, when rows and columns are multiplied by
/// factors.
[<RequireQualifiedAccess>]
module internal LargestEntries =

    /// The largest product of a stored row or of what lies across, and where in its own line it is.
    [<Struct; NoEquality; NoComparison>]
    type private Found = { Place: int; Size: float }

    /// Of factors no further apart than this none makes 0 of a number of a smaller type.
    let private kept = 300.0 * Math.Log 2.0

    let private least = 1e-120

    /// e^x of each, the largest being taken out.
    let private factorsOf (logs: float[]) (largest: float) =
        logs |> Array.map (fun log -> Math.Exp(log - largest))

    /// Those of all stored rows, and of all that lie across them with taps apart: from one pass.
    let private pass (matrix: StoredMatrix) (outer: float[]) (inner: float[]) =
        let width, kernels = matrix.InnerCount, matrix.Kernels
        let along = GC.AllocateUninitializedArray<Found> matrix.OuterCount
        use inner = fixed inner

        /// Sizes, and behind them the stored rows that they are of.
        let length = matrix.OuterCount / matrix.Entries.OuterBlock * width

        let fill first last (across: float[]) =
            use across = fixed across

            matrix.SeeFours(
                first,
                last,
                SeeFour.rows (fun rows ->
                    let start = matrix.FirstInner rows.First
                    let factors = NativePtr.add inner start
                    let sizes = NativePtr.stackalloc<float> 4
                    kernels.LargestOfFour(rows.Address, rows.Stride, width, factors, sizes)
                    let outers = NativePtr.stackalloc<float> 4

                    for k in 0 .. rows.Count - 1 do
                        let size = NativePtr.get sizes k
                        let row = rows.Address + nativeint k * rows.Stride

                        along[rows.Row k] <-
                            { Size = size
                              Place = start + kernels.FirstAbove(row, width, factors, Math.BitDecrement size) }

                        NativePtr.set outers k outer[rows.Row k]

                    let largest = NativePtr.add across start
                    let places = NativePtr.add largest length
                    let row, step = float rows.First, float rows.Step

                    kernels.PlaceLargestAcrossFour(
                        rows.Address,
                        rows.Stride,
                        width,
                        outers,
                        largest,
                        places,
                        row,
                        step
                    ))
            )

        let join (across: float[]) (others: float[]) =
            for p in 0 .. length - 1 do
                if others[p] > across[p] then
                    across[p] <- others[p]
                    across[length + p] <- others[length + p]

        let across = Chunks.shared join matrix.OuterCount width (2 * length) fill

        let across =
            Array.init length (fun p ->
                { Size = across[p]
                  Place = int across[length + p] })

        struct (along, across)

    /// The same by logarithms, of some stored rows and some that lie across them.
    let private carefully (matrix: StoredMatrix) outerLogs innerLogs (ofOuter: bool[]) (ofInner: bool[]) show =
        let taps = matrix.Entries.Taps
        let numbers = Array.zeroCreate<float> matrix.InnerCount
        let across = ofInner |> Array.map (fun _ -> struct (-1, -infinity, 0.0))

        for stored in 0 .. matrix.OuterCount - 1 do
            matrix.Entries.Load(stored, Span numbers)
            matrix.RequireFinite(stored, ReadOnlySpan numbers)
            let first = matrix.FirstInner stored
            let mutable along = struct (-1, -infinity, 0.0)

            for j in 0 .. numbers.Length - 1 do
                let inner = (first + j) / taps

                if (ofOuter[stored] || ofInner[inner]) && numbers[j] <> 0.0 then
                    let log = Math.Log(abs numbers[j])
                    let struct (_, most, _) = along

                    if log + Array.get innerLogs inner > most then
                        along <- struct (inner, log + innerLogs[inner], log)

                    let struct (_, most, _) = across[inner]

                    if log + Array.get outerLogs stored > most then
                        across[inner] <- struct (stored, log + outerLogs[stored], log)

            let struct (inner, _, log) = along

            if ofOuter[stored] && inner >= 0 then
                show stored inner log

        across
        |> Array.iteri (fun inner (struct (stored, _, log)) ->
            if ofInner[inner] && stored >= 0 then
                show stored inner log)

    /// One of each row and of each column that is not all zeros, rows times e^rowLogs and columns times e^columnLogs: read once, and
    /// once more where products are hardly in the range of float64. Errors: NotFinite.
    let find (entries: StoredEntries) (rowLogs: float[]) (columnLogs: float[]) (show: LargestEntry -> unit) =
        let matrix = StoredMatrix(entries, None, None)
        let taps = entries.Taps

        let outerLogs, innerLogs =
            if entries.ByColumns then columnLogs, rowLogs else rowLogs, columnLogs

        let largestOuter, largestInner = Array.max outerLogs, Array.max innerLogs

        let struct (along, across) =
            pass
                matrix
                (factorsOf outerLogs largestOuter)
                (factorsOf innerLogs largestInner |> Array.collect (Array.replicate taps))

        let showAt stored inner log =
            show (
                if entries.ByColumns then
                    { Row = inner
                      Column = stored
                      Log = log }
                else
                    { Row = stored
                      Column = inner
                      Log = log }
            )

        /// Whether nothing else than zeros makes a product of 0.
        let zeroIsZero (logs: float[]) largest =
            not matrix.SeesFloat64 && largest - Array.min logs <= kept

        let known zeroIsZero (found: Found) =
            found.Size > least || zeroIsZero && found.Size = 0.0

        let ofOuter = along |> Array.map (known (zeroIsZero innerLogs largestInner) >> not)

        let ofInner =
            let isZero = zeroIsZero outerLogs largestOuter

            Array.init innerLogs.Length (fun inner ->
                let found = across.AsSpan(inner * taps, taps).ToArray() |> Array.maxBy _.Size

                if known isZero found then
                    if found.Size > 0.0 then
                        showAt found.Place inner (Math.Log found.Size - (outerLogs[found.Place] - largestOuter))

                    false
                else
                    true)

        for stored in 0 .. along.Length - 1 do
            let found = along[stored]

            if not ofOuter[stored] && found.Size > 0.0 then
                let inner = found.Place / taps
                showAt stored inner (Math.Log found.Size - (innerLogs[inner] - largestInner))

        if Array.contains true ofOuter || Array.contains true ofInner then
            carefully matrix outerLogs innerLogs ofOuter ofInner showAt
