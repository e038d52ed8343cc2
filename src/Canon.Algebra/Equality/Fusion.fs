namespace Canon.Algebra.Equality

open System
open System.Numerics.Tensors
open Canon.Algebra

/// Two linear layers with nothing between as one: linear(A, a) -> linear(B, b) = linear(B·A, B·a + b).
[<RequireQualifiedAccess>]
module internal Fusion =

    /// Numbers of a product that are computed at most.
    let private most = 1L <<< 26

    let private isDense (a: Affine) = a.Weight.Grouping = Groups 1

    /// Whether every position of the output sees as much of a constant as every other.
    let private seesAlike kernel =
        Kernel.isPointwise kernel
        || match kernel with
           | Direct window -> not (Window.pads window)
           | Transposed _ -> false

    /// The kernel of both layers, where one kernel does what they do.
    let private kernel (first: Affine, firstKernel) (second: Affine, secondKernel) =
        match Kernel.isPointwise firstKernel, Kernel.isPointwise secondKernel with
        | _, true when isDense first && isDense second ->
            Some(if Kernel.isDense firstKernel then secondKernel else firstKernel)
        | true, false when isDense first && isDense second && (first.Bias.IsNone || seesAlike secondKernel) ->
            Some secondKernel
        | _ -> None

    /// Σ over the middle of outer [rows × middle × outerTaps] and inner [middle × columns × innerTaps], one of the taps being 1.
    let private product rows middle columns outerTaps innerTaps (outer: float[]) (inner: float[]) =
        let taps = outerTaps * innerTaps
        let result = Array.zeroCreate<float> (rows * columns * taps)
        let width = columns * innerTaps
        let sums = Array.zeroCreate<float> width

        for i in 0 .. rows - 1 do
            for t in 0 .. outerTaps - 1 do
                Array.Clear sums

                for m in 0 .. middle - 1 do
                    TensorPrimitives.MultiplyAdd(
                        ReadOnlySpan(inner, m * width, width),
                        outer[(i * middle + m) * outerTaps + t],
                        ReadOnlySpan sums,
                        Span sums
                    )

                if outerTaps = 1 then
                    Array.blit sums 0 result (i * width) width
                else
                    for j in 0 .. columns - 1 do
                        result[(i * columns + j) * taps + t] <- sums[j]

        result

    /// The sums, with zeros where no more is left of the summands than their rounding.
    let private settled tolerance (sums: float[]) (sizes: float[]) =
        Array.map2 (fun sum size -> if abs sum <= tolerance * size then 0.0 else sum) sums sizes

    /// The two layers as one, where they can be and their product is not too large. `tolerance`: how far numbers are rounded.
    let tryFuse (numbers: Numbers) tolerance (first: Affine, firstKernel) (second: Affine, secondKernel) =
        let rows, middle, columns =
            second.Weight.Rows.Value, first.Weight.Rows.Value, first.Weight.Columns.Value

        let taps = first.Weight.Taps * second.Weight.Taps

        match kernel (first, firstKernel) (second, secondKernel) with
        | Some kernel when
            second.Weight.Columns = Some middle
            && int64 rows * int64 columns * int64 taps <= most
            ->
            let outer = (numbers.Weight second).ReadRows None
            let inner = (numbers.Weight first).ReadRows None

            let product (f: float -> float) =
                product rows middle columns second.Weight.Taps first.Weight.Taps (Array.map f outer) (Array.map f inner)

            let weight =
                Parameter.weight
                    second.Weight.Name
                    rows
                    columns
                    (Groups 1)
                    taps
                    false
                    1.0
                    (settled tolerance (product id) (product abs)
                     |> ReadOnlyMemory
                     |> Values.ofFloat64)

            let constant (f: float -> float) (bias: float[]) =
                Array.init rows (fun i ->
                    let mutable sum = 0.0

                    for m in 0 .. middle - 1 do
                        for t in 0 .. second.Weight.Taps - 1 do
                            sum <- sum + f (outer[(i * middle + m) * second.Weight.Taps + t] * bias[m])

                    sum)

            let bias =
                match numbers.Bias first, numbers.Bias second with
                | Some a, Some b ->
                    let sums = Array.map2 (+) (constant id a) b
                    Some(settled tolerance sums (Array.map2 (fun x y -> x + abs y) (constant abs a) b))
                | Some a, None -> Some(settled tolerance (constant id a) (constant abs a))
                | None, b -> b

            let vector numbers =
                Parameter.vector $"{second.Weight.Name}.bias" 1.0 (Values.ofFloat64 (ReadOnlyMemory numbers))

            Some(Affine.ofParameters weight (Option.map vector bias), kernel)
        | _ -> None
