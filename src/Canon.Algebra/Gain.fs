namespace Canon.Algebra

open System

type GainDefinition =
    | RowNorm
    | Augmented
    | PowerOfTwo of definition: GainDefinition

[<RequireQualifiedAccess>]
module GainDefinition =

    let all = [ RowNorm; Augmented; PowerOfTwo RowNorm; PowerOfTwo Augmented ]

    let isPowerOfTwo definition =
        match definition with
        | PowerOfTwo _ -> true
        | RowNorm
        | Augmented -> false

[<StructuralEquality; NoComparison>]
type View =
    | Each of times: int
    | Strided of offset: int * axes: (int * int) list

/// How many atoms a gain has when it is written out: what it shares counts each time.
module private Atoms =
    let add (a: int) (b: int) = min 1_000_000 (a + b)

[<Sealed; AllowNullLiteral(false)>]
type Gain private (first: GainAtom | null, power: int, others: struct (GainAtom * int) list) =

    let key =
        let add h (struct (atom: GainAtom, power)) =
            Key.combine (Key.combine h atom.Key) (Key.ofInt power)

        match first with
        | null -> Key.one
        | atom -> List.fold add (add Key.one (struct (atom, power))) others

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
    member internal _.Key: Key = key

    member internal _.Rank =
        match first with
        | null -> 0
        | atom -> others |> List.fold (fun rank (struct (a, _)) -> max rank a.Rank) atom.Rank

    member internal x.Extent: int =
        x.Factors |> List.fold (fun sum (struct (a, _)) -> Atoms.add sum a.Extent) 0

    member internal x.Nesting: int =
        x.Factors |> List.fold (fun most (struct (a, _)) -> max most a.Nesting) 0

    member internal x.IsSymbolic =
        x.Factors |> List.forall (fun (struct (a, _)) -> a.IsSymbolic)

    member internal x.IsPowerOfTwo =
        x.Factors |> List.forall (fun (struct (a, _)) -> a.IsPowerOfTwo)

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
    | RootMeanSquare of gain: Gain
    | Joined of parts: (Gain * int option) list
    | Viewed of gain: Gain * view: View

// What is asked of an atom is kept with it: gains share what they are made of, and a walk would meet the shared parts again and
// again.
and [<Sealed; AllowNullLiteral(false)>] GainAtom internal (expression: GainExpression, key: Key) =
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
        | RootMeanSquare g
        | Viewed(g, _) -> 1 + g.Rank

    let extent =
        match expression with
        | Symbol _
        | Constants _
        | Norms _ -> 1
        | Leader gains -> gains |> List.fold (fun sum g -> Atoms.add sum g.Extent) 1
        | Joined parts -> parts |> List.fold (fun sum (g, _) -> Atoms.add sum g.Extent) 1
        | RootMeanSquare g
        | Viewed(g, _) -> Atoms.add 1 g.Extent

    let nesting =
        match expression with
        | Symbol _
        | Constants _
        | Norms _ -> 0
        | Leader gains -> gains |> List.fold (fun most g -> max most (1 + g.Nesting)) 0
        | Joined parts -> parts |> List.fold (fun most (g, _) -> max most (1 + g.Nesting)) 0
        | RootMeanSquare g
        | Viewed(g, _) -> 1 + g.Nesting

    let isSymbolic =
        match expression with
        | Symbol _ -> true
        | Constants _ -> false
        | Norms(a, _) -> a.Weight.IsSymbolic
        | Leader gains -> gains |> List.forall _.IsSymbolic
        | Joined parts -> parts |> List.forall (fun (g, _) -> g.IsSymbolic)
        | RootMeanSquare g
        | Viewed(g, _) -> g.IsSymbolic

    let blocks =
        match expression with
        | Constants values -> values |> Array.exists _.IsZero
        | Symbol _
        | Norms _
        | RootMeanSquare _ -> false
        | Leader gains -> gains |> List.exists _.Blocks
        | Joined parts -> parts |> List.exists (fun (g, _) -> g.Blocks)
        | Viewed(g, _) -> g.Blocks

    let isPowerOfTwo =
        match expression with
        | Symbol _
        | RootMeanSquare _ -> false
        | Constants values -> values |> Array.forall (fun x -> x.Mantissa = 1.0)
        | Norms(_, definition) -> GainDefinition.isPowerOfTwo definition
        | Leader gains -> gains |> List.forall _.IsPowerOfTwo
        | Joined parts -> parts |> List.forall (fun (g, _) -> g.IsPowerOfTwo)
        | Viewed(g, _) -> g.IsPowerOfTwo

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
        | RootMeanSquare g -> g.Length
        | Viewed(g, Each times) -> g.Length |> Option.map (fun n -> n * times)
        | Viewed(_, Strided(_, axes)) -> Some(axes |> List.fold (fun product (size, _) -> product * size) 1)

    member _.Expression = expression
    member _.Rank = rank

    member internal _.Inside =
        match expression with
        | Symbol _
        | Constants _ -> []
        | Norms(a, _) -> a.Gains
        | Leader gains -> gains
        | Joined parts -> List.map fst parts
        | RootMeanSquare g
        | Viewed(g, _) -> [ g ]

    member internal _.Extent = extent
    member internal _.Nesting: int = nesting
    member internal _.IsSymbolic = isSymbolic
    member internal _.IsPowerOfTwo: bool = isPowerOfTwo
    member internal _.Blocks = blocks
    member internal _.Length: int option = length
    member internal _.Key: Key = key

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
        | RootMeanSquare _
        | Joined _
        | Viewed _ -> ""

    /// What else there is to tell norms from each other.
    let private details (a: GainAtom) =
        match a.Expression with
        | Norms({ Bias = Some bias }, definition) -> definition, bias.Vector.Name
        | Norms(_, definition) -> definition, ""
        | _ -> RowNorm, ""

    /// How deep gains are compared before their keys decide.
    let private compared = 32

    /// Keys tell values from each other, but order them by chance: what can be told apart by names and structure is ordered by these,
    /// so that the same network gives the same products to the last bit.
    let rec private compareWithin depth (a: GainAtom) (b: GainAtom) =
        match compare a.Rank b.Rank with
        | 0 ->
            match String.CompareOrdinal(sortName a, sortName b) with
            | 0 when depth = 0 || a.Key = b.Key -> compare a.Key b.Key
            | 0 ->
                match List.compareWith (compareGains (depth - 1)) a.Inside b.Inside with
                | 0 ->
                    match compare (details a) (details b) with
                    | 0 -> compare a.Key b.Key
                    | order -> order
                | order -> order
            | order -> order
        | order -> order

    and private compareGains depth (g: Gain) (h: Gain) =
        if g.Key = h.Key then
            0
        else
            List.compareWith
                (fun (struct (a, p)) (struct (b, q)) ->
                    match compareWithin depth a b with
                    | 0 -> compare<int> p q
                    | order -> order)
                g.Factors
                h.Factors

    let private compareAtoms a b = compareWithin compared a b

    let ofAtom (atom: GainAtom) = Gain.OfAtom(atom, 1)

    let private ofExpression tag expression (parts: Key list) =
        ofAtom (GainAtom(expression, List.fold Key.combine (Key.ofInt tag) parts))

    let symbol name length =
        ofExpression 1 (Symbol(name, length)) [ Key.ofString name ]

    let internal ofMagnitudes (values: Magnitude[]) =
        let keys =
            values
            |> Array.fold
                (fun h x ->
                    Key.combine
                        h
                        { High = uint64 x.Exponent
                          Low = BitConverter.DoubleToUInt64Bits x.Mantissa })
                Key.one

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

    let rec layers (g: Gain) : string list =
        g.Factors
        |> List.collect (fun (struct (atom, _)) ->
            match atom.Expression with
            | Norms(a, _) -> [ a.Weight.Name ]
            | Symbol _
            | Constants _ -> []
            | Leader gains -> List.collect layers gains
            | Joined parts -> parts |> List.collect (fst >> layers)
            | RootMeanSquare g
            | Viewed(g, _) -> layers g)
        |> List.distinct

    let inside (atom: GainAtom) = atom.Inside
    let length (g: Gain) = g.Length
    let isSymbolic (g: Gain) = g.IsSymbolic
    let isPowerOfTwo (g: Gain) = g.IsPowerOfTwo
    let blocks (g: Gain) = g.Blocks

    let rec private isUniformAtom (atom: GainAtom) =
        match atom.Expression with
        | RootMeanSquare _ -> true
        | Constants values -> values |> Array.forall ((=) values[0])
        | Viewed(inner, _) -> isUniform inner
        | Symbol _
        | Norms _
        | Leader _
        | Joined _ -> false

    and isUniform (g: Gain) =
        g.Factors |> List.forall (fun (struct (atom, _)) -> isUniformAtom atom)

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
            ofExpression 6 (Viewed(g, Each times)) [ g.Key; Key.ofInt times ]

    /// Axes of one entry left out, and neighbours joined that run through as one.
    let private compact axes =
        let join (size, stride) rest =
            match rest with
            | _ when size = 1 -> rest
            | (inner, step) :: others when stride = step * inner -> (size * inner, step) :: others
            | _ -> (size, stride) :: rest

        List.foldBack join axes []

    /// The first and the last entry that is viewed.
    let private reach offset axes =
        axes
        |> List.fold
            (fun (struct (first, last)) (size, stride) ->
                let way = int64 (size - 1) * int64 stride
                struct (first + min 0L way, last + max 0L way))
            (struct (int64 offset, int64 offset))

    /// The parts that stand from `first` on, `count` entries together, when they are whole parts of known widths.
    let private wholeParts first count parts =
        let rec along at found parts =
            match parts with
            | _ when at = first + count && at > first -> Some(List.rev found)
            | (_, Some width) :: rest when at + width <= first -> along (at + width) [] rest
            | (part, Some width) :: rest when at >= first && at + width <= first + count ->
                along (at + width) ((part, Some width) :: found) rest
            | _ -> None

        along 0 [] parts

    let rec tryView view (g: Gain) =
        match view with
        | Each times when times < 1 -> Error $"entries repeated {times} times"
        | Each times -> Ok(repeat times g)
        | Strided(offset, axes) ->
            let axes = compact axes

            let struct (first, last) = reach offset axes

            // A run of a run is a run of what is inside.
            let within =
                match g.TryAtom with
                | ValueSome(struct (atom, 1)) ->
                    match atom.Expression with
                    | Viewed(inner, Strided(start, [ (count, step) ])) when last < int64 count ->
                        Some(struct (inner, start + offset * step, axes |> List.map (fun (size, s) -> size, s * step)))
                    | _ -> None
                | ValueSome _
                | ValueNone -> None

            let parts =
                match g.TryAtom, axes with
                | ValueSome(struct (atom, 1)), [ (count, 1) ] ->
                    match atom.Expression with
                    | Joined parts ->
                        parts
                        |> List.map (fun (part, width) -> part, Option.orElse width part.Length)
                        |> wholeParts offset count
                    | _ -> None
                | _ -> None

            match axes, parts, g.Length with
            | _ when axes |> List.exists (fun (size, _) -> size < 1) -> Error "a size of a view is at least 1"
            | _ when first < 0L -> Error $"entry {first} is viewed"
            | _, _, Some n when last >= int64 n -> Error $"entry {last} of {n} is viewed"
            | _ when g.IsOne -> Ok g
            | [ (count, 1) ], _, Some n when offset = 0 && n = count -> Ok g
            | [ (count, 1); (times, 0) ], _, Some n when offset = 0 && n = count -> Ok(repeat times g)
            | _, Some parts, _ -> Ok(joined parts)
            | _ when within.IsSome ->
                let struct (inner, offset, axes) = within.Value
                tryView (Strided(offset, axes)) inner
            | _ ->
                let keys =
                    axes
                    |> List.collect (fun (size, stride) -> [ Key.ofInt size; Key.ofInt stride ])

                Ok(ofExpression 8 (Viewed(g, Strided(offset, axes))) (g.Key :: Key.ofInt offset :: keys))

    let view view g =
        match tryView view g with
        | Ok g -> g
        | Error reason -> invalidArg (nameof view) reason

    let viewed length view =
        match view with
        | Each times -> Array.init (length * times) (fun i -> i / times)
        | Strided(offset, axes) ->
            axes
            |> List.fold
                (fun places (size, stride) ->
                    places
                    |> Array.collect (fun place -> Array.init size (fun i -> place + i * stride)))
                [| offset |]

    let private shareAtom (x: Gain) (y: Gain) =
        x.Factors
        |> List.exists (fun (struct (a, _)) -> y.Factors |> List.exists (fun (struct (b, _)) -> a.Key = b.Key))

    /// Whether they are known to have as many entries as each other.
    let private sameLength (x: Gain) (y: Gain) =
        (x.Length.IsSome && x.Length = y.Length) || shareAtom x y

    /// Parts of the same width: of a width known, or with a factor in common. One part may be left to the rest.
    let private linesUp (xs: (Gain * int option) list) (ys: (Gain * int option) list) =
        let apart () =
            List.zip xs ys
            |> List.filter (fun (x, y) -> (partWidth x).IsNone && not (shareAtom (fst x) (fst y)))

        List.map partWidth xs = List.map partWidth ys && (apart ()).Length <= 1

    /// k·k⁻¹ where k is zero at places: 1 where k is positive, and still 0 elsewhere.
    let private support (a: GainAtom) =
        match a.Expression with
        | Constants values when a.Blocks ->
            (ofMagnitudes (values |> Array.map (fun x -> if x.IsZero then x else Magnitude.One))).Factors
        | Constants _
        | Symbol _
        | Norms _
        | Leader _
        | RootMeanSquare _
        | Joined _
        | Viewed _ -> []

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
        | Viewed _ -> true
        | Symbol _
        | Constants _
        | Norms _
        | Leader _
        | RootMeanSquare _ -> false

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

    /// A power of a joined or viewed gain is taken inside, so that such atoms always have the power 1.
    and private atomPower k (a: GainAtom) =
        match a.Expression with
        | Joined parts -> joined (parts |> List.map (fun (g, n) -> power k g, partWidth (g, n)))
        | Viewed(g, v) -> view v (power k g)
        | Symbol _
        | Constants _
        | Norms _
        | Leader _
        | RootMeanSquare _ -> Gain.OfAtom(a, k)

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

    /// The product of two joined gains, part by part, when their parts line up; of two gains viewed in the same way.
    and private fuse (a: GainAtom) (b: GainAtom) =
        match a.Expression, b.Expression with
        | Joined xs, Joined ys when linesUp xs ys ->
            Some(joined (List.map2 (fun (x, n) (y, _) -> multiply x y, partWidth (x, n)) xs ys))
        | Viewed(x, (Each _ as v)), Viewed(y, u) when v = u -> Some(view v (multiply x y))
        | Viewed(x, v), Viewed(y, u) when v = u && sameLength x y -> Some(view v (multiply x y))
        | _ -> None

    let reciprocal g = power -1 g

    let divide g h = multiply g (reciprocal h)

    let concat (parts: (Gain * int option) list) = joined parts

    let extent (g: Gain) = g.Extent

    let nesting (g: Gain) = g.Nesting

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

    /// What may leave norms by the definition, and what must stay inside: rounding commutes with powers of two alone.
    let private leaving definition (common: Gain) =
        match definition with
        | RowNorm
        | Augmented -> struct (common, one)
        | PowerOfTwo _ ->
            let leaves, stays =
                common.Factors |> List.partition (fun (struct (a, _)) -> a.IsPowerOfTwo)

            struct (Gain.OfFactors leaves, Gain.OfFactors stays)

    let rec private tag definition =
        match definition with
        | RowNorm -> 3
        | Augmented -> 7
        | PowerOfTwo inner -> 7 + tag inner

    /// One of the definitions that mean the same.
    let rec private settled definition (bias: Bias option) =
        match definition, bias with
        | PowerOfTwo(PowerOfTwo _ as inner), _ -> settled inner bias
        | PowerOfTwo inner, _ -> PowerOfTwo(settled inner bias)
        | Augmented, None -> RowNorm
        | (RowNorm | Augmented), _ -> definition

    let norms definition (coefficients: Affine) =
        let definition = settled definition coefficients.Bias

        let struct (outside, inside) =
            match coefficients.Bias with
            | _ when coefficients.Left.IsOne -> struct (one, coefficients)
            | None ->
                let struct (leaves, stays) = leaving definition coefficients.Left
                struct (leaves, { coefficients with Left = stays })
            | Some bias ->
                let struct (common, left, gain) = withoutCommon coefficients.Left bias.Gain
                let struct (leaves, stays) = leaving definition common

                struct (leaves,
                        { coefficients with
                            Left = multiply stays left
                            Bias = Some { bias with Gain = multiply stays gain } })

        let ofWeight =
            Key.combine
                (Key.combine (Key.combine (Key.ofInt (tag definition)) inside.Weight.Key) inside.Right.Key)
                inside.Left.Key

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
            | RootMeanSquare _
            | Joined _
            | Viewed _ -> false)

    let rec leader (gains: Gain list) =
        match gains with
        | [] -> one
        | first :: _ when first.IsOne || isSymbolic first -> first
        | _ ->
            match List.distinct gains with
            | [ single ] -> single
            | first :: second :: rest when extends first second -> leader (second :: rest)
            | gains -> ofExpression 4 (Leader gains) (gains |> List.map _.Key)

    /// The part that is one number for all entries, and the rest.
    let rec private splitUniform (g: Gain) : struct (Gain * Gain) =
        g.Factors
        |> List.fold
            (fun (struct (uniform, rest)) (struct (atom, p)) ->
                let factor = Gain.OfAtom(atom, p)

                match atom.Expression with
                | _ when isUniformAtom atom -> struct (multiply uniform factor, rest)
                | Viewed(inner, v) ->
                    let struct (innerUniform, innerRest) = splitUniform inner
                    struct (multiply uniform (view v innerUniform), multiply rest (view v innerRest))
                | _ -> struct (uniform, multiply rest factor))
            (struct (one, one))

    let rec rms (g: Gain) =
        let struct (uniform, rest) = splitUniform g

        let ofRest =
            match rest.TryAtom with
            | ValueSome(struct (atom, 1)) ->
                match atom.Expression with
                // As often as each other, the entries have the same mean.
                | Viewed(inner, (Each _ as v)) -> view v (rms inner)
                | _ -> ofExpression 9 (RootMeanSquare rest) [ rest.Key ]
            | ValueSome _ -> ofExpression 9 (RootMeanSquare rest) [ rest.Key ]
            | ValueNone -> if rest.IsOne then one else ofExpression 9 (RootMeanSquare rest) [ rest.Key ]

        multiply uniform ofRest

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
                | Viewed(x, v) -> root x |> Option.map (view v)
                | Symbol _
                | Constants _
                | Norms _
                | Leader _
                | RootMeanSquare _ -> if p % degree = 0 then Some(Gain.OfAtom(a, p / degree)) else None)
            |> List.fold (Option.map2 multiply) (Some one)

        root g

    let trySplit (widths: int option list) (g: Gain) =
        let joined =
            match g.TryAtom with
            | ValueSome(struct (a, 1)) ->
                match a.Expression with
                | Joined parts when parts.Length = widths.Length -> Some(List.map fst parts)
                | _ -> None
            | _ -> None

        if g.IsOne then
            Some(widths |> List.map (fun _ -> one))
        elif widths.Length = 1 then
            Some [ g ]
        elif joined.IsSome then
            joined
        elif List.forall Option.isSome widths then
            let widths = List.map Option.get widths

            List.map2
                (fun first width -> view (Strided(first, [ width, 1 ])) g)
                (List.scan (+) 0 widths |> List.take widths.Length)
                widths
            |> Some
        else
            None

    let tryUnrepeat times (g: Gain) =
        if g.IsOne || times = 1 then
            Some g
        else
            match g.Factors with
            | [ struct (a, 1) ] ->
                match a.Expression with
                | Viewed(x, Each t) when t = times -> Some x
                | _ -> None
            | _ -> None
