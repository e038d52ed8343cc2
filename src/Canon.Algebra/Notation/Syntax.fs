namespace Canon.Algebra

open System
open System.Collections.Generic

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

/// Something given, or a metavariable that stands for it in a rule.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Slot<'value> =
    | Given of 'value
    | Variable of TextPosition * string

/// A coefficient as it is written, before names are given their meaning. What was not read from a text has the position 0, 0.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Expression =
    | Name of TextPosition * string
    /// A metavariable, `?W`.
    | Variable of TextPosition * string
    | One of TextPosition
    | Numbers of TextPosition * float list
    | Diagonal of TextPosition * Expression
    | Times of Expression * Expression
    | Over of Expression * Expression
    | Power of Expression * int
    | Beside of Expression list
    | RowNorms of TextPosition * Expression * bias: Expression option
    | GainOf of TextPosition * Expression * bias: Expression
    /// The nearest powers of two of norms, `pow2(rownorms(W))`.
    | PowerOfTwo of TextPosition * norms: Expression
    | Lead of TextPosition * Expression list
    | RootMeanSquare of TextPosition * Expression
    | Repeat of TextPosition * Expression * times: Slot<int>
    | Strided of TextPosition * Expression * offset: int * axes: (int * int) list
    | Ones of TextPosition * int
    /// A parameter made of others by one of `Words.makings`.
    | Made of TextPosition * word: string * parts: Expression list * epsilon: float option
    /// What `select` takes of a parameter, and the size of that: rows, and columns unless it is depthwise.
    | Selection of TextPosition * size: (int * int option) option * Selection

/// What joins branches.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type internal Junction =
    | Sum
    | Concat
    | Product
    | Tuple

    /// Its word in the notation.
    member x.Word =
        match x with
        | Sum -> "sum"
        | Concat -> "concat"
        | Product -> "product"
        | Tuple -> "tuple"

/// A term as it is written.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Written =
    /// A linear layer of any kernel; None: as dense, or of a rule as it was matched.
    | Linear of
        TextPosition *
        unitRows: bool *
        weight: Expression *
        shape: (int option * int option) option *
        bias: Expression option *
        groups: int *
        kernel: Kernel option
    /// γ, β, μ, σ².
    | BatchNorm of TextPosition * vectors: Expression list * epsilon: float
    | Shift of TextPosition * bias: Expression
    | Scale of TextPosition * Expression
    /// One of `Words.activations`.
    | Activation of TextPosition * name: string
    | LeakyRelu of TextPosition * slope: Slot<float>
    | PRelu of TextPosition * slopes: Expression
    | Clip of TextPosition * lower: Slot<float> * upper: Slot<float> * thresholds: Expression option
    | Flatten of TextPosition * positions: Slot<int> option
    | Rearrange of TextPosition * Rearrangement
    | Spatial of TextPosition * Spatial
    | Normalize of TextPosition * Normalization * epsilon: float * tolerance: Expression option
    | Identity of TextPosition
    /// Terms with arrows between them; one alone is no chain.
    | Chain of Written list
    | Branches of TextPosition * Junction * Written list
    /// Without inputs it reads what flows into it.
    | Opaque of TextPosition * name: string * output: int * inputs: Written list option
    | As of TextPosition * wire: string
    | Wire of TextPosition * wire: string
    /// A metavariable for one term, `?f`.
    | Variable of TextPosition * string
    /// A metavariable for any number of terms of a chain, `?f...`.
    | Run of TextPosition * string

/// What a name stands for.
[<NoEquality; NoComparison>]
type internal Definition =
    { At: TextPosition
      Name: string
      Meaning: Expression }

/// A network and what its names stand for, each before the ones that need it where it was written by us.
[<NoEquality; NoComparison>]
type internal Document =
    { Network: Written
      Definitions: Definition list }

/// Questions about coefficients. Products are as long as a network is deep: their left spine is walked without recursion.
module internal Expression =

    /// A product as its first factor, and the others with what they do: true to divide by it.
    let spine expression =
        let rec down later expression =
            match expression with
            | Expression.Times(a, b) -> down (struct (false, b) :: later) a
            | Expression.Over(a, b) -> down (struct (true, b) :: later) a
            | first -> struct (first, later)

        down [] expression

    let rec position expression =
        match expression with
        | Expression.Name(at, _)
        | Expression.Variable(at, _)
        | Expression.One at
        | Expression.Numbers(at, _)
        | Expression.Diagonal(at, _)
        | Expression.RowNorms(at, _, _)
        | Expression.GainOf(at, _, _)
        | Expression.PowerOfTwo(at, _)
        | Expression.Lead(at, _)
        | Expression.RootMeanSquare(at, _)
        | Expression.Repeat(at, _, _)
        | Expression.Strided(at, _, _, _)
        | Expression.Made(at, _, _, _)
        | Expression.Selection(at, _, _)
        | Expression.Ones(at, _) -> at
        | Expression.Times(first, _)
        | Expression.Over(first, _)
        | Expression.Power(first, _) -> position first
        | Expression.Beside parts -> position parts.Head

    /// The factors, in order, where nothing is divided by; a quotient is one factor.
    let factors expression =
        let rec down later expression =
            match expression with
            | Expression.Times(a, b) -> down (b :: later) a
            | first -> first :: later

        down [] expression

    /// Whether it has a diagonal among its factors: the diagonals around a weight.
    let isMatrix expression =
        factors expression |> List.exists _.IsDiagonal

    /// Whether it is no gain, but a weight or a bias.
    let isParameter expression =
        isMatrix expression || factors expression |> List.exists _.IsMade

    /// The expressions directly inside.
    let children expression =
        match expression with
        | Expression.Name _
        | Expression.Variable _
        | Expression.One _
        | Expression.Ones _
        | Expression.Selection _
        | Expression.Numbers _ -> []
        | Expression.Diagonal(_, inner)
        | Expression.Power(inner, _)
        | Expression.RootMeanSquare(_, inner)
        | Expression.PowerOfTwo(_, inner)
        | Expression.Repeat(_, inner, _)
        | Expression.Strided(_, inner, _, _)
        | Expression.RowNorms(_, inner, None) -> [ inner ]
        | Expression.Times(a, b)
        | Expression.Over(a, b)
        | Expression.RowNorms(_, a, Some b)
        | Expression.GainOf(_, a, b) -> [ a; b ]
        | Expression.Beside parts
        | Expression.Made(_, _, parts, _)
        | Expression.Lead(_, parts) -> parts

    /// The names in it with their places, in the order of the text.
    let names expression =
        let found = List<struct (TextPosition * string)>()
        let pending = Stack [ expression ]

        while pending.Count > 0 do
            match pending.Pop() with
            | Expression.Name(at, name) -> found.Add(struct (at, name))
            | other -> children other |> List.rev |> List.iter pending.Push

        found

/// Errors while a text is read.
module internal Reading =

    /// Carries an error up to the public entry, which turns it into a value.
    exception Wrong of NotationError

    let wrong at reason : 'a =
        raise (Wrong { At = at; Reason = reason })

    /// Refuses a metavariable where a network is read.
    let metavariable at name : 'a =
        wrong at $"?{name} is a metavariable; these stand only in rules"

    /// Runs f; an error raised inside becomes a value.
    let guard (f: unit -> 'a) : Result<'a, NotationError> =
        let refused reason =
            Result.Error
                { At = { Line = 1; Column = 1 }
                  Reason = reason }

        try
            Result.Ok(f ())
        with
        | Wrong error -> Result.Error error
        | :? InsufficientExecutionStackException -> refused "the text is nested too deeply"
        | :? OverflowException -> refused "a power is beyond 2^31"
