namespace Canon.Algebra

open System
open System.Runtime.CompilerServices
open System.Text
open System.Text.RegularExpressions

/// The arrow notation as LaTeX for display mathematics; it needs the package amsmath and no other.
module internal Latex =

    /// A line of a chain is broken at the first arrow beyond so many characters of source: about the width of a page.
    let private lineLength = 180

    /// Longer lists of numbers are abridged.
    let private longList = 8

    /// Any text, as the argument of `\text`: every character that LaTeX reads as a command is escaped.
    let text (words: string) =
        let escaped = StringBuilder()

        for c in words do
            match c with
            | '\\' -> escaped.Append @"\textbackslash{}"
            | '~' -> escaped.Append @"\textasciitilde{}"
            | '^' -> escaped.Append @"\textasciicircum{}"
            | '<' -> escaped.Append @"\textless{}"
            | '>' -> escaped.Append @"\textgreater{}"
            | '|' -> escaped.Append @"\textbar{}"
            | '#'
            | '$'
            | '%'
            | '&'
            | '_'
            | '{'
            | '}' -> escaped.Append('\\').Append c
            | c when Char.IsControl c || Char.IsWhiteSpace c -> escaped.Append ' '
            | c -> escaped.Append c
            |> ignore

        $@"\text{{{escaped}}}"

    let private shape =
        Regex(@"\A(?<letter>[A-Za-z])(?:(?<digits>[0-9]+)|_(?<part>[^']+))?(?<primes>'*|'[0-9]+)\z")

    /// A name without its primes, and its primes.
    let private parts (name: string) =
        match shape.Match name with
        | m when m.Success ->
            let group (name: string) = m.Groups[name].Value
            let letter = group "letter"

            let stem =
                match group "digits", group "part" with
                | "", "" -> letter
                | "", part -> letter + "_{" + text part + "}"
                | digits, _ -> letter + "_{" + digits + "}"

            let primes = group "primes"

            if primes.Length > 1 && Char.IsAsciiDigit primes[1] then
                struct (stem, $"^{{({primes[1..]})}}")
            else
                struct (stem, primes)
        | _ -> struct (text name, "")

    /// W1 as W_{1}, V_fc with fc as an index in letters, b1' with its prime; any other name in letters.
    let name (text: string) =
        let struct (stem, primes) = parts text
        stem + primes

    let private variable name' = "{?}" + name name'

    let private number (x: float) =
        if Double.IsPositiveInfinity x then
            @"\infty"
        elif Double.IsNegativeInfinity x then
            @"-\infty"
        elif Double.IsNaN x then
            text "NaN"
        else
            let digits = (PlainText.number x).TrimEnd 'f'

            match digits.IndexOf 'E' with
            | -1 -> digits
            | at -> $@"{digits[.. at - 1]} \cdot 10^{{{int digits[at + 1 ..]}}}"

    let private slot write value =
        match value with
        | Slot.Given given -> write given
        | Slot.Variable(_, name) -> variable name

    let private call word arguments =
        let list = String.concat ", " arguments
        $@"\operatorname{{{word}}}({list})"

    let private numbers values =
        let shown =
            if List.length values <= longList then
                List.map number values
            else
                (values |> List.take (longList - 2) |> List.map number)
                @ [ @"\ldots"; number (List.last values) ]

        $"""[{String.concat ", " shown}]"""

    let private needsBrackets expression =
        match expression with
        | Expression.Beside _
        | Expression.Times _
        | Expression.Over _
        | Expression.Power _ -> true
        | _ -> false

    let rec expression (written: Expression) : string =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match written with
        | Expression.Name(_, text) -> name text
        | Expression.Variable(_, name) -> variable name
        | Expression.One _ -> "1"
        | Expression.Numbers(_, values) -> numbers values
        | Expression.Diagonal(_, g) -> call "diag" [ expression g ]
        | Expression.Times _
        | Expression.Over _ -> product written
        | Expression.Power(Expression.Name(_, text), k) ->
            match parts text with
            | struct (stem, "") -> $@"{stem}^{{\odot {k}}}"
            | struct (stem, primes) -> $@"{{{stem}{primes}}}^{{\odot {k}}}"
        | Expression.Power(a, k) -> $@"{{{bracketed a}}}^{{\odot {k}}}"
        | Expression.Beside parts -> parts |> List.map operand |> String.concat @" \mathbin{+\!+} "
        | Expression.RowNorms(_, matrix, None) -> rowNorms (expression matrix)
        | Expression.RowNorms(_, matrix, Some bias) -> rowNorms $"[{expression matrix}, {expression bias}]"
        | Expression.GainOf(_, matrix, bias) -> call "gain" [ expression matrix; expression bias ]
        | Expression.PowerOfTwo(_, norms) -> call "pow2" [ expression norms ]
        | Expression.Lead(_, gains) -> call "lead" (List.map expression gains)
        | Expression.RootMeanSquare(_, g) -> call "rms" [ expression g ]
        | Expression.Repeat(_, g, times) -> call "repeat" [ expression g; slot string times ]
        | Expression.Strided(_, g, offset, axes) ->
            let strides = axes |> List.map (fun (size, stride) -> $"{size}{{:}}{stride}")
            call "strided" (expression g :: string offset :: strides)
        | Expression.Made(_, word, parts, epsilon) ->
            let numbers = epsilon |> Option.map number |> Option.toList
            call (word.Replace("_", @"\_")) (List.map expression parts @ numbers)
        | Expression.Selection(_, size, selection) ->
            PlainText.selectionParts number size selection |> String.concat ", "
        | Expression.Ones(_, n) -> $@"\mathbf{{1}}_{{{n}}}"

    and private rowNorms inside =
        $@"\lVert {inside} \rVert_{{\text{{rows}}}}"

    and private bracketed written =
        if needsBrackets written then $"({expression written})" else expression written

    /// A part of a `++`, which binds loosest of all.
    and private operand written =
        match written with
        | Expression.Beside _ -> $"({expression written})"
        | _ -> expression written

    /// Factors with ⊙ between them, those of a matrix side by side; what is divided stands over a bar.
    and private product written =
        let sign = if Expression.isMatrix written then @" \, " else @" \odot "
        let struct (first, others) = Expression.spine written

        let factor written =
            match written with
            | Expression.Beside _
            | Expression.Times _ -> $"({expression written})"
            | _ -> expression written

        let line = StringBuilder(factor first)

        for struct (divides, next) in others do
            if divides then
                line.Insert(0, @"\frac{").Append("}{").Append(expression next).Append '}'
            else
                line.Append(sign).Append(factor next)
            |> ignore

        line.ToString()

    let private activation word =
        match word with
        | "relu" -> @"\operatorname{ReLU}"
        | "relu_squared" -> @"\operatorname{ReLU}^{2}"
        | "tanh" -> @"\tanh"
        | other -> $@"\operatorname{{{other}}}"

    let rec private term (written: Written) : string =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let branches word inner =
            let list = inner |> List.map term |> String.concat @",\; "
            $@"{word}[\,{list}\,]"

        match written with
        | Written.Linear(_, unitRows, weight, _, bias, groups, kernel) ->
            let word =
                match kernel with
                | None -> "linear"
                | Some(Direct _) -> "conv"
                | Some(Transposed _) -> @"conv\_transpose"

            // Strides and padding change nothing in the mathematics of scales: the window's size alone is shown.
            let window =
                match kernel with
                | None -> []
                | Some kernel -> [ (Kernel.window kernel).Kernel |> List.map string |> String.concat @" \times " ]

            call
                (if unitRows then @"unit\_row\_" + word else word)
                ([ expression weight ]
                 @ (bias |> Option.map expression |> Option.toList)
                 @ window
                 @ (if groups = 1 then [] else [ text $"groups {groups}" ]))
        | Written.BatchNorm(_, vectors, epsilon) -> call "BatchNorm" (List.map expression vectors @ [ number epsilon ])
        | Written.Shift(_, bias) -> call "shift" [ expression bias ]
        | Written.Spatial(_, spatial) ->
            let word, settings = Settings.ofSpatial spatial
            text (PlainText.operation word settings)
        | Written.Rearrange(_, rearranged) -> text (PlainText.rearrangement rearranged)
        | Written.Normalize(_, normalization, epsilon, tolerance) ->
            call
                ((Normalization.name normalization).Replace("_", @"\_"))
                (match normalization with
                 | GroupNorm groups -> [ string groups ]
                 | LayerNorm
                 | RmsNorm
                 | InstanceNorm -> []
                 @ [ number epsilon ]
                 @ (tolerance |> Option.map expression |> Option.toList))
        | Written.Scale(_, g) -> call "scale" [ expression g ]
        | Written.Activation(_, word) -> activation word
        | Written.LeakyRelu(_, slope) -> call "LeakyReLU" [ slot number slope ]
        | Written.PRelu(_, slopes) -> call "PReLU" [ expression slopes ]
        | Written.Clip(_, lower, upper, thresholds) ->
            call
                "clip"
                (slot number lower
                 :: slot number upper
                 :: (thresholds |> Option.map expression |> Option.toList))
        | Written.Flatten(_, None) -> @"\operatorname{flatten}"
        | Written.Flatten(_, Some positions) -> call "flatten" [ slot string positions ]
        | Written.Identity _ -> @"\operatorname{id}"
        | Written.Chain terms -> terms |> List.map term |> String.concat @" \to "
        | Written.Branches(_, junction, inner) -> branches $@"\operatorname{{{junction.Word}}}" inner
        | Written.Opaque(_, operator, output, inputs) ->
            let output = if output = 0 then [] else [ text $"output {output}" ]
            let head = call "opaque" (text operator :: output)
            inputs |> Option.map (branches head) |> Option.defaultValue head
        | Written.As(_, wire) -> @"\text{as } " + name wire
        | Written.Wire(_, wire) -> name wire
        | Written.Variable(_, name) -> variable name
        | Written.Run(_, name) -> variable name + @"\ldots"

    /// The lines of a network: one, and more where a chain is long.
    let lines written =
        let terms =
            match written with
            | Written.Chain terms -> terms
            | single -> [ single ]

        let lines = Collections.Generic.List<string>()
        let line = StringBuilder()

        terms
        |> List.iteri (fun i written ->
            let next = term written

            if line.Length > 0 && line.Length + next.Length > lineLength then
                lines.Add(line.ToString())
                line.Clear().Append @"\quad " |> ignore

            (if i > 0 then line.Append @"\to " else line).Append(next).Append ' ' |> ignore)

        lines.Add(line.ToString())
        [ for line in lines -> line.TrimEnd() ]

    /// What a name stands for.
    let definition (definition: Definition) =
        $"{name definition.Name} &= {expression definition.Meaning}"

    /// Lines below each other; each may hold one `&` at which it is aligned.
    let aligned (lines: string list) =
        let text = StringBuilder()
        text.Append(@"\begin{aligned}").Append '\n' |> ignore

        lines
        |> List.iteri (fun i line ->
            if i > 0 then
                text.Append(@" \\").Append '\n' |> ignore

            text.Append line |> ignore)

        text.Append('\n').Append(@"\end{aligned}").ToString()

    /// The network, and after `where` what its names stand for.
    let document (document: Document) =
        [ for line in lines document.Network do
              "& " + line
          if not document.Definitions.IsEmpty then
              @"& \text{where}"
          yield! List.map definition document.Definitions ]
        |> aligned
