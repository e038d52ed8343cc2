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

    /// The shortest way since the last setback; how many of these there were, and the steps that are left as they are.
    let mutable nearest = infinity
    let mutable setbacks = 0
    let mutable plain = 0

    /// Moves what a step has reached to where no step would be left if all were linear. The step is used up.
    let improve (step: float[]) (reached: float[]) =
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

    /// Forgets the steps so far, and leaves the next ones as they are, more after each setback. Where pieces of a sequence take turns
    /// extrapolation may go round in circles; steps by themselves do not.
    member _.Setback() =
        directions.Clear()
        hasLast <- false
        nearest <- infinity
        plain <- 1 <<< min setbacks 20
        setbacks <- setbacks + 1

    /// Moves what a step has reached further, unless the way is twice as long as it was, which is a setback, or one was not long ago.
    /// Says whether it did; the step is used up.
    member x.Improve(way: float, step: float[], reached: float[]) =
        if way > 2.0 * nearest then
            x.Setback()
            false
        elif plain > 0 then
            nearest <- way
            plain <- plain - 1
            false
        else
            nearest <- min nearest way
            improve step reached
            true
