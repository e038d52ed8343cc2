namespace Canon.Algebra

open System

/// The metavariables of a rule's left side, and things that they can stand for.
module internal Metavariables =

    /// The names of a left side whose metavariables stand for symbols: a symbol alone may be taken to have unit rows.
    [<Sealed>]
    type private SymbolNames(bindings: Bindings) =
        inherit RuleNames(bindings)

        override _.TryUnitRows a =
            Some(UnitRows.assume a.Weight (a.Bias |> Option.map _.Vector))

    let private symbol name = Parameter.symbolic name None None

    let private choose (random: Random) (choices: 'a list) = choices[random.Next choices.Length]

    /// Some term, of symbols of its own.
    let private anyTerm (random: Random) name =
        let own suffix = $"{name}.{suffix}"

        choose
            random
            [ for phi in [ Relu; LeakyRelu 0.25; Abs; Square; ReluSquared; Tanh; Sigmoid; Softmax ] do
                  Network.activation phi ""
              Network.linear (symbol (own "W")) (Some(symbol (own "b"))) ""
              UnitRowLinear(UnitRows.assume (symbol (own "V")) None, Kernel.dense, Network.unlabelled)
              Scale(Gain.symbol (own "g") None)
              Network.clip -1.0 1.0 ""
              Network.sum
                  [ Network.identity
                    Network.compose [ Network.linear (symbol (own "U")) None ""; Scale(Gain.symbol (own "h") None) ] ]
                  "" ]

    /// What each metavariable of a left side may stand for; drawn by chance, or the plainest.
    let private declared (random: Random option) (left: Written) : (TextPosition * string * Bound) list =
        let drawn plain draw =
            match random with
            | Some random -> draw random
            | None -> plain

        let slot bound plain (choices: 'a list) (slot: Slot<'a>) =
            match slot with
            | Slot.Given _ -> []
            | Slot.Variable(at, name) -> [ at, name, bound (drawn plain (fun random -> choose random choices)) ]

        let rec variables expression =
            match expression with
            | Expression.Variable(at, _) -> [ at ]
            | other -> List.collect variables (Expression.children other)

        let gain expression =
            match expression with
            | Expression.Variable(at, name) -> [ at, name, Bound.Gain(Gain.symbol name None) ]
            | other ->
                match variables other with
                | at :: _ -> Reading.wrong at "on the left a gain is a metavariable alone, or has none in it"
                | [] ->
                    Resolver(RuleNames Map.empty).Gain other |> ignore
                    []

        let rec term inBranch written =
            match written with
            | Written.Linear(at, _, _, Some _, _, _, _) ->
                Reading.wrong at "weights in rules have no shapes: they fit any"
            | Written.Linear(_, _, weight, None, bias, groups, kernel) ->
                let weight =
                    match weight with
                    | Expression.Variable(at, name) ->
                        let kernel = defaultArg kernel Kernel.dense
                        let taps = (Kernel.window kernel).Taps
                        let weight = Parameter.symbolicWeight name None None (Groups groups) taps
                        at, name, Bound.Weight(Gain.one, weight, Gain.one, None, kernel, Network.unlabelled)
                    | other ->
                        Reading.wrong (Expression.position other) "on the left a weight is a metavariable, such as ?W"

                let bias =
                    match bias with
                    | None -> []
                    | Some(Expression.Variable(at, name)) ->
                        let some =
                            Some
                                { Gain = Gain.one
                                  Vector = symbol name }

                        [ at, name, Bound.Bias(drawn some (fun random -> choose random [ some; some; some; None ])) ]
                    | Some other ->
                        Reading.wrong (Expression.position other) "on the left a bias is a metavariable, such as ?b"

                weight :: bias
            | Written.Scale(_, g) -> gain g
            | Written.LeakyRelu(_, slope) -> slot Bound.Number 0.25 [ 0.25; 0.01; -0.5; 2.0 ] slope
            | Written.PRelu(_, Expression.Variable(at, name)) -> [ at, name, Bound.Slopes(symbol name) ]
            | Written.PRelu(_, other) ->
                Reading.wrong (Expression.position other) "on the left slopes are a metavariable, such as ?a"
            | Written.Clip(_, lower, upper, thresholds) ->
                slot Bound.Number -1.0 [ -1.0; -0.25; 0.0; 0.125; -infinity ] lower
                @ slot Bound.Number 1.0 [ 0.25; 1.0; 6.0; infinity ] upper
                @ (thresholds |> Option.map gain |> Option.defaultValue [])
            | Written.Flatten(_, positions) ->
                positions
                |> Option.map (slot Bound.Count 2 [ 1; 2; 3 ])
                |> Option.defaultValue []
            | Written.Chain terms -> List.collect (term inBranch) terms
            | Written.Branches(_, _, branches) -> List.collect (term true) branches
            | Written.Opaque(_, _, _, inputs) -> inputs |> Option.defaultValue [] |> List.collect (term true)
            | Written.Variable(at, name) ->
                let relu = Network.activation Relu ""
                [ at, name, Bound.Terms [ drawn relu (fun random -> anyTerm random name) ] ]
            | Written.Run(at, name) when inBranch ->
                [ at,
                  name,
                  Bound.Terms(
                      drawn [] (fun random -> List.init (random.Next 3) (fun k -> anyTerm random $"{name}.{k}"))
                  ) ]
            | Written.Run(at, _) ->
                Reading.wrong
                    at
                    "a run of terms stands inside a branch; outside, the composition around the rule is one"
            | Written.As(at, name)
            | Written.Wire(at, name) ->
                (RuleNames Map.empty).Wire(at, name) |> ignore
                []
            | Written.BatchNorm(at, _, _)
            | Written.Shift(at, _) ->
                Reading.wrong at "a rule that is written has linear layers; one over batch norms is written in F# or C#"
            | Written.Normalize(_, _, _, tolerance) -> tolerance |> Option.map gain |> Option.defaultValue []
            | Written.Spatial _
            | Written.Rearrange _
            | Written.Activation _
            | Written.Identity _ -> []

        term false left

    /// An instance of the left side, of symbols whose sizes are open.
    let instance (random: Random option) (left: Written) : Network =
        let bindings =
            declared random left
            |> List.fold
                (fun bindings (at, name, bound: Bound) ->
                    match Map.tryFind name bindings with
                    | Some(known: Bound) when known.Kind <> bound.Kind ->
                        Reading.wrong at $"?{name} stands for {known.Kind} before, and for {bound.Kind} here"
                    | Some _ -> bindings
                    | None -> Map.add name bound bindings)
                Map.empty

        Resolver(SymbolNames bindings).Network left
