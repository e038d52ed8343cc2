namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

/// What is said of the size of a parameter where it stands.
[<NoEquality; NoComparison>]
type internal SizeSaid =
    {
        Rows: int option
        Columns: int option
        /// Which rows read which columns, and by how many taps; None where nothing is said of it.
        Blocks: (Grouping * int) option
    }

    /// What is then said of that of which it is a selection, whose rows are given, and its columns unless it is depthwise.
    member x.Selected(given: (int * int option) option) =
        match given with
        | None -> { x with Rows = None; Columns = None }
        | Some(rows, Some columns) ->
            { x with
                Rows = Some rows
                Columns = Some columns }
        | Some(rows, None) ->
            { Rows = Some rows
              Columns = Some rows
              Blocks = x.Blocks |> Option.map (fun (_, taps) -> Groups rows, taps) }

/// What a metavariable stands for.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type internal Bound =
    /// A weight diag(left)·P·diag(right), the unit rows that it is the weight of, its layer's kernel and name.
    | Weight of left: Gain * weight: Parameter * right: Gain * rows: UnitRows option * kernel: Kernel * label: Label
    /// A bias, or the absence of one.
    | Bias of Bias option
    | Gain of Gain
    | Slopes of Parameter
    | Terms of Network list
    | Number of float
    | Count of int

    /// What it is, for people.
    member x.Kind =
        match x with
        | Weight _ -> "a weight"
        | Bias _ -> "a bias"
        | Gain _ -> "a gain"
        | Slopes _ -> "slopes"
        | Terms _ -> "terms"
        | Number _ -> "a number"
        | Count _ -> "a count"

/// What the names and metavariables of a text stand for. Each member refuses what has no place in such a text.
[<AbstractClass>]
type internal Names() =
    /// The expression that a name was given under `where`.
    abstract TryMeaning: name: string -> Expression option

    /// The parameter of that name, of a size that may be left open.
    abstract Parameter: at: TextPosition * name: string * size: SizeSaid -> Parameter

    /// The gain of that name.
    abstract Symbol: at: TextPosition * name: string -> Gain

    /// The wire of that name.
    abstract Wire: at: TextPosition * name: string -> string

    /// What stands for the metavariable of that name.
    abstract Bound: at: TextPosition * name: string -> Bound

    /// Unit rows with these coefficients that are known to be so.
    abstract TryUnitRows: coefficients: Affine -> UnitRows option

/// The names of a network: definitions, known parameters, and symbols for the rest.
[<Sealed>]
type internal Scope(known: string -> Parameter option, definitions: Definition list) =
    inherit Names()

    let meanings = Dictionary<string, Expression>()
    let parameters = Dictionary<string, Parameter>()
    let declared = Dictionary<string, SizeSaid>()

    do
        for definition in definitions do
            if not (meanings.TryAdd(definition.Name, definition.Meaning)) then
                Reading.wrong definition.At $"{definition.Name} is given two meanings"

    do
        let settled = HashSet<string>()
        let underWay = HashSet<string>()

        let rec visit struct (at, name) =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            if underWay.Contains name then
                Reading.wrong at $"{name} is defined by itself"

            match meanings.TryGetValue name with
            | true, meaning when settled.Add name ->
                underWay.Add name |> ignore
                Seq.iter visit (Expression.names meaning)
                underWay.Remove name |> ignore
            | _ -> ()

        for definition in definitions do
            visit struct (definition.At, definition.Name)

    override _.TryMeaning name =
        match meanings.TryGetValue name with
        | true, meaning -> Some meaning
        | false, _ -> None

    /// One parameter a name; a size given once holds for all its uses.
    override _.Parameter(at, name, size) =
        let agrees given found = Option.isNone given || given = found

        let fits (p: Parameter) =
            agrees size.Rows p.Rows
            && agrees size.Columns p.Columns
            && agrees size.Blocks (Some(p.Grouping, p.Taps))

        match known name with
        | Some parameter when fits parameter -> parameter
        | Some parameter ->
            Reading.wrong
                at
                $"{name} is {defaultArg parameter.Rows 0}x{defaultArg parameter.Columns 0}, which does not fit here"
        | None ->
            match parameters.TryGetValue name with
            | true, parameter when fits parameter -> parameter
            | true, _ -> Reading.wrong at $"{name} has another shape elsewhere"
            | false, _ ->
                let said =
                    match declared.TryGetValue name with
                    | true, said -> said
                    | false, _ ->
                        { Rows = None
                          Columns = None
                          Blocks = None }

                let grouping, taps =
                    Option.orElse said.Blocks size.Blocks |> Option.defaultValue (Groups 1, 1)

                let parameter =
                    Parameter.symbolicWeight
                        name
                        (Option.orElse said.Rows size.Rows)
                        (Option.orElse said.Columns size.Columns)
                        grouping
                        taps

                if not (fits parameter) then
                    Reading.wrong at $"{name} has another shape elsewhere"

                parameters[name] <- parameter
                parameter

    override _.Symbol(_, name) = Gain.symbol name None
    override _.Wire(_, name) = name
    override _.Bound(at, name) = Reading.metavariable at name

    /// A symbol alone is taken to have unit rows.
    override _.TryUnitRows a =
        if Affine.isPlain a && a.Weight.IsSymbolic then
            Some(UnitRows.assume a.Weight (a.Bias |> Option.map _.Vector))
        else
            None

    /// Takes note of the shapes of weights, wherever they are written, before the weights are used.
    member x.Declare written =
        let rec weightName (size: SizeSaid) expression =
            match expression with
            | Expression.Name(at, name) ->
                match x.TryMeaning name with
                | Some meaning -> weightName size meaning
                | None -> Some(at, name, size)
            | Expression.Times _ -> List.tryPick (weightName size) (Expression.factors expression)
            | Expression.Made(_, "times", [ _; weight ], _) -> weightName size weight
            | Expression.Made(_, "select", [ weight; Expression.Selection(_, given, _) ], _) ->
                weightName (size.Selected given) weight
            | _ -> None

        let declare at name (size: SizeSaid) =
            let both what a b =
                match a, b with
                | Some x, Some y when x <> y -> Reading.wrong at $"{name} has another {what} elsewhere"
                | _ -> Option.orElse b a

            declared[name] <-
                match declared.TryGetValue name with
                | true, known ->
                    { Rows = both "shape" known.Rows size.Rows
                      Columns = both "shape" known.Columns size.Columns
                      Blocks = both "kernel" known.Blocks size.Blocks }
                | false, _ -> size

        match written with
        | Written.Linear(_, _, weight, shape, _, groups, kernel) ->
            let rows, columns = defaultArg shape (None, None)

            let taps =
                match kernel with
                | Some kernel -> (Kernel.window kernel).Taps
                | None -> 1

            weight
            |> weightName
                { Rows = rows
                  Columns = columns
                  Blocks = Some(Groups groups, taps) }
            |> Option.iter (fun (at, name, size) -> declare at name size)
        | Written.Chain inner
        | Written.Branches(_, _, inner)
        | Written.Opaque(_, _, _, Some inner) -> List.iter x.Declare inner
        | Written.BatchNorm _
        | Written.Shift _
        | Written.Spatial _
        | Written.Rearrange _
        | Written.Normalize _
        | Written.Scale _
        | Written.Activation _
        | Written.LeakyRelu _
        | Written.PRelu _
        | Written.Clip _
        | Written.Flatten _
        | Written.Identity _
        | Written.Opaque(_, _, _, None)
        | Written.As _
        | Written.Wire _
        | Written.Variable _
        | Written.Run _ -> ()
