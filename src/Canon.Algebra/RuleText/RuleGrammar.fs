namespace Canon.Algebra

open FParsec

/// A side condition as it is written.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Guard =
    | Positive of Expression
    | Homogeneous of variable: (TextPosition * string) * degree: int

/// A rule as it is written.
[<NoEquality; NoComparison>]
type internal WrittenRule =
    {
        Name: string option
        Left: Written
        /// Where the right side begins.
        Arrow: TextPosition
        Right: Written
        Guards: Guard list
        /// All but the name, as it was written.
        Text: string
    }

/// The grammar of rules: `name: left => right when guard and guard`, name and guards optional.
module internal RuleGrammar =

    /// The name of a rule, or a word of the same letters; `what` it is, for errors.
    let word what : Parser<string, unit> =
        many1Satisfy2L isAsciiLetter (fun c -> isAsciiLetter c || isDigit c || c = '-' || c = '_') what
        .>> spaces

    let private name: Parser<string, unit> =
        attempt (word "the rule's name" .>> Grammar.symbol ":")

    /// In round brackets.
    let argument p = Grammar.bracketed "(" ")" p

    let private guard: Parser<Guard, unit> =
        let degree =
            Grammar.symbol "," >>. (pint32 .>> spaces <?> "the degree, a whole number")

        (Grammar.keyword "positive" >>. argument Grammar.gain |>> Guard.Positive)
        <|> (Grammar.keyword "homogeneous"
             >>. argument (Grammar.metavariable .>>. opt degree)
             |>> fun (variable, degree) -> Guard.Homogeneous(variable, defaultArg degree 1))
        <?> "a guard: positive(?g), homogeneous(?f) or homogeneous(?f, 2)"

    let private equation: Parser<WrittenRule, unit> =
        pipe4
            (Grammar.chain .>> Grammar.symbol "=>")
            Grammar.position
            Grammar.chain
            (opt (Grammar.keyword "when" >>. sepBy1 guard (Grammar.keyword "and")))
            (fun left arrow right guards ->
                { Name = None
                  Left = left
                  Arrow = arrow
                  Right = right
                  Guards = defaultArg guards []
                  Text = "" })

    let rule: Parser<WrittenRule, unit> =
        pipe2
            (opt name)
            (withSkippedString (fun text rule -> { rule with Text = text.Trim() }) equation)
            (fun name rule -> { rule with Name = name })

    /// One line of a file of rules: a rule, or nothing; behind `#` anything.
    let line: Parser<WrittenRule option, unit> =
        opt (notFollowedBy (skipChar '#') >>. notFollowedBy eof >>. rule)
        .>> optional (skipChar '#' .>> skipRestOfLine true)
