namespace Canon.Algebra

open FParsec

/// A place in a text, from line 1, column 1.
[<Struct; StructuralEquality; NoComparison>]
type TextPosition = { Line: int; Column: int }

/// What is wrong with a text in arrow notation, and where.
[<StructuralEquality; NoComparison>]
type NotationError =
    {
        At: TextPosition
        /// What was found or expected there.
        Reason: string
    }

    member x.Message = $"line {x.At.Line}, column {x.At.Column}: {x.Reason}"

/// A coefficient as it is written, before names are given their meaning.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Expression =
    | Name of TextPosition * string
    | One of TextPosition
    | Numbers of TextPosition * float list
    | Diagonal of TextPosition * Expression
    | Times of Expression * Expression
    | Over of Expression * Expression
    | Power of Expression * int
    | Beside of Expression list
    | RowNorms of TextPosition * Expression * bias: Expression option
    | GainOf of TextPosition * Expression * bias: Expression
    | Lead of TextPosition * Expression list
    | Repeat of TextPosition * Expression * int
    | Ones of TextPosition * int

/// A term as it is written.
[<NoEquality; NoComparison>]
type internal Written =
    | WrittenLinear of
        TextPosition *
        unitRows: bool *
        weight: Expression *
        shape: (int option * int option) option *
        bias: Expression option
    | WrittenScale of Expression
    | WrittenPRelu of Expression
    | WrittenClip of TextPosition * float * float * Expression option
    | WrittenPlain of Network
    | WrittenChain of Written list
    | WrittenBranches of (Network list -> Network) * Written list

/// The grammar of the arrow notation.
module internal Grammar =

    type private P<'a> = Parser<'a, unit>

    let private position: P<TextPosition> =
        getPosition
        |>> fun p ->
            { Line = int p.Line
              Column = int p.Column }

    let private token (p: P<'a>) = p .>> spaces
    let private symbol text : P<unit> = token (skipString text)

    let private bracketed opening closing p =
        between (symbol opening) (symbol closing) p

    let private commaSeparated p = sepBy1 p (symbol ",")

    let private quoted: P<string> =
        let character =
            (skipChar '\\' >>. anyOf "\\\"") <|> satisfy (fun c -> c <> '"' && c <> '\\')

        skipChar '"' >>. manyChars character .>> skipChar '"' <?> "a name in quotes"

    /// A word of letters, digits, '_', '.' and '\'' with a letter or '_' in it.
    let private word: P<string> =
        let raw = many1Satisfy2L Words.isPlainStart Words.isPlain "a name"

        attempt (
            raw
            >>= fun text ->
                if Seq.exists (fun c -> System.Char.IsAsciiLetter c || c = '_') text then
                    preturn text
                else
                    fail "a number stands where a name is expected"
        )

    let private name: P<TextPosition * string> =
        let unreserved =
            attempt (
                word
                >>= fun text ->
                    if Words.reserved.Contains text then
                        fail $"'{text}' is a word of the notation; write it in quotes to use it as a name"
                    else
                        preturn text
            )

        token (position .>>. (quoted <|> unreserved)) <?> "a name"

    let private keyword text : P<TextPosition> =
        token (
            attempt (
                position
                .>> (word >>= fun w -> if w = text then preturn () else fail $"'{text}'")
            )
        )
        <?> $"'{text}'"

    /// 0.1 is the float64 next to it, 0.1f the float32.
    let private number: P<float> =
        token (pfloat .>>. opt (skipChar 'f') <?> "a number")
        |>> fun (x, single) -> if single.IsSome then float (float32 x) else x

    /// A size or a power: at least 1.
    let private size: P<int> =
        token (
            attempt (pint32 >>= fun n -> if n >= 1 then preturn n else fail "at least 1")
            <?> "a whole number of at least 1"
        )

    let private expression, private expressionRef =
        createParserForwardedToRef<Expression, unit> ()

    /// A coefficient, or several beside each other.
    let private gain: P<Expression> =
        sepBy1 expression (symbol "++")
        |>> function
            | [ single ] -> single
            | several -> Expression.Beside several

    let private call text arguments =
        keyword text .>>. bracketed "(" ")" arguments

    let private factor: P<Expression> =
        choice
            [ call "diag" gain |>> Expression.Diagonal
              call
                  "rownorms"
                  (choice
                      [ bracketed "[" "]" (expression .>> symbol "," .>>. expression)
                        |>> fun (m, b) -> m, Some b
                        expression |>> fun m -> m, None ])
              |>> fun (at, (matrix, bias)) -> Expression.RowNorms(at, matrix, bias)
              call "gain" (expression .>> symbol "," .>>. expression)
              |>> fun (at, (m, b)) -> Expression.GainOf(at, m, b)
              call "lead" (commaSeparated expression) |>> Expression.Lead
              call "repeat" (expression .>> symbol "," .>>. size)
              |>> fun (at, (g, times)) -> Expression.Repeat(at, g, times)
              position .>>. bracketed "[" "]" (commaSeparated number) |>> Expression.Numbers
              bracketed "(" ")" gain
              call "ones" size |>> Expression.Ones
              name |>> Expression.Name
              position .>> symbol "1" |>> Expression.One ]
        <?> "a coefficient"

    let private powered =
        factor .>>. opt (symbol "^" >>. size)
        |>> fun (f, power) ->
            match power with
            | Some k -> Expression.Power(f, k)
            | None -> f

    do
        expressionRef.Value <-
            chainl1
                powered
                ((symbol "*" >>% fun a b -> Expression.Times(a, b))
                 <|> (symbol "/" >>% fun a b -> Expression.Over(a, b)))

    let private chain, private chainRef = createParserForwardedToRef<Written, unit> ()

    let private branches = bracketed "[" "]" (commaSeparated chain)

    let private unlabelled = Label ""

    let private linear =
        let shape =
            let dimension = (symbol "?" >>% None) <|> (size |>> Some)
            symbol ":" >>. dimension .>> symbol "x" .>>. dimension

        let layer word unitRows =
            call word (tuple3 expression (opt shape) (opt (symbol "," >>. expression)))
            |>> fun (at, (weight, shape, bias)) -> WrittenLinear(at, unitRows, weight, shape, bias)

        layer "unit_row_linear" true <|> layer "linear" false

    let private plain =
        choice
            [ for activation in [ Relu; Abs; Square; ReluSquared; Sigmoid; Tanh; Softmax ] do
                  keyword (Activation.name activation) >>% Activation(activation, unlabelled)
              keyword "leaky_relu" >>. bracketed "(" ")" number
              |>> fun slope -> Activation(LeakyRelu slope, unlabelled)
              keyword "flatten" >>. opt (bracketed "(" ")" size)
              |>> fun positions -> Flatten(positions, unlabelled)
              keyword "id" >>% Compose []
              keyword "as" >>. name |>> (snd >> As) ]
        |>> WrittenPlain

    let private junction =
        let of' word build =
            keyword word >>. branches |>> fun inner -> WrittenBranches(build, inner)

        let opaque =
            let output = opt (symbol "," >>. keyword "output" >>. size)

            keyword "opaque" >>. bracketed "(" ")" (name .>>. output) .>>. opt branches
            |>> fun (((_, name), output), inputs) ->
                let node =
                    { Name = name
                      Output = defaultArg output 0
                      Channels = None
                      Positions = None
                      Label = unlabelled }

                WrittenBranches((fun inputs -> Opaque(node, inputs)), defaultArg inputs [ WrittenPlain(Compose []) ])

        choice
            [ of' "sum" (fun inner -> Sum(inner, unlabelled))
              of' "concat" (fun inner -> Concat(inner, Widths(List.map (fun _ -> None) inner), unlabelled))
              of' "product" (fun inner -> Product(inner, unlabelled))
              of' "tuple" Tuple
              opaque ]

    let private term: P<Written> =
        choice
            [ linear
              call "scale" gain |>> (snd >> WrittenScale)
              call "prelu" expression |>> (snd >> WrittenPRelu)
              call "clip" (tuple3 number (symbol "," >>. number) (opt (symbol "," >>. gain)))
              |>> fun (at, (lower, upper, thresholds)) -> WrittenClip(at, lower, upper, thresholds)
              junction
              plain
              name |>> (snd >> Wire >> WrittenPlain) ]
        <?> "a term such as linear(W), relu or sum[…]"

    do
        let terms = sepBy1 term (symbol "->") |>> WrittenChain

        chainRef.Value <-
            fun stream ->
                System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack()
                terms stream

    /// What the network is, and the meanings listed under `where`.
    let document: P<Written * ((TextPosition * string) * Expression) list> =
        let definition = name .>> symbol "=" .>>. gain

        spaces >>. chain
        .>>. (opt (keyword "where" >>. many definition) |>> Option.defaultValue [])
        .>> eof
