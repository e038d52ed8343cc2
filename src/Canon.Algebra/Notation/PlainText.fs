namespace Canon.Algebra

open System.Globalization
open System.Runtime.CompilerServices
open System.Text

/// The arrow notation as plain text: what `Grammar` reads.
module internal PlainText =

    let number (x: float) =
        // Most numbers in models are float32: the float32 next to 0.1 is written 0.1f, not 0.10000000149011612.
        let double = x.ToString("R", CultureInfo.InvariantCulture)
        let single = (float32 x).ToString("R", CultureInfo.InvariantCulture)

        if float (float32 x) = x && single.Length + 1 < double.Length then
            single + "f"
        else
            double

    let private add (out: StringBuilder) (text: string) = out.Append text |> ignore

    let private separated out (separator: string) write items =
        items
        |> List.iteri (fun i item ->
            if i > 0 then
                add out separator

            write item)

    let private slot out write value =
        match value with
        | Slot.Given given -> add out (write given)
        | Slot.Variable(_, name) -> add out ("?" + name)

    let private call out (word: string) arguments =
        add out word
        add out "("
        arguments ()
        add out ")"

    /// How tightly an expression holds together: 0 `++`, 1 `*` and `/`, 2 `^`, 3 all others.
    let private strength expression =
        match expression with
        | Expression.Beside _ -> 0
        | Expression.Times _
        | Expression.Over _ -> 1
        | Expression.Power _ -> 2
        | _ -> 3

    /// Neighbours as the first and how many: `0+8 9+3`.
    let private runs places =
        Selection.runs places
        |> List.map (fun (first, count) -> $"{first}+{count}")
        |> String.concat " "

    /// What is taken of a parameter: its size, the rows, the columns unless there is one or it is depthwise, and what is added to them.
    let selectionParts (number: float -> string) size (selection: Selection) =
        [ match size with
          | Some(rows: int, Some(columns: int)) -> $"{rows}x{columns}"
          | Some(rows, None) -> string rows
          | None -> ()

          runs selection.Rows

          match size with
          | Some(_, None) -> ()
          | _ when selection.Columns = [ 0 ] && selection.Added.IsEmpty -> ()
          | _ -> runs selection.Columns

          if not selection.Added.IsEmpty then
              selection.Added
              |> List.map (fun added ->
                  if added.Factor = 1.0 then
                      $"{added.Column}>{added.Into}"
                  else
                      $"{added.Column}>{added.Into}*{number added.Factor}")
              |> String.concat " " ]

    /// In brackets where it holds less tightly than it must.
    let rec private coefficient (out: StringBuilder) least expression =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        if strength expression < least then
            call out "" (fun () -> coefficient out 0 expression)
        else
            match expression with
            | Expression.Name(_, name) -> add out (Words.name name)
            | Expression.Variable(_, name) -> add out ("?" + name)
            | Expression.One _ -> add out "1"
            | Expression.Numbers(_, values) ->
                add out "["
                separated out ", " (number >> add out) values
                add out "]"
            | Expression.Diagonal(_, g) -> call out "diag" (fun () -> coefficient out 0 g)
            | Expression.Times _
            | Expression.Over _ ->
                let struct (first, others) = Expression.spine expression
                coefficient out 2 first

                for struct (divides, factor) in others do
                    add out (if divides then "/" else " * ")
                    coefficient out 2 factor
            | Expression.Power(a, k) ->
                coefficient out 3 a
                add out "^"
                add out (string k)
            | Expression.Beside parts -> separated out " ++ " (coefficient out 1) parts
            | Expression.RowNorms(_, matrix, None) -> call out "rownorms" (fun () -> coefficient out 1 matrix)
            | Expression.RowNorms(_, matrix, Some bias) ->
                add out "rownorms(["
                separated out ", " (coefficient out 1) [ matrix; bias ]
                add out "])"
            | Expression.GainOf(_, matrix, bias) ->
                call out "gain" (fun () -> separated out ", " (coefficient out 1) [ matrix; bias ])
            | Expression.PowerOfTwo(_, norms) -> call out "pow2" (fun () -> coefficient out 1 norms)
            | Expression.Lead(_, gains) -> call out "lead" (fun () -> separated out ", " (coefficient out 1) gains)
            | Expression.RootMeanSquare(_, g) -> call out "rms" (fun () -> coefficient out 1 g)
            | Expression.Repeat(_, g, times) ->
                call out "repeat" (fun () ->
                    coefficient out 1 g
                    add out ", "
                    slot out string times)
            | Expression.Strided(_, g, offset, axes) ->
                call out "strided" (fun () ->
                    coefficient out 1 g
                    add out $", {offset}"

                    for size, stride in axes do
                        add out $", {size}:{stride}")
            | Expression.Made(_, word, parts, epsilon) ->
                call out word (fun () ->
                    separated out ", " (coefficient out 1) parts

                    for e in Option.toList epsilon do
                        add out ", "
                        add out (number e))
            | Expression.Selection(_, size, selection) ->
                separated out ", " (add out) (selectionParts number size selection)
            | Expression.Ones(_, n) -> call out "ones" (fun () -> add out (string n))

    let private size n =
        match n with
        | Some(n: int) -> string n
        | None -> "?"

    let private sizes (numbers: int list) =
        numbers |> List.map string |> String.concat "x"

    let private setting (setting: Setting) =
        let value =
            match setting.Value with
            | SettingValue.Flag -> ""
            | SettingValue.Sizes(numbers, None) -> sizes numbers
            | SettingValue.Sizes(numbers, Some other) -> $"{sizes numbers}:{sizes other}"
            | SettingValue.Run run when run.Step = 1 -> $"{run.First}+{run.Count}"
            | SettingValue.Run run -> $"{run.First}+{run.Count}/{run.Step}"
            | SettingValue.Number x -> number x
            | SettingValue.Numbers numbers ->
                let list = numbers |> List.map number |> String.concat ", "
                $"[{list}]"

        match setting.Key, value with
        | "", value -> value
        | key, "" -> key
        | key, value -> $"{key} {value}"

    /// A word with its settings.
    let operation (word: string) settings =
        let list = settings |> List.map setting |> String.concat ", "
        $"{word}({list})"

    /// The two sides of a regrouping.
    let regrouped (groups: AxisGroups) =
        let group atoms =
            match atoms with
            | [ single ] -> Settings.atomName single
            | several ->
                let names = several |> List.map Settings.atomName |> String.concat " "
                $"({names})"

        group groups.ChannelAxis :: List.map group groups.SpaceAxes |> String.concat " "

    /// A rearrangement.
    let rearrangement rearranged =
        match rearranged with
        | Rearrangement.Flatten None -> "flatten"
        | Rearrangement.Flatten(Some positions) -> $"flatten({positions})"
        | Rearrangement.Take run ->
            operation
                "channels"
                [ { Key = ""
                    Value = SettingValue.Run run } ]
        | Rearrangement.Regroup(atoms, source, target) ->
            let sizes =
                atoms
                |> List.mapi (fun atom size ->
                    match size with
                    | Some n -> $", {Settings.atomName atom} = {n}"
                    | None -> "")
                |> String.concat ""

            $"rearrange({regrouped source} -> {regrouped target}{sizes})"

    let rec private term (out: StringBuilder) shapes written =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let branches inner =
            add out "["
            separated out ", " (term out shapes) inner
            add out "]"

        match written with
        | Written.Linear(_, unitRows, weight, shape, bias, groups, kernel) ->
            let word =
                match kernel with
                | None -> "linear"
                | Some(Direct _) -> "conv"
                | Some(Transposed _) -> "conv_transpose"

            call out (if unitRows then "unit_row_" + word else word) (fun () ->
                coefficient out 1 weight

                match shape with
                | Some(rows, columns) when shapes -> add out $": {size rows}x{size columns}"
                | _ -> ()

                for bias in Option.toList bias do
                    add out ", "
                    coefficient out 1 bias

                for given in kernel |> Option.map Settings.ofKernel |> Option.defaultValue [] do
                    add out ", "
                    add out (setting given)

                if groups <> 1 then
                    add out $", groups {groups}")
        | Written.BatchNorm(_, vectors, epsilon) ->
            call out "batch_norm" (fun () ->
                separated out ", " (coefficient out 1) vectors
                add out ", "
                add out (number epsilon))
        | Written.Shift(_, bias) -> call out "shift" (fun () -> coefficient out 1 bias)
        | Written.Spatial(_, spatial) ->
            let word, settings = Settings.ofSpatial spatial
            add out (operation word settings)
        | Written.Rearrange(_, rearranged) -> add out (rearrangement rearranged)
        | Written.Normalize(_, normalization, epsilon, tolerance) ->
            call out (Normalization.name normalization) (fun () ->
                match normalization with
                | GroupNorm groups -> add out $"{groups}, "
                | LayerNorm
                | RmsNorm
                | InstanceNorm -> ()

                add out (number epsilon)

                for g in Option.toList tolerance do
                    add out ", "
                    coefficient out 0 g)
        | Written.Scale(_, g) -> call out "scale" (fun () -> coefficient out 0 g)
        | Written.Activation(_, name) -> add out name
        | Written.LeakyRelu(_, slope) -> call out "leaky_relu" (fun () -> slot out number slope)
        | Written.PRelu(_, slopes) -> call out "prelu" (fun () -> coefficient out 1 slopes)
        | Written.Clip(_, lower, upper, thresholds) ->
            call out "clip" (fun () ->
                slot out number lower
                add out ", "
                slot out number upper

                for g in Option.toList thresholds do
                    add out ", "
                    coefficient out 0 g)
        | Written.Flatten(_, None) -> add out "flatten"
        | Written.Flatten(_, Some positions) -> call out "flatten" (fun () -> slot out string positions)
        | Written.Identity _ -> add out "id"
        | Written.Chain terms -> separated out " -> " (term out shapes) terms
        | Written.Branches(_, junction, inner) ->
            add out (junction.Word)
            branches inner
        | Written.Opaque(_, name, output, inputs) ->
            call out "opaque" (fun () ->
                add out (Words.name name)

                if output <> 0 then
                    add out $", output {output}")

            Option.iter branches inputs
        | Written.As(_, wire) -> add out ("as " + Words.name wire)
        | Written.Wire(_, wire) -> add out (Words.wire wire)
        | Written.Variable(_, name) -> add out ("?" + name)
        | Written.Run(_, name) -> add out ("?" + name + "...")

    let private text write =
        let out = StringBuilder()
        write out
        out.ToString()

    /// A network on one line; `shapes`: whether weights are written with their shapes.
    let network shapes written =
        text (fun out -> term out shapes written)

    /// A coefficient, such as `g2/g0`.
    let expression expression =
        text (fun out -> coefficient out 0 expression)

    /// What a name stands for, `g1 = rownorms(W1)`.
    let definition (definition: Definition) =
        $"{Words.name definition.Name} = {expression definition.Meaning}"

    /// The network with its shapes, and after `where` what its names stand for, a line each.
    let document (document: Document) =
        [ network true document.Network
          if not document.Definitions.IsEmpty then
              "where"
          for meaning in document.Definitions do
              "  " + definition meaning ]
        |> String.concat "\n"
