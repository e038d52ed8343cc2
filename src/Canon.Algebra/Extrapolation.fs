namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors

/// Linear combinations of the last changes of a sequence that is approached by steps, which shorten its way: Anderson's extrapolation.
/// Source: Anderson, Iterative procedures for nonlinear integral equations, J. ACM 12 (1965).
[<Sealed>]
type internal Extrapolation(length: int) =
    /// Differences of two steps, orthogonal and of norm 1, and the differences of where these led to, times the same.
    let directions = Queue<struct (float[] * float[])>()

    let lastStep, lastReached =
        Array.zeroCreate<float> length, Array.zeroCreate<float> length

    let mutable hasLast = false

    let dot (a: float[]) (b: float[]) =
        Sums.dot (ReadOnlySpan a) (ReadOnlySpan b)

    /// y ← y + factor·x.
    let addTimes (factor: float) (x: float[]) (y: float[]) =
        TensorPrimitives.MultiplyAdd(ReadOnlySpan x, factor, ReadOnlySpan y, Span y)

    /// Takes out of a step what known differences make of it, and out of where it led to what belongs to that.
    let reduce (step: float[]) (reached: float[]) =
        for struct (ofStep, ofReached) in directions do
            let part = dot ofStep step
            addTimes -part ofStep step
            addTimes -part ofReached reached

    let most = 8

    /// The part of a difference that the others leave of it, at least, so that it says something else than they do.
    let independent = 1e-8

    member _.Forget() =
        directions.Clear()
        hasLast <- false

    /// Moves what a step has reached further, to where no step would be left if all were linear. The step is used up.
    member _.Improve(step: float[], reached: float[]) =
        if hasLast then
            let struct (change, along) =
                if directions.Count = most then
                    directions.Dequeue()
                else
                    struct (Array.zeroCreate length, Array.zeroCreate length)

            TensorPrimitives.Subtract(ReadOnlySpan step, ReadOnlySpan lastStep, Span change)
            TensorPrimitives.Subtract(ReadOnlySpan reached, ReadOnlySpan lastReached, Span along)
            let norm = Math.Sqrt(dot change change)
            reduce change along
            let left = Math.Sqrt(dot change change)

            if left > independent * norm then
                TensorPrimitives.Divide(ReadOnlySpan change, left, Span change)
                TensorPrimitives.Divide(ReadOnlySpan along, left, Span along)
                directions.Enqueue(struct (change, along))

        step.CopyTo(lastStep, 0)
        reached.CopyTo(lastReached, 0)
        hasLast <- true
        reduce step reached
