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

    /// In decimal digits alone: FParsec's own would read 0x1 as one number in hexadecimal.
    let private whole: P<int> =
        attempt (
            many1Satisfy isDigit
            >>= fun digits ->
                match System.Int32.TryParse digits with
                | true, n -> preturn n
                | _ -> fail "too large a number"
        )

    let private signed: P<int> =
        opt (skipChar '-') .>>. whole
        |>> fun (minus, n) -> if minus.IsSome then -n else n

    /// A size or a power: at least 1.
    let private size: P<int> =
        token (
            attempt (whole >>= fun n -> if n >= 1 then preturn n else fail "at least 1")
            <?> "a whole number of at least 1"
        )

    /// The words for parameters made of others: how many, and whether an epsilon follows.
    let private makings =
        [ "diagonal", 1, false
          "ones_like", 1, false
          "norm_factor", 2, true
          "norm_shift", 4, true
          "times", 2, false
          "times_columns", 2, false
          "image", 2, false
          "plus", 2, false ]

    let private expression, private expressionRef =
        createParserForwardedToRef<Expression, unit> ()

    /// A coefficient, or several beside each other.
    let gain: P<Expression> =
        sepBy1 expression (symbol "++")
        |>> function
            | [ single ] -> single
            | several -> Expression.Beside several

    /// Such as `8x6, 0+3 5+2, 0+4, 4>1*0.5 5>2`, or `8, 0+3` of a depthwise weight.
    let private selection: P<Expression> =
        let places =
            many1 (attempt (token (whole .>> skipChar '+' .>>. whole)))
            |>> List.collect (fun (first, count) -> [ first .. first + count - 1 ])
            <?> "runs such as 0+8"

        let added =
            tuple3 (whole .>> symbol ">") (token whole) (opt (symbol "*" >>. number))
            |>> fun (column, into, factor) ->
                { Column = column
                  Into = into
                  Factor = defaultArg factor 1.0 }

        tuple5
            position
            (opt (attempt (whole .>>. opt (skipChar 'x' >>. whole) .>> spaces .>> symbol ",")))
            places
            (opt (symbol "," >>. places))
            (opt (symbol "," >>. many1 added))
        >>= fun (at, size, rows, columns, added) ->
            let chosen =
                { Rows = rows
                  Columns =
                    match size, columns with
                    | Some(_, None), _ -> rows
                    | _, given -> defaultArg given [ 0 ]
                  Added = defaultArg added [] }

            let within count places =
                places |> List.forall (fun place -> place < count)

            let fits =
                within chosen.Columns.Length (chosen.Added |> List.map _.Into)
                && size
                   |> Option.forall (fun (height, width) ->
                       let width = defaultArg width height

                       within height rows
                       && within width chosen.Columns
                       && within width (chosen.Added |> List.map _.Column))

            if fits then
                preturn (Expression.Selection(at, size, chosen))
            else
                Reading.wrong at "a row or column is selected that is not there"

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
              "pow2", arguments expression |>> (fun norms at -> Expression.PowerOfTwo(at, norms))
              "lead",
              arguments (commaSeparated expression)
              |>> fun gains at -> Expression.Lead(at, gains)
              "rms", arguments expression |>> (fun g at -> Expression.RootMeanSquare(at, g))
              "repeat",
              arguments (expression .>> symbol "," .>>. slot size)
              |>> fun (g, times) at -> Expression.Repeat(at, g, times)
              "strided",
              arguments (
                  tuple3
                      (expression .>> symbol ",")
                      (token signed)
                      (many (symbol "," >>. size .>> symbol ":" .>>. token signed))
              )
              |>> fun (g, offset, axes) at -> Expression.Strided(at, g, offset, axes)
              "ones", arguments size |>> (fun n at -> Expression.Ones(at, n))
              "select",
              arguments (expression .>>. (symbol "," >>. selection))
              |>> (fun (inner, chosen) at -> Expression.Made(at, "select", [ inner; chosen ], None))
              for word, count, hasEpsilon in makings do
                  let parts = parray count (expression .>> opt (symbol ",")) |>> List.ofArray
                  let epsilon = if hasEpsilon then number |>> Some else preturn None

                  word,
                  arguments (parts .>>. epsilon)
                  |>> fun (parts, epsilon) at -> Expression.Made(at, word, parts, epsilon) ]

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

    let private ends = followedBy (anyOf ",)")

    /// One whole number an axis, such as 3x3, or 1x1:0x0 for both ends.
    let private sizes: P<SettingValue> =
        let numbers = sepBy1 whole (skipChar 'x')

        token (numbers .>>. opt (skipChar ':' >>. numbers)) .>> ends
        |>> SettingValue.Sizes

    /// Such as 0+8, or 0+8/2.
    let private run: P<Run> =
        token (tuple3 (whole .>> skipChar '+') whole (opt (skipChar '/' >>. signed)))
        |>> fun (first, count, step) ->
            { First = first
              Count = count
              Step = defaultArg step 1 }

    let private numbers: P<SettingValue> =
        bracketed "[" "]" (commaSeparated number) |>> SettingValue.Numbers

    let private settingValue: P<SettingValue> =
        choice
            [ attempt run |>> SettingValue.Run
              attempt sizes
              numbers
              number |>> SettingValue.Number ]

    let private unnamed value : Setting = { Key = ""; Value = value }

    let private setting: P<Setting> =
        let key = token (many1Satisfy2L isAsciiLetter Words.isPlain "a setting")

        (key .>>. opt settingValue
         |>> fun (key, value) ->
             { Key = key
               Value = defaultArg value SettingValue.Flag })
        <|> (settingValue |>> unnamed)
        <?> "a setting such as 3x3, stride 2x2 or all"

    let private refused at (result: Result<'a, string>) =
        match result with
        | Result.Ok value -> value
        | Result.Error reason -> Reading.wrong at reason

    let private spatial word : P<TextPosition -> Written> =
        bracketed "(" ")" (sepBy setting (symbol ","))
        |>> fun settings at -> Written.Spatial(at, Settings.toSpatial word settings |> refused at)

    let private windowSetting: P<Setting> =
        let keyed = [ "stride"; "dilation"; "pad"; "output_pad"; "groups" ]
        let flags = [ "same_early"; "same" ]

        choice
            [ for key in keyed do
                  keyword key >>. sizes |>> fun value -> { Key = key; Value = value }
              for key in flags do
                  keyword key >>% { Key = key; Value = SettingValue.Flag }
              attempt sizes |>> unnamed ]

    /// `linear` takes no window; the kernel is then None.
    let private linear unitRows (kernel: (Setting list -> Result<Kernel, string>) option) : P<TextPosition -> Written> =
        let dimension = (symbol "?" >>% None) <|> (size |>> Some)
        let shape = symbol ":" >>. dimension .>> symbol "x" .>>. dimension
        let bias = notFollowedBy windowSetting >>. expression

        bracketed
            "("
            ")"
            (tuple4 expression (opt shape) (opt (attempt (symbol "," >>. bias))) (many (symbol "," >>. windowSetting)))
        |>> fun (weight, shape, bias, settings) at ->
            let groups, window = settings |> List.partition (fun s -> s.Key = "groups")

            let groups =
                match groups with
                | [] -> 1
                | [ { Value = SettingValue.Sizes([ count ], None) } ] when count >= 1 -> count
                | _ -> Reading.wrong at "the number of groups is one whole number, such as groups 4"

            let kernel =
                match kernel, window with
                | Some toKernel, _ -> Some(toKernel window |> refused at)
                | None, [] -> None
                | None, _ -> Reading.wrong at "a linear layer has no window; a convolution is written conv"

            Written.Linear(at, unitRows, weight, shape, bias, groups, kernel)

    let private batchNorm: P<TextPosition -> Written> =
        bracketed "(" ")" (parray 4 (expression .>> symbol ",") .>>. number)
        |>> fun (vectors, epsilon) at -> Written.BatchNorm(at, List.ofArray vectors, epsilon)

    let private normalization (kind: P<Normalization>) : P<TextPosition -> Written> =
        bracketed "(" ")" (tuple3 kind number (opt (symbol "," >>. gain)))
        |>> fun (kind, epsilon, tolerance) at ->
            if not (epsilon > 0.0) then
                Reading.wrong at "the epsilon of a normalization is positive"

            Written.Normalize(at, kind, epsilon, tolerance)

    /// `(a b) c -> (b a) c, a = 2, b = 8`: channels first, then the axes of space.
    let private regrouping: P<TextPosition -> Written> =
        let atom = token (many1Satisfy2L isAsciiLetter Words.isPlain "the name of an axis")

        let group = (bracketed "(" ")" (many atom)) <|> (atom |>> List.singleton)

        let side = many1 group
        let size = symbol "," >>. atom .>> symbol "=" .>>. size

        bracketed "(" ")" (tuple3 (side .>> symbol "->") side (many size))
        |>> fun (source, target, sizes) at ->
            let names = List.distinct (List.concat source)

            let index name =
                match List.tryFindIndex ((=) name) names with
                | Some i -> i
                | None -> Reading.wrong at $"the axis {name} does not stand on the left"

            let groups side : AxisGroups =
                match side |> List.map (List.map index) with
                | channels :: space ->
                    { ChannelAxis = channels
                      SpaceAxes = space }
                | [] -> { ChannelAxis = []; SpaceAxes = [] }

            let known = sizes |> List.map (fun (name, n) -> index name, n) |> Map.ofList
            let sizes = names |> List.mapi (fun i _ -> Map.tryFind i known)

            Written.Rearrange(at, Rearrangement.regroup sizes (groups source) (groups target) |> refused at)

    /// What follows each word that begins a term.
    let private wordsOfTerms: IDictionary<string, P<TextPosition -> Written>> =
        let arguments p = bracketed "(" ")" p

        dict
            [ for unitRows, prefix in [ false, ""; true, "unit_row_" ] do
                  prefix + "linear", linear unitRows None
                  prefix + "conv", linear unitRows (Some(Settings.toKernel false))
                  prefix + "conv_transpose", linear unitRows (Some(Settings.toKernel true))
              "batch_norm", batchNorm
              "shift", arguments expression |>> (fun b at -> Written.Shift(at, b))
              "layer_norm", normalization (preturn LayerNorm)
              "rms_norm", normalization (preturn RmsNorm)
              "instance_norm", normalization (preturn InstanceNorm)
              "group_norm", normalization (size .>> symbol "," |>> GroupNorm)
              "rearrange", regrouping
              "channels", arguments run |>> (fun run at -> Written.Rearrange(at, Rearrangement.Take run))
              for word in Settings.spatialWords do
                  word, spatial word
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
