namespace Canon.Algebra

open System
open System.Collections.Generic

/// What is known of the value of a channel at some place of a network.
[<Struct; NoEquality; NoComparison>]
type internal Known =
    /// The same number at every position, whatever the input.
    | Constant of number: float
    /// factor · u, u what all channels of that class have in common; the factor is positive and finite.
    | Like of kind: int * factor: float

/// What decides a class: which term makes it, of channels of which classes, by which numbers.
[<Struct; StructuralEquality; NoComparison>]
type internal Making =
    { Term: int
      Parts: int list
      Numbers: int64 list }

    /// A number without the last bits of a float64, in which equal numbers that were rounded in different ways differ.
    static member Quantized(x: float) =
        (BitConverter.DoubleToInt64Bits(x + 0.0) + 4L) &&& ~~~7L

/// Classes of channels that are positive multiples of each other. Channels get one class where they are made in one way of
/// channels of one class; a class that is not told apart from another costs a saving, never a mistake.
[<Sealed>]
type internal Kinds(tolerance: ElementType -> float) =
    let kinds = Dictionary<Making, int>()
    let mutable count = 0

    let next () =
        count <- count + 1
        count

    /// A class of its own.
    member _.Fresh() = Like(next (), 1.0)

    /// The class of what a term makes of channels of such classes by such numbers.
    member x.Made(term: int, parts: int list, numbers: float list, factor: float) =
        if Double.IsFinite factor && factor > 0.0 && List.forall Double.IsFinite numbers then
            let key =
                { Term = term
                  Parts = parts
                  Numbers = List.map Making.Quantized numbers }

            match kinds.TryGetValue key with
            | true, kind -> Like(kind, factor)
            | false, _ ->
                let kind = next ()
                kinds[key] <- kind
                Like(kind, factor)
        else
            x.Fresh()

    /// The class of a constant where what surrounds the positions makes it vary.
    member x.OfConstant number =
        match x.Made(-1, [], [ number ], 1.0) with
        | Like(kind, _) -> kind
        | Constant _ -> next ()

    /// The values of the rows of a layer with such biases, to which what constants come to is added. A row of zeros is its bias; rows
    /// that are positive multiples of each other with their biases, as far as their type tells, get one class.
    member _.Rows(elementType, rows: MergedRows, biases: float[]) : Known[] =
        let struct (factors, first) = AlikeRows.find (tolerance elementType) rows biases
        let kinds = first |> Array.mapi (fun i leader -> if leader = i then next () else 0)

        Array.init rows.Count (fun i -> if first[i] < 0 then Constant biases[i] else Like(kinds[first[i]], factors[i]))
