namespace Canon.Algebra.Analysis

open System
open System.Numerics
open System.Runtime.InteropServices

/// Rows stored in float32 against sums in float64: each number becomes a float64 in a register, so that half as much is read and none is
/// written. Four rows share what is read and written beside them.
[<RequireQualifiedAccess>]
module internal SingleRows =

    /// Rows that are worked on together at most.
    [<Literal>]
    let Together = 4

    /// Σ rowᵢ·zᵢ.
    let private dot (row: ReadOnlySpan<float32>) (z: ReadOnlySpan<float>) =
        let mutable total = 0.0

        for i in 0 .. z.Length - 1 do
            total <- total + float row[i] * z[i]

        total

    let private fourDots (rows: ReadOnlySpan<float32>) (z: ReadOnlySpan<float>) (products: Span<float>) =
        let row = &MemoryMarshal.GetReference rows
        let zs = &MemoryMarshal.GetReference z
        let length = z.Length
        let lanes = Vector<float>.Count
        let mutable a, b = Vector<float>.Zero, Vector<float>.Zero
        let mutable c, d = Vector<float>.Zero, Vector<float>.Zero
        let mutable e, f = Vector<float>.Zero, Vector<float>.Zero
        let mutable g, h = Vector<float>.Zero, Vector<float>.Zero
        let mutable low, high = Vector<float>.Zero, Vector<float>.Zero
        let mutable i = 0

        while i + 2 * lanes <= length do
            let first = Vector.LoadUnsafe(&zs, unativeint i)
            let second = Vector.LoadUnsafe(&zs, unativeint (i + lanes))
            Vector.Widen(Vector.LoadUnsafe(&row, unativeint i), &low, &high)
            a <- Vector.FusedMultiplyAdd(low, first, a)
            b <- Vector.FusedMultiplyAdd(high, second, b)
            Vector.Widen(Vector.LoadUnsafe(&row, unativeint (length + i)), &low, &high)
            c <- Vector.FusedMultiplyAdd(low, first, c)
            d <- Vector.FusedMultiplyAdd(high, second, d)
            Vector.Widen(Vector.LoadUnsafe(&row, unativeint (2 * length + i)), &low, &high)
            e <- Vector.FusedMultiplyAdd(low, first, e)
            f <- Vector.FusedMultiplyAdd(high, second, f)
            Vector.Widen(Vector.LoadUnsafe(&row, unativeint (3 * length + i)), &low, &high)
            g <- Vector.FusedMultiplyAdd(low, first, g)
            h <- Vector.FusedMultiplyAdd(high, second, h)
            i <- i + 2 * lanes

        let rest = z.Slice i
        products[0] <- Vector.Sum(a + b) + dot (rows.Slice(i, rest.Length)) rest
        products[1] <- Vector.Sum(c + d) + dot (rows.Slice(length + i, rest.Length)) rest
        products[2] <- Vector.Sum(e + f) + dot (rows.Slice(2 * length + i, rest.Length)) rest
        products[3] <- Vector.Sum(g + h) + dot (rows.Slice(3 * length + i, rest.Length)) rest

    /// The products with z of `Together` rows or fewer that stand one after the other.
    let dots (rows: ReadOnlySpan<float32>) (z: ReadOnlySpan<float>) (products: Span<float>) =
        if products.Length = Together then
            fourDots rows z products
        else
            for k in 0 .. products.Length - 1 do
                products[k] <- dot (rows.Slice(k * z.Length, z.Length)) z

    /// Adds each of `Together` rows or fewer, times its factor, to the sums.
    let addTo (sums: Span<float>) (factors: ReadOnlySpan<float>) (rows: ReadOnlySpan<float32>) =
        let row = &MemoryMarshal.GetReference rows
        let targets = &MemoryMarshal.GetReference sums
        let length = sums.Length
        let lanes = Vector<float>.Count
        let mutable i = 0

        if factors.Length = Together then
            let a, b = Vector<float> factors[0], Vector<float> factors[1]
            let c, d = Vector<float> factors[2], Vector<float> factors[3]
            let mutable low, high = Vector<float>.Zero, Vector<float>.Zero

            while i + 2 * lanes <= length do
                let mutable first = Vector.LoadUnsafe(&targets, unativeint i)
                let mutable second = Vector.LoadUnsafe(&targets, unativeint (i + lanes))
                Vector.Widen(Vector.LoadUnsafe(&row, unativeint i), &low, &high)
                first <- Vector.FusedMultiplyAdd(low, a, first)
                second <- Vector.FusedMultiplyAdd(high, a, second)
                Vector.Widen(Vector.LoadUnsafe(&row, unativeint (length + i)), &low, &high)
                first <- Vector.FusedMultiplyAdd(low, b, first)
                second <- Vector.FusedMultiplyAdd(high, b, second)
                Vector.Widen(Vector.LoadUnsafe(&row, unativeint (2 * length + i)), &low, &high)
                first <- Vector.FusedMultiplyAdd(low, c, first)
                second <- Vector.FusedMultiplyAdd(high, c, second)
                Vector.Widen(Vector.LoadUnsafe(&row, unativeint (3 * length + i)), &low, &high)
                first <- Vector.FusedMultiplyAdd(low, d, first)
                second <- Vector.FusedMultiplyAdd(high, d, second)
                Vector.StoreUnsafe(first, &targets, unativeint i)
                Vector.StoreUnsafe(second, &targets, unativeint (i + lanes))
                i <- i + 2 * lanes

        while i < length do
            for k in 0 .. factors.Length - 1 do
                sums[i] <- sums[i] + factors[k] * float rows[k * length + i]

            i <- i + 1
