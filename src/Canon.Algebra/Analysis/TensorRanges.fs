namespace Canon.Algebra.Analysis

open System
open System.Numerics.Tensors
open Canon.Algebra

[<StructuralEquality; NoComparison>]
type TensorRange =
    { Name: string
      ElementType: ElementType
      Count: int64
      Zeros: int64
      Largest: float
      Smallest: float
      RootMeanSquare: float }

    member x.Bits =
        if x.Largest = 0.0 then 0.0 else Math.Log2 x.Largest - Math.Log2 x.Smallest

    member x.Float16Headroom = float Half.MaxValue / x.Largest

[<RequireQualifiedAccess>]
module TensorRanges =

    let private blockLength = 1 <<< 14

    /// The first number that is not finite, or is not once it has been multiplied.
    let private refuse (p: Parameter) (values: Values) first count factor =
        let block = Array.zeroCreate<float> count
        ElementTypes.load p.Name values first (Span block)

        for k in 0 .. count - 1 do
            if not (Double.IsFinite(factor * block[k])) then
                let place = int (first + int64 k)
                let width = p.Columns |> Option.defaultValue 1 |> max 1
                Fail.because (NotFinite(p.Name, place / width, place % width, block[k]))

    let private ofValues (p: Parameter) (values: Values) (factor: float) =
        let buffer = Array.zeroCreate<float> blockLength
        let mutable zeros = 0L
        let mutable largest = 0.0
        let mutable smallest = infinity
        // The root of the sum of squares so far: a norm of norms never overflows.
        let mutable length = Magnitude.Zero

        for first in 0L .. int64 blockLength .. values.Length - 1L do
            let count = int (min (int64 blockLength) (values.Length - first))
            let block = Span(buffer, 0, count)
            ElementTypes.load p.Name values first block

            TensorPrimitives.Multiply(Span.op_Implicit block, factor, block)
            TensorPrimitives.Abs(Span.op_Implicit block, block)

            if not (TensorPrimitives.IsFiniteAll(Span.op_Implicit block: ReadOnlySpan<float>)) then
                refuse p values first count factor

            let most = TensorPrimitives.Max(Span.op_Implicit block: ReadOnlySpan<float>)
            let least = TensorPrimitives.Min(Span.op_Implicit block: ReadOnlySpan<float>)
            largest <- max largest most

            if least > 0.0 then
                smallest <- min smallest least
            else
                for x in block do
                    if x = 0.0 then
                        zeros <- zeros + 1L
                    elif x < smallest then
                        smallest <- x

            let peak = Magnitude.ofFloat most

            if not peak.IsZero then
                TensorPrimitives.Multiply(Span.op_Implicit block, Math.ScaleB(1.0, -peak.Exponent), block)

                let here =
                    Magnitude.scaleB (sqrt (Sums.ofSquares (Span.op_Implicit block))) peak.Exponent

                length <- Magnitude.norm [| length; here |]

        { Name = p.Name
          ElementType = values.ElementType
          Count = values.Length
          Zeros = zeros
          Largest = largest
          Smallest = if largest = 0.0 then 0.0 else smallest
          RootMeanSquare = Magnitude.toFloat length / sqrt (float values.Length) }

    let ofNetwork network =
        Fail.guard (fun () ->
            Traversal.parameters network
            |> List.choose (fun p ->
                match p.Source with
                | Source.Stored(values, _, factor) -> Some(ofValues p values factor)
                | Source.Symbol
                | Source.Ones
                | Source.NormFactor _
                | Source.NormShift _
                | Source.Times _
                | Source.Plus _
                | Source.TimesColumns _
                | Source.Image _
                | Source.Selected _ -> None))
