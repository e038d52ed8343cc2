namespace Canon.Algebra

open System
open System.IO
open System.Runtime.CompilerServices
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// The arrow notation as JSON, for other programs. Every term and every coefficient is an object with its `kind`.
module internal Json =

    let private object (writer: Utf8JsonWriter) (kind: string) content =
        writer.WriteStartObject()
        writer.WriteString("kind", kind)
        content ()
        writer.WriteEndObject()

    let list (writer: Utf8JsonWriter) (property: string) write items =
        writer.WriteStartArray property
        List.iter write items
        writer.WriteEndArray()

    /// JSON has no infinities: they are strings.
    let private number (writer: Utf8JsonWriter) (x: float) =
        if Double.IsFinite x then
            writer.WriteNumberValue x
        else
            writer.WriteStringValue(PlainText.number x)

    let private whole (writer: Utf8JsonWriter) (n: int) = writer.WriteNumberValue n

    let private optional (writer: Utf8JsonWriter) (property: string) write value =
        writer.WritePropertyName property

        match value with
        | Some value -> write value
        | None -> writer.WriteNullValue()

    let private variable (writer: Utf8JsonWriter) kind (name: string) =
        object writer kind (fun () -> writer.WriteString("name", name))

    let private slot (writer: Utf8JsonWriter) write value =
        match value with
        | Slot.Given given -> write given
        | Slot.Variable(_, name) -> variable writer "variable" name

    let rec expression (writer: Utf8JsonWriter) (written: Expression) : unit =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let object kind content = object writer kind content

        let part (property: string) inner =
            writer.WritePropertyName property
            expression writer inner

        match written with
        | Expression.Name(_, name) -> variable writer "name" name
        | Expression.Variable(_, name) -> variable writer "variable" name
        | Expression.One _ -> object "one" ignore
        | Expression.Numbers(_, values) -> object "numbers" (fun () -> list writer "values" (number writer) values)
        | Expression.Diagonal(_, g) -> object "diagonal" (fun () -> part "gain" g)
        | Expression.Times _ when Expression.isMatrix written -> weight writer None written
        | Expression.Times _
        | Expression.Over _ -> product writer written
        | Expression.Power(a, k) ->
            object "power" (fun () ->
                part "base" a
                writer.WriteNumber("exponent", k))
        | Expression.Beside parts -> object "beside" (fun () -> list writer "parts" (expression writer) parts)
        | Expression.RowNorms(_, matrix, bias) ->
            object "rownorms" (fun () ->
                writer.WritePropertyName "matrix"
                weight writer None matrix
                optional writer "bias" (expression writer) bias)
        | Expression.GainOf(_, matrix, bias) ->
            object "gain" (fun () ->
                writer.WritePropertyName "matrix"
                weight writer None matrix
                part "bias" bias)
        | Expression.PowerOfTwo(_, norms) -> object "pow2" (fun () -> part "norms" norms)
        | Expression.Lead(_, gains) -> object "lead" (fun () -> list writer "gains" (expression writer) gains)
        | Expression.RootMeanSquare(_, g) -> object "rms" (fun () -> part "gain" g)
        | Expression.Repeat(_, g, times) ->
            object "repeat" (fun () ->
                part "gain" g
                writer.WritePropertyName "times"
                slot writer (whole writer) times)
        | Expression.Strided(_, g, offset, axes) ->
            object "strided" (fun () ->
                part "gain" g
                writer.WriteNumber("offset", offset)

                list
                    writer
                    "axes"
                    (fun (size: int, stride: int) ->
                        writer.WriteStartObject()
                        writer.WriteNumber("size", size)
                        writer.WriteNumber("stride", stride)
                        writer.WriteEndObject())
                    axes)
        | Expression.Made(_, word, parts, epsilon) ->
            object word (fun () ->
                list writer "parts" (expression writer) parts

                for e in Option.toList epsilon do
                    writer.WriteNumber("epsilon", e))
        | Expression.Selection(_, size, selection) ->
            object "selection" (fun () ->
                for rows, columns in Option.toList size do
                    optional writer "rows" (whole writer) (Some rows)
                    optional writer "columns" (whole writer) columns

                list writer "selected_rows" (whole writer) selection.Rows
                list writer "selected_columns" (whole writer) selection.Columns

                list
                    writer
                    "added_columns"
                    (fun (added: AddedColumn) ->
                        writer.WriteStartObject()
                        writer.WriteNumber("column", added.Column)
                        writer.WriteNumber("into", added.Into)
                        writer.WritePropertyName "factor"
                        number writer added.Factor
                        writer.WriteEndObject())
                    selection.Added)
        | Expression.Ones(_, n) -> object "ones" (fun () -> writer.WriteNumber("count", n))

    /// A product as its factors and its divisors.
    and private product writer written =
        let struct (first, others) = Expression.spine written

        let those divide =
            others
            |> List.filter (fun (struct (divides, _)) -> divides = divide)
            |> List.map (fun (struct (_, factor)) -> factor)

        let factors =
            match first with
            | Expression.One _ -> those false
            | _ -> first :: those false

        object writer "product" (fun () ->
            list writer "factors" (expression writer) factors
            list writer "divisors" (expression writer) (those true |> List.collect Expression.factors))

    /// diag(left)·P·diag(right), by its parts.
    and private weight writer shape written =
        let isDiagonal (e: Expression) = e.IsDiagonal
        let factors = Expression.factors written
        let left = List.takeWhile isDiagonal factors

        let side (property: string) diagonals =
            list
                writer
                property
                (fun diagonal ->
                    match diagonal with
                    | Expression.Diagonal(_, g) -> expression writer g
                    | other -> expression writer other)
                diagonals

        object writer "weight" (fun () ->
            match List.skip left.Length factors with
            | Expression.Name(_, name) :: right ->
                writer.WriteString("name", name)
                side "left" left
                side "right" right
            | Expression.Variable(_, name) :: right ->
                writer.WriteString("variable", name)
                side "left" left
                side "right" right
            | made :: right when made.IsMade ->
                writer.WritePropertyName "made"
                expression writer made
                side "left" left
                side "right" right
            | others -> side "left" (left @ others)

            for rows, columns in Option.toList shape do
                optional writer "rows" (whole writer) rows
                optional writer "columns" (whole writer) columns)

    let private numbers (writer: Utf8JsonWriter) (property: string) (values: int list) =
        list writer property (whole writer) values

    /// A setting as a property; `value`, `pads` and the like where it has no key of its own.
    let private setting (writer: Utf8JsonWriter) (unnamed: string) (setting: Setting) =
        let key = if setting.Key = "" then unnamed else setting.Key

        match setting.Value with
        | SettingValue.Flag -> writer.WriteBoolean(key, true)
        | SettingValue.Sizes(values, None) -> numbers writer key values
        | SettingValue.Sizes(before, Some after) ->
            numbers writer (key + "_before") before
            numbers writer (key + "_after") after
        | SettingValue.Run run -> numbers writer key [ run.First; run.Count; run.Step ]
        | SettingValue.Number x ->
            writer.WritePropertyName key
            number writer x
        | SettingValue.Numbers values -> list writer key (number writer) values

    let private rearrangement (writer: Utf8JsonWriter) rearranged =
        match rearranged with
        | Rearrangement.Flatten positions -> optional writer "positions" (whole writer) positions
        | Rearrangement.Take run ->
            writer.WriteNumber("first", run.First)
            writer.WriteNumber("count", run.Count)
            writer.WriteNumber("step", run.Step)
        | Rearrangement.Regroup(sizes, source, target) ->
            writer.WriteString("from", PlainText.regrouped source)
            writer.WriteString("to", PlainText.regrouped target)

            writer.WriteStartObject "sizes"

            sizes
            |> List.iteri (fun atom size ->
                size |> Option.iter (fun n -> writer.WriteNumber(Settings.atomName atom, n)))

            writer.WriteEndObject()

    let rec term (writer: Utf8JsonWriter) (written: Written) : unit =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let object kind content = object writer kind content

        let terms property inner =
            list writer property (term writer) inner

        let part (property: string) write value =
            writer.WritePropertyName property
            write value

        match written with
        | Written.Linear(_, unitRows, matrix, shape, bias, groups, kernel) ->
            let word =
                match kernel with
                | None -> "linear"
                | Some(Direct _) -> "conv"
                | Some(Transposed _) -> "conv_transpose"

            object (if unitRows then "unit_row_" + word else word) (fun () ->
                part "weight" (weight writer (Some(defaultArg shape (None, None)))) matrix
                optional writer "bias" (expression writer) bias

                if groups <> 1 then
                    writer.WriteNumber("groups", groups)

                kernel
                |> Option.map Settings.ofKernel
                |> Option.defaultValue []
                |> List.iter (setting writer "kernel"))
        | Written.BatchNorm(_, vectors, epsilon) ->
            object "batch_norm" (fun () ->
                List.iter2
                    (fun name vector -> part name (expression writer) vector)
                    [ "gamma"; "beta"; "mean"; "variance" ]
                    vectors

                writer.WriteNumber("epsilon", epsilon))
        | Written.Shift(_, bias) -> object "shift" (fun () -> part "bias" (expression writer) bias)
        | Written.Spatial(_, operation) ->
            let word, settings = Settings.ofSpatial operation

            object word (fun () ->
                match operation with
                | Spatial.Crop runs ->
                    list
                        writer
                        "runs"
                        (fun (run: Run) ->
                            writer.WriteStartObject()
                            rearrangement writer (Rearrangement.Take run)
                            writer.WriteEndObject())
                        runs
                | Spatial.Pad _ -> List.iter (setting writer "counts") settings
                | Spatial.Pool _
                | Spatial.Resize _ -> List.iter (setting writer "kernel") settings)
        | Written.Rearrange(_, rearranged) ->
            let word =
                match rearranged with
                | Rearrangement.Flatten _ -> "flatten"
                | Rearrangement.Take _ -> "channels"
                | Rearrangement.Regroup _ -> "rearrange"

            object word (fun () -> rearrangement writer rearranged)
        | Written.Normalize(_, normalization, epsilon, tolerance) ->
            object (Normalization.name normalization) (fun () ->
                match normalization with
                | GroupNorm groups -> writer.WriteNumber("groups", groups)
                | LayerNorm
                | RmsNorm
                | InstanceNorm -> ()

                writer.WriteNumber("epsilon", epsilon)
                optional writer "tolerance" (expression writer) tolerance)
        | Written.Scale(_, g) -> object "scale" (fun () -> part "gain" (expression writer) g)
        | Written.Activation(_, word) -> object word ignore
        | Written.LeakyRelu(_, slope) ->
            object "leaky_relu" (fun () -> part "slope" (slot writer (number writer)) slope)
        | Written.PRelu(_, slopes) -> object "prelu" (fun () -> part "slopes" (expression writer) slopes)
        | Written.Clip(_, lower, upper, thresholds) ->
            object "clip" (fun () ->
                part "lower" (slot writer (number writer)) lower
                part "upper" (slot writer (number writer)) upper
                optional writer "thresholds" (expression writer) thresholds)
        | Written.Flatten(_, positions) ->
            object "flatten" (fun () -> optional writer "positions" (slot writer (whole writer)) positions)
        | Written.Identity _ -> object "id" ignore
        | Written.Chain inner -> object "chain" (fun () -> terms "terms" inner)
        | Written.Branches(_, junction, inner) -> object junction.Word (fun () -> terms "branches" inner)
        | Written.Opaque(at, name, output, inputs) ->
            object "opaque" (fun () ->
                writer.WriteString("name", name)
                writer.WriteNumber("output", output)
                terms "branches" (defaultArg inputs [ Written.Identity at ]))
        | Written.As(_, wire) -> object "as" (fun () -> writer.WriteString("wire", wire))
        | Written.Wire(_, wire) -> object "wire" (fun () -> writer.WriteString("wire", wire))
        | Written.Variable(_, name) -> variable writer "variable" name
        | Written.Run(_, name) -> variable writer "run" name

    /// An object with a network's text and its tree.
    let network (writer: Utf8JsonWriter) written =
        writer.WriteStartObject()
        writer.WriteString("text", PlainText.network false written)
        writer.WritePropertyName "term"
        term writer written
        writer.WriteEndObject()

    /// What names stand for, in order.
    let definitions (writer: Utf8JsonWriter) (definitions: Definition list) =
        list
            writer
            "definitions"
            (fun (definition: Definition) ->
                writer.WriteStartObject()
                writer.WriteString("name", definition.Name)
                writer.WriteString("text", PlainText.expression definition.Meaning)
                writer.WritePropertyName "meaning"
                expression writer definition.Meaning
                writer.WriteEndObject())
            definitions

    /// One object, with what `write` writes into it.
    let text (write: Utf8JsonWriter -> unit) =
        use stream = new MemoryStream()

        // What is written here is no HTML: `->` stays as it is. Branches may nest deeper than the writer's own limit.
        let options =
            JsonWriterOptions(
                Indented = true,
                NewLine = "\n",
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                MaxDepth = Int32.MaxValue
            )

        do
            use writer = new Utf8JsonWriter(stream, options)
            writer.WriteStartObject()
            write writer
            writer.WriteEndObject()

        Encoding.UTF8.GetString(stream.GetBuffer(), 0, int stream.Length)

    /// The network as text and as a tree, and what its names stand for.
    let document (document: Document) =
        text (fun writer ->
            writer.WriteString("text", PlainText.document document)
            writer.WritePropertyName "network"
            term writer document.Network
            definitions writer document.Definitions)
