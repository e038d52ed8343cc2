namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

/// Networks as syntax trees. Unit rows and gains are written by name, and a name keeps its meaning throughout one instance.
[<Sealed>]
type internal Naming() =
    let atoms = Dictionary<GainAtom, Expression>()
    let units = Dictionary<UnitRows, struct (Expression * Expression option)>()
    let parameters = Dictionary<Parameter, Expression>()
    let met = HashSet<GainAtom>()
    let taken = HashSet<string>()
    let reserved = HashSet<GainAtom>()
    let primes = Dictionary<string, int>()
    let definitions = List<Definition>()
    let mutable leaders = 0

    /// Longer lists of numbers are written by name.
    let shortList = 4

    let nowhere = { Line = 0; Column = 0 }
    let one = Expression.One nowhere
    let named name = Expression.Name(nowhere, name)

    /// The name with at least so many primes that is free; beyond three the primes are counted: V, V', V'', V''', V'4.
    let define name least meaning =
        let candidate k =
            if k <= 3 then name + String('\'', k) else $"{name}'{k}"

        let rec firstFree k =
            let free = candidate k

            if taken.Add free then
                primes[name] <- k + 1
                free
            else
                firstFree (k + 1)

        let wanted = candidate least

        let given =
            if taken.Add wanted then
                wanted
            else
                firstFree (max (least + 1) (primes.GetValueOrDefault(name, 0)))

        definitions.Add
            { At = nowhere
              Name = given
              Meaning = meaning }

        named given

    /// W1 gives V1 and g1; fc.weight gives V_fc and g_fc.
    let derived (letter: string) (parameter: Parameter) =
        let name = parameter.Name

        if
            name.Length > 0
            && Char.IsAsciiLetter name[0]
            && String.forall Char.IsAsciiDigit (name.Substring 1)
        then
            letter + name[1..]
        elif name.EndsWith(".weight", StringComparison.Ordinal) then
            $"{letter}_{name[.. name.Length - 8]}"
        else
            $"{letter}_{name}"

    let made word parts epsilon =
        Expression.Made(nowhere, word, parts, epsilon)

    /// A parameter by its name; one that rules made of others is given a name of its own.
    let rec nameOf (p: Parameter) =
        match p.Source with
        | Source.Symbol
        | Source.Stored _ ->
            if p.Grouping = Diagonal then
                made "diagonal" [ named p.Name ] None
            else
                named p.Name
        | Source.Ones -> made "ones_like" [ named p.Name ] None
        | Source.NormFactor _
        | Source.NormShift _
        | Source.Times _
        | Source.TimesColumns _
        | Source.Image _
        | Source.Selected _
        | Source.Plus _ ->
            let vector = if p.Grouping = Diagonal then Parameter.diagonalEntries p else p

            let name =
                match parameters.TryGetValue vector with
                | true, known -> known
                | false, _ ->
                    let name = define vector.Name 1 (meaning vector)
                    parameters[vector] <- name
                    name

            if p.Grouping = Diagonal then made "diagonal" [ name ] None else name

    and meaning (p: Parameter) =
        match p.Source with
        | Source.NormFactor(gamma, variance, epsilon) ->
            made "norm_factor" [ nameOf gamma; nameOf variance ] (Some epsilon)
        | Source.NormShift(gamma, beta, mean, variance, epsilon) ->
            made "norm_shift" (List.map nameOf [ gamma; beta; mean; variance ]) (Some epsilon)
        | Source.Times(factors, inner) -> made "times" [ nameOf factors; nameOf inner ] None
        | Source.Plus(first, second) -> made "plus" [ nameOf first; nameOf second ] None
        | Source.TimesColumns(inner, factors) -> made "times_columns" [ nameOf inner; nameOf factors ] None
        | Source.Image(weight, v) -> made "image" [ nameOf weight; nameOf v ] None
        | Source.Selected(inner, selection) ->
            let size =
                match inner.Grouping, inner.Rows, inner.Columns with
                | Groups 1, Some rows, Some columns -> Some(rows, Some columns)
                | Groups _, Some rows, _ -> Some(rows, None)
                | _ -> None

            made "select" [ nameOf inner; Expression.Selection(nowhere, size, selection) ] None
        | Source.Symbol
        | Source.Stored _
        | Source.Ones -> nameOf p

    let times (factors: Expression list) =
        factors |> List.reduce (fun a b -> Expression.Times(a, b))

    /// A gain whose atoms are known.
    let product (g: Gain) =
        let factors sign =
            g.Factors
            |> List.filter (fun (struct (_, p)) -> sign * p > 0)
            |> List.map (fun (struct (atom, p)) ->
                if abs p = 1 then atoms[atom] else Expression.Power(atoms[atom], abs p))

        match g.Factors with
        | [ struct (atom, 1) ] -> atoms[atom]
        | [ struct (atom, -1) ] -> Expression.Over(one, atoms[atom])
        | _ ->
            let numerator =
                match factors 1 with
                | [] -> one
                | several -> times several

            match factors -1 with
            | [] -> numerator
            | several -> Expression.Over(numerator, times several)

    let matrix (a: Affine) =
        times
            [ if not a.Left.IsOne then
                  Expression.Diagonal(nowhere, product a.Left)
              nameOf a.Weight
              if not a.Right.IsOne then
                  Expression.Diagonal(nowhere, product a.Right) ]

    let bias (b: Bias) =
        if b.Gain.IsOne then
            nameOf b.Vector
        else
            Expression.Times(product b.Gain, nameOf b.Vector)

    let constants values =
        Expression.Numbers(nowhere, values |> Seq.map Magnitude.toFloat |> List.ofSeq)

    /// An atom whose inner gains are known.
    let atomExpression (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, _) -> named name
        | Constants values when values.Length > shortList -> define "c" 0 (constants values)
        | Constants values -> constants values
        | Joined parts ->
            parts
            |> List.map (fun (g, width) ->
                match width with
                | Some n when g.IsOne -> Expression.Ones(nowhere, n)
                | _ -> product g)
            |> Expression.Beside
        | RootMeanSquare g -> Expression.RootMeanSquare(nowhere, product g)
        | Viewed(g, Each times) -> Expression.Repeat(nowhere, product g, Slot.Given times)
        | Viewed(g, Strided(offset, axes)) -> Expression.Strided(nowhere, product g, offset, axes)
        | Norms(a, definition) ->
            let rec norms definition =
                match a.Bias, definition with
                | _, PowerOfTwo inner -> Expression.PowerOfTwo(nowhere, norms inner)
                | None, (RowNorm | Augmented) -> Expression.RowNorms(nowhere, matrix a, None)
                | Some b, RowNorm -> Expression.GainOf(nowhere, matrix a, bias b)
                | Some b, Augmented -> Expression.RowNorms(nowhere, matrix a, Some(bias b))

            define (derived "g" a.Weight) 0 (norms definition)
        | Leader gains ->
            leaders <- leaders + 1
            define $"s{leaders}" 0 (Expression.Lead(nowhere, List.map product gains))

    let pending = Stack<Gain>()

    /// The atoms that g refers to, up to those that `isNew` declines. Gains nest as deep as the network is long: no recursion.
    let reachable (isNew: GainAtom -> bool) (g: Gain) =
        let mutable found = []
        pending.Push g

        while pending.Count > 0 do
            for struct (atom, _) in pending.Pop().Factors do
                if isNew atom then
                    found <- atom :: found
                    List.iter pending.Push (Gain.inside atom)

        List.rev found

    /// Names what is new in a gain.
    let meet (g: Gain) =
        if
            g.Factors
            |> List.exists (fun (struct (atom, _)) -> not (atoms.ContainsKey atom))
        then
            match reachable met.Add g with
            | [ single ] -> atoms[single] <- atomExpression single
            | several ->
                for atom in several |> List.sortBy (fun (atom: GainAtom) -> atom.Rank) do
                    atoms[atom] <- atomExpression atom

    let gain (g: Gain) =
        meet g
        product g

    let reserveParameter p =
        for leaf in Parameter.leaves p do
            taken.Add leaf.Name |> ignore

    /// The names that a gain's parameters and symbols bear are not given to anything else.
    let reserveGain (g: Gain) =
        for atom in reachable reserved.Add g do
            match atom.Expression with
            | Symbol(name, _) -> taken.Add name |> ignore
            | Norms(a, _) ->
                reserveParameter a.Weight
                a.Bias |> Option.iter (fun b -> reserveParameter b.Vector)
            | Constants _
            | Leader _
            | RootMeanSquare _
            | Joined _
            | Viewed _ -> ()

    let coefficients (a: Affine) =
        List.iter meet a.Gains
        struct (matrix a, Option.map bias a.Bias)

    let unitRows (rows: UnitRows) =
        let a = rows.Coefficients

        if Affine.isPlain a then
            coefficients a
        else
            match units.TryGetValue rows with
            | true, known -> known
            | false, _ ->
                let struct (weight, bias) = coefficients a
                let weight = define (derived "V" a.Weight) 0 weight
                let bias = Option.map2 (fun (b: Bias) -> define b.Vector.Name 1) a.Bias bias
                units[rows] <- struct (weight, bias)
                struct (weight, bias)

    let linear isUnit (p: Parameter) kernel struct (weight, bias) =
        let shape =
            match p.Grouping, p.Source with
            | Diagonal, _
            | _, (Source.Ones | Source.NormFactor _) -> None
            | Groups _, _ -> if p.Rows.IsSome || p.Columns.IsSome then Some(p.Rows, p.Columns) else None

        let groups =
            match p.Grouping with
            | Groups count -> count
            | Diagonal -> 1

        let kernel = if kernel = Kernel.dense then None else Some kernel
        Written.Linear(nowhere, isUnit, weight, shape, bias, groups, kernel)

    /// Layers that have a shorter name: batch norms, and the addition of a constant.
    let plain (a: Affine) kernel =
        let named =
            if
                not (Affine.isPlain a)
                || kernel <> Kernel.dense
                || a.Weight.Grouping <> Diagonal
            then
                None
            else
                match a.Weight.Source, a.Bias |> Option.map _.Vector with
                | Source.NormFactor(gamma, variance, epsilon), Some shift ->
                    match shift.Source with
                    | Source.NormShift(g, beta, mean, v, e) when g = gamma && v = variance && e = epsilon ->
                        Some(Written.BatchNorm(nowhere, List.map nameOf [ gamma; beta; mean; variance ], epsilon))
                    | _ -> None
                | Source.Ones, Some bias when a.Weight = Parameter.ones bias.Name bias.Rows ->
                    Some(Written.Shift(nowhere, nameOf bias))
                | _ -> None

        match named with
        | Some written -> written
        | None -> linear false a.Weight kernel (coefficients a)

    let activation a =
        match a with
        | LeakyRelu slope -> Written.LeakyRelu(nowhere, Slot.Given slope)
        | PRelu slopes -> Written.PRelu(nowhere, nameOf slopes)
        | Relu
        | Abs
        | Negate
        | Square
        | ReluSquared
        | Sigmoid
        | Tanh
        | Softmax -> Written.Activation(nowhere, Activation.name a)

    let rec term (network: Network) : Written =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let branches junction inner =
            Written.Branches(nowhere, junction, List.map term inner)

        match network with
        | Linear(a, kernel, _) -> plain a kernel
        | UnitRowLinear(rows, kernel, _) -> linear true rows.Coefficients.Weight kernel (unitRows rows)
        | Scale g -> Written.Scale(nowhere, gain g)
        | Activation(a, _) -> activation a
        | Clip(lower, upper, thresholds, _) ->
            let thresholds = if thresholds.IsOne then None else Some(gain thresholds)
            Written.Clip(nowhere, Slot.Given lower, Slot.Given upper, thresholds)
        | Rearrange(Rearrangement.Flatten positions, _) -> Written.Flatten(nowhere, Option.map Slot.Given positions)
        | Rearrange(rearrangement, _) -> Written.Rearrange(nowhere, rearrangement)
        | Spatial(operation, _) -> Written.Spatial(nowhere, operation)
        | Normalize(normalization, epsilon, tolerance, _) ->
            let tolerance = if tolerance.IsOne then None else Some(gain tolerance)
            Written.Normalize(nowhere, normalization, epsilon, tolerance)
        | Compose [] -> Written.Identity nowhere
        | Compose parts -> Written.Chain(List.map term parts)
        | Sum(inner, _) -> branches Junction.Sum inner
        | Concat(inner, _, _) -> branches Junction.Concat inner
        | Product(inner, _) -> branches Junction.Product inner
        | Tuple inner -> branches Junction.Tuple inner
        | As wire -> Written.As(nowhere, wire)
        | Wire wire -> Written.Wire(nowhere, wire)
        | Opaque(node, [ Compose [] ]) -> Written.Opaque(nowhere, node.Name, node.Output, None)
        | Opaque(node, inputs) -> Written.Opaque(nowhere, node.Name, node.Output, Some(List.map term inputs))

    /// What a network itself names, and what its gains refer to, is given no other meaning from now on.
    member _.Reserve network =
        Traversal.parameters network |> List.iter (fun p -> taken.Add p.Name |> ignore)

        network
        |> Traversal.fold
            (fun () term ->
                match term with
                | Scale g
                | Clip(_, _, g, _)
                | Normalize(_, _, g, _) -> reserveGain g
                | Linear(a, _, _) -> List.iter reserveGain a.Gains
                | UnitRowLinear(rows, _, _) -> List.iter reserveGain rows.Coefficients.Gains
                | As wire
                | Wire wire -> taken.Add wire |> ignore
                | Activation _
                | Spatial _
                | Rearrange _
                | Compose _
                | Sum _
                | Concat _
                | Product _
                | Tuple _
                | Opaque _ -> ())
            ()

    /// A network whose own names are reserved.
    member _.Reserved network = term network

    member x.Network network =
        x.Reserve network
        term network

    member _.Gain g =
        reserveGain g
        gain g

    /// The names given so far, each before the ones that need it.
    member _.Definitions: IReadOnlyList<Definition> = definitions

    /// A network alone.
    static member Document network =
        let naming = Naming()
        let written = naming.Network network

        { Network = written
          Definitions = List.ofSeq naming.Definitions }
