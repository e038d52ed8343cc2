namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.CompilerServices

/// Writes networks in the note's arrow notation, `linear(W1) -> relu -> linear(W2)`. Unit rows and gains are written by name,
/// `unit_row_linear(V1) -> scale(g1)`. One instance gives a name one meaning throughout and lists them in `Definitions`.
[<Sealed>]
type Notation(shapes: bool) =
    let atoms = Dictionary<GainAtom, string>()
    let units = Dictionary<UnitRows, struct (string * string option)>()
    let taken = HashSet<string>()
    let definitions = List<struct (string * string)>()

    let separated (separator: string) (texts: string seq) = String.Join(separator, texts)

    let number (x: float) =
        // Most numbers in models are float32: 0.1f is written 0.1.
        let single = float32 x

        if float single = x then
            single.ToString("R", CultureInfo.InvariantCulture)
        else
            x.ToString("R", CultureInfo.InvariantCulture)

    let define wanted meaning =
        let mutable name = wanted

        while not (taken.Add name) do
            name <- name + "'"

        definitions.Add(struct (name, meaning))
        name

    /// W1 gives V1 and g1; fc.weight gives V(fc) and g(fc).
    let derived (letter: string) (parameter: Parameter) =
        let name = parameter.Name

        if name.Length > 0 && Char.IsAsciiLetter name[0] && Seq.forall Char.IsAsciiDigit name[1..] then
            letter + name[1..]
        elif name.EndsWith(".weight", StringComparison.Ordinal) then
            $"{letter}({name[.. name.Length - 8]})"
        else
            $"{letter}({name})"

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

    let rec atomText (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, _) -> name
        | Constants values when values.Length <= 4 ->
            values |> Seq.map (Magnitude.toFloat >> number) |> separated ", " |> sprintf "[%s]"
        | Constants values -> $"[{values.Length} constants from {number (Magnitude.toFloat values[0])}]"
        | Joined parts -> parts |> List.map (fun (g, _) -> product g atomText) |> separated " ++ " |> sprintf "(%s)"
        | Repeated(g, times) -> $"repeat({product g atomText}, {times})"
        | Norms _
        | Leader _ -> atoms[atom]

    let matrix (left: Gain) (weight: Parameter) (right: Gain) =
        [ if not left.IsOne then
              $"diag({product left atomText})"
          weight.Name
          if not right.IsOne then
              $"diag({product right atomText})" ]
        |> separated " * "

    let normText weight right bias definition =
        match bias, definition with
        | None, (RowNorm | Augmented) -> $"rownorms({matrix Gain.one weight right})"
        | Some(b: Parameter), RowNorm -> $"gain({matrix Gain.one weight right}, {b.Name})"
        | Some b, Augmented -> $"rownorms([{matrix Gain.one weight right}, {b.Name}])"

    let nameAtom (atom: GainAtom) =
        match atom.Expression with
        | Norms(weight, right, bias, definition) ->
            atoms[atom] <- define (derived "g" weight) (normText weight right bias definition)
        | Leader gains ->
            let meaning = gains |> List.map (fun g -> product g atomText) |> separated ", "
            atoms[atom] <- define "s" $"lead({meaning})"
        | Symbol _
        | Constants _
        | Joined _
        | Repeated _ -> ()

    /// Gains nest as deep as the network is long, so what g refers to is named by rank and not by recursion.
    let gainText (g: Gain) =
        let found = HashSet<GainAtom>()
        let pending = Stack<Gain>([ g ])

        while pending.Count > 0 do
            for atom, _ in pending.Pop().Factors do
                if not (atoms.ContainsKey atom) && found.Add atom then
                    List.iter pending.Push (Gain.inside atom)

        found |> Seq.sortBy _.Rank |> Seq.iter nameAtom
        product g atomText

    let seen = HashSet<GainAtom>()

    /// The names that a gain's parameters and symbols bear are not given to anything else.
    let reserveGain (g: Gain) =
        let pending = Stack<Gain>([ g ])

        while pending.Count > 0 do
            for atom, _ in pending.Pop().Factors do
                if seen.Add atom then
                    List.iter pending.Push (Gain.inside atom)

                    match atom.Expression with
                    | Symbol(name, _) -> taken.Add name |> ignore
                    | Norms(weight, _, bias, _) -> weight :: Option.toList bias |> List.iter (fun p -> taken.Add p.Name |> ignore)
                    | Constants _
                    | Leader _
                    | Joined _
                    | Repeated _ -> ()

    let reserve network =
        let gains term =
            match term with
            | Scale g
            | Clip(_, _, g, _) -> [ g ]
            | Linear(a, _) -> [ a.Left; a.Right ]
            | UnitRowLinear(rows, _) -> [ rows.Coefficients.Left; rows.Coefficients.Right ]
            | Activation _
            | Flatten _
            | Compose _
            | Sum _
            | Concat _
            | Product _
            | As _
            | Wire _
            | Tuple _
            | Opaque _ -> []

        Traversal.parameters network |> List.iter (fun p -> taken.Add p.Name |> ignore)
        Traversal.fold (fun () term -> List.iter reserveGain (gains term)) () network

    let shape (p: Parameter) =
        let size n =
            match n with
            | Some(n: int) -> string n
            | None -> "?"

        if shapes && (p.Rows.IsSome || p.Columns.IsSome) then
            $": {size p.Rows}x{size p.Columns}"
        else
            ""

    let affineText (a: Affine) =
        gainText a.Left |> ignore
        gainText a.Right |> ignore

        let bias =
            match a.Bias with
            | None -> ""
            | Some b when a.Left.IsOne -> $", {b.Name}"
            | Some b -> $", {product a.Left atomText} * {b.Name}"

        matrix a.Left a.Weight a.Right + shape a.Weight + bias

    let unitText (rows: UnitRows) =
        let a = rows.Coefficients

        if a.Left.IsOne && a.Right.IsOne then
            affineText a
        else
            let struct (weight, bias) =
                match units.TryGetValue rows with
                | true, known -> known
                | false, _ ->
                    gainText a.Left |> ignore
                    gainText a.Right |> ignore
                    let weight = define (derived "V" a.Weight) (matrix a.Left a.Weight a.Right)

                    let bias =
                        a.Bias
                        |> Option.map (fun b -> define (b.Name + "'") $"{product a.Left atomText} * {b.Name}")

                    units[rows] <- struct (weight, bias)
                    struct (weight, bias)

            match bias with
            | Some bias -> $"{weight}{shape a.Weight}, {bias}"
            | None -> weight + shape a.Weight

    let activationText activation =
        match activation with
        | LeakyRelu slope -> $"leaky_relu({number slope})"
        | PRelu slope -> $"prelu({slope.Name})"
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
        | Flatten _ -> "flatten"
        | Compose [] -> "id"
        | Compose parts -> parts |> List.map text |> separated " -> "
        | Sum(branches, _) -> "sum" + several branches
        | Concat(branches, _, _) -> "concat" + several branches
        | Product(branches, _) -> "product" + several branches
        | As wire -> $"as {wire}"
        | Wire wire -> wire
        | Tuple outputs -> "tuple" + several outputs
        | Opaque(node, inputs) ->
            let output = if node.Output = 0 then "" else $", output {node.Output}"

            match inputs with
            | [ Compose [] ] -> $"opaque({node.Name}{output})"
            | several' -> $"opaque({node.Name}{output})" + several several'

    and several networks =
        networks |> List.map text |> separated ", " |> sprintf "[%s]"

    /// The network on one line.
    member _.Write network =
        reserve network
        text network

    /// A gain, such as `g2/g0`.
    member _.WriteGain gain =
        reserveGain gain
        gainText gain

    /// The names used so far and what they stand for, each before the ones that need it.
    member _.Definitions: IReadOnlyList<struct (string * string)> = definitions

[<RequireQualifiedAccess>]
module Print =

    /// `linear(W1, b1) -> relu`.
    let network network = Notation(false).Write network

    /// `linear(W1: 64x10, b1) -> relu`.
    let withShapes network = Notation(true).Write network
