namespace Canon.Algebra

open System
open System.Numerics.Tensors

/// Numbers of one sample at every position, positions slowest and channels fastest; what pools and maps of space make of them.
[<RequireQualifiedAccess>]
module internal SpatialKernels =

    /// A map that leaves every position where it is.
    let private keeps size (map: AxisMap) =
        map.Length = size
        && map
           |> Array.indexed
           |> Array.forall (fun (o, seen) -> seen = [| struct (o, 1.0) |])

    /// One axis of space after the other by its map; `channels` numbers stand at each position.
    let mapAxes work (samples: int) (sizes: int list) (channels: int) (maps: AxisMap list) (input: float[]) =
        let rec along (before: int) (sizes: int list) (maps: AxisMap list) (data: float[]) =
            match sizes, maps with
            | size :: innerSizes, map :: innerMaps when keeps size map ->
                along (before * size) innerSizes innerMaps data
            | size :: innerSizes, map :: innerMaps ->
                let inner = List.fold (*) channels innerSizes
                let output = Array.zeroCreate<float> (before * map.Length * inner)

                Work.chunks work (2 * inner) (before * map.Length) (fun first last ->
                    for item in first .. last - 1 do
                        let b, o = item / map.Length, item % map.Length
                        let target = Span(output, item * inner, inner)

                        for struct (i, weight) in map[o] do
                            TensorPrimitives.MultiplyAdd(
                                ReadOnlySpan(data, (b * size + i) * inner, inner),
                                weight,
                                Span.op_Implicit target,
                                target
                            ))

                along (before * map.Length) innerSizes innerMaps output
            | _ -> data

        along samples sizes maps input

    /// One number after the other that a window sees, channel by channel; padding is left out. `finish count sum`.
    let inline private fold
        work
        (samples: int)
        (positions: int)
        (channels: int)
        (sight: Sight)
        (input: float[])
        (start: float)
        ([<InlineIfLambda>] step: float -> float -> float)
        ([<InlineIfLambda>] finish: int -> float -> float)
        =
        let output = Array.zeroCreate<float> (samples * sight.Outputs * channels)

        Work.chunks work (channels * sight.Taps) (samples * sight.Outputs) (fun first last ->
            let taps = sight.Taps
            let places = Array.zeroCreate<int> ((last - first) * taps)
            sight.Locate(first, last - first, positions * channels, 0, channels, Span places)

            for item in first .. last - 1 do
                let target = Span(output, item * channels, channels)
                target.Fill start
                let mutable count = 0

                for place in places.AsSpan((item - first) * taps, taps) do
                    if place >= 0 then
                        count <- count + 1
                        let seen = ReadOnlySpan(input, place, channels)

                        for c in 0 .. target.Length - 1 do
                            target[c] <- step target[c] seen[c]

                for c in 0 .. target.Length - 1 do
                    target[c] <- finish count target[c])

        output

    /// What a pool makes of the numbers that each window sees.
    let pool work samples positions channels pooling sight input =
        match pooling with
        | Pooling.Maximum -> fold work samples positions channels sight input -infinity max (fun _ x -> x)
        | Pooling.Minimum -> fold work samples positions channels sight input infinity min (fun _ x -> x)
        | Pooling.Mean _ -> fold work samples positions channels sight input 0.0 (+) (fun n x -> x / float n)
        | Pooling.Total -> fold work samples positions channels sight input 0.0 (+) (fun _ x -> x)
        | Pooling.Norm 1 -> fold work samples positions channels sight input 0.0 (fun s x -> s + abs x) (fun _ x -> x)
        | Pooling.Norm 2 ->
            fold work samples positions channels sight input 0.0 (fun s x -> s + x * x) (fun _ x -> sqrt x)
        | Pooling.Norm p ->
            fold work samples positions channels sight input 0.0 (fun s x -> s + abs x ** float p) (fun _ x ->
                x ** (1.0 / float p))
        | Pooling.SumOfSquares ->
            fold work samples positions channels sight input 0.0 (fun s x -> s + x * x) (fun _ x -> x)
