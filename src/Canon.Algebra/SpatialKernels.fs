namespace Canon.Algebra

open System
open System.Numerics.Tensors
open System.Threading.Tasks

/// Numbers of one sample at every position, positions slowest and channels fastest; what windows and maps of space make of them.
[<RequireQualifiedAccess>]
module internal SpatialKernels =

    let positions (sizes: int list) = List.fold (*) 1 sizes

    /// The place of a position among all, for each index of each axis, added up over the axes.
    let private placesOf (axes: int[] list) (sizes: int list) =
        List.zip axes sizes
        |> List.fold
            (fun (places: int[]) (indices, size) ->
                places
                |> Array.collect (fun place ->
                    indices
                    |> Array.map (fun i -> if place < 0 || i < 0 then -1 else place * size + i)))
            [| 0 |]

    /// For one position of the output, which positions of the input the taps of its window see; −1 for padding.
    let private seen (axes: SlidingAxis list) (output: int list) =
        let indices =
            List.map2
                (fun (axis: SlidingAxis) o ->
                    Array.init axis.Taps (fun k ->
                        let i = o * axis.Stride + k * axis.Dilation - axis.Before
                        if i >= 0 && i < axis.Size then i else -1))
                axes
                output

        placesOf indices (axes |> List.map _.Size)

    /// All positions in order, as one index an axis.
    let rec private all (sizes: int list) : int list list =
        match sizes with
        | [] -> [ [] ]
        | size :: rest ->
            let inner = all rest

            [ for i in 0 .. size - 1 do
                  for others in inner do
                      i :: others ]

    /// For every position of the output the positions of the input that the taps of its window see; −1 for padding.
    let windows (axes: SlidingAxis list) : int[][] =
        all (axes |> List.map _.Output) |> List.map (seen axes) |> Array.ofList

    /// Numbers held at once for the patches of windows.
    let private held = 1 <<< 22

    /// A convolution of one group of channels after the other. `weight`: by rows, of each row the columns of its group, of each
    /// column its taps. `taps`: for every output position the input positions seen.
    let convolve
        (samples: int)
        (inPositions: int)
        (inChannels: int)
        (rows: int)
        (groups: int)
        (weight: float[])
        (taps: int[][])
        (input: float[])
        =
        let outPositions = taps.Length
        let perGroup = inChannels / groups
        let rowsPerGroup = rows / groups
        let count = taps[0].Length
        let perRow = perGroup * count
        let output = Array.zeroCreate<float> (samples * outPositions * rows)
        let block = max 1 (held / perRow)
        let items = samples * outPositions

        for group in 0 .. groups - 1 do
            for first in 0..block .. items - 1 do
                let here = min block (items - first)
                let patches = Array.zeroCreate<float> (here * perRow)

                Parallel.For(
                    0,
                    here,
                    fun k ->
                        let sample = (first + k) / outPositions
                        let places = taps[(first + k) % outPositions]

                        for tap in 0 .. count - 1 do
                            if places[tap] >= 0 then
                                let from = (sample * inPositions + places[tap]) * inChannels + group * perGroup

                                for c in 0 .. perGroup - 1 do
                                    patches[k * perRow + c * count + tap] <- input[from + c]
                )
                |> ignore

                Parallel.For(
                    0,
                    rowsPerGroup,
                    fun r ->
                        let row = group * rowsPerGroup + r
                        let numbers = ReadOnlySpan(weight, row * perRow, perRow)

                        for k in 0 .. here - 1 do
                            output[(first + k) * rows + row] <-
                                Sums.dot numbers (ReadOnlySpan(patches, k * perRow, perRow))
                )
                |> ignore

        output

    /// The transposed convolution: every input position adds to the output positions that its window sees.
    let convolveTransposed
        (samples: int)
        (outPositions: int)
        (inChannels: int)
        (rows: int)
        (groups: int)
        (weight: float[])
        (taps: int[][])
        (input: float[])
        =
        let inPositions = taps.Length
        let perGroup = inChannels / groups
        let rowsPerGroup = rows / groups
        let count = taps[0].Length
        let output = Array.zeroCreate<float> (samples * outPositions * rows)

        // Rows write to places of their own.
        Parallel.For(
            0,
            rows,
            fun row ->
                let firstColumn = row / rowsPerGroup * perGroup

                for sample in 0 .. samples - 1 do
                    for place in 0 .. inPositions - 1 do
                        let from = (sample * inPositions + place) * inChannels + firstColumn

                        for tap in 0 .. count - 1 do
                            let target = taps[place][tap]

                            if target >= 0 then
                                let mutable sum = 0.0

                                for c in 0 .. perGroup - 1 do
                                    sum <- sum + weight[(row * perGroup + c) * count + tap] * input[from + c]

                                let at = (sample * outPositions + target) * rows + row
                                output[at] <- output[at] + sum
        )
        |> ignore

        output

    /// One axis of space after the other by its map; `channels` numbers stand at each position.
    let mapAxes (samples: int) (sizes: int list) (channels: int) (maps: AxisMap list) (input: float[]) =
        let rec along (before: int) (sizes: int list) (maps: AxisMap list) (data: float[]) =
            match sizes, maps with
            | size :: innerSizes, map :: innerMaps ->
                let inner = positions innerSizes * channels
                let output = Array.zeroCreate<float> (before * map.Length * inner)

                for b in 0 .. before - 1 do
                    for o in 0 .. map.Length - 1 do
                        let target = Span(output, (b * map.Length + o) * inner, inner)

                        for struct (i, weight) in map[o] do
                            TensorPrimitives.MultiplyAdd(
                                ReadOnlySpan(data, (b * size + i) * inner, inner),
                                weight,
                                Span.op_Implicit target,
                                target
                            )

                along (before * map.Length) innerSizes innerMaps output
            | _ -> data

        along samples sizes maps input

    /// What `reduce` makes of the numbers that each window sees, channel by channel; padding is left out.
    let reduceWindows
        (samples: int)
        (inPositions: int)
        (channels: int)
        (reduce: float[] -> float)
        (windows: int[][])
        (input: float[])
        =
        let output = Array.zeroCreate<float> (samples * windows.Length * channels)

        for sample in 0 .. samples - 1 do
            windows
            |> Array.iteri (fun o places ->
                let places = places |> Array.filter (fun place -> place >= 0)

                for c in 0 .. channels - 1 do
                    let numbers =
                        places
                        |> Array.map (fun place -> input[(sample * inPositions + place) * channels + c])

                    output[(sample * windows.Length + o) * channels + c] <- reduce numbers)

        output

    /// Windows that see the whole of some axes: for every position of the others the positions that it is made of.
    let wholeWindows (sizes: int list) (whole: int list) : int[][] =
        let choices =
            sizes
            |> List.mapi (fun k size ->
                if List.contains k whole then
                    [ Array.init size id ]
                else
                    List.init size Array.singleton)

        let rec combine (choices: int[] list list) : int[] list list =
            match choices with
            | [] -> [ [] ]
            | first :: rest ->
                let inner = combine rest

                [ for axis in first do
                      for others in inner do
                          axis :: others ]

        combine choices |> List.map (fun axes -> placesOf axes sizes) |> Array.ofList
