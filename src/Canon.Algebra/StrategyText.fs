namespace Canon.Algebra

open FParsec

[<RequireQualifiedAccess>]
module StrategyText =

    type private P<'a> = Parser<'a, unit>

    let private combinators =
        [ "attempt", Strategy.attempt
          "repeat", Strategy.repeat
          "one-top-down", Strategy.oneTopDown
          "one-bottom-up", Strategy.oneBottomUp
          "all-top-down", Strategy.allTopDown
          "all-bottom-up", Strategy.allBottomUp ]

    /// The strategy of that word; over the rules of the canonical form where there are none.
    let private over word seed rules =
        let exhaustive (strategy: Rule list -> Strategy) =
            match rules with
            | [] -> Canonical.exhaustive RowNorm strategy
            | _ -> strategy rules

        match word, rules with
        | "sweep", [] -> Canonical.sweep RowNorm
        | "sweep", _ -> Strategy.sweep Rules.Wires.copy rules
        | "innermost", _ -> exhaustive Strategy.innermost
        | "outermost", _ -> exhaustive Strategy.outermost
        | "random", _ -> exhaustive (Strategy.random seed)
        | _, [] -> Strategy.first (Canonical.moves RowNorm)
        | _ -> Strategy.first rules

    let private word: P<TextPosition * string> =
        Grammar.position .>>. RuleGrammar.word "a strategy or a rule"

    let private infix text : P<unit> =
        attempt (word >>= fun (_, found) -> if found = text then preturn () else fail "")
        <?> $"'{text}'"

    let private comma = Grammar.symbol ","

    let private grammar (known: Rule list) (chosen: Rule list) : P<Strategy> =
        let strategy, strategyRef = createParserForwardedToRef<Strategy, unit> ()

        let ruleNamed (at, name) =
            match known |> List.tryFind (fun rule -> rule.Name = name) with
            | Some rule -> rule
            | None -> Reading.wrong at $"there is no strategy and no rule of the name {name}"

        let rules = sepBy1 (word |>> ruleNamed) comma

        let named (at, text) : P<Strategy> =
            match List.tryFind (fun (name, _) -> name = text) combinators with
            | Some(_, combine) -> RuleGrammar.argument strategy |>> combine
            | None ->
                match text with
                | "canonical" -> preturn (Canonical.sweep RowNorm)
                | "sweep"
                | "innermost"
                | "outermost"
                | "first" ->
                    opt (RuleGrammar.argument rules)
                    |>> fun named -> over text 0 (Option.defaultValue chosen named)
                | "random" ->
                    RuleGrammar.argument ((pint32 .>> spaces <?> "the seed, a whole number") .>>. opt (comma >>. rules))
                    |>> fun (seed, named) -> over text seed (Option.defaultValue chosen named)
                | _ -> preturn (Strategy.rule (ruleNamed (at, text)))

        let step = RuleGrammar.argument strategy <|> (word >>= named)

        let sequence = sepBy1 step (infix "then") |>> List.reduce Strategy.andThen

        strategyRef.Value <- sepBy1 sequence (infix "or-else") |>> List.reduce Strategy.orElse
        strategy

    let parse (known: Rule list) (chosen: Rule list) (text: string) =
        Reading.guard (fun () -> Grammar.read (grammar known chosen) text)
