namespace Canon.Algebra

open System
open System.Numerics.Tensors

/// The functions of one number that activations and clips are.
[<RequireQualifiedAccess>]
module internal Scalar =

    let inline relu x = max x 0.0
    let inline leaky slope x = if x < 0.0 then slope * x else x
    let inline square (x: float) = x * x
    let inline reluSquared x = square (relu x)
    let inline sigmoid x = 1.0 / (1.0 + exp -x)

    // An infinite bound stays infinite even on a channel whose thresholds vanish; 0 stays 0 where they are beyond all floats, and
    // any other bound is none there.
    let inline private bound limit threshold =
        if limit = 0.0 || Double.IsInfinity limit then limit else limit * threshold

    let inline clip lower upper threshold x =
        min (max x (bound lower threshold)) (bound upper threshold)

/// Functions of single numbers, and of the numbers of a sample that belong together; channels are innermost.
[<RequireQualifiedAccess>]
module internal Entries =

    // Nanoseconds, more or less, that go into a number.
    [<Literal>]
    let private Cost = 4

    /// f channel x; the output may be the input.
    let inline map work channels ([<InlineIfLambda>] f: int -> float -> float) (input: float[]) (output: float[]) =
        Work.chunks work (Cost * channels) (input.Length / channels) (fun first last ->
            for n in first .. last - 1 do
                let source = ReadOnlySpan(input, n * channels, channels)
                let target = Span(output, n * channels, channels)

                for c in 0 .. target.Length - 1 do
                    target[c] <- f c source[c])

    /// f x y.
    let inline map2 work ([<InlineIfLambda>] f: float -> float -> float) (a: float[]) (b: float[]) =
        let output = Array.zeroCreate<float> a.Length

        Work.chunks work Cost a.Length (fun first last ->
            for k in first .. last - 1 do
                output[k] <- f a[k] b[k])

        output

    /// Adds one number a channel, in place.
    let addTo work (data: float[]) (entries: float[]) =
        Work.chunks work entries.Length (data.Length / entries.Length) (fun first last ->
            for n in first .. last - 1 do
                let target = Span(data, n * entries.Length, entries.Length)
                TensorPrimitives.Add(Span.op_Implicit target, ReadOnlySpan entries, target))

    let softmax work channels (input: float[]) =
        let output = Array.zeroCreate<float> input.Length

        Work.chunks work (16 * channels) (input.Length / channels) (fun first last ->
            for n in first .. last - 1 do
                let source = ReadOnlySpan(input, n * channels, channels)
                let target = Span(output, n * channels, channels)
                // Without the shift, which changes nothing, the exponential of a large input is infinite.
                let largest = TensorPrimitives.Max source

                for c in 0 .. channels - 1 do
                    target[c] <- exp (source[c] - largest)

                let total = Sums.total (Span.op_Implicit target)

                for c in 0 .. channels - 1 do
                    target[c] <- target[c] / total)

        output

    /// For each sample the numbers at these places of it.
    let take work samples (places: int[]) (input: float[]) =
        let perSample = input.Length / samples
        let output = Array.zeroCreate<float> (samples * places.Length)

        Work.chunks work Cost output.Length (fun first last ->
            let mutable sample = first / places.Length
            let mutable place = first % places.Length

            for k in first .. last - 1 do
                output[k] <- input[sample * perSample + places[place]]
                place <- place + 1

                if place = places.Length then
                    place <- 0
                    sample <- sample + 1)

        output

    /// Mean and variance are taken over the numbers of a sample that have one key, of so many.
    let normalize work samples channels rms epsilon keys (key: int -> int -> int) (input: float[]) =
        let output = Array.zeroCreate<float> input.Length
        let perSample = input.Length / samples

        Work.each work (int64 Cost * int64 input.Length) samples (fun sample ->
            let means = Array.zeroCreate<float> keys
            let deviations = Array.zeroCreate<float> keys
            let counts = Array.zeroCreate<int> keys
            let first = sample * perSample

            for position in 0 .. perSample / channels - 1 do
                for c in 0 .. channels - 1 do
                    let k = key position c
                    means[k] <- means[k] + input[first + position * channels + c]
                    counts[k] <- counts[k] + 1

            for k in 0 .. keys - 1 do
                means[k] <- if rms then 0.0 else means[k] / float counts[k]

            for position in 0 .. perSample / channels - 1 do
                for c in 0 .. channels - 1 do
                    let k = key position c
                    let x = input[first + position * channels + c] - means[k]
                    deviations[k] <- deviations[k] + x * x

            for k in 0 .. keys - 1 do
                deviations[k] <- sqrt (deviations[k] / float counts[k] + epsilon)

            for position in 0 .. perSample / channels - 1 do
                for c in 0 .. channels - 1 do
                    let k = key position c
                    let i = first + position * channels + c
                    output[i] <- if deviations[k] = 0.0 then 0.0 else (input[i] - means[k]) / deviations[k])

        output
