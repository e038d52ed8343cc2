namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"

open System
open Microsoft.FSharp.NativeInterop

/// An entry of a weight that is not 0, and the logarithm of its absolute value.
[<Struct; NoEquality; NoComparison>]
type internal LargestEntry = { Row: int; Column: int; Log: float }

/// The largest product of a stored row, or of a line across them, and the number of the other line that it stands in.
[<Struct; NoEquality; NoComparison>]
type private Found = { Place: int; Size: float }

/// The entries of a weight that are the largest of their row or of their column, by absolute value, when rows and columns are multiplied by
/// factors: for one thread at a time.
[<Sealed>]
type internal LargestEntries(entries: StoredEntries) =
    let matrix = StoredMatrix(entries, None, None)
    let taps = entries.Taps

    let innerCount = if entries.ByColumns then entries.Rows else entries.Columns

    /// Lines that have been found to be all zeros.
    let deadOuter: bool[] = Array.zeroCreate matrix.OuterCount

    let deadInner: bool[] = Array.zeroCreate innerCount

    /// e^x of each, the largest being taken out.
    let factorsOf (logs: float[]) =
        let largest = Array.max logs
        logs |> Array.map (fun log -> Math.Exp(log - largest))

    /// Whether the largest of some products is right, the factors being as far apart as that: of float64 those of a factor that is
    /// hardly a float are below 4, of smaller types all that is lost is below what is safe.
    let isRight spread size =
        VectorNorm.Maximum.IsSafe size
        && (not matrix.SeesFloat64 || spread <= 700.0 || size > 4.0)

    /// Whether nothing but zeros makes products of 0.
    let zeroIsZero spread =
        not matrix.SeesFloat64 && spread <= 300.0 * Math.Log 2.0

    /// Those of all stored rows, and of all lines across them: from one pass.
    let pass (outer: float[]) (inner: float[]) =
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
                              Place = (start + kernels.FirstAbove(row, width, factors, Math.BitDecrement size)) / taps }

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
            Array.init innerCount (fun inner ->
                let mutable most = inner * taps

                for p in inner * taps + 1 .. (inner + 1) * taps - 1 do
                    if across[p] > across[most] then
                        most <- p

                { Size = across[most]
                  Place = int across[length + most] })

        struct (along, across)

    /// Shows what has been found of lines, by the logarithms of the factors of the others; which lines need care.
    let settle (found: Found[]) (dead: bool[]) (logs: float[]) show =
        let largest = Array.max logs
        let spread = largest - Array.min logs

        found
        |> Array.mapi (fun line found ->
            let isKnown = isRight spread found.Size

            if isKnown then
                show line found.Place (Math.Log found.Size - (logs[found.Place] - largest))

            not (isKnown || dead[line] || found.Size = 0.0 && zeroIsZero spread))

    /// The same by logarithms, of the lines that are asked for. Those where nothing is found are dead.
    let carefully (outerLogs: float[]) (innerLogs: float[]) (ofOuter: bool[]) (ofInner: bool[]) show =
        let numbers = Array.zeroCreate<float> matrix.InnerCount
        let across = ofInner |> Array.map (fun _ -> struct (-1, -infinity, 0.0))

        for stored in 0 .. matrix.OuterCount - 1 do
            entries.Load(stored, Span numbers)
            matrix.RequireFinite(stored, ReadOnlySpan numbers)
            let first = matrix.FirstInner stored
            let mutable along = struct (-1, -infinity, 0.0)

            for j in 0 .. numbers.Length - 1 do
                let inner = (first + j) / taps

                if (ofOuter[stored] || ofInner[inner]) && numbers[j] <> 0.0 then
                    let log = Math.Log(abs numbers[j])
                    let struct (_, most, _) = along

                    if log + innerLogs[inner] > most then
                        along <- struct (inner, log + innerLogs[inner], log)

                    let struct (_, most, _) = across[inner]

                    if log + outerLogs[stored] > most then
                        across[inner] <- struct (stored, log + outerLogs[stored], log)

            let struct (inner, _, log) = along

            if ofOuter[stored] then
                deadOuter[stored] <- inner < 0

                if inner >= 0 then
                    show stored inner log

        for inner in 0 .. across.Length - 1 do
            let struct (stored, _, log) = across[inner]

            if ofInner[inner] then
                deadInner[inner] <- stored < 0

                if stored >= 0 then
                    show stored inner log

    /// Shows one of each row and of each column that is not all zeros, rows times e^rowLogs and columns times e^columnLogs: read once, and
    /// once more where products are hardly in the range of float64. Errors: NotFinite.
    member _.Find(rowLogs: float[], columnLogs: float[], show: LargestEntry -> unit) =
        let outerLogs, innerLogs =
            if entries.ByColumns then columnLogs, rowLogs else rowLogs, columnLogs

        let struct (along, across) =
            pass (factorsOf outerLogs) (factorsOf innerLogs |> Array.collect (Array.replicate taps))

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

        let ofOuter = settle along deadOuter innerLogs showAt

        let ofInner =
            settle across deadInner outerLogs (fun inner stored -> showAt stored inner)

        if Array.contains true ofOuter || Array.contains true ofInner then
            carefully outerLogs innerLogs ofOuter ofInner showAt
