namespace Canon.Algebra

open System.Runtime.CompilerServices

/// What the metavariables of a rule stand for, by their names.
type internal Bindings = Map<string, Bound>

/// The names of a rule's text: metavariables alone.
type internal RuleNames(bindings: Bindings) =
    inherit Names()

    let unbound at what name : 'a =
        Reading.wrong at $"the name {name} means nothing in a rule; a metavariable for {what} is written ?{name}"

    override _.TryMeaning _ = None
    override _.Parameter(at, name, _) = unbound at "a weight or a bias" name
    override _.Symbol(at, name) = unbound at "a gain" name

    override _.Wire(at, _) =
        Reading.wrong at "a rule that is written has no wires; rules over wires are written in F# or C#"

    override _.Bound(at, name) =
        match Map.tryFind name bindings with
        | Some bound -> bound
        | None -> Reading.wrong at $"?{name} does not stand on the left"

    /// The unit rows of a layer that was matched.
    override _.TryUnitRows a =
        bindings
        |> Map.values
        |> Seq.tryPick (fun bound ->
            match bound with
            | Bound.Weight(_, _, _, Some rows, _, _) when rows.Coefficients = a -> Some rows
            | _ -> None)

/// Finding a written pattern in a network.
module internal Matching =

    /// A metavariable that stands twice stands for the same thing.
    let private bind name bound (bindings: Bindings) =
        match Map.tryFind name bindings with
        | Some known when known = bound -> Some bindings
        | Some _ -> None
        | None -> Some(Map.add name bound bindings)

    let private slot (wrap: 'a -> Bound) (pattern: Slot<'a>) (value: 'a) bindings =
        match pattern with
        | Slot.Given given -> if given = value then Some bindings else None
        | Slot.Variable(_, name) -> bind name (wrap value) bindings

    /// A gain without metavariables matches the gains that are equal to it.
    let private gain pattern (g: Gain) bindings =
        match pattern with
        | Expression.Variable(_, name) -> bind name (Bound.Gain g) bindings
        | closed -> if Resolver(RuleNames Map.empty).Gain closed = g then Some bindings else None

    /// A kernel that is not written matches any.
    let private layer weight bias kernel (a: Affine) rows found label bindings =
        let biased bindings =
            match bias, a.Bias with
            | Some(Expression.Variable(_, name)), found -> bind name (Bound.Bias found) bindings
            | None, None -> Some bindings
            | None, Some _
            | Some _, _ -> None

        match weight with
        | Expression.Variable(_, name) when Option.forall ((=) found) kernel ->
            bindings
            |> bind name (Bound.Weight(a.Left, a.Weight, a.Right, rows, found, label))
            |> Option.bind biased
        | _ -> None

    /// The parts of a pattern, as `Network.parts` of a network.
    let rec parts pattern =
        match pattern with
        | Written.Chain terms -> List.collect parts terms
        | Written.Identity _ -> []
        | single -> [ single ]

    let rec private term pattern (network: Network) bindings =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match pattern, network with
        | Written.Variable(_, name), found -> bind name (Bound.Terms [ found ]) bindings
        | Written.Linear(_, false, weight, _, bias, _, kernel), Linear(a, found, label) ->
            layer weight bias kernel a None found label bindings
        | Written.Linear(_, true, weight, _, bias, _, kernel), UnitRowLinear(rows, found, label) ->
            layer weight bias kernel rows.Coefficients (Some rows) found label bindings
        | Written.Scale(_, g), Scale found -> gain g found bindings
        | Written.Activation(_, name), Activation(phi, _) when phi = Words.activations[name] -> Some bindings
        | Written.LeakyRelu(_, slope), Activation(LeakyRelu found, _) -> slot Bound.Number slope found bindings
        | Written.PRelu(_, Expression.Variable(_, name)), Activation(PRelu found, _) ->
            bind name (Bound.Slopes found) bindings
        | Written.Clip(_, lower, upper, thresholds), Clip(foundLower, foundUpper, found, _) ->
            bindings
            |> slot Bound.Number lower foundLower
            |> Option.bind (slot Bound.Number upper foundUpper)
            |> Option.bind (fun bindings ->
                match thresholds with
                | Some pattern -> gain pattern found bindings
                | None -> if found.IsOne then Some bindings else None)
        | Written.Flatten(_, None), Rearrange(Rearrangement.Flatten None, _) -> Some bindings
        | Written.Flatten(_, Some positions), Rearrange(Rearrangement.Flatten(Some found), _) ->
            slot Bound.Count positions found bindings
        | Written.Rearrange(_, pattern), Rearrange(found, _) when pattern = found -> Some bindings
        | Written.Spatial(_, pattern), Spatial(found, _) when pattern = found -> Some bindings
        | Written.Normalize(_, pattern, epsilon, tolerance), Normalize(found, foundEpsilon, foundTolerance, _) when
            pattern = found && epsilon = foundEpsilon
            ->
            match tolerance with
            | Some pattern -> gain pattern foundTolerance bindings
            | None -> if foundTolerance.IsOne then Some bindings else None
        | Written.Branches(_, Junction.Sum, patterns), Sum(branches, _)
        | Written.Branches(_, Junction.Concat, patterns), Concat(branches, _, _)
        | Written.Branches(_, Junction.Product, patterns), Product(branches, _)
        | Written.Branches(_, Junction.Tuple, patterns), Tuple branches -> all patterns branches bindings
        | Written.Opaque(_, name, output, inputs), Opaque(node, found) when node.Name = name && node.Output = output ->
            all (inputs |> Option.defaultValue [ Written.Chain [] ]) found bindings
        | _ -> None

    and private all patterns branches bindings =
        if List.length patterns = List.length branches then
            List.fold2
                (fun bindings pattern branch -> bindings |> Option.bind (whole (parts pattern) (Network.parts branch)))
                (Some bindings)
                patterns
                branches
        else
            None

    /// The terms from the first to the last.
    and private whole patterns terms bindings =
        match patterns, terms with
        | [], [] -> Some bindings
        | [], _ -> None
        | Written.Run(_, name) :: rest, _ ->
            // The shortest run that lets the rest match.
            Seq.init (terms.Length + 1) id
            |> Seq.tryPick (fun count ->
                let run, others = List.splitAt count terms

                bindings |> bind name (Bound.Terms run) |> Option.bind (whole rest others))
        | first :: rest, head :: others -> term first head bindings |> Option.bind (whole rest others)
        | _ :: _, [] -> None

    /// The first terms of a composition: what the metavariables stand for. As many terms match as the pattern has parts.
    let first (pattern: Written) (terms: Network list) : Bindings option =
        let rec along patterns terms bindings =
            match patterns, terms with
            | [], _ -> Some bindings
            | first :: rest, head :: others -> term first head bindings |> Option.bind (along rest others)
            | _ :: _, [] -> None

        along (parts pattern) terms Map.empty
