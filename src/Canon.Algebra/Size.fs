namespace Canon.Algebra

open System

/// A size as a polynomial in unknown sizes: widths of concats add, flattens multiply by positions. Products of unknowns, each sorted,
/// with their coefficients, none of which is 0.
type internal Size = Map<int list, int64>

[<RequireQualifiedAccess>]
module internal Size =

    let constant (n: int64) : Size =
        if n = 0L then Map.empty else Map.ofList [ [], n ]

    let unknown i : Size = Map.ofList [ [ i ], 1L ]

    let private addTerm (size: Size) product coefficient : Size =
        match coefficient + (Map.tryFind product size |> Option.defaultValue 0L) with
        | 0L -> Map.remove product size
        | sum -> Map.add product sum size

    let add (a: Size) (b: Size) : Size = Map.fold addTerm a b

    let subtract (a: Size) (b: Size) : Size =
        Map.fold (fun sum product coefficient -> addTerm sum product -coefficient) a b

    let multiply (a: Size) (b: Size) : Size =
        Seq.allPairs (Map.toSeq a) (Map.toSeq b)
        |> Seq.fold (fun sum ((p, x), (q, y)) -> addTerm sum (List.sort (p @ q)) (Checked.(*) x y)) Map.empty

    /// The number, when nothing is unknown.
    let tryNumber (size: Size) =
        if size.IsEmpty then Some 0L
        elif size.Count = 1 then Map.tryFind [] size
        else None

    /// The unknown, when it is nothing else.
    let tryUnknown (size: Size) =
        if size.Count = 1 then
            match Seq.head (Map.toSeq size) with
            | [ i ], 1L -> Some i
            | _ -> None
        else
            None

    let unknowns (size: Size) : int list =
        size |> Map.toList |> List.collect fst |> List.distinct

    /// Such as `2*rows(W1) + 3`.
    let print (name: int -> string) (size: Size) =
        let term (product, coefficient: int64) =
            match product with
            | [] -> string coefficient
            | unknowns ->
                let names = unknowns |> List.map name |> String.concat "*"
                if coefficient = 1L then names else $"{coefficient}*{names}"

        if size.IsEmpty then
            "0"
        else
            String.Join(" + ", size |> Map.toList |> List.rev |> List.map term)
