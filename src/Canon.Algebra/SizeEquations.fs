namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

/// Two sizes that must agree, and what is said when they cannot.
[<NoEquality; NoComparison>]
type internal SizeEquation =
    { Left: Size
      Right: Size
      Mismatch: string -> string -> NetworkError }

/// What is known of the unknowns at some point: a value, so that one can go back to it.
[<NoEquality; NoComparison>]
type internal SizeKnowledge =
    { Bound: Map<int, Size>
      Waiting: SizeEquation list }

/// Unknown sizes and equations between them. Every size is at least 1.
[<Sealed>]
type internal SizeEquations() =
    let names = List<string>()

    let mutable known = { Bound = Map.empty; Waiting = [] }

    let rec resolve (size: Size) : Size =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        if
            size
            |> Map.forall (fun product _ -> product |> List.forall (fun i -> not (known.Bound.ContainsKey i)))
        then
            size
        else
            size
            |> Map.fold
                (fun sum product coefficient ->
                    product
                    |> List.fold (fun part i -> Size.multiply part (value i)) (Size.constant coefficient)
                    |> Size.add sum)
                Map.empty

    and value i =
        match Map.tryFind i known.Bound with
        | None -> Size.unknown i
        | Some size ->
            let resolved = resolve size

            known <-
                { known with
                    Bound = Map.add i resolved known.Bound }

            resolved

    let bind i size =
        known <-
            { known with
                Bound = Map.add i size known.Bound }

    /// An unknown that stands alone, so that the equation says what it is, and that as a sum without differences. The newest.
    let determined (difference: Size) =
        let alone i =
            difference
            |> Map.forall (fun product _ -> product = [ i ] || not (List.contains i product))

        difference
        |> Map.toList
        |> List.rev
        |> List.tryPick (fun (product, coefficient) ->
            match product with
            | [ i ] when abs coefficient = 1L && alone i ->
                let others = Map.remove product difference

                if others |> Map.forall (fun _ c -> sign c <> sign coefficient) then
                    Some(i, others |> Map.map (fun _ c -> abs c))
                else
                    None
            | _ -> None)

    let fails (equation: SizeEquation) =
        let print size =
            Size.print (fun i -> names[i]) (resolve size)

        Fail.because (equation.Mismatch (print equation.Left) (print equation.Right))

    /// The difference without the unknowns that divide all of it: no size is 0.
    let rec withoutCommonFactor (difference: Size) =
        let without i (product: int list) =
            let k = List.findIndex ((=) i) product
            List.removeAt k product

        match Map.toList difference with
        | [] -> difference
        | (first, _) :: others ->
            match first |> List.tryFind (fun i -> others |> List.forall (fst >> List.contains i)) with
            | Some i ->
                difference
                |> Map.toSeq
                |> Seq.map (fun (product, c) -> without i product, c)
                |> Map.ofSeq
                |> withoutCommonFactor
            | None -> difference

    /// Whether no sizes of at least 1 make the difference 0, as far as its smallest value and its divisors tell.
    let isHopeless (difference: Size) =
        let constant = Map.tryFind [] difference |> Option.defaultValue 0L
        let coefficients = difference |> Map.remove [] |> Map.toList |> List.map snd
        let rec gcd (a: int64) b = if b = 0L then abs a else gcd b (a % b)

        let isTooLarge =
            coefficients |> List.forall (fun c -> sign c = -(sign constant))
            && abs (List.sum coefficients) > abs constant

        isTooLarge || constant % List.reduce gcd coefficients <> 0L

    /// Binds an unknown when the equation determines one; otherwise the equation waits.
    let solve (equation: SizeEquation) =
        let difference =
            Size.subtract (resolve equation.Left) (resolve equation.Right)
            |> withoutCommonFactor

        let signs = difference |> Map.toList |> List.map (snd >> sign) |> List.distinct

        match signs with
        | [] -> ()
        | [ _ ] -> fails equation
        | _ when isHopeless difference -> fails equation
        | _ ->
            match determined difference, Map.toList difference with
            | Some(i, size), _ -> bind i size
            | None, [ [], constant; [ i ], coefficient ] ->
                if constant % coefficient = 0L then
                    bind i (Size.constant (-constant / coefficient))
                else
                    fails equation
            | None, _ ->
                known <-
                    { known with
                        Waiting = equation :: known.Waiting }

    /// The equations that wait, again, until none of them binds anything.
    let rec settleWaiting () =
        let before = known.Bound.Count
        let waiting = List.rev known.Waiting
        known <- { known with Waiting = [] }
        List.iter solve waiting

        if known.Bound.Count > before && not known.Waiting.IsEmpty then
            settleWaiting ()

    /// Beyond this a size that equations tie to others is not searched.
    let largestTried = 1000L

    let tries (preferred: int64) =
        Seq.append (Seq.init (int preferred) (fun k -> preferred - int64 k)) (seq { preferred + 1L .. largestTried })

    member _.Fresh name : Size =
        names.Add name
        Size.unknown (names.Count - 1)

    member _.Equate(left, right, mismatch) =
        solve
            { Left = left
              Right = right
              Mismatch = mismatch }

    member _.Resolve size = resolve size

    /// What f learns is forgotten when it fails.
    member _.Attempt(f: unit -> 'a) : Result<'a, NetworkError> =
        let before = known
        let answer = Fail.guard f

        if answer.IsError then
            known <- before

        answer

    /// Gives every unknown a size, in order of their making: what the equations say, otherwise what `pick` says. Where equations still
    /// wait for the unknown, the nearest size that does not contradict them, smaller ones first.
    member equations.Settle(pick: int -> int64) =
        settleWaiting ()

        for i in 0 .. names.Count - 1 do
            match Size.tryUnknown (resolve (Size.unknown i)) with
            | Some free when free = i ->
                let preferred = pick i

                if known.Waiting.IsEmpty then
                    bind i (Size.constant preferred)
                else
                    let fits size =
                        equations.Attempt(fun () ->
                            bind i (Size.constant size)
                            settleWaiting ())

                    match tries preferred |> Seq.tryFind (fun size -> (fits size).IsOk) with
                    | Some _ -> ()
                    | None ->
                        bind i (Size.constant preferred)
                        settleWaiting ()
            | Some _
            | None -> ()

    /// A size as a number, after `Settle`.
    member _.Number(at: string, size: Size) =
        match Size.tryNumber (resolve size) with
        | Some n when n < 1L -> Fail.because (ShapeMismatch(at, $"a size of {n}"))
        | Some n when n <= int64 System.Int32.MaxValue -> int n
        | Some n -> Fail.because (OutOfRange(at, $"a size of {n}"))
        | None -> Fail.because (UnknownWidth at)
