namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices
open FParsec

/// The grammar of the arrow notation: text to syntax tree. Metavariables are read everywhere; who reads networks refuses them.
/// Every parser consumes the blanks after it. A word decides at once what follows it, so that errors speak of one case only.
module internal Grammar =

    type private P<'a> = Parser<'a, unit>

    /// Where the next character stands.
    let position: P<TextPosition> =
        getPosition
        |>> fun p ->
            { Line = int p.Line
              Column = int p.Column }

    let private token (p: P<'a>) = p .>> spaces

    /// A sign such as `->`.
    let symbol text : P<unit> = token (skipString text)

    /// A word such as `where`, and nothing longer.
    let keyword text : P<unit> =
        token (attempt (skipString text .>> notFollowedBy (skipSatisfy Words.isPlain)))
        <?> $"'{text}'"

    /// Between two signs.
    let bracketed opening closing (p: P<'a>) =
        between (symbol opening) (symbol closing) p

    let private commaSeparated p = sepBy1 p (symbol ",")

    /// What errors do not offer: most readers write networks, where no metavariable may stand.
    let private unsaid = ""

    let private quoted: P<string> =
        let character =
            (skipChar '\\' >>. anyOf "\\\"") <|> satisfy (fun c -> c <> '"' && c <> '\\')

        skipChar '"' >>. manyChars (character <?> unsaid)
        .>> (skipChar '"' <?> "a closing quote")
        <?> "a name in quotes"

    let private word: P<string> =
        many1Satisfy2L Words.isPlainStart Words.isPlain "a name"

    /// A word that has no meaning of its own, as a name.
    let private plain at (text: string) =
        if not (String.exists Words.isNameLike text) then
            Reading.wrong at $"the number {text} stands where a name is expected"
        elif Words.reserved.Contains text then
            Reading.wrong at $"'{text}' is a word of the notation; write it in quotes to use it as a name"
        else
            text

    /// A name with its place.
    let name: P<TextPosition * string> =
        token (
            position .>>. (quoted |>> fun text -> struct (true, text))
            <|> (position .>>. (word |>> fun text -> struct (false, text)))
        )
        |>> fun (at, struct (quoted, text)) -> at, (if quoted then text else plain at text)
        <?> "a name"

    /// `?W`, with its place.
    let metavariable: P<TextPosition * string> =
        let start c = isAsciiLetter c || c = '_'

        token (
            position .>> skipChar '?'
            .>>. many1Satisfy2L start (fun c -> start c || isDigit c || c = '\'') "the name of a metavariable"
        )
        <?> unsaid

    let private slot (p: P<'a>) : P<Slot<'a>> =
        (metavariable |>> Slot.Variable) <|> (p |>> Slot.Given)

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
    let gain: P<Expression> =
        sepBy1 expression (symbol "++")
        |>> function
            | [ single ] -> single
            | several -> Expression.Beside several

    /// What follows each word that begins a coefficient.
    let private coefficients: IDictionary<string, P<TextPosition -> Expression>> =
        let arguments p = bracketed "(" ")" p
        let matrixAndBias = expression .>> symbol "," .>>. expression

        dict
            [ "diag", arguments gain |>> (fun g at -> Expression.Diagonal(at, g))
              "rownorms",
              arguments (
                  (bracketed "[" "]" matrixAndBias |>> fun (m, b) -> m, Some b)
                  <|> (expression |>> fun m -> m, None)
              )
              |>> fun (m, b) at -> Expression.RowNorms(at, m, b)
              "gain", arguments matrixAndBias |>> (fun (m, b) at -> Expression.GainOf(at, m, b))
              "lead",
              arguments (commaSeparated expression)
              |>> fun gains at -> Expression.Lead(at, gains)
              "repeat",
              arguments (expression .>> symbol "," .>>. slot size)
              |>> fun (g, times) at -> Expression.Repeat(at, g, times)
              "ones", arguments size |>> (fun n at -> Expression.Ones(at, n)) ]

    let private afterWord at text : P<Expression> =
        match coefficients.TryGetValue text with
        | true, rest -> rest |>> fun build -> build at
        | false, _ when text = "1" -> preturn (Expression.One at)
        | false, _ when String.forall (fun c -> isDigit c || c = '.') text ->
            Reading.wrong at $"only 1 stands alone in a coefficient; other numbers stand in brackets, such as [{text}]"
        | false, _ -> preturn (Expression.Name(at, plain at text))

    let private factor: P<Expression> =
        choice
            [ token (position .>>. word) >>= fun (at, text) -> afterWord at text
              position .>>. bracketed "[" "]" (commaSeparated number) |>> Expression.Numbers
              bracketed "(" ")" gain
              token (position .>>. quoted) |>> Expression.Name
              metavariable |>> Expression.Variable
              position .>> skipChar '-'
              >>= fun at -> Reading.wrong at "a scale has no negative factor; minus stands in no coefficient" ]
        <?> "a coefficient such as g, 1/g or [1, 2]"

    let private powered =
        factor .>>. opt (symbol "^" >>. size)
        |>> fun (f, power) ->
            match power with
            | Some k -> Expression.Power(f, k)
            | None -> f

    do
        expressionRef.Value <-
            let operators =
                (symbol "*" >>% fun a b -> Expression.Times(a, b))
                <|> (symbol "/" >>% fun a b -> Expression.Over(a, b))

            let products = chainl1 powered operators

            fun stream ->
                RuntimeHelpers.EnsureSufficientExecutionStack()
                products stream

    let private terms, private termsRef = createParserForwardedToRef<Written, unit> ()

    /// Terms with arrows between them.
    let chain: P<Written> = terms

    let private branches = bracketed "[" "]" (commaSeparated chain)

    let private linear unitRows : P<TextPosition -> Written> =
        let dimension = (symbol "?" >>% None) <|> (size |>> Some)
        let shape = symbol ":" >>. dimension .>> symbol "x" .>>. dimension

        bracketed "(" ")" (tuple3 expression (opt shape) (opt (symbol "," >>. expression)))
        |>> fun (weight, shape, bias) at -> Written.Linear(at, unitRows, weight, shape, bias)

    /// What follows each word that begins a term.
    let private wordsOfTerms: IDictionary<string, P<TextPosition -> Written>> =
        let arguments p = bracketed "(" ")" p

        dict
            [ "linear", linear false
              "unit_row_linear", linear true
              "scale", arguments gain |>> (fun g at -> Written.Scale(at, g))
              "prelu", arguments expression |>> (fun a at -> Written.PRelu(at, a))
              "leaky_relu", arguments (slot number) |>> (fun a at -> Written.LeakyRelu(at, a))
              "clip",
              arguments (tuple3 (slot number) (symbol "," >>. slot number) (opt (symbol "," >>. gain)))
              |>> fun (lower, upper, thresholds) at -> Written.Clip(at, lower, upper, thresholds)
              "flatten", opt (arguments (slot size)) |>> (fun n at -> Written.Flatten(at, n))
              "id", preturn Written.Identity
              "as", name |>> (fun (_, wire) at -> Written.As(at, wire))
              for kind in [ Junction.Sum; Junction.Concat; Junction.Product; Junction.Tuple ] do
                  kind.Word, branches |>> (fun inner at -> Written.Branches(at, kind, inner))
              "opaque",
              arguments (name .>>. opt (symbol "," >>. keyword "output" >>. size))
              .>>. opt branches
              |>> fun (((_, name), output), inputs) at -> Written.Opaque(at, name, defaultArg output 0, inputs)
              for name in Words.activations.Keys do
                  name, preturn (fun at -> Written.Activation(at, name)) ]

    let private unknown at text : P<Written> =
        let refuse also =
            fun _ ->
                Reading.wrong
                    at
                    $"{text} is no term of the notation; an unknown function is written opaque({text}){also}"

        if Words.unknownFunctions.Contains text then
            refuse $", a wire \"{text}\""
        elif not (String.exists Words.isNameLike text) || Words.reserved.Contains text then
            Reading.wrong at $"'{text}' stands where a term is expected, such as linear(W), relu or sum[…]"
        else
            (followedBy (anyOf "([") >>. refuse "") <|> preturn (Written.Wire(at, text))

    let private term: P<Written> =
        choice
            [ token (position .>>. word)
              >>= fun (at, text) ->
                  match wordsOfTerms.TryGetValue text with
                  | true, rest -> rest |>> fun build -> build at
                  | false, _ -> unknown at text
              token (position .>>. quoted) |>> Written.Wire
              metavariable .>>. opt (symbol "...")
              |>> fun (variable, run) -> if run.IsSome then Written.Run variable else Written.Variable variable ]
        <?> "a term such as linear(W), relu or sum[…]"

    do
        let several =
            sepBy1 term (symbol "->")
            |>> function
                | [ single ] -> single
                | several -> Written.Chain several

        termsRef.Value <-
            fun stream ->
                RuntimeHelpers.EnsureSufficientExecutionStack()
                several stream

    /// A network, and the meanings listed under `where`.
    let document: P<Document> =
        let definition =
            name .>> symbol "=" .>>. gain
            |>> fun ((at, name), meaning) ->
                { At = at
                  Name = name
                  Meaning = meaning }

        chain .>>. (opt (keyword "where" >>. many definition))
        |>> fun (network, definitions) ->
            { Network = network
              Definitions = defaultArg definitions [] }

    /// What stands at a place of a text, for people.
    let private found (text: string) index =
        if index >= text.Length then
            "the text ends"
        else
            let rest = text[index..]

            let length =
                match Seq.length (Seq.takeWhile Words.isPlain rest) with
                | 0 when rest.StartsWith('-') || rest.StartsWith('=') ->
                    if rest.Length > 1 && rest[1] = '>' then 2 else 1
                | 0 when System.Char.IsSurrogate rest[0] -> min 2 rest.Length
                | length -> max 1 length

            $"'{rest[.. length - 1]}' stands here"

    let rec private expected (messages: ErrorMessageList) =
        [ for message in ErrorMessageList.ToSortedArray messages do
              match message with
              | Expected label
              | CompoundError(label, _, _, _) -> label
              | ExpectedString text -> $"'{text}'"
              | NestedError(_, _, inner) -> yield! expected inner
              | _ -> () ]
        |> List.distinct
        |> List.filter (fun label -> label <> unsaid)

    /// The whole text by a parser. Raises `Reading.Wrong` with one sentence on what was expected and what stands there.
    let read (parser: Parser<'a, unit>) (text: string) : 'a =
        match runParserOnString (spaces >>. parser .>> (eof <?> "the end of the text")) () "" text with
        | ParserResult.Success(value, _, _) -> value
        | ParserResult.Failure(_, error, _) ->
            let wanted =
                match List.rev (expected error.Messages) with
                | [] -> "something else"
                | [ single ] -> single
                | last :: others -> $"""{String.concat ", " (List.rev others)} or {last}"""

            Reading.wrong
                { Line = int error.Position.Line
                  Column = int error.Position.Column }
                $"expected {wanted}; {found text (int error.Position.Index)}"
