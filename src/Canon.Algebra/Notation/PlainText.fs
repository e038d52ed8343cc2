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
            | Expression.Lead(_, gains) -> call out "lead" (fun () -> separated out ", " (coefficient out 1) gains)
            | Expression.Repeat(_, g, times) ->
                call out "repeat" (fun () ->
                    coefficient out 1 g
                    add out ", "
                    slot out string times)
            | Expression.Ones(_, n) -> call out "ones" (fun () -> add out (string n))

    let private size n =
        match n with
        | Some(n: int) -> string n
        | None -> "?"

    let rec private term (out: StringBuilder) shapes written =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let branches inner =
            add out "["
            separated out ", " (term out shapes) inner
            add out "]"

        match written with
        | Written.Linear(_, unitRows, weight, shape, bias) ->
            call out (if unitRows then "unit_row_linear" else "linear") (fun () ->
                coefficient out 1 weight

                match shape with
                | Some(rows, columns) when shapes -> add out $": {size rows}x{size columns}"
                | _ -> ()

                for bias in Option.toList bias do
                    add out ", "
                    coefficient out 1 bias)
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
