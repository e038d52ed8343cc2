namespace Canon.Algebra

// Pointers to pinned memory.
#nowarn "9"
#nowarn "3536"

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// What kernels of rows are made of.
module internal RowLoops =

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private load<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged> (row: nativeint) (i: int) : 'V =
        if sizeof<'T> = 4 then
            'L.LoadSingle(NativePtr.add (NativePtr.ofNativeInt<float32> row) i)
        else
            'L.Load(NativePtr.add (NativePtr.ofNativeInt<float> row) i)

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private store<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged> (row: nativeint) (i: int) (v: 'V) =
        if sizeof<'T> = 4 then
            'L.StoreSingle(v, NativePtr.add (NativePtr.ofNativeInt<float32> row) i)
        else
            'L.Store(v, NativePtr.add (NativePtr.ofNativeInt<float> row) i)

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private get<'T when 'T: unmanaged> (row: nativeint) (i: int) =
        if sizeof<'T> = 4 then
            float (NativePtr.get (NativePtr.ofNativeInt<float32> row) i)
        else
            NativePtr.get (NativePtr.ofNativeInt<float> row) i

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private set<'T when 'T: unmanaged> (row: nativeint) (i: int) (x: float) =
        if sizeof<'T> = 4 then
            NativePtr.set (NativePtr.ofNativeInt<float32> row) i (float32 x)
        else
            NativePtr.set (NativePtr.ofNativeInt<float> row) i x

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let private sum<'L, 'V when 'L :> ILanes<'V>> (a: 'V) (b: 'V) (c: 'V) (d: 'V) =
        'L.Sum('L.Add('L.Add(a, b), 'L.Add(c, d)))

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let squares<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged> (row: nativeint, n: int) =
        let lanes = 'L.Count
        let mutable a, b, c, d = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable i = 0

        while i + 4 * lanes <= n do
            let x0 = load<'L, 'V, 'T> row i
            let x1 = load<'L, 'V, 'T> row (i + lanes)
            let x2 = load<'L, 'V, 'T> row (i + 2 * lanes)
            let x3 = load<'L, 'V, 'T> row (i + 3 * lanes)
            a <- 'L.FusedMultiplyAdd(x0, x0, a)
            b <- 'L.FusedMultiplyAdd(x1, x1, b)
            c <- 'L.FusedMultiplyAdd(x2, x2, c)
            d <- 'L.FusedMultiplyAdd(x3, x3, d)
            i <- i + 4 * lanes

        while i + lanes <= n do
            let x = load<'L, 'V, 'T> row i
            a <- 'L.FusedMultiplyAdd(x, x, a)
            i <- i + lanes

        let mutable total = sum<'L, 'V> a b c d

        while i < n do
            let x = get<'T> row i
            total <- total + x * x
            i <- i + 1

        total

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let bothSquares<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged>
        (row: nativeint, n: int, factors: nativeptr<float>)
        =
        let lanes = 'L.Count
        let mutable a, b, c, d = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable s, t, u, v = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable i = 0

        while i + 4 * lanes <= n do
            let x0 = load<'L, 'V, 'T> row i
            let x1 = load<'L, 'V, 'T> row (i + lanes)
            let x2 = load<'L, 'V, 'T> row (i + 2 * lanes)
            let x3 = load<'L, 'V, 'T> row (i + 3 * lanes)
            a <- 'L.FusedMultiplyAdd(x0, x0, a)
            b <- 'L.FusedMultiplyAdd(x1, x1, b)
            c <- 'L.FusedMultiplyAdd(x2, x2, c)
            d <- 'L.FusedMultiplyAdd(x3, x3, d)
            let y0 = 'L.Multiply(x0, 'L.Load(NativePtr.add factors i))
            let y1 = 'L.Multiply(x1, 'L.Load(NativePtr.add factors (i + lanes)))
            let y2 = 'L.Multiply(x2, 'L.Load(NativePtr.add factors (i + 2 * lanes)))
            let y3 = 'L.Multiply(x3, 'L.Load(NativePtr.add factors (i + 3 * lanes)))
            s <- 'L.FusedMultiplyAdd(y0, y0, s)
            t <- 'L.FusedMultiplyAdd(y1, y1, t)
            u <- 'L.FusedMultiplyAdd(y2, y2, u)
            v <- 'L.FusedMultiplyAdd(y3, y3, v)
            i <- i + 4 * lanes

        while i + lanes <= n do
            let x = load<'L, 'V, 'T> row i
            let y = 'L.Multiply(x, 'L.Load(NativePtr.add factors i))
            a <- 'L.FusedMultiplyAdd(x, x, a)
            s <- 'L.FusedMultiplyAdd(y, y, s)
            i <- i + lanes

        let mutable own = sum<'L, 'V> a b c d
        let mutable scaled = sum<'L, 'V> s t u v

        while i < n do
            let x = get<'T> row i
            let y = x * NativePtr.get factors i
            own <- own + x * x
            scaled <- scaled + y * y
            i <- i + 1

        struct (own, scaled)

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let scale<'L, 'V, 'T, 'U when 'L :> ILanes<'V> and 'T: unmanaged and 'U: unmanaged>
        (row: nativeint, n: int, factors: nativeptr<float>, outer: float, target: nativeint)
        =
        let lanes = 'L.Count
        let both = 'L.Splat outer
        let mutable a, b, c, d = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable i = 0

        while i + 4 * lanes <= n do
            let y0 =
                'L.Multiply(load<'L, 'V, 'T> row i, 'L.Multiply('L.Load(NativePtr.add factors i), both))

            let y1 =
                'L
                    .Multiply(
                        load<'L, 'V, 'T> row (i + lanes),
                        'L.Multiply('L.Load(NativePtr.add factors (i + lanes)), both)
                    )

            let y2 =
                'L
                    .Multiply(
                        load<'L, 'V, 'T> row (i + 2 * lanes),
                        'L.Multiply('L.Load(NativePtr.add factors (i + 2 * lanes)), both)
                    )

            let y3 =
                'L
                    .Multiply(
                        load<'L, 'V, 'T> row (i + 3 * lanes),
                        'L.Multiply('L.Load(NativePtr.add factors (i + 3 * lanes)), both)
                    )

            a <- 'L.FusedMultiplyAdd(y0, y0, a)
            b <- 'L.FusedMultiplyAdd(y1, y1, b)
            c <- 'L.FusedMultiplyAdd(y2, y2, c)
            d <- 'L.FusedMultiplyAdd(y3, y3, d)
            store<'L, 'V, 'U> target i y0
            store<'L, 'V, 'U> target (i + lanes) y1
            store<'L, 'V, 'U> target (i + 2 * lanes) y2
            store<'L, 'V, 'U> target (i + 3 * lanes) y3
            i <- i + 4 * lanes

        let mutable total = sum<'L, 'V> a b c d

        while i < n do
            let y = get<'T> row i * (NativePtr.get factors i * outer)
            total <- total + y * y
            set<'U> target i y
            i <- i + 1

        total

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let scaleAndGoOn<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged>
        (row: nativeint, n: int, factors: nativeptr<float>, outer: float, target: nativeint, next: nativeint)
        =
        let lanes = 'L.Count
        let both = 'L.Splat outer
        let mutable a, b, c, d = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable i = 0

        while i + 4 * lanes <= n do
            let f0 = 'L.Load(NativePtr.add factors i)
            let x0 = 'L.Multiply(load<'L, 'V, 'T> next i, f0)
            a <- 'L.FusedMultiplyAdd(x0, x0, a)
            store<'L, 'V, 'T> target i ('L.Multiply(load<'L, 'V, 'T> row i, 'L.Multiply(f0, both)))
            let f1 = 'L.Load(NativePtr.add factors (i + lanes))
            let x1 = 'L.Multiply(load<'L, 'V, 'T> next (i + lanes), f1)
            b <- 'L.FusedMultiplyAdd(x1, x1, b)

            store<'L, 'V, 'T> target (i + lanes) ('L.Multiply(load<'L, 'V, 'T> row (i + lanes), 'L.Multiply(f1, both)))

            let f2 = 'L.Load(NativePtr.add factors (i + 2 * lanes))
            let x2 = 'L.Multiply(load<'L, 'V, 'T> next (i + 2 * lanes), f2)
            c <- 'L.FusedMultiplyAdd(x2, x2, c)

            store<'L, 'V, 'T>
                target
                (i + 2 * lanes)
                ('L.Multiply(load<'L, 'V, 'T> row (i + 2 * lanes), 'L.Multiply(f2, both)))

            let f3 = 'L.Load(NativePtr.add factors (i + 3 * lanes))
            let x3 = 'L.Multiply(load<'L, 'V, 'T> next (i + 3 * lanes), f3)
            d <- 'L.FusedMultiplyAdd(x3, x3, d)

            store<'L, 'V, 'T>
                target
                (i + 3 * lanes)
                ('L.Multiply(load<'L, 'V, 'T> row (i + 3 * lanes), 'L.Multiply(f3, both)))

            i <- i + 4 * lanes

        while i + lanes <= n do
            let f = 'L.Load(NativePtr.add factors i)
            let x = 'L.Multiply(load<'L, 'V, 'T> next i, f)
            a <- 'L.FusedMultiplyAdd(x, x, a)
            store<'L, 'V, 'T> target i ('L.Multiply(load<'L, 'V, 'T> row i, 'L.Multiply(f, both)))
            i <- i + lanes

        let mutable total = sum<'L, 'V> a b c d

        while i < n do
            let f = NativePtr.get factors i
            let x = get<'T> next i * f
            total <- total + x * x
            set<'T> target i (get<'T> row i * (f * outer))
            i <- i + 1

        total

    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let addSquares<'L, 'V, 'T when 'L :> ILanes<'V> and 'T: unmanaged>
        (row: nativeint, n: int, factor: float, sums: nativeptr<float>)
        =
        let lanes = 'L.Count
        let factors = 'L.Splat factor
        let mutable i = 0

        while i + 2 * lanes <= n do
            let y0 = 'L.Multiply(load<'L, 'V, 'T> row i, factors)
            let y1 = 'L.Multiply(load<'L, 'V, 'T> row (i + lanes), factors)
            let at0 = NativePtr.add sums i
            let at1 = NativePtr.add sums (i + lanes)
            'L.Store('L.FusedMultiplyAdd(y0, y0, 'L.Load at0), at0)
            'L.Store('L.FusedMultiplyAdd(y1, y1, 'L.Load at1), at1)
            i <- i + 2 * lanes

        while i < n do
            let y = get<'T> row i * factor
            NativePtr.set sums i (NativePtr.get sums i + y * y)
            i <- i + 1

/// What is done to a stored row of float32 (`single`) or float64, with float64 in between: sums of squares, and products with one
/// factor an entry and one for the row. Rows are addresses of memory that does not move. Entries are added up in an order that
/// their place in memory does not change: the same numbers give the same bits.
[<AbstractClass>]
type internal RowKernels() =

    /// Σ x².
    abstract Squares: single: bool * row: nativeint * n: int -> float

    /// Σ x² and Σ (x·f)².
    abstract BothSquares: single: bool * row: nativeint * n: int * factors: nativeptr<float> -> struct (float * float)

    /// sumsᵢ ← sumsᵢ + (xᵢ·factor)².
    abstract AddSquares: single: bool * row: nativeint * n: int * factor: float * sums: nativeptr<float> -> unit

    /// target ← x·(f·outer), in the row's own type, and Σ target². Where that is at most the square of the largest number of the
    /// type, all numbers are of it.
    abstract Scale:
        single: bool * row: nativeint * n: int * factors: nativeptr<float> * outer: float * target: nativeint -> float

    /// The same with a target of float64.
    abstract Widen:
        single: bool * row: nativeint * n: int * factors: nativeptr<float> * outer: float * target: nativeint -> float

    /// target ← x·(f·outer), in the row's own type, and Σ (z·f)² of the next row z: it is read while this one is computed.
    abstract ScaleAndGoOn:
        single: bool *
        row: nativeint *
        n: int *
        factors: nativeptr<float> *
        outer: float *
        target: nativeint *
        next: nativeint ->
            float

/// The kernels with vectors of one width.
[<Sealed>]
type internal RowKernels<'L, 'V when 'L :> ILanes<'V>>() =
    inherit RowKernels()

    override _.Squares(single, row, n) =
        if single then
            RowLoops.squares<'L, 'V, float32> (row, n)
        else
            RowLoops.squares<'L, 'V, float> (row, n)

    override _.BothSquares(single, row, n, factors) =
        if single then
            RowLoops.bothSquares<'L, 'V, float32> (row, n, factors)
        else
            RowLoops.bothSquares<'L, 'V, float> (row, n, factors)

    override _.AddSquares(single, row, n, factor, sums) =
        if single then
            RowLoops.addSquares<'L, 'V, float32> (row, n, factor, sums)
        else
            RowLoops.addSquares<'L, 'V, float> (row, n, factor, sums)

    override _.Scale(single, row, n, factors, outer, target) =
        if single then
            RowLoops.scale<'L, 'V, float32, float32> (row, n, factors, outer, target)
        else
            RowLoops.scale<'L, 'V, float, float> (row, n, factors, outer, target)

    override _.Widen(single, row, n, factors, outer, target) =
        if single then
            RowLoops.scale<'L, 'V, float32, float> (row, n, factors, outer, target)
        else
            RowLoops.scale<'L, 'V, float, float> (row, n, factors, outer, target)

    override _.ScaleAndGoOn(single, row, n, factors, outer, target, next) =
        if single then
            RowLoops.scaleAndGoOn<'L, 'V, float32> (row, n, factors, outer, target, next)
        else
            RowLoops.scaleAndGoOn<'L, 'V, float> (row, n, factors, outer, target, next)

[<RequireQualifiedAccess>]
module internal Kernels =

    /// Those with the widest vectors that this machine has.
    let ofRows: RowKernels =
        if Vector512.IsHardwareAccelerated then
            RowKernels<Lanes512, Vector512<float>>()
        elif Vector256.IsHardwareAccelerated then
            RowKernels<Lanes256, Vector256<float>>()
        else
            RowKernels<Lanes128, Vector128<float>>()
