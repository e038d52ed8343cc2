namespace Canon.Algebra

open System

type GainDefinition =
    | RowNorm
    | Augmented

[<Sealed; AllowNullLiteral(false)>]
type Gain private (first: GainAtom | null, power: int, others: struct (GainAtom * int) list) =

    let key =
        let add h (struct (atom: GainAtom, power)) =
            Key.combine (Key.combine h atom.Key) (Key.ofInt power)

        match first with
        | null -> UInt128.One
        | atom -> List.fold add (add UInt128.One (struct (atom, power))) others

    /// Most gains are one atom, and a network has many: it is kept without a list around it.
    static member internal OfAtom(atom: GainAtom, power) = Gain(atom, power, [])

    static member internal OfFactors(factors: struct (GainAtom * int) list) =
        match factors with
        | [] -> Gain.One
        | struct (atom, power) :: others -> Gain(atom, power, others)

    static member val internal One = Gain(null, 0, [])

    member _.Factors =
        match first with
        | null -> []
        | atom -> struct (atom, power) :: others

    member internal _.TryAtom =
        match first with
        | null -> ValueNone
        | atom -> if others.IsEmpty then ValueSome(struct (atom, power)) else ValueNone

    member _.IsOne = isNull first
    member internal _.Key: UInt128 = key

    member internal _.Rank =
        match first with
        | null -> 0
        | atom -> others |> List.fold (fun rank (struct (a, _)) -> max rank a.Rank) atom.Rank

    member internal x.IsSymbolic =
        x.Factors |> List.forall (fun (struct (a, _)) -> a.IsSymbolic)

    member internal x.Blocks = x.Factors |> List.exists (fun (struct (a, _)) -> a.Blocks)

    member internal x.Length: int option =
        x.Factors |> List.tryPick (fun (struct (a, _)) -> a.Length)

    override _.Equals other =
        match other with
        | :? Gain as g -> g.Key = key
        | _ -> false

    override _.GetHashCode() = key.GetHashCode()

and GainExpression =
    | Symbol of name: string * length: int option
    | Constants of values: Magnitude[]
    | Norms of coefficients: Affine * definition: GainDefinition
    | Leader of gains: Gain list
    | Joined of parts: (Gain * int option) list
    | Repeated of gain: Gain * times: int

// What is asked of an atom is kept with it: gains share what they are made of, and a walk would meet the shared parts again and
// again.
and [<Sealed; AllowNullLiteral(false)>] GainAtom internal (expression: GainExpression, key: UInt128) =
    let rank =
        match expression with
        | Symbol _
        | Constants _ -> 0
        | Norms(a, _) ->
            let ofWeight = 1 + max a.Left.Rank a.Right.Rank

            match a.Bias with
            | Some bias -> max ofWeight (1 + bias.Gain.Rank)
            | None -> ofWeight
        | Leader gains -> gains |> List.fold (fun rank g -> max rank (1 + g.Rank)) 0
        | Joined parts -> parts |> List.fold (fun rank (g, _) -> max rank (1 + g.Rank)) 0
        | Repeated(g, _) -> 1 + g.Rank

    let isSymbolic =
        match expression with
        | Symbol _ -> true
        | Constants _ -> false
        | Norms(a, _) -> a.Weight.IsSymbolic
        | Leader gains -> gains |> List.forall _.IsSymbolic
        | Joined parts -> parts |> List.forall (fun (g, _) -> g.IsSymbolic)
        | Repeated(g, _) -> g.IsSymbolic

    let blocks =
        match expression with
        | Constants values -> values |> Array.exists _.IsZero
        | Symbol _
        | Norms _ -> false
        | Leader gains -> gains |> List.exists _.Blocks
        | Joined parts -> parts |> List.exists (fun (g, _) -> g.Blocks)
        | Repeated(g, _) -> g.Blocks

    let length =
        match expression with
        | Symbol(_, n) -> n
        | Constants values -> Some values.Length
        | Norms(a, _) -> a.Weight.Rows
        | Leader gains -> gains |> List.tryPick _.Length
        | Joined parts ->
            parts
            |> List.map (fun (g, width) -> Option.orElse width g.Length)
            |> List.fold (Option.map2 (+)) (Some 0)
        | Repeated(g, times) -> g.Length |> Option.map (fun n -> n * times)

    member _.Expression = expression
    member _.Rank = rank

    member internal _.Inside =
        match expression with
        | Symbol _
        | Constants _ -> []
        | Norms(a, _) -> a.Gains
        | Leader gains -> gains
        | Joined parts -> List.map fst parts
        | Repeated(g, _) -> [ g ]

    member internal _.IsSymbolic = isSymbolic
    member internal _.Blocks = blocks
    member internal _.Length: int option = length
    member internal _.Key: UInt128 = key

    override _.Equals other =
        match other with
        | :? GainAtom as a -> a.Key = key
        | _ -> false

    override _.GetHashCode() = key.GetHashCode()

and [<StructuralEquality; NoComparison>] Bias = { Gain: Gain; Vector: Parameter }

and [<Struct; StructuralEquality; NoComparison>] Affine =
    { Left: Gain
      Weight: Parameter
      Right: Gain
      Bias: Bias option }

    member x.Gains = x.Left :: x.Right :: (x.Bias |> Option.map _.Gain |> Option.toList)

[<RequireQualifiedAccess>]
module Gain =

    let one = Gain.One

    let private sortName (a: GainAtom) =
        match a.Expression with
        | Symbol(name, _) -> name
        | Norms(a, _) -> a.Weight.Name
        | Constants _
        | Leader _
        | Joined _
        | Repeated _ -> ""

    let private compareAtoms (a: GainAtom) (b: GainAtom) =
        match compare a.Rank b.Rank with
        | 0 ->
            match String.CompareOrdinal(sortName a, sortName b) with
            | 0 -> a.Key.CompareTo b.Key
            | order -> order
        | order -> order

    let ofAtom (atom: GainAtom) = Gain.OfAtom(atom, 1)

    let private ofExpression tag expression (parts: UInt128 list) =
        ofAtom (GainAtom(expression, List.fold Key.combine (Key.ofInt tag) parts))

    let symbol name length =
        ofExpression 1 (Symbol(name, length)) [ Key.ofString name ]

    let internal ofMagnitudes (values: Magnitude[]) =
        let keys =
            values
            |> Array.fold
                (fun h x ->
                    Key.combine h (UInt128(uint64 x.Exponent, uint64 (BitConverter.DoubleToInt64Bits x.Mantissa))))
                UInt128.One

        ofExpression 2 (Constants values) [ keys ]

    let ofValues (values: float seq) =
        let values = Seq.toArray values

        if values.Length = 0 then
            invalidArg (nameof values) "a scale needs at least one entry"

        values
        |> Array.iteri (fun i x ->
            if not (Double.IsFinite x) || x < 0.0 then
                invalidArg (nameof values) $"entry {i} of the scale is {x}; a scale is finite and non-negative")

        ofMagnitudes (Array.map Magnitude.ofFloat values)

    let inside (atom: GainAtom) = atom.Inside
    let length (g: Gain) = g.Length
    let isSymbolic (g: Gain) = g.IsSymbolic
    let blocks (g: Gain) = g.Blocks

    let private partWidth (g: Gain, width) = Option.orElse width g.Length

    let private joined (parts: (Gain * int option) list) =
        if parts |> List.forall (fun (g, _) -> g.IsOne) then
            one
        elif parts.Length = 1 then
            fst parts.Head
        else
            let parts =
                parts
                |> List.map (fun (g, width) -> g, (if Option.isSome (length g) then None else width))

            let keys =
                parts |> List.collect (fun (g, n) -> [ g.Key; Key.ofInt (defaultArg n -1) ])

            ofExpression 5 (Joined parts) keys

    let repeat times (g: Gain) =
        if g.IsOne || times = 1 then
            g
        else
            ofExpression 6 (Repeated(g, times)) [ g.Key; Key.ofInt times ]

    /// Parts of the same width: of a width known, or with a factor in common. One part may be left to the rest.
    let private linesUp (xs: (Gain * int option) list) (ys: (Gain * int option) list) =
        let share (x: Gain) (y: Gain) =
            x.Factors
            |> List.exists (fun (struct (a, _)) -> y.Factors |> List.exists (fun (struct (b, _)) -> a.Key = b.Key))

        let apart =
            List.zip xs ys
            |> List.filter (fun (x, y) -> (partWidth x).IsNone && not (share (fst x) (fst y)))

        List.map partWidth xs = List.map partWidth ys && apart.Length <= 1

    /// k·k⁻¹ where k is zero at places: 1 where k is positive, and still 0 elsewhere.
    let private support (a: GainAtom) =
        match a.Expression with
        | Constants values when a.Blocks ->
            (ofMagnitudes (values |> Array.map (fun x -> if x.IsZero then x else Magnitude.One))).Factors
        | Constants _
        | Symbol _
        | Norms _
        | Leader _
        | Joined _
        | Repeated _ -> []

    let rec private merge xs ys =
        // Monomials are short: a product has as many factors as scales that met without a layer between them.
        match xs, ys with
        | [], rest
        | rest, [] -> rest
        | struct (a: GainAtom, p) :: xt, struct (b: GainAtom, q) :: yt ->
            match compareAtoms a b with
            | 0 when p + q = 0 -> merge (support a) (merge xt yt)
            | 0 -> struct (a, Checked.(+) p q) :: merge xt yt
            | order when order < 0 -> struct (a, p) :: merge xt ys
            | _ -> struct (b, q) :: merge xs yt

    /// Its powers are taken inside.
    let private isStructural (struct (a: GainAtom, _)) =
        match a.Expression with
        | Joined _
        | Repeated _ -> true
        | Symbol _
        | Constants _
        | Norms _
        | Leader _ -> false

    let private raised k (factors: struct (GainAtom * int) list) =
        factors |> List.map (fun (struct (a, p)) -> struct (a, Checked.(*) p k))

    let rec power k (g: Gain) =
        if k = 1 || g.IsOne then
            g
        elif k = 0 then
            one
        else
            match g.TryAtom with
            | ValueSome(struct (atom, p)) -> atomPower (Checked.(*) k p) atom
            | ValueNone ->
                let structural, others = List.partition isStructural g.Factors

                structural
                |> List.fold
                    (fun product (struct (a, p)) -> multiply product (atomPower (Checked.(*) k p) a))
                    (Gain.OfFactors(raised k others))

    /// A power of a joined or repeated gain is taken inside, so that such atoms always have the power 1.
    and private atomPower k (a: GainAtom) =
        match a.Expression with
        | Joined parts -> joined (parts |> List.map (fun (g, n) -> power k g, partWidth (g, n)))
        | Repeated(g, times) -> repeat times (power k g)
        | Symbol _
        | Constants _
        | Norms _
        | Leader _ -> Gain.OfAtom(a, k)

    and multiply (g: Gain) (h: Gain) =
        if g.IsOne then h
        elif h.IsOne then g
        else List.fold multiplyAtom g h.Factors

    and private multiplyAtom (g: Gain) (struct (atom: GainAtom, p)) =
        let fused =
            g.Factors
            |> List.tryPick (fun (struct (a, _)) -> fuse a atom |> Option.map (fun product -> a, product))

        match fused with
        | Some(a, product) ->
            multiply (Gain.OfFactors(g.Factors |> List.filter (fun (struct (b, _)) -> b.Key <> a.Key))) product
        | None -> Gain.OfFactors(merge g.Factors [ struct (atom, p) ])

    /// The product of two joined or two repeated gains, part by part, when their parts line up.
    and private fuse (a: GainAtom) (b: GainAtom) =
        match a.Expression, b.Expression with
        | Joined xs, Joined ys when linesUp xs ys ->
            Some(joined (List.map2 (fun (x, n) (y, _) -> multiply x y, partWidth (x, n)) xs ys))
        | Repeated(x, t), Repeated(y, u) when t = u -> Some(repeat t (multiply x y))
        | _ -> None

    let reciprocal g = power -1 g

    let divide g h = multiply g (reciprocal h)

    let concat (parts: (Gain * int option) list) = joined parts

    /// What multiplies both, and what is left of each. Nothing is divided: a zero in a common factor stays in it.
    let private withoutCommon (g: Gain) (h: Gain) =
        if g = h then
            struct (g, one, one)
        else
            let shared =
                g.Factors
                |> List.choose (fun (struct (a, p)) ->
                    h.Factors
                    |> List.tryFind (fun (struct (b, q)) -> a = b && sign p = sign q)
                    |> Option.map (fun (struct (_, q)) -> struct (a, sign p * min (abs p) (abs q))))

            let rest (g: Gain) =
                g.Factors
                |> List.choose (fun (struct (a, p)) ->
                    match shared |> List.tryFind (fun (struct (b, _)) -> a = b) with
                    | Some(struct (_, q)) when p = q -> None
                    | Some(struct (_, q)) -> Some(struct (a, p - q))
                    | None -> Some(struct (a, p)))
                |> Gain.OfFactors

            if shared.IsEmpty then
                struct (one, g, h)
            else
                struct (Gain.OfFactors shared, rest g, rest h)

    let norms definition (coefficients: Affine) =
        let struct (outside, inside) =
            match coefficients.Bias with
            | _ when coefficients.Left.IsOne -> struct (one, coefficients)
            | None -> struct (coefficients.Left, { coefficients with Left = one })
            | Some bias ->
                let struct (common, left, gain) = withoutCommon coefficients.Left bias.Gain

                struct (common,
                        { coefficients with
                            Left = left
                            Bias = Some { bias with Gain = gain } })

        let tag =
            match definition with
            | RowNorm -> 3
            | Augmented -> 7

        let ofWeight =
            Key.combine (Key.combine (Key.combine (Key.ofInt tag) inside.Weight.Key) inside.Right.Key) inside.Left.Key

        let key =
            match inside.Bias with
            | Some b -> Key.combine (Key.combine ofWeight b.Vector.Key) b.Gain.Key
            | None -> ofWeight

        multiply outside (ofAtom (GainAtom(Norms(inside, definition), key)))

    /// True when `later` is `first` with a leader in the place of the gain that leads it: it is then equal to `first` wherever that
    /// is positive, lead(a, b)^p · r to a^p · r.
    let private extends (first: Gain) (later: Gain) =
        later.Factors
        |> List.exists (fun (struct (atom, p)) ->
            match atom.Expression with
            | Leader(head :: _) -> multiply (multiply later (Gain.OfAtom(atom, -p))) (power p head) = first
            | Leader []
            | Symbol _
            | Constants _
            | Norms _
            | Joined _
            | Repeated _ -> false)

    let rec leader (gains: Gain list) =
        match gains with
        | [] -> one
        | first :: _ when first.IsOne || isSymbolic first -> first
        | _ ->
            match List.distinct gains with
            | [ single ] -> single
            | first :: second :: rest when extends first second -> leader (second :: rest)
            | gains -> ofExpression 4 (Leader gains) (gains |> List.map _.Key)

    let tryRoot degree (g: Gain) =
        let rec root (g: Gain) =
            g.Factors
            |> List.map (fun (struct (a, p)) ->
                match a.Expression with
                | Joined parts ->
                    let roots =
                        parts
                        |> List.map (fun (x, n) -> root x |> Option.map (fun r -> r, partWidth (x, n)))

                    if List.forall Option.isSome roots then
                        Some(joined (List.map Option.get roots))
                    else
                        None
                | Repeated(x, times) -> root x |> Option.map (repeat times)
                | Symbol _
                | Constants _
                | Norms _
                | Leader _ -> if p % degree = 0 then Some(Gain.OfAtom(a, p / degree)) else None)
            |> List.fold (Option.map2 multiply) (Some one)

        root g

    let trySplit (count: int) (g: Gain) =
        if g.IsOne then
            Some(List.replicate count one)
        elif count = 1 then
            Some [ g ]
        else
            match g.Factors with
            | [ struct (a, 1) ] ->
                match a.Expression with
                | Joined parts when parts.Length = count -> Some(List.map fst parts)
                | _ -> None
            | _ -> None

    let tryUnrepeat times (g: Gain) =
        if g.IsOne || times = 1 then
            Some g
        else
            match g.Factors with
            | [ struct (a, 1) ] ->
                match a.Expression with
                | Repeated(x, t) when t = times -> Some x
                | _ -> None
            | _ -> None
