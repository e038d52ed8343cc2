namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.CompilerServices

module internal Words =

    let reserved =
        set
            [ "id"
              "linear"
              "unit_row_linear"
              "scale"
              "relu"
              "leaky_relu"
              "prelu"
              "abs"
              "square"
              "relu_squared"
              "sigmoid"
              "tanh"
              "softmax"
              "clip"
              "flatten"
              "sum"
              "concat"
              "product"
              "as"
              "tuple"
              "opaque"
              "diag"
              "rownorms"
              "gain"
              "lead"
              "repeat"
              "ones" ]

    let isPlainStart c = Char.IsAsciiLetterOrDigit c || c = '_'
    let isPlain c = isPlainStart c || c = '.' || c = '\''

    let name (text: string) =
        let plain =
            text.Length > 0
            && isPlainStart text[0]
            && Seq.forall isPlain text
            && Seq.exists (fun c -> Char.IsAsciiLetter c || c = '_') text
            && not (reserved.Contains text)

        if plain then
            text
        else
            let escaped = text.Replace("\\", "\\\\").Replace("\"", "\\\"")
            $"\"{escaped}\""

[<Sealed>]
type Notation(shapes: bool) =
    let atoms = Dictionary<GainAtom, string>()
    let units = Dictionary<UnitRows, struct (string * string option)>()
    let taken = HashSet<string>()
    let reserved = HashSet<GainAtom>()
    let definitions = List<struct (string * string)>()
    let mutable leaders = 0

    /// Longer lists of numbers are written by name.
    let shortList = 4

    let separated (separator: string) (texts: string seq) = String.Join(separator, texts)

    let number (x: float) =
        // Most numbers in models are float32: the float32 next to 0.1 is written 0.1f, not 0.10000000149011612.
        let double = x.ToString("R", CultureInfo.InvariantCulture)
        let single = (float32 x).ToString("R", CultureInfo.InvariantCulture)

        if float (float32 x) = x && single.Length + 1 < double.Length then
            single + "f"
        else
            double

    let define wanted meaning =
        let mutable name = wanted

        while not (taken.Add name) do
            name <- name + "'"

        let written = Words.name name
        definitions.Add(struct (written, meaning))
        written

    /// W1 gives V1 and g1; fc.weight gives V_fc and g_fc.
    let derived (letter: string) (parameter: Parameter) =
        let name = parameter.Name

        if
            name.Length > 0
            && Char.IsAsciiLetter name[0]
            && Seq.forall Char.IsAsciiDigit name[1..]
        then
            letter + name[1..]
        elif name.EndsWith(".weight", StringComparison.Ordinal) then
            $"{letter}_{name[.. name.Length - 8]}"
        else
            $"{letter}_{name}"

    let product (g: Gain) (atomText: GainAtom -> string) =
        let factors sign =
            g.Factors
            |> List.filter (fun (_, p) -> sign * p > 0)
            |> List.map (fun (a, p) -> if abs p = 1 then atomText a else $"{atomText a}^{abs p}")

        let above = factors 1
        let numerator = if above.IsEmpty then "1" else separated " * " above

        match factors -1 with
        | [] -> numerator
        | [ single ] -> $"{numerator}/{single}"
        | several -> $"""{numerator}/({separated " * " several})"""

    let constantText values =
        values
        |> Seq.map (Magnitude.toFloat >> number)
        |> separated ", "
        |> sprintf "[%s]"

    let rec atomText (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, _) -> Words.name name
        | Constants values when values.Length > shortList -> atoms[atom]
        | Constants values -> constantText values
        | Joined _ -> $"({joinedText atom})"
        | Repeated(g, times) -> $"repeat({product g atomText}, {times})"
        | Norms _
        | Leader _ -> atoms[atom]

    and joinedText (atom: GainAtom) =
        match atom.Expression with
        | Joined parts ->
            parts
            |> List.map (fun (g, width) ->
                match width with
                | Some n when g.IsOne -> $"ones({n})"
                | _ -> product g atomText)
            |> separated " ++ "
        | Symbol _
        | Constants _
        | Repeated _
        | Norms _
        | Leader _ -> atomText atom

    /// A gain that stands alone between brackets.
    let bare (g: Gain) =
        match g.Factors with
        | [ atom, 1 ] when atom.Expression.IsJoined -> joinedText atom
        | _ -> product g atomText

    let matrix (left: Gain) (weight: Parameter) (right: Gain) =
        [ if not left.IsOne then
              $"diag({bare left})"
          Words.name weight.Name
          if not right.IsOne then
              $"diag({bare right})" ]
        |> separated " * "

    let biasText (bias: Bias) =
        if bias.Gain.IsOne then
            Words.name bias.Vector.Name
        else
            $"{product bias.Gain atomText} * {Words.name bias.Vector.Name}"

    let normText (a: Affine) definition =
        let rows = matrix a.Left a.Weight a.Right

        match a.Bias, definition with
        | None, (RowNorm | Augmented) -> $"rownorms({rows})"
        | Some bias, RowNorm -> $"gain({rows}, {biasText bias})"
        | Some bias, Augmented -> $"rownorms([{rows}, {biasText bias}])"

    let nameAtom (atom: GainAtom) =
        match atom.Expression with
        | Norms(a, definition) -> atoms[atom] <- define (derived "g" a.Weight) (normText a definition)
        | Leader gains ->
            let meaning = gains |> List.map (fun g -> product g atomText) |> separated ", "
            leaders <- leaders + 1
            atoms[atom] <- define $"s{leaders}" $"lead({meaning})"
        | Constants values when values.Length > shortList -> atoms[atom] <- define "c" (constantText values)
        | Constants _
        | Symbol _
        | Joined _
        | Repeated _ -> ()

    /// The atoms that g refers to, up to those that `isNew` declines. Gains nest as deep as the network is long: no recursion.
    let reachable (isNew: GainAtom -> bool) (g: Gain) =
        let found = List<GainAtom>()
        let pending = Stack<Gain>([ g ])

        while pending.Count > 0 do
            for atom, _ in pending.Pop().Factors do
                if isNew atom then
                    found.Add atom
                    List.iter pending.Push (Gain.inside atom)

        found

    let gainText (g: Gain) =
        let found = HashSet<GainAtom>()

        reachable (fun atom -> not (atoms.ContainsKey atom) && found.Add atom) g
        |> Seq.sortBy _.Rank
        |> Seq.iter nameAtom

        bare g

    /// The names that a gain's parameters and symbols bear are not given to anything else.
    let reserveGain (g: Gain) =
        for atom in reachable reserved.Add g do
            match atom.Expression with
            | Symbol(name, _) -> taken.Add name |> ignore
            | Norms(a, _) ->
                taken.Add a.Weight.Name |> ignore
                a.Bias |> Option.iter (fun b -> taken.Add b.Vector.Name |> ignore)
            | Constants _
            | Leader _
            | Joined _
            | Repeated _ -> ()

    let shape (p: Parameter) =
        let size n =
            match n with
            | Some(n: int) -> string n
            | None -> "?"

        if shapes && (p.Rows.IsSome || p.Columns.IsSome) then
            $": {size p.Rows}x{size p.Columns}"
        else
            ""

    let gainsOf (a: Affine) =
        a.Left :: a.Right :: (a.Bias |> Option.map _.Gain |> Option.toList)

    let nameGains (a: Affine) =
        gainsOf a |> List.iter (gainText >> ignore)

    let affineText (a: Affine) =
        nameGains a

        let bias =
            match a.Bias with
            | None -> ""
            | Some b -> $", {biasText b}"

        matrix a.Left a.Weight a.Right + shape a.Weight + bias

    let unitText (rows: UnitRows) =
        let a = rows.Coefficients

        if Affine.isPlain a then
            affineText a
        else
            let struct (weight, bias) =
                match units.TryGetValue rows with
                | true, known -> known
                | false, _ ->
                    nameGains a
                    let weight = define (derived "V" a.Weight) (matrix a.Left a.Weight a.Right)

                    let bias = a.Bias |> Option.map (fun b -> define (b.Vector.Name + "'") (biasText b))

                    units[rows] <- struct (weight, bias)
                    struct (weight, bias)

            match bias with
            | Some bias -> $"{weight}{shape a.Weight}, {bias}"
            | None -> weight + shape a.Weight

    let activationText activation =
        match activation with
        | LeakyRelu slope -> $"leaky_relu({number slope})"
        | PRelu slope -> $"prelu({Words.name slope.Name})"
        | Relu
        | Abs
        | Square
        | ReluSquared
        | Sigmoid
        | Tanh
        | Softmax -> Activation.name activation

    let rec text (network: Network) : string =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match network with
        | Linear(a, _) -> $"linear({affineText a})"
        | UnitRowLinear(rows, _) -> $"unit_row_linear({unitText rows})"
        | Scale g -> $"scale({gainText g})"
        | Activation(activation, _) -> activationText activation
        | Clip(lower, upper, thresholds, _) when thresholds.IsOne -> $"clip({number lower}, {number upper})"
        | Clip(lower, upper, thresholds, _) -> $"clip({number lower}, {number upper}, {gainText thresholds})"
        | Flatten(None, _) -> "flatten"
        | Flatten(Some positions, _) -> $"flatten({positions})"
        | Compose [] -> "id"
        | Compose parts -> parts |> List.map text |> separated " -> "
        | Sum(branches, _) -> "sum" + several branches
        | Concat(branches, _, _) -> "concat" + several branches
        | Product(branches, _) -> "product" + several branches
        | As wire -> $"as {Words.name wire}"
        | Wire wire -> Words.name wire
        | Tuple outputs -> "tuple" + several outputs
        | Opaque(node, inputs) ->
            let output = if node.Output = 0 then "" else $", output {node.Output}"

            match inputs with
            | [ Compose [] ] -> $"opaque({Words.name node.Name}{output})"
            | inputs -> $"opaque({Words.name node.Name}{output})" + several inputs

    and several networks =
        networks |> List.map text |> separated ", " |> sprintf "[%s]"

    /// What the network itself names, and what its gains refer to, may not be given another meaning.
    let reserve network =
        Traversal.parameters network |> List.iter (fun p -> taken.Add p.Name |> ignore)

        network
        |> Traversal.fold
            (fun () term ->
                match term with
                | Scale g
                | Clip(_, _, g, _) -> reserveGain g
                | Linear(a, _) -> gainsOf a |> List.iter reserveGain
                | UnitRowLinear(rows, _) -> gainsOf rows.Coefficients |> List.iter reserveGain
                | As wire
                | Wire wire -> taken.Add wire |> ignore
                | Activation _
                | Flatten _
                | Compose _
                | Sum _
                | Concat _
                | Product _
                | Tuple _
                | Opaque _ -> ())
            ()

    member _.Write network =
        reserve network
        text network

    member _.WriteGain gain =
        reserveGain gain
        gainText gain

    member _.Definitions: IReadOnlyList<struct (string * string)> = definitions

[<RequireQualifiedAccess>]
module Print =

    let network network = Notation(false).Write network

    let withShapes network = Notation(true).Write network

    let document network =
        let notation = Notation true
        let text = notation.Write network

        [ text
          if notation.Definitions.Count > 0 then
              "where"
          for struct (name, meaning) in notation.Definitions do
              $"  {name} = {meaning}" ]
        |> String.concat "\n"
