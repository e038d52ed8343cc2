namespace Canon.Algebra

#nowarn "9"

open System
open System.Buffers
open System.Numerics
open System.Numerics.Tensors
open Microsoft.FSharp.NativeInterop

/// Convolutions over samples × positions × channels. Law: each output is one chain of fused multiply-adds, the channels of one tap
/// after those of the one before; of a transposed convolution that sees several channels the sum of such chains, one a tap. Where
/// every channel has a window of its own chains are of float64 whatever the precision.
[<RequireQualifiedAccess>]
module internal Convolution =

    /// The sizes of a layer. Its weight is given by rows, of each row the columns of its group, of each column its taps.
    [<NoEquality; NoComparison>]
    type Layer =
        {
            Samples: int
            /// Positions of the input.
            Positions: int
            Columns: int
            Rows: int
            Groups: int
            Taps: int
            Weight: float[]
            Precision: Precision
        }

        member x.GroupColumns = x.Columns / x.Groups
        member x.GroupRows = x.Rows / x.Groups

    /// Every channel has a window of its own: rows are channels.
    let private depthwise work (layer: Layer) (sight: Sight) (input: float[]) (output: float[]) =
        let channels = layer.Rows
        let taps = layer.Taps

        // Tap by tap, so that the weights of neighbouring channels stand beside each other as the channels do.
        let weight =
            Array.init (channels * taps) (fun k -> layer.Weight[k % channels * taps + k / channels])

        Work.chunks work (channels * taps) (layer.Samples * sight.Outputs) (fun first last ->
            use pinnedInput = input.AsMemory().Pin()
            use pinnedOutput = output.AsMemory().Pin()
            use pinnedWeight = weight.AsMemory().Pin()
            let places = Array.zeroCreate<int> ((last - first) * taps)
            sight.Locate(first, last - first, layer.Positions * channels, 0, channels, Span places)
            let x: nativeptr<float> = NativePtr.ofVoidPtr pinnedInput.Pointer
            let y: nativeptr<float> = NativePtr.ofVoidPtr pinnedOutput.Pointer
            let w: nativeptr<float> = NativePtr.ofVoidPtr pinnedWeight.Pointer
            let lanes = Vector<float>.Count

            for item in first .. last - 1 do
                let here = (item - first) * taps
                let target = NativePtr.add y (item * channels)
                let mutable c = 0

                while c + 4 * lanes <= channels do
                    let mutable s0 = Vector<float>.Zero
                    let mutable s1 = Vector<float>.Zero
                    let mutable s2 = Vector<float>.Zero
                    let mutable s3 = Vector<float>.Zero

                    for tap in 0 .. taps - 1 do
                        if places[here + tap] >= 0 then
                            let a = NativePtr.add x (places[here + tap] + c)
                            let b = NativePtr.add w (tap * channels + c)
                            s0 <- Vector.FusedMultiplyAdd(Vector.Load a, Vector.Load b, s0)

                            s1 <-
                                Vector.FusedMultiplyAdd(
                                    Vector.Load(NativePtr.add a lanes),
                                    Vector.Load(NativePtr.add b lanes),
                                    s1
                                )

                            s2 <-
                                Vector.FusedMultiplyAdd(
                                    Vector.Load(NativePtr.add a (2 * lanes)),
                                    Vector.Load(NativePtr.add b (2 * lanes)),
                                    s2
                                )

                            s3 <-
                                Vector.FusedMultiplyAdd(
                                    Vector.Load(NativePtr.add a (3 * lanes)),
                                    Vector.Load(NativePtr.add b (3 * lanes)),
                                    s3
                                )

                    Vector.Store(s0, NativePtr.add target c)
                    Vector.Store(s1, NativePtr.add target (c + lanes))
                    Vector.Store(s2, NativePtr.add target (c + 2 * lanes))
                    Vector.Store(s3, NativePtr.add target (c + 3 * lanes))
                    c <- c + 4 * lanes

                while c + lanes <= channels do
                    let mutable sum = Vector<float>.Zero

                    for tap in 0 .. taps - 1 do
                        if places[here + tap] >= 0 then
                            let a = NativePtr.add x (places[here + tap] + c)
                            let b = NativePtr.add w (tap * channels + c)
                            sum <- Vector.FusedMultiplyAdd(Vector.Load a, Vector.Load b, sum)

                    Vector.Store(sum, NativePtr.add target c)
                    c <- c + lanes

                while c < channels do
                    let mutable sum = 0.0

                    for tap in 0 .. taps - 1 do
                        if places[here + tap] >= 0 then
                            let a = NativePtr.get x (places[here + tap] + c)
                            sum <- Math.FusedMultiplyAdd(a, NativePtr.get w (tap * channels + c), sum)

                    NativePtr.set target c sum
                    c <- c + 1)

    /// The weights of a group: a row of the panels for each tap of each column, tap by tap.
    let private byTaps work (layer: Layer) group =
        let columns, taps = layer.GroupColumns, layer.Taps
        let length = columns * taps
        let count = layer.GroupRows * length
        let numbers = ArrayPool<float>.Shared.Rent count
        let first = group * count

        Work.chunks work length layer.GroupRows (fun firstRow last ->
            for row in firstRow * length .. length .. (last - 1) * length do
                for tap in 0 .. taps - 1 do
                    for c in 0 .. columns - 1 do
                        numbers[row + tap * columns + c] <- layer.Weight[first + row + c * taps + tap])

        let panels =
            MatrixProduct.ofColumns work layer.Precision length layer.GroupRows numbers

        ArrayPool<float>.Shared.Return numbers
        panels

    /// Into an output of samples × the positions of `sight` × rows, which may hold anything. `sight`: what they see.
    let directInto work (layer: Layer) (sight: Sight) (input: float[]) (output: float[]) =
        let count = layer.Samples * sight.Outputs

        if layer.GroupColumns = 1 && layer.GroupRows = 1 then
            depthwise work layer sight input output
        else
            for group in 0 .. layer.Groups - 1 do
                let locate =
                    Locate(fun first count offsets ->
                        let step, shift = layer.Positions * layer.Columns, group * layer.GroupColumns
                        sight.Locate(first, count, step, shift, layer.Columns, offsets))

                use panels = byTaps work layer group
                let column = group * layer.GroupRows

                panels.Multiply(
                    work,
                    count,
                    layer.Taps,
                    layer.GroupColumns,
                    locate,
                    input,
                    output,
                    layer.Rows,
                    column,
                    false
                )

    let direct work (layer: Layer) (sight: Sight) input =
        let output =
            GC.AllocateUninitializedArray<float>(layer.Samples * sight.Outputs * layer.Rows)

        directInto work layer sight input output
        output

    /// The weights of some rows of a group: a row of the panels for each column, of it tap by tap what each row has there.
    let private byColumns (layer: Layer) firstRow rows =
        let taps = layer.Taps
        let panels = MatrixProduct.panels layer.Precision layer.GroupColumns (taps * rows)
        let numbers = Array.zeroCreate<float> (taps * rows)

        for c in 0 .. layer.GroupColumns - 1 do
            for n in 0 .. rows - 1 do
                let from = ((firstRow + n) * layer.GroupColumns + c) * taps

                for tap in 0 .. taps - 1 do
                    numbers[tap * rows + n] <- layer.Weight[from + tap]

            panels.SetRow(c, ReadOnlySpan numbers)

        panels

    /// Adds up, for `samples` samples and some rows, what the positions seen have in `added`: rows for every tap.
    let private gather work (layer: Layer) (sight: Sight) samples rows (added: float[]) firstItem firstRow output =
        Work.chunks work (layer.Taps * rows) (samples * sight.Outputs) (fun first last ->
            let perPlace = layer.Taps * rows
            let places = Array.zeroCreate<int> ((last - first) * layer.Taps)
            sight.Locate(first, last - first, layer.Positions * perPlace, 0, perPlace, Span places)

            for item in first .. last - 1 do
                let target: Span<float> =
                    Span(output, (firstItem + item) * layer.Rows + firstRow, rows)

                for tap in 0 .. layer.Taps - 1 do
                    let place = places[(item - first) * layer.Taps + tap]

                    if place >= 0 then
                        TensorPrimitives.Add(
                            Span.op_Implicit target,
                            ReadOnlySpan(added, place + tap * rows, rows),
                            target
                        ))

    /// `sight`: for the positions of the output the input positions whose taps reach them.
    let transposed work (layer: Layer) (sight: Sight) (input: float[]) =
        let output = Array.zeroCreate<float> (layer.Samples * sight.Outputs * layer.Rows)

        if layer.GroupColumns = 1 && layer.GroupRows = 1 then
            depthwise work layer sight input output
        else
            // What every input position adds through every tap, of as many rows and samples as may be held.
            let perRow = layer.Positions * layer.Taps
            let rows = max 1 (min layer.GroupRows (work.Held / perRow))
            let samples = max 1 (min layer.Samples (work.Held / (perRow * rows)))
            let added = Array.zeroCreate<float> (samples * perRow * rows)

            for group in 0 .. layer.Groups - 1 do
                for firstRow in group * layer.GroupRows .. rows .. (group + 1) * layer.GroupRows - 1 do
                    let rows = min rows ((group + 1) * layer.GroupRows - firstRow)
                    use panels = byColumns layer firstRow rows

                    for sample in 0..samples .. layer.Samples - 1 do
                        let here = min samples (layer.Samples - sample)
                        let first = sample * layer.Positions * layer.Columns + group * layer.GroupColumns

                        MatrixProduct.dense
                            work
                            (here * layer.Positions)
                            layer.Columns
                            first
                            input
                            panels
                            added
                            panels.Outer
                            0
                            false

                        gather work layer sight here rows added (sample * sight.Outputs) firstRow output

        output

    /// Σ over all items of a[item, i]·b[place that the item sees by tap t, j]: by rows i, of each the columns j of its group, of each the
    /// taps. What a layer's weight is to be moved by, a being the derivatives by its outputs and b its inputs.
    let correlate work precision samples (sight: Sight) positions groups taps rows columns (a: float[]) (b: float[]) =
        let items = samples * sight.Outputs
        let groupRows, groupColumns = rows / groups, columns / groups
        let result = Array.zeroCreate<float> (rows * groupColumns * taps)
        let held = max 1 (min items (work.Held / max taps (max groupColumns rows)))
        let across = Array.zeroCreate<float> (rows * held)
        let sums = Array.zeroCreate<float> (taps * rows * groupColumns)
        let places = Array.zeroCreate<int> (held * taps)
        let zeros = Array.zeroCreate<float> groupColumns

        for first in 0..held .. items - 1 do
            let here = min held (items - first)
            sight.Locate(first, here, positions * columns, 0, columns, Span places)

            for item in 0 .. here - 1 do
                for i in 0 .. rows - 1 do
                    across[i * held + item] <- a[(first + item) * rows + i]

            for group in 0 .. groups - 1 do
                for tap in 0 .. taps - 1 do
                    use panels = MatrixProduct.panels precision here groupColumns

                    for item in 0 .. here - 1 do
                        let place = places[item * taps + tap]

                        let seen =
                            if place < 0 then
                                ReadOnlySpan zeros
                            else
                                ReadOnlySpan(b, place + group * groupColumns, groupColumns)

                        panels.SetRow(item, seen)

                    MatrixProduct.dense
                        work
                        groupRows
                        held
                        (group * groupRows * held)
                        across
                        panels
                        sums
                        groupColumns
                        ((tap * rows + group * groupRows) * groupColumns)
                        (first > 0)

        for tap in 0 .. taps - 1 do
            for k in 0 .. rows * groupColumns - 1 do
                result[k * taps + tap] <- sums[tap * rows * groupColumns + k]

        result
