namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Numerics.Tensors

/// An entry of a weight, by the classes of its row and its column: when every class is multiplied by e^x, the logarithm of its absolute
/// value is Log + RowDegree·x(Row) − ColumnDegree·x(Column).
[<Struct; NoEquality; NoComparison>]
type internal ClassEntry =
    { Row: int
      RowDegree: float
      Column: int
      ColumnDegree: float
      Log: float }

    member e.Size(x: float[]) =
        e.Log + e.RowDegree * x[e.Row] - e.ColumnDegree * x[e.Column]

/// Entries by one of their two classes.
[<Sealed>]
type private EntriesByClass(classes: int, entries: List<ClassEntry>, classOf: ClassEntry -> int) =
    /// Where those of a class begin, and behind all of them the end.
    let starts = Array.zeroCreate<int> (classes + 1)

    let sorted = Array.zeroCreate<ClassEntry> entries.Count

    do
        for entry in entries do
            starts[classOf entry + 1] <- starts[classOf entry + 1] + 1

        for c in 0 .. classes - 1 do
            starts[c + 1] <- starts[c + 1] + starts[c]

        let next = Array.copy starts

        for entry in entries do
            let c = classOf entry
            sorted[next[c]] <- entry
            next[c] <- next[c] + 1

    member _.HasSome c = starts[c] < starts[c + 1]

    /// The logarithm of the largest of a class.
    member _.Largest(x: float[], c) =
        let mutable most = -infinity

        for k in starts[c] .. starts[c + 1] - 1 do
            most <- max most (sorted[k].Size x)

        most

    member _.LargestDegree(degree: ClassEntry -> float, c) =
        let mutable most = 0.0

        for k in starts[c] .. starts[c + 1] - 1 do
            most <- max most (degree sorted[k])

        most

/// For some entries of the weights of a network the logarithms x of factors with which of every class the largest entry of its rows is as
/// large as the largest of its columns. Classes that are held have x = 0, and so have those without an entry of one of the two kinds.
/// They are found by rounds that settle one class after the other, extrapolated as long as that goes well.
[<Sealed>]
type internal RangeEquations(classes: int, order: int[]) =
    let entries = List<ClassEntry>()
    let mutable byRows = EntriesByClass(classes, entries, _.Row)
    let mutable byColumns = EntriesByClass(classes, entries, _.Column)
    let mutable moved = Array.empty<int>
    /// What a class that is moved changes the difference of its two sides by at most, for each x.
    let mutable slopes = Array.empty<float>

    let difference (x: float[]) c =
        byColumns.Largest(x, c) - byRows.Largest(x, c)

    let settle (x: float[]) k =
        let c = moved[k]
        x[c] <- x[c] + difference x c / slopes[k]

    let round x =
        for k in 0 .. moved.Length - 1 do
            settle x k

        for k in moved.Length - 2 .. -1 .. 0 do
            settle x k

    /// Takes entries in.
    member _.Add(more: List<ClassEntry>) =
        if more.Count > 0 then
            entries.AddRange more
            byRows <- EntriesByClass(classes, entries, _.Row)
            byColumns <- EntriesByClass(classes, entries, _.Column)
            moved <- order |> Array.filter (fun c -> byRows.HasSome c && byColumns.HasSome c)

            slopes <-
                moved
                |> Array.map (fun c ->
                    byRows.LargestDegree(_.RowDegree, c)
                    + byColumns.LargestDegree(_.ColumnDegree, c))

    /// How far the two sides of a class are apart at most.
    member _.Imbalance(x: float[]) =
        moved |> Array.fold (fun furthest c -> max furthest (abs (difference x c))) 0.0

    /// The logarithm of the largest entry.
    member _.Largest(x: float[]) =
        entries |> Seq.fold (fun most entry -> max most (entry.Size x)) -infinity

    /// Improves x until a round changes none by more than `enough`, or entries have been seen `most` times; says whether it came so far.
    member _.Solve(x: float[], enough: float, most: int64) =
        let extrapolation = Extrapolation x.Length
        let step = Array.zeroCreate<float> x.Length

        let rec improve rounds =
            x.CopyTo(step, 0)
            round x
            TensorPrimitives.Subtract(ReadOnlySpan x, ReadOnlySpan step, Span step)
            let furthest = abs (TensorPrimitives.MaxMagnitude(ReadOnlySpan step))

            if furthest <= enough then
                true
            elif rounds = 0L then
                false
            else
                extrapolation.Improve(furthest, step, x) |> ignore
                improve (rounds - 1L)

        improve (most / int64 (4 * entries.Count + 1))
